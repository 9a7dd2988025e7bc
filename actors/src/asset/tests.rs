#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::reservations::fold;
use crate::testing::{Core, Drama, End, Outside, failure};
use crate::world::Place;

fn create(draft: bool) -> Command {
    Command::Create(Create {
        project_id: "proj-1".into(),
        domain_id: "dom-1".into(),
        asset_name: "Transactions Table".into(),
        description: "Daily financial transactions".into(),
        s3_location: "s3://data-lake/transactions/".into(),
        glue_table: "finance_db.transactions".into(),
        format: "iceberg".into(),
        metadata: BTreeMap::from([("owner".into(), "finance".into())]),
        draft,
    })
}

fn publish() -> Command {
    Command::Publish(Publish::default())
}

fn unpublish() -> Command {
    Command::Unpublish(Unpublish::default())
}

fn delete() -> Command {
    Command::Delete(Delete::default())
}

fn describe(text: &str) -> Command {
    Command::Update(Update {
        description: Some(text.into()),
        ..Update::default()
    })
}

fn rename(name: &str) -> Command {
    Command::Update(Update {
        asset_name: Some(name.into()),
        ..Update::default()
    })
}

fn attached(name: &str) -> Outcome {
    Outcome::Attached {
        name: name.into(),
        home: Home {
            place: Place {
                account: "123456789012".into(),
                region: "eu-central-1".into(),
            },
            data_zone_domain_id: "dzd_1".into(),
            data_zone_project_id: "prj1".into(),
            domain_id: "dom-1".into(),
        },
    }
}

fn detached(name: &str) -> Outcome {
    Outcome::Detached { name: name.into() }
}

fn found() -> Outcome {
    Outcome::GlueTableFound {
        table: TableFacts {
            catalog_id: "123456789012".into(),
            columns: vec![Column {
                name: "id".into(),
                kind: "string".into(),
                comment: String::new(),
            }],
        },
    }
}

fn made() -> Outcome {
    Outcome::DataZoneAssetCreated {
        id: "ast1".into(),
        revision: "1".into(),
    }
}

fn revised(revision: &str) -> Outcome {
    Outcome::DataZoneAssetRevised {
        id: "ast1".into(),
        revision: revision.into(),
    }
}

fn listing(state: ListingState) -> Outcome {
    Outcome::ListingRequested {
        listing_id: "lst1".into(),
        listing_revision: "1".into(),
        state,
    }
}

fn creating() -> ListingState {
    ListingState::Moving("CREATING".into())
}

fn read(state: ListingState) -> Outcome {
    Outcome::ListingRead { state }
}

fn delisting(state: ListingState) -> Outcome {
    Outcome::DelistingRequested { state }
}

fn draft() -> Core<Asset> {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(true)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core
}

fn published() -> Core<Asset> {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(ListingState::Active)));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    core
}

fn where_it_is(core: &Core<Asset>) -> (Status, PublishStatus) {
    let record = core.reply();
    (record.status, record.publish_status)
}

#[test]
fn a_published_asset_is_told_with_the_specifications_event() {
    let mut core = published();
    let record = core.reply();
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
    assert_eq!(record.columns.len(), 1);
    assert_eq!(record.listing_id.as_deref(), Some("lst1"));
    assert!(record.is_settled());
    assert_eq!(
        core.told(),
        [(
            "AssetPublished".to_owned(),
            json!({
                "assetId": "asset-1",
                "assetName": "Transactions Table",
                "s3Location": "s3://data-lake/transactions/",
                "format": "iceberg",
                "glueTable": "finance_db.transactions",
            })
        )]
    );
}

#[test]
fn the_event_on_the_bus_has_the_specifications_source_and_field_order() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(ListingState::Active)));
    let AssetEffect::PutEvent(event) = &core.pending[0] else {
        panic!("no event is on its way");
    };
    assert_eq!(event.source, "management-app.assets");
    assert_eq!(
        event.detail.to_string(),
        concat!(
            r#"{"assetId":"asset-1","assetName":"Transactions Table","#,
            r#""s3Location":"s3://data-lake/transactions/","format":"iceberg","#,
            r#""glueTable":"finance_db.transactions"}"#
        )
    );
}

