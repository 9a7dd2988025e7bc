//! Who is not known, or may not.

use datamesh_proto::v1;
use datamesh_tests::{Forge, Grpc, Mesh, id_of, now_seconds};
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

fn claims(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = Forge::honest_claims();
    change(&mut claims);
    claims
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_refused_everywhere_and_never_logged() {
    let mesh = Mesh::start_with(|launch| launch.env("DATAMESH_LOG_LEVEL", "debug")).await;
    let jwks = mesh
        .rest
        .with_token(None)
        .get("/.well-known/jwks.json")
        .await
        .ok();
    let issuer = Forge::of_issuer(mesh.node.data(), &jwks);
    let stranger = Forge::stranger([7; 32]);
    let honest = Forge::honest_claims();
    let good = issuer.sign(&honest);
    let mut other_claims: Vec<&str> = good.split('.').collect();
    let admin_of = issuer.sign(&claims(|c| c["sub"] = json!("somebody")));
    other_claims[1] = admin_of.split('.').nth(1).unwrap();
    let now = now_seconds();

    let table = [
        ("no token", None, "TOKEN_MISSING"),
        (
            "garbage",
            Some("garbage-that-is-no-token".to_owned()),
            "TOKEN_MALFORMED",
        ),
        ("three dots", Some("a.b.c".to_owned()), "TOKEN_MALFORMED"),
        ("long", Some("x".repeat(32 * 1024)), "TOKEN_MALFORMED"),
        (
            "expired",
            Some(issuer.sign(&claims(|c| c["exp"] = json!(now - 3600)))),
            "TOKEN_EXPIRED",
        ),
        (
            "no end",
            Some(issuer.sign(&claims(|c| c["exp"] = Value::Null))),
            "TOKEN_CLAIM",
        ),
        (
            "of tomorrow",
            Some(issuer.sign(&claims(|c| c["nbf"] = json!(now + 3600)))),
            "TOKEN_NOT_YET_VALID",
        ),
        (
            "other issuer",
            Some(issuer.sign(&claims(|c| c["iss"] = json!("https://evil")))),
            "TOKEN_ISSUER",
        ),
        (
            "other audience",
            Some(issuer.sign(&claims(|c| c["aud"] = json!("shop")))),
            "TOKEN_AUDIENCE",
        ),
        (
            "nobody",
            Some(issuer.sign(&claims(|c| c["sub"] = json!("")))),
            "TOKEN_CLAIM",
        ),
        (
            "unsigned",
            Some(issuer.unsigned(&honest)),
            "TOKEN_ALGORITHM",
        ),
        (
            "public key as secret",
            Some(issuer.with_public_key_as_secret(&honest)),
            "TOKEN_ALGORITHM",
        ),
        (
            "right signature, unknown key",
            Some(issuer.under("another").sign(&honest)),
            "TOKEN_KEY_UNKNOWN",
        ),
        (
            "somebody else's key",
            Some(stranger.sign(&honest)),
            "TOKEN_KEY_UNKNOWN",
        ),
        (
            "somebody else's key, our id",
            Some(stranger.under(issuer.kid()).sign(&honest)),
            "TOKEN_SIGNATURE",
        ),
        (
            "other claims",
            Some(other_claims.join(".")),
            "TOKEN_SIGNATURE",
        ),
    ];
    let operator = mesh.node.operator().await;
    for (what, token, reason) in &table {
        let rest = mesh.rest.with_token(token.as_deref());
        let body = json!({"domainName": "stolen", "ownerGroups": ["team"]});
        let answer = rest.post("/api/v1/domains", &body).await;
        answer.problem(401, reason);
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{what}"
        );
        rest.get("/api/v1/assets").await.problem(401, reason);
        operator
            .with_token(token.as_deref())
            .get("/admin/v1/actors")
            .await
            .problem(401, reason);

        let refused = Grpc::new(&mesh.node.url(), token.as_deref());
        let refused = refused
            .domains()
            .list_domains(v1::ListDomainsRequest::default())
            .await;
        let refused = refused.unwrap_err();
        // Headers of such a size are refused before anybody looks at them.
        if *what != "long" {
            assert_eq!(refused.code(), Code::Unauthenticated, "{what}");
            assert_eq!(
                refused.get_details_error_info().unwrap().reason,
                *reason,
                "{what}"
            );
        }
    }
    let rest = mesh.rest.with_token(Some(&good));
    assert_eq!(
        rest.all("/api/v1/domains", "domains").await,
        [] as [Value; 0],
        "nothing was made"
    );

    let said = format!("{}{}", mesh.node.log(), mesh.node.out());
    let tokens = table
        .iter()
        .filter_map(|(_, token, _)| token.as_deref())
        .chain([good.as_str()]);
    for token in tokens {
        for part in token.split('.').filter(|part| part.len() > 20) {
            assert!(!said.contains(part), "the log has {part}");
        }
    }
}

#[tokio::test]
async fn who_does_not_own_a_domain_may_read_it_and_nothing_else() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let asset = mesh
        .draft(&project, "Transactions", "finance_db.transactions")
        .await;
    let paths = [
        format!("/api/v1/domains/{}", id_of(&domain, "domainId")),
        format!("/api/v1/projects/{}", id_of(&project, "projectId")),
        format!("/api/v1/assets/{}", id_of(&asset, "assetId")),
    ];
    let stranger = mesh.node.rest("eve", &["others"]).await;
    let mut before = Vec::new();
    for path in &paths {
        before.push(stranger.get(path).await.ok());
        stranger
            .patch(path, &json!({"description": "mine"}))
            .await
            .problem(403, "NOT_OWNER");
    }
    stranger.delete(&paths[0]).await.problem(403, "NOT_ADMIN");
    stranger.delete(&paths[1]).await.problem(403, "NOT_OWNER");
    stranger.delete(&paths[2]).await.problem(403, "NOT_OWNER");
    stranger
        .post(&format!("{}:publish", paths[2]), &json!({}))
        .await
        .problem(403, "NOT_OWNER");
    let body = json!({"domainId": domain["domainId"], "projectName": "mine"});
    stranger
        .post("/api/v1/projects", &body)
        .await
        .problem(403, "NOT_OWNER");
    let body = json!({"domainName": "mine", "ownerGroups": ["others"]});
    stranger
        .post("/api/v1/domains", &body)
        .await
        .problem(403, "NOT_ADMIN");
    for (path, seen) in paths.iter().zip(before) {
        assert_eq!(mesh.rest.get(path).await.ok(), seen, "nothing changed");
    }

    let mut projects = mesh.node.grpc("eve", &["others"]).await.projects();
    let request = v1::CreateProjectRequest {
        domain_id: id_of(&domain, "domainId").to_owned(),
        project_name: "mine".to_owned(),
        ..Default::default()
    };
    let refused = projects.create_project(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "NOT_OWNER"
    );

    let operator = mesh.node.operator().await;
    let stranger = operator.with_token(Some(&mesh.node.token("eve", &["team"]).await));
    stranger
        .get("/admin/v1/actors")
        .await
        .problem(403, "NOT_ADMIN");

    let owner = mesh.node.rest("olga", &["team"]).await;
    let change = json!({"description": "ours", "wait": true});
    assert_eq!(
        owner.patch(&paths[1], &change).await.ok()["description"],
        "ours"
    );
}
