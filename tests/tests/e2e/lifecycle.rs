//! A domain, its project, its assets: made, found, changed, published, and removed again.

use datamesh_proto::v1;
use datamesh_tests::{Mesh, id_of};
use http::Method;
use serde_json::{Value, json};
use tonic::Code;

#[tokio::test]
async fn a_mesh_is_made_and_removed_over_rest() {
    let mesh = Mesh::start().await;
    let body = json!({
        "domainName": "finance", "description": "Money", "ownerGroups": ["team"], "wait": true,
    });
    let domain = mesh.rest.post("/api/v1/domains", &body).await.ok();
    assert_eq!(domain["status"], "ACTIVE");
    assert_eq!(domain["createdBy"], "ada@example.com");
    assert_eq!(domain["awsAccountId"], "000000000000");
    assert_eq!(domain["region"], "eu-central-1");
    let data_zone = id_of(&domain, "dataZoneDomainId");
    assert!(data_zone.starts_with("dzd"), "{domain}");
    let bucket = id_of(&domain, "dataLakeBucket");
    assert!(bucket.starts_with("data-lake-"), "{domain}");

    let body = json!({
        "domainId": domain["domainId"], "projectName": "Finance Analytics", "wait": true,
    });
    let project = mesh.rest.post("/api/v1/projects", &body).await.ok();
    assert_eq!(project["status"], "ACTIVE");
    assert_eq!(
        project["setupStatus"], "COMPLETED",
        "through bus, rule, queue and worker"
    );
    let project_id = id_of(&project, "projectId");
    let prefix = format!("projects/{project_id}/");
    assert_eq!(
        project["s3Location"],
        format!("s3://{bucket}/{prefix}").as_str()
    );
    let mut keys = mesh.cloud.keys(bucket, &prefix).await.unwrap();
    keys.sort();
    let folders = ["metadata/", "processed/", "raw/"].map(|folder| format!("{prefix}{folder}"));
    assert_eq!(keys, folders);
    let projects = mesh.cloud.projects(data_zone).await;
    let ours = projects
        .iter()
        .filter(|p| p["id"] == project["dataZoneProjectId"]);
    let names: Vec<&Value> = ours.map(|p| &p["name"]).collect();
    assert_eq!(names, ["Finance Analytics"]);

    mesh.cloud
        .table(
            "finance_db.transactions",
            &[("id", "bigint"), ("amount", "double")],
        )
        .await;
    let body = json!({
        "projectId": project_id, "assetName": "Transactions Table", "format": "csv",
        "s3Location": "s3://files/transactions/", "glueTable": "finance_db.transactions",
        "metadata": {"owner": "ada"}, "draft": true, "wait": true,
    });
    let draft = mesh.rest.post("/api/v1/assets", &body).await.ok();
    assert_eq!(
        (&draft["status"], &draft["publishStatus"]),
        (&json!("ACTIVE"), &json!("DRAFT"))
    );
    assert_eq!(draft["domainId"], domain["domainId"]);
    assert_eq!(draft["metadata"], json!({"owner": "ada"}));

    let asset_path = format!("/api/v1/assets/{}", id_of(&draft, "assetId"));
    let publish = format!("{asset_path}:publish");
    let published = mesh.rest.post(&publish, &json!({"wait": true})).await.ok();
    assert_eq!(published["publishStatus"], "PUBLISHED", "{published}");
    let columns = json!([
        {"name": "id", "type": "bigint", "comment": ""},
        {"name": "amount", "type": "double", "comment": ""},
    ]);
    assert_eq!(published["columns"], columns, "as Glue has them");
    let listing = id_of(&published, "listingId");
    let listings = mesh.cloud.listings(data_zone).await;
    let shown: Vec<(&str, &str)> = listings
        .iter()
        .map(|l| (id_of(l, "listingId"), id_of(l, "name")))
        .collect();
    assert_eq!(shown, [(listing, "Transactions Table")]);

    let change = json!({
        "description": "All of them", "assetName": "Left alone", "updateMask": "description",
        "wait": true,
    });
    let etag = format!("\"{}\"", id_of(&published, "etag"));
    let changed = mesh
        .rest
        .json(Method::PATCH, &asset_path, &[("if-match", &etag)], &change)
        .await;
    let new_etag = changed.header("etag").to_owned();
    let changed = changed.ok();
    assert_eq!(changed["description"], "All of them");
    assert_eq!(
        changed["assetName"], "Transactions Table",
        "it is not in the mask"
    );
    assert_ne!(etag, new_etag);
    assert_eq!(
        changed["publishStatus"], "PUBLISHED",
        "the change is published too"
    );

    let unpublish = format!("{asset_path}:unpublish");
    let unpublished = mesh
        .rest
        .post(&unpublish, &json!({"wait": true}))
        .await
        .ok();
    assert_eq!(unpublished["publishStatus"], "UNPUBLISHED");
    assert_eq!(mesh.cloud.listings(data_zone).await, [] as [Value; 0]);

    let (domain_path, project_path) = (
        format!("/api/v1/domains/{}", id_of(&domain, "domainId")),
        format!("/api/v1/projects/{project_id}"),
    );
    let refused = mesh.rest.delete(&project_path).await;
    assert_eq!(refused.status, 409, "it has an asset: {refused}");
    let refused = mesh.rest.delete(&domain_path).await;
    assert_eq!(refused.status, 409, "it has a project: {refused}");
    mesh.gone(&asset_path).await;
    assert_eq!(mesh.cloud.assets(data_zone).await, [] as [Value; 0]);
    mesh.gone(&project_path).await;
    assert_eq!(
        mesh.cloud.keys(bucket, "projects/").await.unwrap(),
        [] as [&str; 0]
    );
    mesh.gone(&domain_path).await;
    assert_eq!(
        mesh.cloud.keys(bucket, "").await,
        None,
        "the bucket is gone"
    );
    let path = format!("/v2/domains/{data_zone}");
    assert_ne!(
        mesh.cloud.datazone(Method::GET, &path, None).await.status,
        200,
        "DataZone's too"
    );
    for (path, items) in [
        ("domains", "domains"),
        ("projects", "projects"),
        ("assets", "assets"),
    ] {
        assert_eq!(
            mesh.rest.all(&format!("/api/v1/{path}"), items).await,
            [] as [Value; 0]
        );
    }
}

