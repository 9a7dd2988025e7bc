//! What the mesh refuses, and how it says so.

use datamesh_actor::AskError;
use datamesh_actors::Status;
use datamesh_actors::asset::{self, Asset, PublishStatus};
use datamesh_actors::domain::{self, Domain};
use datamesh_actors::project::{self, Project};
use datamesh_aws::datazone::{CreateListingChangeSet, CreateProject, ListingAction, ListingEntity};
use datamesh_aws::{CallCx, Token};
use datamesh_localcloud::{Fault, FaultEffect};

use crate::scenario::{ASSET, DOMAIN, PROJECT, create_asset, create_domain, create_project};
use crate::stage::{REGION, Stage, home};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_domains_of_one_name_the_second_fails() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage
        .ask::<Domain>("dom-2", create_domain("finance"))
        .await
        .unwrap();
    let failed = stage
        .until_domain("dom-2", |d| d.is_some_and(|d| d.status == Status::Failed))
        .await
        .unwrap();
    assert!(
        failed.status_reason.starts_with("NAME_TAKEN"),
        "{}",
        failed.status_reason
    );
    assert_eq!(stage.inventory().await.domains, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_projects_of_one_name_the_second_fails() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.make_project().await;
    stage
        .ask::<Project>("proj-2", create_project("FINANCE analytics"))
        .await
        .unwrap();
    let failed = stage
        .until_project("proj-2", |p| p.is_some_and(|p| p.status == Status::Failed))
        .await
        .unwrap();
    assert!(
        failed.status_reason.starts_with("NAME_TAKEN"),
        "{}",
        failed.status_reason
    );
    assert_eq!(stage.inventory().await.projects, ["Finance Analytics"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_somebody_else_made_in_datazone_is_left_alone() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    let domain = stage.domain(DOMAIN).await.unwrap();
    let foreign = CreateProject {
        domain_id: domain.data_zone_domain_id.unwrap(),
        name: "Finance Analytics".to_owned(),
        ..CreateProject::default()
    };
    stage
        .aws
        .datazone(&home())
        .create_project(foreign)
        .await
        .unwrap();
    stage
        .ask::<Project>(PROJECT, create_project("Finance Analytics"))
        .await
        .unwrap();
    let failed = stage
        .until_project(PROJECT, |p| p.is_some_and(|p| p.status == Status::Failed))
        .await
        .unwrap();
    assert!(failed.status_reason.starts_with("NAME_TAKEN_IN_DATAZONE"));
    assert_eq!(stage.inventory().await.projects, ["Finance Analytics"]);
    let delete = project::Command::Delete(project::Delete::default());
    stage.ask::<Project>(PROJECT, delete).await.unwrap();
    stage.until_project(PROJECT, |p| p.is_none()).await;
    assert_eq!(stage.inventory().await.projects, ["Finance Analytics"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_glue_table_is_said_and_can_be_mended() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.make_project().await;
    stage
        .ask::<Asset>(ASSET, create_asset("Payments"))
        .await
        .unwrap();
    let failed = stage.until_publication(PublishStatus::PublishFailed).await;
    assert!(failed.status_reason.starts_with("GLUE_TABLE_NOT_FOUND"));
    stage.make_table().await;
    let publish = asset::Command::Publish(asset::Publish::default());
    stage.ask::<Asset>(ASSET, publish).await.unwrap();
    stage.until_publication(PublishStatus::Published).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_an_asset_and_a_domain_with_a_project_stay() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.make_project().await;
    stage.make_table().await;
    stage
        .ask::<Asset>(ASSET, create_asset("Payments"))
        .await
        .unwrap();
    stage.until_publication(PublishStatus::Published).await;
    let reason = |error: AskError| match error {
        AskError::Rejected(rejection) => rejection.reason,
        other => panic!("{other}"),
    };
    let delete = project::Command::Delete(project::Delete::default());
    let refused = stage.ask::<Project>(PROJECT, delete).await.unwrap_err();
    assert_eq!(reason(refused), "PROJECT_HAS_ASSETS");
    let delete = domain::Command::Delete(domain::Delete::default());
    let refused = stage.ask::<Domain>(DOMAIN, delete).await.unwrap_err();
    assert_eq!(reason(refused), "DOMAIN_HAS_PROJECTS");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_in_the_lake_outlives_its_project_and_keeps_its_domain() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.make_project().await;
    let key = format!("projects/{PROJECT}/raw/2026.csv");
    stage.put_object("data-lake-finance", &key).await;

    let delete = project::Command::Delete(project::Delete::default());
    stage.ask::<Project>(PROJECT, delete).await.unwrap();
    stage.until_project(PROJECT, |p| p.is_none()).await;
    assert_eq!(stage.objects("data-lake-finance").await, [key.as_str()]);

    let delete = domain::Command::Delete(domain::Delete::default());
    stage.ask::<Domain>(DOMAIN, delete.clone()).await.unwrap();
    let kept = stage
        .until_domain(DOMAIN, |d| d.is_some_and(|d| d.status == Status::Active))
        .await
        .unwrap();
    assert!(
        kept.status_reason.starts_with("BUCKET_NOT_EMPTY"),
        "{}",
        kept.status_reason
    );
    assert_eq!(stage.inventory().await.domains, 1);

    stage
        .aws
        .s3(&home())
        .delete_object("data-lake-finance", &key)
        .await
        .unwrap();
    stage.ask::<Domain>(DOMAIN, delete).await.unwrap();
    stage.until_domain(DOMAIN, |d| d.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_deleted_while_it_is_being_made_leaves_nothing() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage
        .ask::<Project>(PROJECT, create_project("Treasury"))
        .await
        .unwrap();
    let delete = project::Command::Delete(project::Delete::default());
    stage.ask::<Project>(PROJECT, delete).await.unwrap();
    stage.until_project(PROJECT, |p| p.is_none()).await;
    assert_eq!(stage.inventory().await.projects, Vec::<String>::new());
    stage
        .ask::<Project>("proj-2", create_project("Treasury"))
        .await
        .unwrap();
    stage
        .until_project("proj-2", |p| p.is_some_and(|p| p.status == Status::Active))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_was_there_before_outlives_its_domain() {
    let stage = Stage::set().await;
    let call = home();
    let s3 = stage.aws.s3(&call);
    s3.create_bucket("data-lake-finance").await.unwrap();
    stage.make_domain().await;
    let delete = domain::Command::Delete(domain::Delete::default());
    stage.ask::<Domain>(DOMAIN, delete).await.unwrap();
    stage.until_domain(DOMAIN, |d| d.is_none()).await;
    s3.head_bucket("data-lake-finance").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_datamesh_made_goes_with_its_domain() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    let delete = domain::Command::Delete(domain::Delete::default());
    stage.ask::<Domain>(DOMAIN, delete).await.unwrap();
    stage.until_domain(DOMAIN, |d| d.is_none()).await;
    let gone = stage.aws.s3(&home()).head_bucket("data-lake-finance").await;
    assert!(gone.unwrap_err().is_not_found());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_another_region_or_account_is_refused_with_a_reason() {
    for (place, code) in [
        (home().region("us-west-2"), "BUCKET_ELSEWHERE"),
        (
            CallCx::in_account("999988887777").region(REGION),
            "BUCKET_NAME_TAKEN",
        ),
    ] {
        let stage = Stage::set().await;
        let s3 = stage.aws.s3(&place);
        s3.create_bucket("data-lake-finance").await.unwrap();
        stage
            .ask::<Domain>(DOMAIN, create_domain("finance"))
            .await
            .unwrap();
        let failed = stage
            .until_domain(DOMAIN, |d| d.is_some_and(|d| d.status == Status::Failed))
            .await
            .unwrap();
        assert!(
            failed.status_reason.starts_with(code),
            "{}",
            failed.status_reason
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_somebody_made_while_ours_was_lost_is_left_alone() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    let domain = stage.domain(DOMAIN).await.unwrap();
    let foreign = CreateProject {
        domain_id: domain.data_zone_domain_id.unwrap(),
        name: "Finance Analytics".to_owned(),
        description: Some("made by hand".to_owned()),
        ..CreateProject::default()
    };
    let call = home();
    let datazone = stage.aws.datazone(&call);
    datazone.create_project(foreign).await.unwrap();
    stage.cloud.faults().inject(Fault {
        service: Some("datazone".to_owned()),
        operation: Some("CreateProject".to_owned()),
        ..Fault::once(FaultEffect::TimeoutBefore)
    });
    stage
        .ask::<Project>(PROJECT, create_project("Finance Analytics"))
        .await
        .unwrap();
    let failed = stage
        .until_project(PROJECT, |p| p.is_some_and(|p| p.status == Status::Failed))
        .await
        .unwrap();
    assert!(
        failed
            .status_reason
            .starts_with("DATAZONE_PROJECT_UNCERTAIN"),
        "{}",
        failed.status_reason
    );
    assert_eq!(stage.inventory().await.projects, ["Finance Analytics"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_with_a_listing_that_is_not_known_is_unlisted_and_deleted() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.make_project().await;
    stage.make_table().await;
    stage.cloud.faults().inject(Fault {
        service: Some("datazone".to_owned()),
        operation: Some("CreateListingChangeSet".to_owned()),
        ..Fault::once(FaultEffect::Error {
            status: 403,
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        })
    });
    stage
        .ask::<Asset>(ASSET, create_asset("Payments"))
        .await
        .unwrap();
    let failed = stage.until_publication(PublishStatus::PublishFailed).await;
    assert_eq!(failed.listing_id, None);
    let domain = stage.domain(DOMAIN).await.unwrap();
    let publish = CreateListingChangeSet {
        domain_id: domain.data_zone_domain_id.unwrap(),
        entity_id: failed.data_zone_asset_id.unwrap(),
        entity_revision: None,
        entity: ListingEntity::Asset,
        action: ListingAction::Publish,
        token: Token::derive("by hand", "CreateListingChangeSet"),
    };
    let call = home();
    let datazone = stage.aws.datazone(&call);
    datazone.create_listing_change_set(publish).await.unwrap();
    let delete = asset::Command::Delete(asset::Delete::default());
    stage.ask::<Asset>(ASSET, delete).await.unwrap();
    stage.until_asset(ASSET, |a| a.is_none()).await;
    let inventory = stage.inventory().await;
    assert_eq!((inventory.assets, inventory.listings), (0, 0));
}
