//! One request, signed only as far as the embedded cloud reads it.

use datamesh_localcloud::LocalCloud;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ACCOUNT: &str = "111122223333";

async fn send(
    cloud: &LocalCloud,
    account: &str,
    service: &str,
    header: &str,
    body: &str,
) -> (u16, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\nauthorization: \
         AWS4-HMAC-SHA256 Credential=LKIA{account}/20260131/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let answer = tokio::select! {
        answer = exchange => answer,
        served = cloud.serve(listener, std::future::pending()) => panic!("{served:?}"),
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// A query request: `Action=…&…`; the answer's XML.
pub async fn form(cloud: &LocalCloud, service: &str, form: &str) -> (u16, String) {
    let header = "content-type: application/x-www-form-urlencoded";
    send(cloud, ACCOUNT, service, header, form).await
}

/// An AWS JSON request.
pub async fn json(
    cloud: &LocalCloud,
    service: &str,
    operation: &str,
    input: Value,
) -> (u16, Value) {
    json_as(cloud, ACCOUNT, service, operation, input).await
}

/// An AWS JSON request of an account.
pub async fn json_as(
    cloud: &LocalCloud,
    account: &str,
    service: &str,
    operation: &str,
    input: Value,
) -> (u16, Value) {
    let header = format!("x-amz-target: Service.{operation}");
    let (status, body) = send(cloud, account, service, &header, &input.to_string()).await;
    (status, serde_json::from_str(&body).unwrap())
}

/// The text of the first element of this name.
pub fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let (_, rest) = xml
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("{name}: {xml}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}