#[tokio::test]
async fn a_mesh_is_made_and_removed_over_grpc() {
    let mesh = Mesh::start().await;
    let grpc = mesh.node.grpc("ada@example.com", &["admins"]).await;
    let (mut domains, mut projects, mut assets) = (grpc.domains(), grpc.projects(), grpc.assets());

    let request = v1::CreateDomainRequest {
        domain_name: "finance".to_owned(),
        owner_groups: vec!["team".to_owned()],
        wait: true,
        ..Default::default()
    };
    let domain = domains.create_domain(request).await.unwrap().into_inner();
    assert_eq!(domain.status(), v1::domain::Status::Active);
    assert!(domain.created_at.is_some());

    let request = v1::CreateProjectRequest {
        domain_id: domain.domain_id.clone(),
        project_name: "Finance Analytics".to_owned(),
        wait: true,
        ..Default::default()
    };
    let project = projects.create_project(request).await.unwrap().into_inner();
    assert_eq!(project.status(), v1::project::Status::Active);
    assert_eq!(project.setup_status(), v1::project::SetupStatus::Completed);

    mesh.cloud
        .table("finance_db.transactions", &[("id", "bigint")])
        .await;
    let request = v1::CreateAssetRequest {
        project_id: project.project_id.clone(),
        asset_name: "Transactions".to_owned(),
        s3_location: "s3://files/transactions/".to_owned(),
        glue_table: "finance_db.transactions".to_owned(),
        format: "parquet".to_owned(),
        wait: true,
        ..Default::default()
    };
    let asset = assets.create_asset(request).await.unwrap().into_inner();
    assert_eq!(asset.publish_status(), v1::asset::PublishStatus::Published);
    assert_ne!(asset.listing_id, "");

    let request = v1::UpdateAssetRequest {
        asset_id: asset.asset_id.clone(),
        asset_name: Some("Left alone".to_owned()),
        description: Some("All of them".to_owned()),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["description".to_owned()],
        }),
        etag: asset.etag.clone(),
        wait: true,
        ..Default::default()
    };
    let changed = assets.update_asset(request).await.unwrap().into_inner();
    assert_eq!(
        (&*changed.description, &*changed.asset_name),
        ("All of them", "Transactions")
    );

    let request = v1::UnpublishAssetRequest {
        asset_id: asset.asset_id.clone(),
        wait: true,
        ..Default::default()
    };
    let unpublished = assets.unpublish_asset(request).await.unwrap().into_inner();
    assert_eq!(
        unpublished.publish_status(),
        v1::asset::PublishStatus::Unpublished
    );

    let request = v1::DeleteAssetRequest {
        asset_id: asset.asset_id.clone(),
        wait: true,
        ..Default::default()
    };
    let deleted = assets.delete_asset(request).await.unwrap().into_inner();
    assert_eq!(deleted.status(), v1::asset::Status::Deleted);
    let request = v1::DeleteProjectRequest {
        project_id: project.project_id.clone(),
        wait: true,
        ..Default::default()
    };
    let deleted = projects.delete_project(request).await.unwrap().into_inner();
    assert_eq!(deleted.status(), v1::project::Status::Deleted);
    let request = v1::DeleteDomainRequest {
        domain_id: domain.domain_id.clone(),
        wait: true,
        ..Default::default()
    };
    let deleted = domains.delete_domain(request).await.unwrap().into_inner();
    assert_eq!(deleted.status(), v1::domain::Status::Deleted);

    let asset_id = asset.asset_id;
    let gone = assets
        .get_asset(v1::GetAssetRequest { asset_id })
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let project_id = project.project_id;
    let gone = projects
        .get_project(v1::GetProjectRequest { project_id })
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    let domain_id = domain.domain_id;
    let gone = domains
        .get_domain(v1::GetDomainRequest { domain_id })
        .await
        .unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
}