#[test]
fn a_listing_that_takes_its_time_is_looked_at_until_it_is_there() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(creating())));
    let mut pauses = Vec::new();
    for _ in 0..7 {
        pauses.push(core.state.look.unwrap().due_ms - core.now_ms);
        core.timer(LISTING_TIMER);
        core.timer(LISTING_TIMER);
        assert_eq!(core.names(), ["ReadListing"]);
        core.settle("ReadListing", Ok(read(creating())));
    }
    assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    core.timer(LISTING_TIMER);
    core.settle("ReadListing", Ok(read(ListingState::Active)));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
}

#[test]
fn a_listing_that_never_comes_fails_the_publication_after_ten_minutes() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(creating())));
    core.now_ms += 599_999;
    core.timer(LISTING_TIMER);
    core.settle("ReadListing", Ok(read(creating())));
    assert_eq!(core.reply().publish_status, PublishStatus::Publishing);
    core.now_ms += 1;
    core.timer(LISTING_TIMER);
    core.settle("ReadListing", Ok(read(creating())));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::PublishFailed)
    );
    assert!(core.reply().status_reason.starts_with("LISTING_TIMEOUT"));
    assert_eq!(core.told(), []);
}

#[test]
fn a_missing_glue_table_fails_the_publication_and_the_asset_stays_to_be_published_again() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Err(failure("GLUE_TABLE_NOT_FOUND")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::PublishFailed)
    );
    assert!(
        core.reply()
            .status_reason
            .starts_with("GLUE_TABLE_NOT_FOUND")
    );
    core.tell(publish()).unwrap();
    assert_eq!(core.reply().status_reason, "");
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(ListingState::Active)));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
}

#[test]
fn a_draft_waits_until_it_is_published() {
    let mut core = draft();
    assert_eq!(where_it_is(&core), (Status::Active, PublishStatus::Draft));
    assert!(core.pending.is_empty());
    core.tell(publish()).unwrap();
    core.tell(publish()).unwrap();
    assert_eq!(core.names(), ["CheckGlueTable"]);
}

#[test]
fn an_asset_whose_name_is_taken_fails() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Err(failure("NAME_TAKEN")));
    assert_eq!(
        where_it_is(&core),
        (Status::Failed, PublishStatus::PublishFailed)
    );
    assert!(core.pending.is_empty());
    core.tell(delete()).unwrap();
    assert_eq!(core.reply().status, Status::Deleted);
}

#[test]
fn a_change_of_a_published_asset_is_published_too() {
    let mut core = published();
    core.told();
    core.tell(describe("Hourly")).unwrap();
    assert_eq!(
        where_it_is(&core),
        (Status::Updating, PublishStatus::Published)
    );
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("ReviseDataZoneAsset", Ok(revised("2")));
    core.settle("PublishListing", Ok(listing(ListingState::Active)));
    let record = core.reply();
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
    assert_eq!(
        (record.description.as_str(), record.revision.as_deref()),
        ("Hourly", Some("2"))
    );
    let told: Vec<String> = core.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["AssetUpdated", "AssetPublished"]);
}

