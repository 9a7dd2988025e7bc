//! AWS mode over a real socket: one node's embedded AWS is the AWS of another.

use datamesh_tests::{Cloud, Launch, Mesh, id_of, until};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

#[tokio::test]
async fn a_mesh_is_made_in_an_aws_that_is_reached_over_a_socket() {
    let aws = Mesh::start().await;
    let key = format!("LKIA{ACCOUNT}");
    let launch = Launch::on(aws.folder.path().join("other"))
        .in_aws(&aws.node.cloud_url(), &key)
        .env("DATAMESH_AWS_ACCOUNT", ACCOUNT);
    let node = launch.start().await;
    assert!(
        node.out().contains(&format!("AWS account {ACCOUNT}")),
        "{}",
        node.out()
    );
    assert!(
        !launch.data().join("localcloud.db").exists(),
        "nothing is embedded"
    );

    let rest = node.rest("ada", &["admins"]).await;
    let body = json!({"domainName": "finance", "ownerGroups": ["team"], "wait": true});
    let domain = rest.post("/api/v1/domains", &body).await.ok();
    assert_eq!(
        (&domain["status"], &domain["awsAccountId"]),
        (&json!("ACTIVE"), &json!(ACCOUNT))
    );
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger", "wait": true});
    let project = rest.post("/api/v1/projects", &body).await.ok();
    assert_eq!(project["setupStatus"], "COMPLETED", "{project}");
    let cloud = Cloud::new(&aws.node.cloud_url(), &key, "eu-central-1");
    cloud
        .table("finance_db.transactions", &[("id", "bigint")])
        .await;
    let body = json!({
        "projectId": project["projectId"], "assetName": "Transactions", "format": "orc",
        "s3Location": "s3://files/t/", "glueTable": "finance_db.transactions", "wait": true,
    });
    let asset = rest.post("/api/v1/assets", &body).await.ok();
    assert_eq!(asset["publishStatus"], "PUBLISHED", "{asset}");

    let data_zone = id_of(&domain, "dataZoneDomainId");
    let names = |found: Vec<Value>| -> Vec<String> {
        found
            .iter()
            .map(|record| id_of(record, "name").to_owned())
            .collect()
    };
    assert!(names(cloud.projects(data_zone).await).contains(&"ledger".to_owned()));
    assert_eq!(names(cloud.listings(data_zone).await), ["Transactions"]);
    let prefix = format!("projects/{}/", id_of(&project, "projectId"));
    let keys = cloud
        .keys(id_of(&domain, "dataLakeBucket"), &prefix)
        .await
        .unwrap();
    assert_eq!(keys.len(), 3, "{keys:?}");
    node.stop().await;
}

#[tokio::test]
async fn a_domain_waits_while_aws_is_not_there_and_goes_on_when_it_is_back() {
    let aws =
        Mesh::start_with(|launch| launch.env("DATAMESH_LOCALCLOUD_LISTEN", "127.0.0.1:0")).await;
    let address = aws.node.cloud_url();
    let launch = Launch::on(aws.folder.path().join("other"))
        .in_aws(&address, "LKIA000000000000")
        .env("DATAMESH_AWS_BREAKER_OPEN_FOR", "1s");
    let node = launch.start().await;
    let (rest, operator) = (node.rest("ada", &["admins"]).await, node.operator().await);
    let Mesh {
        node: cloud,
        folder,
        ..
    } = aws;
    let cloud = cloud.kill().await;

    let body = json!({"domainName": "finance", "ownerGroups": ["team"]});
    let domain = rest.post("/api/v1/domains", &body).await.ok();
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let actor = format!("/admin/v1/actors/domain/{}", id_of(&domain, "domainId"));
    until("an effect has failed", async || {
        let effects = operator.get(&actor).await.ok()["effects"].clone();
        let failed = effects[0]["lastError"]
            .as_str()
            .is_some_and(|error| !error.is_empty());
        if failed { Ok(()) } else { Err(effects) }
    })
    .await;
    assert_eq!(
        rest.get(&path).await.ok()["status"],
        "CREATING",
        "it is delayed, not lost"
    );

    let listen = address.trim_start_matches("http://");
    let _cloud = cloud
        .env("DATAMESH_LOCALCLOUD_LISTEN", listen)
        .start()
        .await;
    until("the domain is made", async || {
        let seen = rest.get(&path).await.ok();
        if seen["status"] == "ACTIVE" {
            Ok(())
        } else {
            Err(seen)
        }
    })
    .await;
    node.stop().await;
    drop(folder);
}
