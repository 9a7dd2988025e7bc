//! What REST answers to bad requests: always a problem document, always precise, nothing done.

use axum::body::Body;
use datamesh_gateway::server::ServerOptions;
use http::Request;
use serde_json::json;

use super::canned::{Answer, Bench};

#[track_caller]
fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{}", answer.text);
    assert_eq!(problem["status"], status);
}

#[tokio::test]
async fn wrong_fields_are_named_all_at_once() {
    let bench = Bench::new();
    let body = r#"{"domainName": 7, "ownerGroups": ["a", 1], "colour": "red"}"#;
    let answer = bench.json("POST", "/api/v1/domains", body).await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:datamesh:error:invalid-fields",
            "title": "The request is wrong",
            "status": 400,
            "detail": "domainName: must be a string, not a number; ownerGroups[1]: must be a string, not a number; colour: unknown field; there are: awsAccountId, description, domainName, ownerGroups, region, requestId, wait",
            "instance": "/api/v1/domains",
            "code": "INVALID_FIELDS",
            "errors": [
                {"field": "domainName", "description": "must be a string, not a number"},
                {"field": "ownerGroups[1]", "description": "must be a string, not a number"},
                {"field": "colour", "description": "unknown field; there are: awsAccountId, description, domainName, ownerGroups, region, requestId, wait"},
            ]
        })
    );
    assert!(bench.canned.creates.lock().is_empty());
}

#[tokio::test]
async fn malformed_json_is_located() {
    let bench = Bench::new();
    let answer = bench.json("POST", "/api/v1/domains", "{\"a\": }").await;
    is_problem(&answer, 400, "MALFORMED_JSON");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("line 1 column 7"), "{detail}");
    let answer = bench.json("POST", "/api/v1/domains", "[]").await;
    is_problem(&answer, 400, "INVALID_FIELDS");
}

