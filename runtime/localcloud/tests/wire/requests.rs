//! Requests that no SDK would send.

use datamesh_localcloud::LocalCloud;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::cloud;

fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

/// Sends one request over a socket, and returns the whole answer as text.
async fn send(cloud: &LocalCloud, headers: &[(&str, &str)], body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut head = format!("POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    tokio::select! {
        answer = exchange => answer,
        served = cloud.serve(listener, std::future::pending()) => panic!("{served:?}"),
    }
}

#[track_caller]
fn has(answer: &str, status: u16, part: &str) {
    assert!(
        answer.starts_with(&format!("HTTP/1.1 {status} ")),
        "{answer}"
    );
    assert!(answer.contains(part), "{answer}");
}

#[tokio::test]
async fn an_unsigned_request_is_refused() {
    let (cloud, _) = cloud();
    for authorization in [
        "",
        "Bearer x",
        "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/eu-west-1",
        "AWS4-HMAC-SHA256 Credential=//eu-west-1/sqs/aws4_request",
    ] {
        let headers = [
            ("authorization", authorization),
            ("x-amz-target", "AmazonSQS.ListQueues"),
        ];
        let answer = send(&cloud, &headers, "{}").await;
        has(&answer, 403, "MissingAuthenticationToken");
        has(&answer, 403, "x-amzn-requestid: ");
    }
}

#[tokio::test]
async fn an_unknown_service_or_operation_is_named() {
    let (cloud, _) = cloud();
    let authorization = signed_for("quantum");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-target", "Quantum.Compute"),
    ];
    let answer = send(&cloud, &headers, "{}").await;
    has(&answer, 501, "quantum");

    let authorization = signed_for("sqs");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-target", "AmazonSQS.Teleport"),
    ];
    let answer = send(&cloud, &headers, "{}").await;
    has(&answer, 501, "UnknownOperationException");
    has(&answer, 501, "Teleport");
}

#[tokio::test]
async fn bodies_of_the_wrong_shape_are_refused() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sqs");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-target", "AmazonSQS.CreateQueue"),
    ];
    for body in ["{", "[]", r#"{"QueueName": 7}"#, "\u{0}"] {
        let answer = send(&cloud, &headers, body).await;
        has(&answer, 400, "SerializationException");
    }
}

#[tokio::test]
async fn the_key_id_test_stands_for_the_default_account() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sts").replace("LKIA111122223333", "test");
    let headers = [("authorization", authorization.as_str())];
    let answer = send(
        &cloud,
        &headers,
        "Action=GetCallerIdentity&Version=2011-06-15",
    )
    .await;
    has(&answer, 200, "<Account>000000000000</Account>");
}
