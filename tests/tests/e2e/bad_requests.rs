//! Requests that are wrong: each gets a precise answer, and changes nothing.

use datamesh_proto::v1;
use datamesh_tests::{Answer, Mesh, Rest, id_of, until};
use http::Method;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

use crate::wrong_requests::{wrong_creations, wrong_uses};

/// Everything that a request could have changed.
async fn everything(mesh: &Mesh, operator: &Rest) -> Value {
    let mut all = json!({});
    for items in ["domains", "projects", "assets", "events"] {
        all[items] = json!(mesh.rest.all(&format!("/api/v1/{items}"), items).await);
    }
    let actors = operator.all("/admin/v1/actors", "actors").await;
    let commits = actors
        .iter()
        .map(|actor| (id_of(actor, "id").to_owned(), actor["sequence"].clone()));
    all["commits"] = commits.collect::<serde_json::Map<String, Value>>().into();
    all
}

/// Nothing is under way any more.
async fn at_rest(operator: &Rest) {
    until("no effect is under way", async || {
        let effects = operator.all("/admin/v1/effects", "effects").await;
        if effects.is_empty() {
            Ok(())
        } else {
            Err(effects)
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_request_is_told_what_is_wrong_and_changes_nothing() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    at_rest(&operator).await;
    let before = everything(&mesh, &operator).await;

    let mut table = wrong_creations(&domain, &project);
    table.extend(wrong_uses(&domain));
    for row in table {
        let answer = match &row.body {
            Value::Null => mesh.rest.send(row.method, &row.path, &[], None).await,
            body => mesh.rest.json(row.method, &row.path, &[], body).await,
        };
        let answer = Answer {
            asked: format!("{} {:.200}", answer.asked, row.body.to_string()),
            ..answer
        };
        let problem = answer.problem(row.status, row.code);
        assert_eq!(answer.wrong_fields(), row.fields, "{answer}");
        let path = row.path.split('?').next().unwrap();
        assert_eq!(problem["instance"], path, "{answer}");
    }
    assert_eq!(
        before,
        everything(&mesh, &operator).await,
        "nothing changed"
    );
}

#[tokio::test]
async fn a_body_that_is_not_what_it_says_or_too_large_changes_nothing() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let before = everything(&mesh, &operator).await;
    let path = "/api/v1/domains";
    let json = [("content-type", "application/json")];
    for broken in [
        "{\"domainName\": ",
        "not json",
        "{\"domainName\": \"a\"}}",
        "\u{1}",
        "{'a': 1}",
    ] {
        let answer = mesh
            .rest
            .send(Method::POST, path, &json, Some(broken.to_owned()))
            .await;
        answer.problem(400, "MALFORMED_JSON");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = mesh.rest.send(Method::POST, path, &json, Some(deep)).await;
    answer.problem(400, "MALFORMED_JSON");
    for content_type in [
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
    ] {
        let headers = [("content-type", content_type)];
        let answer = mesh
            .rest
            .send(Method::POST, path, &headers, Some("{}".to_owned()))
            .await;
        answer.problem(415, "UNSUPPORTED_CONTENT_TYPE");
    }
    let ten_megabytes = format!("{{\"description\": \"{}\"}}", "x".repeat(10 << 20));
    // The server need not read what it refuses: it may hang up while the client still sends.
    match mesh
        .rest
        .try_send(Method::POST, path, &json, Some(ten_megabytes.clone()))
        .await
    {
        Ok(answer) => {
            answer.problem(413, "BODY_TOO_LARGE");
        }
        Err(error) => assert!(
            error.contains("SendRequest") || error.contains("Canceled"),
            "{error}"
        ),
    }
    let mut domains = mesh.node.grpc("ada", &["admins"]).await.domains();
    let request = v1::CreateDomainRequest {
        description: ten_megabytes,
        ..Default::default()
    };
    let refused = domains.create_domain(request).await.unwrap_err();
    assert!(
        matches!(refused.code(), Code::OutOfRange | Code::ResourceExhausted),
        "{refused}"
    );
    assert_eq!(
        before,
        everything(&mesh, &operator).await,
        "nothing changed"
    );
    assert_eq!(mesh.rest.get("/health").await.status, 200);
}

#[tokio::test]
async fn grpc_names_the_wrong_fields_too() {
    let mesh = Mesh::start().await;
    let grpc = mesh.node.grpc("ada", &["admins"]).await;
    let request = v1::CreateDomainRequest {
        domain_name: "Not A Name".to_owned(),
        aws_account_id: "12".to_owned(),
        ..Default::default()
    };
    let refused = grpc.domains().create_domain(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(
        (&*info.reason, &*info.domain),
        ("INVALID_FIELDS", "datamesh")
    );
    let mut fields: Vec<&str> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|v| &*v.field)
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["awsAccountId", "domainName", "ownerGroups"]);

    for (page_size, page_token, field) in [(0, "nonsense", "pageToken"), (-1, "", "pageSize")] {
        let request = v1::ListDomainsRequest {
            page_size,
            page_token: page_token.to_owned(),
            ..Default::default()
        };
        let refused = grpc.domains().list_domains(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(
            refused.get_details_bad_request().unwrap().field_violations[0].field,
            field
        );
    }
    let request = v1::GetAssetRequest {
        asset_id: "asset-none".to_owned(),
    };
    let refused = grpc.assets().get_asset(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "ASSET_NOT_FOUND"
    );
}