#[tokio::test]
async fn bad_query_parameters_are_named() {
    let bench = Bench::new();
    for (query, field) in [
        ("pageSize=ten", "pageSize"),
        ("status=GONE", "status"),
        ("colour=red", "colour"),
        ("pageSize=1&pageSize=2", "pageSize"),
        ("pageToken=%zz", "pageToken"),
    ] {
        let answer = bench.get(&format!("/api/v1/domains?{query}")).await;
        is_problem(&answer, 400, "INVALID_FIELDS");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
    let answer = bench.get("/api/v1/domains/dom-1?domainId=dom-2").await;
    is_problem(&answer, 400, "INVALID_FIELDS");
}

#[tokio::test]
async fn a_body_cannot_contradict_its_path_or_query() {
    let bench = Bench::new();
    let path = "/api/v1/domains/dom-1";
    let answer = bench.json("PATCH", path, r#"{"domainId": "dom-2"}"#).await;
    is_problem(&answer, 400, "INVALID_FIELDS");
    assert_eq!(answer.json()["errors"][0]["field"], "domainId");
    let path = "/api/v1/domains/dom-1?etag=1";
    let answer = bench.json("PATCH", path, r#"{"etag": "2"}"#).await;
    is_problem(&answer, 400, "INVALID_FIELDS");
    let answer = bench.json("DELETE", "/api/v1/domains/dom-1", "{}").await;
    is_problem(&answer, 400, "UNEXPECTED_BODY");
}

#[tokio::test]
async fn a_header_that_could_mean_two_things_is_refused() {
    let bench = Bench::new();
    let etag = "must be one etag, as the ETag header says it, or *";
    for (headers, field, description) in [
        (&[("if-match", "\"\"")][..], "If-Match", etag),
        (&[("if-match", "")], "If-Match", etag),
        (&[("if-match", "W/\"\"")], "If-Match", etag),
        (&[("if-match", "\"7\", \"8\"")], "If-Match", etag),
        (&[("if-match", "\"7")], "If-Match", etag),
        (
            &[("if-match", "\"7\""), ("if-match", "\"8\"")],
            "If-Match",
            "is given twice",
        ),
        (
            &[("if-match", "\"8\"")],
            "If-Match",
            "is not what the field etag says; give one",
        ),
        (
            &[("idempotency-key", "\"\"")],
            "Idempotency-Key",
            "is empty; leave it out",
        ),
        (
            &[("idempotency-key", "a"), ("idempotency-key", "a")],
            "Idempotency-Key",
            "is given twice",
        ),
        (
            &[("idempotency-key", "other")],
            "Idempotency-Key",
            "is not what the field request_id says; give one",
        ),
    ] {
        let mut request = bench
            .request("PATCH", "/api/v1/domains/dom-1")
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(r#"{"etag": "7", "requestId": "abc"}"#);
        let answer = bench.send(request.body(body).unwrap()).await;
        is_problem(&answer, 400, "INVALID_FIELDS");
        let expected = json!([{"field": field, "description": description}]);
        assert_eq!(answer.json()["errors"], expected, "{headers:?}");
    }
    assert!(bench.canned.updates.lock().is_empty());
}

#[tokio::test]
async fn a_name_that_is_given_twice_is_refused() {
    let bench = Bench::new();
    let body = r#"{"domainName": "sales", "domainName": "finance"}"#;
    let answer = bench.json("POST", "/api/v1/domains", body).await;
    is_problem(&answer, 400, "INVALID_FIELDS");
    let expected = json!([{"field": "domainName", "description": "is given twice"}]);
    assert_eq!(answer.json()["errors"], expected);
    assert!(bench.canned.creates.lock().is_empty());
}

#[tokio::test]
async fn a_large_body_is_refused_announced_or_not() {
    let bench = Bench::new();
    let text = format!(r#"{{"description": "{}"}}"#, "x".repeat(10 * 1024 * 1024));
    let answer = bench.json("POST", "/api/v1/domains", &text).await;
    is_problem(&answer, 413, "BODY_TOO_LARGE");
    let chunks = text
        .into_bytes()
        .chunks(8192)
        .map(<[u8]>::to_vec)
        .collect::<Vec<_>>();
    let chunks = futures::stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
    let request = bench
        .request("POST", "/api/v1/domains")
        .header("content-type", "application/json");
    let request = request.body(Body::from_stream(chunks)).unwrap();
    is_problem(&bench.send(request).await, 413, "BODY_TOO_LARGE");
    assert!(bench.canned.creates.lock().is_empty());
}

#[tokio::test]
async fn only_json_is_taken() {
    let bench = Bench::new();
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin1",
    ] {
        let request = bench
            .request("POST", "/api/v1/domains")
            .header("content-type", content_type);
        let answer = bench.send(request.body(Body::from("{}")).unwrap()).await;
        is_problem(&answer, 415, "UNSUPPORTED_CONTENT_TYPE");
    }
    let request = bench.request("POST", "/api/v1/domains");
    let answer = bench.send(request.body(Body::from("{}")).unwrap()).await;
    is_problem(&answer, 415, "UNSUPPORTED_CONTENT_TYPE");
}

#[tokio::test]
async fn what_is_not_there_is_404_and_a_wrong_verb_405() {
    let bench = Bench::new();
    is_problem(&bench.get("/api/v1/nothing").await, 404, "NO_SUCH_PATH");
    let answer = bench.json("PUT", "/api/v1/domains/dom-1", "{}").await;
    is_problem(&answer, 405, "METHOD_NOT_ALLOWED");
    assert_eq!(
        answer.header("allow"),
        "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
    );
    let answer = bench.json("POST", "/health", "{}").await;
    is_problem(&answer, 405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn the_status_of_a_service_becomes_the_status_of_the_answer() {
    let bench = Bench::new();
    let answer = bench.get("/api/v1/domains/none").await;
    assert_eq!(
        answer.json(),
        json!({
            "type": "urn:datamesh:error:domain-not-found",
            "title": "Not found",
            "status": 404,
            "detail": "there is no domain none",
            "instance": "/api/v1/domains/none",
            "code": "DOMAIN_NOT_FOUND",
        })
    );
    is_problem(&bench.get("/api/v1/domains/bare").await, 404, "NOT_FOUND");
    let answer = bench.get("/api/v1/domains/busy").await;
    is_problem(&answer, 429, "BUSY");
    assert_eq!(answer.header("retry-after"), "2", "1.5 seconds, rounded up");
    let request = bench
        .request("PATCH", "/api/v1/domains/dom-1")
        .header("if-match", "\"6\"");
    let answer = bench.send(request.body(Body::empty()).unwrap()).await;
    is_problem(&answer, 412, "ETAG_MISMATCH");
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_next_request_is_served() {
    let bench = Bench::new();
    is_problem(&bench.get("/api/v1/domains/panic").await, 500, "PANIC");
    assert_eq!(bench.get("/api/v1/domains/dom-1").await.status, 200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let bench = Bench::with(&ServerOptions {
        request_timeout_seconds: 0,
        ..ServerOptions::default()
    });
    is_problem(&bench.get("/api/v1/domains/slow").await, 504, "TIMEOUT");
}

#[tokio::test]
async fn without_a_token_nothing_is_done() {
    let bench = Bench::new();
    let request = Request::post("/api/v1/domains")
        .body(Body::from("not json"))
        .unwrap();
    let answer = bench.send(request).await;
    is_problem(&answer, 401, "TOKEN_MISSING");
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"datamesh\""
    );
    let request = Request::get("/api/v1/domains/dom-1")
        .header("authorization", "Bearer a.b.c")
        .body(Body::empty())
        .unwrap();
    let answer = bench.send(request).await;
    is_problem(&answer, 401, "TOKEN_MALFORMED");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
}
