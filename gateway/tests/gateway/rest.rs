//! What REST makes of good requests.

use axum::body::Body;
use datamesh_proto::v1;
use serde_json::json;

use super::canned::Bench;

#[tokio::test]
async fn a_domain_is_created_from_json() {
    let bench = Bench::new();
    let answer = bench
        .json(
            "POST",
            "/api/v1/domains",
            r#"{"domainName": "sales", "ownerGroups": ["sales"], "wait": false}"#,
        )
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("etag"), "\"7\"");
    assert_eq!(answer.json()["domainId"], "dom-new");
    assert_eq!(answer.json()["status"], "CREATING");
    assert_eq!(answer.json()["description"], "");
    let creates = bench.canned.creates.lock();
    assert_eq!(creates[0].owner_groups, ["sales"]);
    let callers = bench.canned.callers.lock();
    assert_eq!(callers[0].user, "ann@example.com");
    assert_eq!(callers[0].groups, ["sales"]);
}

#[tokio::test]
async fn the_path_without_a_version_is_the_same() {
    let bench = Bench::new();
    for path in ["/api/v1/domains/dom-1", "/api/domains/dom-1"] {
        assert_eq!(bench.get(path).await.json()["domainId"], "dom-1");
    }
}

#[tokio::test]
async fn filters_and_pages_are_query_parameters() {
    let bench = Bench::new();
    let answer = bench
        .get("/api/domains?pageSize=10&status=ACTIVE&page_token=a%2Bb+c&domainName=s%C3%BC")
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["nextPageToken"], "next");
    assert_eq!(answer.json()["domains"][0]["domainName"], "sales");
    assert_eq!(
        bench.canned.lists.lock()[0],
        v1::ListDomainsRequest {
            page_size: 10,
            page_token: "a+b c".to_owned(),
            status: v1::domain::Status::Active.into(),
            domain_name: "sü".to_owned(),
        }
    );
}

#[tokio::test]
async fn a_change_takes_a_mask_and_keeps_what_is_absent_apart_from_what_is_empty() {
    let bench = Bench::new();
    for verb in ["PATCH", "POST"] {
        let body = r#"{"description": "", "updateMask": "description,ownerGroups"}"#;
        let answer = bench.json(verb, "/api/v1/domains/dom-1", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let update = bench.canned.updates.lock().pop().unwrap();
        assert_eq!(update.domain_id, "dom-1");
        assert_eq!(update.description.as_deref(), Some(""));
        let mask = update.update_mask.unwrap();
        assert_eq!(mask.paths, ["description", "owner_groups"]);
    }
}

#[tokio::test]
async fn headers_stand_for_the_request_id_and_the_etag() {
    let bench = Bench::new();
    let request = bench
        .request("DELETE", "/api/v1/domains/dom-1?wait=true")
        .header("idempotency-key", "abc")
        .header("if-match", "\"7\"");
    let answer = bench.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        bench.canned.deletes.lock()[0],
        v1::DeleteDomainRequest {
            domain_id: "dom-1".to_owned(),
            etag: "7".to_owned(),
            request_id: "abc".to_owned(),
            wait: true,
        }
    );
}

#[tokio::test]
async fn a_header_may_repeat_the_body() {
    let bench = Bench::new();
    let request = bench
        .request("PATCH", "/api/v1/domains/dom-1")
        .header(
            "content-type",
            "application/merge-patch+json; charset=UTF-8",
        )
        .header("idempotency-key", "abc")
        .header("if-match", "W/\"7\"");
    let body = json!({"requestId": "abc", "etag": "7", "domainId": "dom-1"});
    let answer = bench
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let update = bench.canned.updates.lock().pop().unwrap();
    assert_eq!((&*update.request_id, &*update.etag), ("abc", "7"));
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message() {
    let bench = Bench::new();
    let request = bench.request("POST", "/api/v1/domains/dom-1?wait=true");
    let answer = bench.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(bench.canned.updates.lock()[0].wait);
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let bench = Bench::new();
    let request = bench
        .request("GET", "/api/v1/domains/dom-1")
        .header("if-none-match", "\"7\"");
    let answer = bench.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (304, ""));
}

#[tokio::test]
async fn options_says_what_is_allowed() {
    let bench = Bench::new();
    let request = bench.request("OPTIONS", "/api/v1/domains");
    let answer = bench.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS, POST");
}

#[tokio::test]
async fn a_stream_is_sent_as_events() {
    let bench = Bench::new();
    let answer = bench.get("/api/v1/domains/dom-1:watch").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events: Vec<&str> = answer.text.trim_end().split("\n\n").collect();
    assert_eq!(events.len(), 2, "{}", answer.text);
    for (event, id) in events.iter().zip(["dom-1", "dom-2"]) {
        let data = event.strip_prefix("data: ").unwrap();
        assert!(!data.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(json["domainId"], id);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_a_problem() {
    let bench = Bench::new();
    let answer = bench.get("/api/v1/domains/broken:watch").await;
    let last = answer.text.trim_end().rsplit("\n\n").next().unwrap();
    let data = last.strip_prefix("event: error\ndata: ").unwrap();
    let problem: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(problem["code"], "DRAINING");
    assert_eq!(problem["status"], 503);
    assert_eq!(problem["instance"], "/api/v1/domains/broken:watch");
}

#[tokio::test]
async fn a_stream_that_is_refused_is_no_stream() {
    let bench = Bench::new();
    let answer = bench.get("/api/v1/domains/none:watch").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "application/problem+json");
}
