//! Requests that are wrong: each gets a precise answer, and changes nothing.

use datamesh_proto::v1;
use datamesh_tests::{Answer, Mesh, Rest, id_of, until};
use http::Method;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

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

struct Wrong {
    method: Method,
    path: String,
    body: Value,
    status: u16,
    code: &'static str,
    fields: &'static [&'static str],
}

fn wrong(
    method: Method,
    path: impl Into<String>,
    body: Value,
    status: u16,
    code: &'static str,
    fields: &'static [&'static str],
) -> Wrong {
    Wrong {
        method,
        path: path.into(),
        body,
        status,
        code,
        fields,
    }
}

fn with(base: &Value, field: &str, value: Value) -> Value {
    let mut changed = base.clone();
    changed[field] = value;
    changed
}

fn without(base: &Value, field: &str) -> Value {
    let mut changed = base.clone();
    changed.as_object_mut().unwrap().remove(field);
    changed
}

fn wrong_creations(domain: &Value, project: &Value) -> Vec<Wrong> {
    const INVALID: &str = "INVALID_FIELDS";
    let new_domain = json!({"domainName": "sales", "ownerGroups": ["team"]});
    let new_project = json!({"domainId": domain["domainId"], "projectName": "another"});
    let new_asset = json!({
        "projectId": project["projectId"], "assetName": "a", "s3Location": "s3://files/a/",
        "glueTable": "d.t", "format": "csv",
    });
    let long = |count: usize| json!("x".repeat(count));
    let many: Vec<String> = (0..21).map(|n| format!("group-{n}")).collect();
    let table: Vec<(&str, Value, &'static [&'static str])> = vec![
        (
            "domains",
            with(&new_domain, "colour", json!("red")),
            &["colour"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!(7)),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!("team")),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(["team", 1])),
            &["ownerGroups[1]"],
        ),
        (
            "domains",
            with(&new_domain, "wait", json!("yes")),
            &["wait"],
        ),
        (
            "domains",
            without(&new_domain, "domainName"),
            &["domainName"],
        ),
        (
            "domains",
            without(&new_domain, "ownerGroups"),
            &["ownerGroups"],
        ),
        ("domains", json!({}), &["domainName", "ownerGroups"]),
        ("domains", json!([]), &[""]),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!([])),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(many)),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(["a", "a b"])),
            &["ownerGroups[1]"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", long(64)),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!("Sales")),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!("sa\u{7}les")),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "description", long(2_049)),
            &["description"],
        ),
        (
            "domains",
            with(&new_domain, "description", json!("a\u{0}b")),
            &["description"],
        ),
        (
            "domains",
            with(&new_domain, "awsAccountId", json!("12")),
            &["awsAccountId"],
        ),
        (
            "domains",
            with(&new_domain, "region", json!("the moon")),
            &["region"],
        ),
        (
            "domains",
            with(&new_domain, "requestId", long(129)),
            &["requestId"],
        ),
        (
            "domains",
            with(&new_domain, "requestId", json!("a b")),
            &["requestId"],
        ),
        (
            "projects",
            without(&new_project, "projectName"),
            &["projectName"],
        ),
        ("projects", without(&new_project, "domainId"), &["domainId"]),
        (
            "projects",
            with(&new_project, "projectName", long(65)),
            &["projectName"],
        ),
        (
            "projects",
            with(&new_project, "projectName", json!("a\nb")),
            &["projectName"],
        ),
        (
            "projects",
            with(&new_project, "projectName", json!("a/b")),
            &["projectName"],
        ),
        ("assets", without(&new_asset, "assetName"), &["assetName"]),
        ("assets", without(&new_asset, "glueTable"), &["glueTable"]),
        (
            "assets",
            with(&new_asset, "assetName", long(257)),
            &["assetName"],
        ),
        (
            "assets",
            with(&new_asset, "assetName", json!("a\u{1b}[31mb")),
            &["assetName"],
        ),
        (
            "assets",
            with(&new_asset, "s3Location", json!("https://files/a")),
            &["s3Location"],
        ),
        (
            "assets",
            with(&new_asset, "glueTable", json!("only-a-table")),
            &["glueTable"],
        ),
        (
            "assets",
            with(&new_asset, "format", json!("xls")),
            &["format"],
        ),
        (
            "assets",
            with(&new_asset, "metadata", json!({"a": 1})),
            &["metadata.a"],
        ),
    ];
    table
        .into_iter()
        .map(|(path, body, fields)| {
            wrong(
                Method::POST,
                format!("/api/v1/{path}"),
                body,
                400,
                INVALID,
                fields,
            )
        })
        .collect()
}

fn wrong_uses(domain: &Value) -> Vec<Wrong> {
    const INVALID: &str = "INVALID_FIELDS";
    let domain_path = format!("/api/v1/domains/{}", id_of(domain, "domainId"));
    let nothing = || Value::Null;
    vec![
        wrong(
            Method::GET,
            "/api/v1/domains/dom-none",
            nothing(),
            404,
            "DOMAIN_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/projects/proj-none",
            nothing(),
            404,
            "PROJECT_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets/asset-none",
            nothing(),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::PATCH,
            "/api/v1/projects/proj-none",
            json!({"description": "x"}),
            404,
            "PROJECT_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::DELETE,
            "/api/v1/assets/asset-none",
            nothing(),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::POST,
            "/api/v1/assets/asset-none:publish",
            json!({}),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/nothing",
            nothing(),
            404,
            "NO_SUCH_PATH",
            &[],
        ),
        wrong(Method::GET, "/", nothing(), 404, "NO_SUCH_PATH", &[]),
        wrong(
            Method::GET,
            "/admin/v1/actors",
            nothing(),
            404,
            "NO_SUCH_PATH",
            &[],
        ),
        wrong(
            Method::PUT,
            domain_path.as_str(),
            json!({}),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::DELETE,
            "/api/v1/domains",
            nothing(),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets/asset-none:publish",
            nothing(),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageToken=nonsense",
            nothing(),
            400,
            INVALID,
            &["pageToken"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageSize=ten",
            nothing(),
            400,
            INVALID,
            &["pageSize"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageSize=-1",
            nothing(),
            400,
            INVALID,
            &["pageSize"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?status=GONE",
            nothing(),
            400,
            INVALID,
            &["status"],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets?publishStatus=7x",
            nothing(),
            400,
            INVALID,
            &["publishStatus"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?colour=red",
            nothing(),
            400,
            INVALID,
            &["colour"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"domainName": "other"}),
            400,
            INVALID,
            &["domainName"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"domainId": "dom-other"}),
            400,
            INVALID,
            &["domainId"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"description": "x", "updateMask": "colour"}),
            400,
            INVALID,
            &["updateMask"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"description": "x".repeat(2_049)}),
            400,
            INVALID,
            &["description"],
        ),
    ]
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