#[test]
fn a_change_that_cannot_be_made_leaves_the_asset_published_as_it_was() {
    let mut core = published();
    core.tell(describe("Hourly")).unwrap();
    core.settle("CheckGlueTable", Err(failure("GLUE_TABLE_NOT_FOUND")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
    assert_eq!(core.reply().description, "Daily financial transactions");
    assert!(
        core.reply()
            .status_reason
            .starts_with("GLUE_TABLE_NOT_FOUND")
    );
}

#[test]
fn a_change_that_the_catalogue_refuses_is_kept_and_its_publication_failed() {
    let mut core = published();
    core.tell(describe("Hourly")).unwrap();
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("ReviseDataZoneAsset", Ok(revised("2")));
    core.settle("PublishListing", Err(failure("AccessDeniedException")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::PublishFailed)
    );
    assert_eq!(core.reply().description, "Hourly");
}

#[test]
fn a_change_of_a_draft_is_recorded_at_once() {
    let mut core = draft();
    let record = core.tell(describe("Hourly")).unwrap();
    assert_eq!(
        (record.status, record.description.as_str()),
        (Status::Active, "Hourly")
    );
}

#[test]
fn a_rename_takes_the_new_name_before_it_gives_the_old_one_back() {
    let mut core = draft();
    core.tell(rename("Payments")).unwrap();
    core.settle("Attach", Ok(attached("Payments")));
    core.settle("Detach", Ok(detached("transactions table")));
    assert_eq!(core.reply().asset_name, "Payments");
    assert_eq!(core.state.names, BTreeSet::from(["payments".to_owned()]));
}

#[test]
fn a_rename_to_a_taken_name_changes_nothing() {
    let mut core = draft();
    core.tell(rename("Payments")).unwrap();
    core.settle("Attach", Err(failure("NAME_TAKEN")));
    assert_eq!(core.reply().asset_name, "Transactions Table");
    assert!(core.reply().status_reason.starts_with("NAME_TAKEN"));
}

#[test]
fn an_unpublished_asset_stays_and_can_be_published_again() {
    let mut core = published();
    core.told();
    core.tell(unpublish()).unwrap();
    core.settle("UnpublishListing", Ok(delisting(ListingState::Active)));
    core.timer(LISTING_TIMER);
    core.settle("ReadListing", Ok(read(ListingState::Inactive)));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Unpublished)
    );
    let (kind, detail) = core.told().remove(0);
    assert_eq!(
        (kind.as_str(), &detail["assetId"]),
        ("AssetUnpublished", &json!("asset-1"))
    );
    core.tell(unpublish()).unwrap();
    core.tell(publish()).unwrap();
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("ReviseDataZoneAsset", Ok(revised("2")));
    core.settle("PublishListing", Ok(listing(ListingState::Active)));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
}

#[test]
fn what_never_was_published_cannot_be_unpublished() {
    let mut core = draft();
    assert_eq!(core.tell(unpublish()).unwrap_err().reason, "NOT_PUBLISHED");
}

#[test]
fn a_catalogue_that_does_not_let_go_keeps_the_asset_published() {
    let mut core = published();
    core.tell(unpublish()).unwrap();
    core.settle("UnpublishListing", Err(failure("AccessDeniedException")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
    assert!(core.reply().status_reason.starts_with("AccessDenied"));
}

#[test]
fn deleting_takes_everything_back_in_order() {
    let mut core = published();
    core.told();
    core.tell(delete()).unwrap();
    core.settle("UnpublishListing", Ok(delisting(ListingState::Inactive)));
    core.settle("DeleteListing", Ok(Outcome::ListingDeleted));
    core.settle("DeleteDataZoneAsset", Ok(Outcome::DataZoneAssetDeleted));
    core.settle("Detach", Ok(detached("transactions table")));
    assert_eq!(core.reply().status, Status::Deleted);
    assert!(core.rows.is_empty());
    assert_eq!(core.told()[0].0, "AssetDeleted");
}

#[test]
fn a_deletion_overtakes_a_publication() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.tell(delete()).unwrap();
    core.settle("PublishListing", Ok(listing(creating())));
    assert_eq!(core.names(), ["UnpublishListing"]);
}

#[test]
fn a_late_look_does_not_disturb_a_deletion() {
    let mut core = Core::<Asset>::new("asset-1");
    core.tell(create(false)).unwrap();
    core.settle("Attach", Ok(attached("Transactions Table")));
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("CreateDataZoneAsset", Ok(made()));
    core.settle("PublishListing", Ok(listing(creating())));
    core.timer(LISTING_TIMER);
    core.tell(delete()).unwrap();
    core.settle("ReadListing", Ok(read(ListingState::Active)));
    assert_eq!(core.names(), ["UnpublishListing"]);
}

#[test]
fn a_deletion_that_datazone_refuses_leaves_the_asset_unpublished() {
    let mut core = published();
    core.tell(delete()).unwrap();
    core.settle("UnpublishListing", Ok(delisting(ListingState::Inactive)));
    core.settle("DeleteListing", Ok(Outcome::ListingDeleted));
    core.settle("DeleteDataZoneAsset", Err(failure("ConflictException")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Unpublished)
    );
}

#[test]
fn wrong_fields_are_refused_by_name() {
    let mut core = Core::<Asset>::new("asset-1");
    let refused = core
        .tell(Command::Create(Create {
            project_id: "a b".into(),
            domain_id: String::new(),
            asset_name: String::new(),
            description: String::new(),
            s3_location: "https://x".into(),
            glue_table: "transactions".into(),
            format: "xlsx".into(),
            metadata: BTreeMap::new(),
            draft: false,
        }))
        .unwrap_err();
    let fields: Vec<&str> = refused
        .violations
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "projectId",
            "assetName",
            "s3Location",
            "glueTable",
            "format"
        ]
    );
}