#[tokio::test]
async fn lists_have_filters_and_pages() {
    let mesh = Mesh::start().await;
    let (north, south) = (mesh.domain("north").await, mesh.domain("south").await);
    let (ice, sand) = (
        mesh.project(&north, "ice").await,
        mesh.project(&south, "sand").await,
    );
    for (project, name) in [
        (&ice, "a"),
        (&ice, "b"),
        (&ice, "c"),
        (&ice, "d"),
        (&sand, "e"),
    ] {
        mesh.draft(project, name, "somewhere.someday").await;
    }
    mesh.published(&sand, "f", "desert.dunes").await;

    let (domain, project) = (id_of(&north, "domainId"), id_of(&sand, "projectId"));
    for (filter, names) in [
        (String::new(), "abcdef"),
        (format!("?domainId={domain}"), "abcd"),
        (format!("?projectId={project}"), "ef"),
        (format!("?projectId={project}&publishStatus=PUBLISHED"), "f"),
        ("?publishStatus=DRAFT".to_owned(), "abcde"),
        ("?assetName=c".to_owned(), "c"),
        ("?format=csv".to_owned(), "abcdef"),
        ("?format=iceberg".to_owned(), ""),
        ("?status=FAILED".to_owned(), ""),
    ] {
        let found = mesh
            .rest
            .all(&format!("/api/v1/assets{filter}"), "assets")
            .await;
        let found: String = found
            .iter()
            .map(|asset| id_of(asset, "assetName"))
            .collect();
        assert_eq!(found, names, "{filter}");
    }
    let found = mesh
        .rest
        .all("/api/v1/projects?projectName=ice&status=ACTIVE", "projects")
        .await;
    assert_eq!(
        found,
        [mesh
            .rest
            .get(&format!("/api/v1/projects/{}", id_of(&ice, "projectId")))
            .await
            .ok()]
    );
    let found = mesh
        .rest
        .all("/api/v1/domains?domainName=south", "domains")
        .await;
    assert_eq!(found.len(), 1);

    let path = format!("/api/v1/assets?domainId={domain}&pageSize=3");
    let first = mesh.rest.get(&path).await.ok();
    assert_eq!(first["assets"].as_array().unwrap().len(), 3);
    let token = id_of(&first, "nextPageToken");
    let second = mesh
        .rest
        .get(&format!("{path}&pageToken={token}"))
        .await
        .ok();
    assert_eq!(second["assets"].as_array().unwrap().len(), 1);
    assert_eq!(second["nextPageToken"], "", "it is the last page");
    let other = mesh
        .rest
        .get(&format!("/api/v1/assets?pageSize=3&pageToken={token}"))
        .await;
    other.problem(400, "INVALID_FIELDS");
    assert_eq!(
        other.wrong_fields(),
        ["pageToken"],
        "a token is of one list with its filters"
    );
}

#[tokio::test]
async fn a_publication_without_a_glue_table_fails_with_the_reason_and_can_be_repeated() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let body = json!({
        "projectId": project["projectId"], "assetName": "Ghost", "format": "csv",
        "s3Location": "s3://files/ghost/", "glueTable": "ghosts.none", "wait": true,
    });
    let asset = mesh.rest.post("/api/v1/assets", &body).await.ok();
    assert_eq!(asset["publishStatus"], "PUBLISH_FAILED");
    let reason = id_of(&asset, "statusReason");
    assert!(
        reason.starts_with("GLUE_TABLE_NOT_FOUND: there is no Glue table 'ghosts.none'"),
        "{reason}"
    );

    mesh.cloud.table("ghosts.none", &[("name", "string")]).await;
    let path = format!("/api/v1/assets/{}:publish", id_of(&asset, "assetId"));
    let asset = mesh.rest.post(&path, &json!({"wait": true})).await.ok();
    assert_eq!(
        (&asset["publishStatus"], &asset["statusReason"]),
        (&json!("PUBLISHED"), &json!(""))
    );
}

#[tokio::test]
async fn the_path_without_a_version_is_the_same() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/domains/{}", id_of(&domain, "domainId"));
    let (with, without) = (
        mesh.rest.get(&format!("/api/v1{path}")).await,
        mesh.rest.get(&format!("/api{path}")).await,
    );
    assert_eq!(with.ok(), without.ok());
}
