//! What others made is theirs.

use datamesh_aws::lakeformation::{FilterColumns, RegisterLocation};

use super::*;
use crate::access::Location;
use crate::lakeformation::Trouble;

#[track_caller]
fn refused(answers: &[Result<(), ThingError>], code: &str) {
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!(
        (error.trouble, error.code.as_str()),
        (Trouble::Refused, code),
        "{error}"
    );
}

#[tokio::test]
async fn a_table_under_a_links_name_is_never_touched() {
    let stage = Stage::set().await;
    stage.table("mine").await;
    let wanted = [Thing::Link(Link {
        database: "sales".to_owned(),
        name: "mine".to_owned(),
        table: "orders".to_owned(),
    })];
    refused(&stage.put(&sales(), &wanted).await, "LinkNameTaken");
    assert_eq!(stage.see(&sales(), &wanted).await.present, [false]);
    Stage::is_done(&stage.remove(&sales(), &wanted).await);
    let call = Stage::call(PRODUCER);
    let table = stage
        .world
        .aws
        .glue(&call)
        .get_table("sales", "mine")
        .await
        .unwrap();
    assert_eq!(table.columns.len(), 3);
}

#[tokio::test]
async fn a_filter_of_ours_gets_its_content_back_and_one_of_others_is_never_changed() {
    let stage = Stage::set().await;
    let by_hand = |name: &str| datamesh_aws::lakeformation::CellsFilter {
        catalog: PRODUCER.to_owned(),
        database: "sales".to_owned(),
        table: "orders".to_owned(),
        name: name.to_owned(),
        columns: FilterColumns::AllBut(Vec::new()),
        rows: None,
    };
    let call = Stage::call(PRODUCER);
    let lakeformation = stage.world.aws.lakeformation(&call);
    for name in ["datamesh-it", "theirs"] {
        lakeformation.create_filter(by_hand(name)).await.unwrap();
    }
    let ours = [Thing::Filter(filter("datamesh-it", "region = 'it'"))];
    assert_eq!(stage.see(&sales(), &ours).await.present, [false]);
    Stage::is_done(&stage.put(&sales(), &ours).await);
    assert_eq!(stage.see(&sales(), &ours).await.present, [true]);

    let theirs = [Thing::Filter(filter("theirs", "region = 'it'"))];
    refused(&stage.put(&sales(), &theirs).await, "FilterNameTaken");
    Stage::is_done(&stage.remove(&sales(), &theirs).await);
    let kept = lakeformation
        .get_filter(PRODUCER, "sales", "orders", "theirs")
        .await
        .unwrap();
    assert_eq!(kept, by_hand("theirs"));
}

#[tokio::test]
async fn a_location_that_others_registered_is_taken_as_it_is_and_left_as_it_was() {
    let stage = Stage::set().await;
    let call = Stage::call(PRODUCER);
    let lakeformation = stage.world.aws.lakeformation(&call);
    let theirs = RegisterLocation {
        arn: "arn:aws:s3:::lake".to_owned(),
        role_arn: Some("arn:aws:iam::111122223333:role/theirs".to_owned()),
        hybrid: false,
    };
    lakeformation.register_location(theirs).await.unwrap();
    let wanted = [Thing::Location(Location {
        arn: "arn:aws:s3:::lake".to_owned(),
        role_arn: "arn:aws:iam::111122223333:role/ours".to_owned(),
        hybrid: true,
    })];
    Stage::is_done(&stage.put(&producer(), &wanted).await);
    assert_eq!(stage.see(&producer(), &wanted).await.present, [true]);
    Stage::is_done(&stage.remove(&producer(), &wanted).await);
    let kept = lakeformation
        .describe_location("arn:aws:s3:::lake")
        .await
        .unwrap();
    assert_eq!(
        kept.role_arn.as_deref(),
        Some("arn:aws:iam::111122223333:role/theirs")
    );
    assert!(!kept.hybrid);
}

#[tokio::test]
async fn settings_of_others_survive_and_the_sharing_version_never_falls() {
    let stage = Stage::set().await;
    let before = Settings {
        admins: vec![BOB.to_owned()],
        trusted_resource_owners: vec![CONSUMER.to_owned()],
        parameters: [("CROSS_ACCOUNT_VERSION".to_owned(), "4".to_owned())].into(),
        ..Settings::default()
    };
    stage.settings(PRODUCER, before).await;
    let call = Stage::call(PRODUCER);
    let lakeformation = stage.world.aws.lakeformation(&call);
    let before = lakeformation.get_settings().await.unwrap();
    let things = [
        Thing::Sharing { version: 3 },
        Thing::Admin {
            principal: ANN.to_owned(),
        },
    ];
    Stage::is_done(&stage.put(&producer(), &things).await);
    let put = lakeformation.get_settings().await.unwrap();
    assert_eq!(put.admins, [BOB, ANN]);
    assert_eq!(put.parameters, before.parameters);
    Stage::is_done(&stage.remove(&producer(), &things).await);
    assert_eq!(lakeformation.get_settings().await.unwrap(), before);
    assert_eq!(stage.see(&producer(), &things).await.present, [true, false]);
}

#[tokio::test]
async fn what_was_given_by_hand_is_seen_and_what_an_administrator_may_do_is_not() {
    let stage = Stage::set().await;
    let admin = Thing::Admin {
        principal: ANN.to_owned(),
    };
    Stage::is_done(&stage.put(&producer(), &[admin]).await);
    let wanted = [grant(ANN, column("id"), Permission::Select)];
    Stage::is_done(&stage.put(&sales(), &wanted).await);
    assert_eq!(stage.see(&sales(), &wanted).await.extra, []);
    stage.grant_by_hand(ANN, &orders(), "DROP").await;
    stage.grant_by_hand(ANN, &column("amount"), "SELECT").await;
    stage.grant_by_hand(BOB, &orders(), "DROP").await;
    assert_eq!(
        stage.see(&sales(), &wanted).await.extra,
        [
            grant(ANN, orders(), Permission::Drop),
            grant(ANN, column("amount"), Permission::Select),
        ]
    );
}