#[derive(Default)]
struct Cloud {
    names: BTreeSet<String>,
    asset: Option<String>,
    revision: u32,
    listing: Option<bool>,
    moving: u32,
}

impl Cloud {
    /// A listing needs two looks before it is as wanted.
    fn state(&mut self) -> ListingState {
        if self.moving > 0 {
            self.moving -= 1;
            return creating();
        }
        match self.listing {
            None => ListingState::Gone,
            Some(true) => ListingState::Active,
            Some(false) => ListingState::Inactive,
        }
    }
}

impl Outside<Asset> for Cloud {
    fn perform(&mut self, effect: &AssetEffect) -> Outcome {
        match effect {
            AssetEffect::Attach(attach) => {
                self.names.insert(fold(&attach.name));
                attached(&attach.name)
            }
            AssetEffect::Detach(detach) => {
                self.names.remove(&fold(&detach.name));
                detached(&detach.name)
            }
            AssetEffect::CheckGlueTable(_) => found(),
            AssetEffect::CreateDataZoneAsset(_) => {
                self.revision = 1;
                self.asset = Some("ast1".into());
                made()
            }
            AssetEffect::ReviseDataZoneAsset(_) => {
                self.revision += 1;
                revised(&self.revision.to_string())
            }
            AssetEffect::PublishListing(publish) => {
                assert_eq!(Some(&publish.asset), self.asset.as_ref());
                self.listing = Some(true);
                self.moving = 2;
                listing(creating())
            }
            AssetEffect::UnpublishListing(_) => {
                self.listing = self.listing.map(|_| false);
                self.moving = 2;
                delisting(creating())
            }
            AssetEffect::ReadListing(_) => read(self.state()),
            AssetEffect::DeleteListing(_) => {
                assert_ne!(self.listing, Some(true), "an active listing was deleted");
                self.listing = None;
                Outcome::ListingDeleted
            }
            AssetEffect::DeleteDataZoneAsset(_) => {
                assert_eq!(self.listing, None, "a listed asset was deleted");
                self.asset = None;
                Outcome::DataZoneAssetDeleted
            }
            AssetEffect::PutEvent(_) => Outcome::EventPut,
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Tell(Command),
    End(usize, End),
    Timer,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let name = prop_oneof![
        Just("Transactions Table"),
        Just("TRANSACTIONS TABLE"),
        Just("b")
    ];
    let act = prop_oneof![
        2 => any::<bool>().prop_map(|draft| Act::Tell(create(draft))),
        1 => Just(Act::Tell(delete())),
        3 => Just(Act::Tell(publish())),
        3 => Just(Act::Tell(unpublish())),
        2 => name.prop_map(|name| Act::Tell(rename(name))),
        2 => (0..3).prop_map(|n| Act::Tell(describe(&format!("text {n}")))),
        14 => (0_usize..4).prop_map(|n| Act::End(n, End::Done)),
        2 => (0_usize..4).prop_map(|n| Act::End(n, End::Refused)),
        4 => Just(Act::Timer),
    ];
    proptest::collection::vec(act, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_it_ends_and_nothing_leaks(acts in acts()) {
        let mut drama = Drama::<Asset, Cloud>::new("asset-1");
        for act in acts {
            match act {
                Act::Tell(command) => drop(drama.core.tell(command)),
                Act::Timer => drama.core.timer(LISTING_TIMER),
                Act::End(which, end) => {
                    let pending = &drama.core.pending;
                    let effect = pending.get(which % pending.len().max(1));
                    let end = match effect {
                        Some(AssetEffect::Detach(_)) => End::Done,
                        _ => end,
                    };
                    drama.end(which, end);
                }
            }
            prop_assert!(drama.steps() <= 1, "{:?}", drama.core.names());
            if drama.core.reply().status == Status::Deleted {
                prop_assert_eq!(drama.steps(), 0);
            }
        }
        drama.finish(LISTING_TIMER);
        if drama.core.state.record.is_none() {
            return Ok(());
        }
        let record = drama.core.reply();
        let cloud = &drama.outside;
        match record.status {
            Status::Active => {
                prop_assert!(record.is_settled(), "{:?}", record.publish_status);
                prop_assert_eq!(&cloud.names, &BTreeSet::from([fold(&record.asset_name)]));
                prop_assert_eq!(&record.data_zone_asset_id, &cloud.asset);
                prop_assert_eq!(record.listing_id.is_some(), cloud.listing.is_some());
                match record.publish_status {
                    // An end of the publication that could not be seen is not claimed: the reason says so.
                    PublishStatus::Published if record.status_reason.is_empty() => {
                        prop_assert_eq!(cloud.listing, Some(true));
                    }
                    PublishStatus::Unpublished => prop_assert_ne!(cloud.listing, Some(true)),
                    PublishStatus::Draft => prop_assert_eq!(&cloud.asset, &None),
                    _ => {}
                }
            }
            Status::Failed | Status::Deleted => {}
            other => prop_assert!(false, "it rests as {:?}", other),
        }
        if record.status != Status::Deleted {
            drama.core.tell(delete()).unwrap();
            drama.finish(LISTING_TIMER);
        }
        prop_assert_eq!(drama.core.reply().status, Status::Deleted);
        let Cloud { names, asset, listing, .. } = &drama.outside;
        prop_assert!(names.is_empty() && asset.is_none() && listing.is_none());
        prop_assert!(drama.core.rows.is_empty());
    }
}

#[test]
fn an_end_of_the_publication_that_cannot_be_seen_is_not_claimed() {
    let mut core = published();
    core.tell(unpublish()).unwrap();
    core.settle("UnpublishListing", Ok(delisting(ListingState::Active)));
    core.timer(LISTING_TIMER);
    core.settle("ReadListing", Err(failure("AccessDeniedException")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::Published)
    );
    assert!(core.reply().status_reason.starts_with("AccessDenied"));
    core.tell(unpublish()).unwrap();
    core.settle("UnpublishListing", Ok(delisting(ListingState::Inactive)));
    assert_eq!(core.reply().publish_status, PublishStatus::Unpublished);
}

#[test]
fn a_failed_publication_that_the_catalogue_does_not_let_go_of_stays_failed() {
    let mut core = published();
    core.tell(describe("Hourly")).unwrap();
    core.settle("CheckGlueTable", Ok(found()));
    core.settle("ReviseDataZoneAsset", Ok(revised("2")));
    core.settle("PublishListing", Err(failure("AccessDeniedException")));
    assert_eq!(core.reply().publish_status, PublishStatus::PublishFailed);
    core.tell(unpublish()).unwrap();
    core.settle("UnpublishListing", Err(failure("AccessDeniedException")));
    assert_eq!(
        where_it_is(&core),
        (Status::Active, PublishStatus::PublishFailed)
    );
}
