//! What the mesh never asks of AWS, and a test must: organizations, and roles. One request, signed only as
//! far as the embedded cloud reads it.

use datamesh_localcloud::LocalCloud;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{PRODUCER, REGION};

async fn send(
    cloud: &LocalCloud,
    account: &str,
    service: &str,
    (path, header): (&str, &str),
    body: &str,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\nauthorization: \
         AWS4-HMAC-SHA256 Credential=LKIA{account}/20260131/{REGION}/{service}/aws4_request, \
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
    assert_eq!(head.split(' ').nth(1), Some("200"), "{service}: {body}");
    body.to_owned()
}

async fn organizations(cloud: &LocalCloud, account: &str, operation: &str, input: Value) -> Value {
    let header = format!("x-amz-target: Service.{operation}");
    let request = ("/", header.as_str());
    let body = send(cloud, account, "organizations", request, &input.to_string()).await;
    serde_json::from_str(&body).unwrap()
}

/// The producer manages an organization that shares, and these accounts are in it.
pub async fn organization(cloud: &LocalCloud, members: &[String]) {
    organizations(cloud, PRODUCER, "CreateOrganization", json!({})).await;
    for member in members {
        let target = json!({"Target": {"Id": member, "Type": "ACCOUNT"}});
        let invited = organizations(cloud, PRODUCER, "InviteAccountToOrganization", target).await;
        let accept = json!({"HandshakeId": invited["Handshake"]["Id"]});
        organizations(cloud, member, "AcceptHandshake", accept).await;
    }
    let json = (
        "/enablesharingwithawsorganization",
        "content-type: application/json",
    );
    send(cloud, PRODUCER, "ram", json, "{}").await;
}

/// `CreateRole`: a role that its own account and the mesh may assume.
pub async fn create_role(cloud: &LocalCloud, account: &str, name: &str) {
    let trust = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":["{account}","{PRODUCER}"]}}}}]}}"#
    );
    let form = format!("Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={trust}");
    iam(cloud, account, &form).await;
}

/// `DeleteRole`.
pub async fn delete_role(cloud: &LocalCloud, account: &str, name: &str) {
    iam(
        cloud,
        account,
        &format!("Action=DeleteRole&RoleName={name}"),
    )
    .await;
}

async fn iam(cloud: &LocalCloud, account: &str, form: &str) {
    let query = ("/", "content-type: application/x-www-form-urlencoded");
    send(cloud, account, "iam", query, form).await;
}
