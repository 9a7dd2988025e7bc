use datamesh_actors::Status;
use datamesh_actors::asset::{Asset, PublishStatus};
use datamesh_actors::domain::Domain;
use datamesh_actors::project::{self, Project};

use crate::scenario::{
    ASSET, DOMAIN, PROJECT, build, built, create_asset, create_domain, create_project, strike,
};
use crate::stage::{Inventory, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_is_built_and_struck_and_nothing_stays_in_aws() {
    let stage = Stage::set().await;
    build(&stage).await;
    assert_eq!(stage.inventory().await, built());
    strike(&stage).await;
    assert_eq!(stage.inventory().await, Inventory::default());
    assert_eq!(
        stage.told().await,
        [
            "DomainCreated",
            "ProjectCreated",
            "ProjectSetupCompleted",
            "AssetPublished",
            "DomainUpdated",
            "ProjectUpdated",
            "AssetUpdated",
            "AssetPublished",
            "AssetUnpublished",
            "AssetPublished",
            "AssetDeleted",
            "ProjectDeleted",
            "DomainDeleted",
        ]
        .map(str::to_owned)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_can_be_used_again_after_a_deletion() {
    let stage = Stage::set().await;
    build(&stage).await;
    strike(&stage).await;
    stage
        .ask::<Domain>("dom-2", create_domain("finance"))
        .await
        .unwrap();
    stage
        .until_domain("dom-2", |d| d.is_some_and(|d| d.status == Status::Active))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_goes_down_in_the_middle_goes_on_where_it_was() {
    let stage = Stage::set().await;
    stage
        .ask::<Domain>(DOMAIN, create_domain("finance"))
        .await
        .unwrap();
    let stage = stage.restart().await;
    stage
        .until_domain(DOMAIN, |d| d.is_some_and(|d| d.status == Status::Active))
        .await;
    stage
        .ask::<Project>(PROJECT, create_project("Treasury"))
        .await
        .unwrap();
    let stage = stage.restart().await;
    stage
        .until_project(PROJECT, |p| p.is_some_and(|p| p.status == Status::Active))
        .await;
    let set_up = project::Command::SetUp(project::SetUp {});
    stage.ask::<Project>(PROJECT, set_up).await.unwrap();
    stage.make_table().await;
    stage
        .ask::<Asset>(ASSET, create_asset("Payments"))
        .await
        .unwrap();
    let stage = stage.restart().await;
    stage.until_publication(PublishStatus::Published).await;
    assert_eq!(stage.inventory().await, built());
}
