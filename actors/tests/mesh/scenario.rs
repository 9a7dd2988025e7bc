//! One life of a small mesh, from the first domain to the last tombstone, through every effect there is.

use std::collections::BTreeMap;

use datamesh_actors::Status;
use datamesh_actors::asset::{self, Asset, AssetRecord, PublishStatus};
use datamesh_actors::domain::{self, Domain};
use datamesh_actors::project::{self, Project, SetupStatus};
use datamesh_aws::glue::{Column, CreateDatabase, CreateTable};

use crate::stage::{ACCOUNT, Inventory, REGION, Stage, home};

pub const DOMAIN: &str = "dom-1";
pub const PROJECT: &str = "proj-1";
pub const ASSET: &str = "asset-1";

pub fn create_domain(name: &str) -> domain::Command {
    domain::Command::Create(domain::Create {
        domain_name: name.to_owned(),
        description: "Money".to_owned(),
        owner_groups: vec!["finance-owners".to_owned()],
        aws_account_id: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    })
}

pub fn create_project(name: &str) -> project::Command {
    project::Command::Create(project::Create {
        domain_id: DOMAIN.to_owned(),
        project_name: name.to_owned(),
        description: String::new(),
    })
}

pub fn create_asset(name: &str) -> asset::Command {
    asset::Command::Create(asset::Create {
        project_id: PROJECT.to_owned(),
        domain_id: DOMAIN.to_owned(),
        asset_name: name.to_owned(),
        description: "Daily financial transactions".to_owned(),
        s3_location: "s3://data-lake-finance/transactions/".to_owned(),
        glue_table: "finance_db.transactions".to_owned(),
        format: "csv".to_owned(),
        metadata: BTreeMap::from([("owner".to_owned(), "finance".to_owned())]),
        draft: false,
    })
}

impl Stage {
    pub async fn make_domain(&self) {
        self.ask::<Domain>(DOMAIN, create_domain("finance"))
            .await
            .unwrap();
        self.until_domain(DOMAIN, |d| d.is_some_and(|d| d.status == Status::Active))
            .await;
    }

    pub async fn make_project(&self) {
        self.ask::<Project>(PROJECT, create_project("Finance Analytics"))
            .await
            .unwrap();
        self.until_project(PROJECT, |p| p.is_some_and(|p| p.status == Status::Active))
            .await;
        let set_up = project::Command::SetUp(project::SetUp {});
        self.ask::<Project>(PROJECT, set_up).await.unwrap();
        self.until_project(PROJECT, |p| {
            p.is_some_and(|p| p.setup_status == SetupStatus::Completed)
        })
        .await;
    }

    pub async fn make_table(&self) {
        let call = home();
        let glue = self.aws.glue(&call);
        let database = CreateDatabase {
            name: "finance_db".to_owned(),
            ..CreateDatabase::default()
        };
        glue.create_database(database).await.unwrap();
        let column = |name: &str, kind: &str| Column {
            name: name.to_owned(),
            kind: kind.to_owned(),
            comment: None,
        };
        let table = CreateTable {
            database: "finance_db".to_owned(),
            name: "transactions".to_owned(),
            columns: vec![column("id", "string"), column("amount", "decimal(10,2)")],
            partition_keys: vec![column("day", "date")],
            location: Some("s3://data-lake-finance/transactions/".to_owned()),
            ..CreateTable::default()
        };
        glue.create_table(table).await.unwrap();
    }

    pub async fn until_publication(&self, wanted: PublishStatus) -> AssetRecord {
        self.until_asset(ASSET, |a| {
            a.is_some_and(|a| a.is_settled() && a.publish_status == wanted)
        })
        .await
        .unwrap()
    }
}

/// Makes everything, changes everything, and checks that AWS has each thing once.
pub async fn build(stage: &Stage) {
    stage.make_domain().await;
    stage.make_project().await;
    stage.make_table().await;
    stage
        .ask::<Asset>(ASSET, create_asset("Transactions Table"))
        .await
        .unwrap();
    let asset = stage.until_publication(PublishStatus::Published).await;
    assert_eq!(asset.revision.as_deref(), Some("1"));
    assert_eq!(asset.columns.len(), 3);

    let describe = domain::Command::Update(domain::Update {
        description: Some("More money".to_owned()),
        ..domain::Update::default()
    });
    stage.ask::<Domain>(DOMAIN, describe).await.unwrap();
    stage
        .until_domain(DOMAIN, |d| {
            d.is_some_and(|d| d.status == Status::Active && d.description == "More money")
        })
        .await;

    let rename = project::Command::Update(project::Update {
        project_name: Some("Treasury".to_owned()),
        ..project::Update::default()
    });
    stage.ask::<Project>(PROJECT, rename).await.unwrap();
    stage
        .until_project(PROJECT, |p| {
            p.is_some_and(|p| p.status == Status::Active && p.project_name == "Treasury")
        })
        .await;

    let rename = asset::Command::Update(asset::Update {
        asset_name: Some("Payments".to_owned()),
        ..asset::Update::default()
    });
    stage.ask::<Asset>(ASSET, rename).await.unwrap();
    let asset = stage
        .until_asset(ASSET, |a| {
            a.is_some_and(|a| a.is_settled() && a.asset_name == "Payments")
        })
        .await
        .unwrap();
    assert_eq!(asset.publish_status, PublishStatus::Published);
    assert_eq!(
        asset.revision.as_deref(),
        Some("2"),
        "one revision for one change"
    );

    let unpublish = asset::Command::Unpublish(asset::Unpublish::default());
    stage.ask::<Asset>(ASSET, unpublish).await.unwrap();
    stage.until_publication(PublishStatus::Unpublished).await;
    let publish = asset::Command::Publish(asset::Publish::default());
    stage.ask::<Asset>(ASSET, publish).await.unwrap();
    let asset = stage.until_publication(PublishStatus::Published).await;
    assert_eq!(asset.revision.as_deref(), Some("3"));
}

/// What AWS has after [`build`].
pub fn built() -> Inventory {
    let key = |folder: &str| format!("projects/{PROJECT}/{folder}/");
    Inventory {
        domains: 1,
        projects: vec!["Treasury".to_owned()],
        assets: 1,
        listings: 1,
        objects: vec![key("metadata"), key("processed"), key("raw")],
    }
}

/// Deletes everything.
pub async fn strike(stage: &Stage) {
    let delete = asset::Command::Delete(asset::Delete::default());
    stage.ask::<Asset>(ASSET, delete).await.unwrap();
    stage.until_asset(ASSET, |a| a.is_none()).await;
    let delete = project::Command::Delete(project::Delete::default());
    stage.ask::<Project>(PROJECT, delete).await.unwrap();
    stage.until_project(PROJECT, |p| p.is_none()).await;
    let delete = domain::Command::Delete(domain::Delete::default());
    stage.ask::<Domain>(DOMAIN, delete).await.unwrap();
    stage.until_domain(DOMAIN, |d| d.is_none()).await;
}
