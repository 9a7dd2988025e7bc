//! Requests that no SDK would send.

use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector as _, HttpConnectorSettings,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_types::body::SdkBody;
use datamesh_localcloud::LocalCloud;

use crate::setup::cloud;

fn signed_for(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/eu-west-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00"
    )
}

async fn send(cloud: &LocalCloud, headers: &[(&'static str, &str)], body: &str) -> HttpResponse {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").unwrap();
    request.set_uri("https://example.amazonaws.com/").unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, (*value).to_owned());
    }
    let client = cloud.http_client();
    let components = RuntimeComponentsBuilder::for_tests().build().unwrap();
    let connector = client.http_connector(&HttpConnectorSettings::default(), &components);
    connector.call(request).await.unwrap()
}

fn text(response: &HttpResponse) -> &str {
    std::str::from_utf8(response.body().bytes().unwrap()).unwrap()
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
        let response = send(&cloud, &headers, "{}").await;
        assert_eq!(response.status().as_u16(), 403);
        assert!(text(&response).contains("MissingAuthenticationToken"));
        assert!(response.headers().get("x-amzn-requestid").is_some());
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
    let response = send(&cloud, &headers, "{}").await;
    assert_eq!(response.status().as_u16(), 501);
    assert!(text(&response).contains("quantum"));

    let authorization = signed_for("sqs");
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-target", "AmazonSQS.Teleport"),
    ];
    let response = send(&cloud, &headers, "{}").await;
    assert_eq!(response.status().as_u16(), 501);
    assert!(text(&response).contains("UnknownOperationException"));
    assert!(text(&response).contains("Teleport"));
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
        let response = send(&cloud, &headers, body).await;
        assert_eq!(response.status().as_u16(), 400, "{body}");
        assert!(text(&response).contains("SerializationException"), "{body}");
    }
}

#[tokio::test]
async fn the_key_id_test_stands_for_the_default_account() {
    let (cloud, _) = cloud();
    let authorization = signed_for("sts").replace("LKIA111122223333", "test");
    let headers = [("authorization", authorization.as_str())];
    let response = send(
        &cloud,
        &headers,
        "Action=GetCallerIdentity&Version=2011-06-15",
    )
    .await;
    assert!(text(&response).contains("<Account>000000000000</Account>"));
}
