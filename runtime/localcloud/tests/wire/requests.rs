//! Requests that no SDK would send.

use datamesh_localcloud::LocalCloud;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::{ACCOUNT, START_MS, cloud, sdk};

fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

/// Sends one request over a socket, and returns the whole answer as text.
async fn send(cloud: &LocalCloud, headers: &[(&str, &str)], body: &str) -> String {
    let length = body.len().to_string();
    let headers = [headers, [("content-length", length.as_str())].as_slice()].concat();
    raw(cloud, "POST / HTTP/1.1", &headers, body).await
}

/// Sends a request line, headers beside the usual ones, and a body.
async fn raw(cloud: &LocalCloud, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut head = format!("{line}\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {address}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
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

#[tokio::test]
async fn an_accounts_digits_are_a_key_of_it() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sts").replace("LKIA", "");
    let headers = [("authorization", authorization.as_str())];
    let answer = send(&cloud, &headers, "Action=GetCallerIdentity").await;
    has(&answer, 200, "<Account>111122223333</Account>");
    let authorization = signed_for("sts").replace("LKIA", "AKIA");
    let headers = [("authorization", authorization.as_str())];
    let answer = send(&cloud, &headers, "Action=GetCallerIdentity").await;
    has(&answer, 403, "InvalidClientTokenId");
    has(&answer, 403, "LKIA and the 12 digits of an account");
}

#[tokio::test]
async fn a_form_may_stand_in_the_url() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sts");
    let line = "GET /?Action=GetCallerIdentity&Version=2011-06-15 HTTP/1.1";
    let headers = [("authorization", authorization.as_str())];
    let answer = raw(&cloud, line, &headers, "").await;
    has(&answer, 200, "<Account>111122223333</Account>");
}

#[tokio::test]
async fn who_does_not_sign_gets_nothing_of_s3() {
    let (cloud, _) = cloud();
    let answer = raw(&cloud, "GET /lake/key HTTP/1.1", &[], "").await;
    has(&answer, 403, "<Code>AccessDenied</Code>");
    let answer = raw(&cloud, "GET /v2/domains HTTP/1.1", &[], "").await;
    has(&answer, 403, "x-amzn-errortype: MissingAuthenticationToken");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sqs");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-target", "AmazonSQS.ListQueues"),
        ("content-length", "99999999999"),
    ];
    let answer = raw(&cloud, "POST / HTTP/1.1", &headers, "").await;
    has(&answer, 413, "RequestEntityTooLargeException");
    let authorization = signed_for("s3");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-length", "99999999999"),
    ];
    let answer = raw(&cloud, "PUT /lake/key HTTP/1.1", &headers, "").await;
    has(&answer, 400, "<Code>EntityTooLarge</Code>");
}

#[tokio::test]
async fn who_waits_to_be_asked_for_the_body_is_asked() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sts");
    let body = "Action=GetCallerIdentity";
    let length = body.len().to_string();
    let headers = [
        ("authorization", authorization.as_str()),
        ("expect", "100-continue"),
        ("content-length", length.as_str()),
    ];
    let answer = raw(&cloud, "POST / HTTP/1.1", &headers, body).await;
    has(&answer, 100, "HTTP/1.1 200 OK");
}

/// A cloud with the object `lake/key`.
async fn with_object() -> (LocalCloud, std::sync::Arc<datamesh_localcloud::ManualClock>) {
    let (cloud, clock) = cloud();
    let s3 = aws_sdk_s3::Client::new(&sdk(&cloud, ACCOUNT, "us-east-1"));
    s3.create_bucket().bucket("lake").send().await.unwrap();
    let put = s3.put_object().bucket("lake").key("key");
    put.body(aws_sdk_s3::primitives::ByteStream::from_static(b"found"))
        .send()
        .await
        .unwrap();
    (cloud, clock)
}

#[tokio::test]
async fn a_bucket_may_stand_in_the_hosts_name() {
    let (cloud, _) = with_object().await;
    let authorization = signed_for("s3").replace("eu-west-1", "us-east-1");
    for (host, path) in [
        ("lake.s3.localhost:4566", "/key"),
        ("lake.localhost:4566", "/key"),
        ("lake.s3.amazonaws.com", "/key"),
        ("lake.s3.us-east-1.amazonaws.com", "/key"),
        ("s3.us-east-1.amazonaws.com", "/lake/key"),
        ("s3.localhost", "/lake/key"),
        ("[::1]:4566", "/lake/key"),
    ] {
        let headers = [("authorization", authorization.as_str()), ("host", host)];
        let answer = raw(&cloud, &format!("GET {path} HTTP/1.1"), &headers, "").await;
        has(&answer, 200, "found");
    }
}

#[tokio::test]
async fn a_presigned_url_counts_until_its_time_is_over() {
    let (cloud, clock) = with_object().await;
    let newer = "/lake/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=LKIA111122223333%2F20260131\
                 %2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260131T120000Z&X-Amz-Expires=60\
                 &X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    let older = format!(
        "/lake/key?AWSAccessKeyId=LKIA111122223333&Signature=00&Expires={}",
        START_MS / 1_000 + 60
    );
    let get = async |url: &str| raw(&cloud, &format!("GET {url} HTTP/1.1"), &[], "").await;
    for url in [newer, &older] {
        has(&get(url).await, 200, "found");
    }
    clock.advance(std::time::Duration::from_secs(61));
    for url in [newer, &older] {
        has(
            &get(url).await,
            403,
            "<Message>Request has expired</Message>",
        );
    }
    let never = newer.replace("Expires=60", "Expires=604801");
    has(&get(&never).await, 400, "AuthorizationQueryParametersError");
}

#[tokio::test]
async fn an_upload_is_checked_against_what_it_promises() {
    let (cloud, _) = with_object().await;
    let authorization = signed_for("s3").replace("eu-west-1", "us-east-1");
    let put = async |headers: &[(&str, &str)], body: &str| {
        let length = body.len().to_string();
        let usual = [
            ("authorization", authorization.as_str()),
            ("content-length", length.as_str()),
        ];
        let headers = [usual.as_slice(), headers].concat();
        raw(&cloud, "PUT /lake/new HTTP/1.1", &headers, body).await
    };
    let wrong = [("x-amz-checksum-crc32", "AAAAAA==")];
    has(&put(&wrong, "v").await, 400, "<Code>BadDigest</Code>");
    let short = [("x-amz-checksum-crc32", "AAAA")];
    has(
        &put(&short, "v").await,
        400,
        "Value for x-amz-checksum-crc32 header is invalid.",
    );
    let two = [
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-checksum-sha1", "AAAA"),
    ];
    has(&put(&two, "v").await, 400, "<Code>BadDigest</Code>");
    let only_named = [("x-amz-sdk-checksum-algorithm", "CRC32")];
    has(
        &put(&only_named, "v").await,
        400,
        "<Code>InvalidRequest</Code>",
    );
    let chunked = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("x-amz-decoded-content-length", "5"),
    ];
    let whole = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    has(
        &put(&chunked, whole).await,
        200,
        "x-amz-checksum-crc32: NhCmhg==",
    );
    let without = "5\r\nhello\r\n0\r\n\r\n";
    has(&put(&chunked, without).await, 400, "MalformedTrailerError");
    let cut = "5\r\nhel";
    has(
        &put(&chunked, cut).await,
        400,
        "<Code>IncompleteBody</Code>",
    );
}
