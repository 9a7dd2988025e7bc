#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use datamesh_actor::RejectionKind;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{Core, Drama, End, Outside, failure};

fn create() -> Command {
    Command::Create(Create {
        domain_name: "finance".into(),
        description: "Money".into(),
        owner_groups: vec!["finance-owners".into()],
        aws_account_id: "123456789012".into(),
        region: "eu-central-1".into(),
    })
}

fn delete() -> Command {
    Command::Delete(Delete::default())
}

fn update(description: &str) -> Command {
    Command::Update(Update {
        description: Some(description.into()),
        ..Update::default()
    })
}

fn reserve(project_id: &str, name: &str) -> Command {
    Command::ReserveName(ReserveName {
        project_id: project_id.into(),
        name: name.into(),
    })
}

fn release(project_id: &str, name: &str) -> Command {
    Command::ReleaseName(ReleaseName {
        project_id: project_id.into(),
        name: name.into(),
    })
}

fn made() -> Outcome {
    Outcome::DataZoneDomainCreated {
        id: "dzd_1".into(),
        ready: true,
    }
}

fn bucket() -> Outcome {
    Outcome::BucketCreated {
        bucket: "data-lake-finance".into(),
        adopted: false,
    }
}

fn looked(there: bool) -> Outcome {
    Outcome::BucketLookedFor {
        bucket: "data-lake-finance".into(),
        there,
    }
}

fn active() -> Core<Domain> {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(false)));
    core.settle("CreateBucket", Ok(bucket()));
    core.settle("CreateDataZoneDomain", Ok(made()));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    core
}

fn status(core: &Core<Domain>) -> (Status, String) {
    let record = core.reply();
    (record.status, record.status_reason)
}

#[test]
fn a_domain_is_made_step_by_step_and_the_world_is_told() {
    let mut core = Core::<Domain>::new("dom-1");
    let record = core.tell(create()).unwrap();
    assert_eq!(record.status, Status::Creating);
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(false)));
    core.settle("CreateBucket", Ok(bucket()));
    core.settle(
        "CreateDataZoneDomain",
        Ok(Outcome::DataZoneDomainCreated {
            id: "dzd_1".into(),
            ready: false,
        }),
    );
    assert_eq!(core.reply().status, Status::Creating);
    core.settle("AwaitDataZoneDomain", Ok(Outcome::DataZoneDomainReady));
    let record = core.reply();
    assert_eq!(record.status, Status::Active);
    assert_eq!(record.data_zone_domain_id.as_deref(), Some("dzd_1"));
    assert_eq!(
        record.data_lake_bucket.as_deref(),
        Some("data-lake-finance")
    );
    assert_eq!(record.created_by, "ann@example.com");
    assert_eq!(
        core.told(),
        [(
            "DomainCreated".to_owned(),
            json!({
                "domainId": "dom-1",
                "domainName": "finance",
                "createdBy": "ann@example.com",
                "createdAt": "2026-01-14T20:30:00Z",
            })
        )]
    );
    assert_eq!(
        core.rows[&("domains".into(), "dom-1".into())]["status"],
        "ACTIVE"
    );
}

#[test]
fn a_taken_name_fails_the_domain_and_leaves_nothing() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Err(failure("NAME_TAKEN")));
    let (status, reason) = status(&core);
    assert_eq!(status, Status::Failed);
    assert!(reason.starts_with("NAME_TAKEN"), "{reason}");
    assert!(core.pending.is_empty());
}

#[test]
fn a_bucket_of_another_account_fails_the_domain_and_frees_the_name() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(false)));
    core.settle("CreateBucket", Err(failure("BUCKET_NAME_TAKEN")));
    assert_eq!(core.names(), ["ReleaseName"]);
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Failed);
}

#[test]
fn a_bucket_that_was_there_before_outlives_the_domain() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(true)));
    core.settle("CreateDataZoneDomain", Ok(made()));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    assert_eq!(core.reply().status, Status::Active);
    core.tell(delete()).unwrap();
    core.settle("DeleteDataZoneDomain", Ok(Outcome::DataZoneDomainDeleted));
    assert_eq!(core.names(), ["ReleaseName"]);
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Deleted);
    assert_eq!(core.reply().data_lake_bucket, None);
}

#[test]
fn a_bucket_that_was_there_before_outlives_a_failed_creation() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(true)));
    core.settle(
        "CreateDataZoneDomain",
        Err(failure("AccessDeniedException")),
    );
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Failed);
}

#[test]
fn what_was_made_before_a_failure_is_undone() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(false)));
    core.settle("CreateBucket", Ok(bucket()));
    core.settle(
        "CreateDataZoneDomain",
        Err(failure("AccessDeniedException")),
    );
    core.settle("DeleteBucket", Ok(Outcome::BucketDeleted));
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    let (status, reason) = status(&core);
    assert_eq!(status, Status::Failed);
    assert!(reason.starts_with("AccessDeniedException"), "{reason}");
    assert_eq!(core.reply().data_lake_bucket, None);
    assert_eq!(core.told(), []);
}

#[test]
fn a_bucket_with_foreign_data_keeps_the_domain() {
    let mut core = active();
    core.tell(delete()).unwrap();
    let foreign = Some("raw/2026/data.csv".to_owned());
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign }));
    let (status, reason) = status(&core);
    assert_eq!(status, Status::Active);
    assert!(reason.contains("raw/2026/data.csv"), "{reason}");
    assert!(core.pending.is_empty());
}

#[test]
fn a_deleted_domain_leaves_a_tombstone_and_no_row() {
    let mut core = active();
    core.told();
    core.tell(delete()).unwrap();
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign: None }));
    core.settle("DeleteDataZoneDomain", Ok(Outcome::DataZoneDomainDeleted));
    core.settle("DeleteBucket", Ok(Outcome::BucketDeleted));
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Deleted);
    assert!(core.rows.is_empty());
    let (kind, detail) = core.told().remove(0);
    assert_eq!(kind, "DomainDeleted");
    assert_eq!(detail["deletedBy"], "ann@example.com");
    for command in [delete(), update("x"), reserve("proj-1", "a")] {
        assert_eq!(
            core.tell(command).unwrap_err().kind,
            RejectionKind::NotFound
        );
    }
    assert_eq!(core.tell(create()).unwrap().status, Status::Deleted);
}

#[test]
fn a_deletion_that_datazone_refuses_keeps_the_domain() {
    let mut core = active();
    core.tell(delete()).unwrap();
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign: None }));
    core.settle("DeleteDataZoneDomain", Err(failure("ConflictException")));
    assert_eq!(core.reply().status, Status::Active);
}

#[test]
fn a_deletion_that_stops_half_way_can_be_asked_for_again() {
    let mut core = active();
    core.tell(delete()).unwrap();
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign: None }));
    core.settle("DeleteDataZoneDomain", Ok(Outcome::DataZoneDomainDeleted));
    core.settle("DeleteBucket", Err(failure("BUCKET_NOT_EMPTY")));
    assert_eq!(core.reply().status, Status::Failed);
    core.tell(delete()).unwrap();
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign: None }));
    core.settle("DeleteBucket", Ok(Outcome::BucketDeleted));
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Deleted);
}

#[test]
fn a_domain_with_projects_cannot_be_deleted() {
    let mut core = active();
    core.tell(reserve("proj-1", "Finance Analytics")).unwrap();
    let refused = core.tell(delete()).unwrap_err();
    assert_eq!(refused.reason, "DOMAIN_HAS_PROJECTS");
    core.tell(release("proj-1", "finance analytics")).unwrap();
    assert_eq!(core.tell(delete()).unwrap().status, Status::Deleting);
    let refused = core.tell(reserve("proj-2", "b")).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::NotFound);
}

#[test]
fn project_names_are_unique_whatever_their_case() {
    let mut core = active();
    core.tell(reserve("proj-1", "Finance")).unwrap();
    core.tell(reserve("proj-1", "FINANCE")).unwrap();
    let refused = core.tell(reserve("proj-2", "finance")).unwrap_err();
    assert_eq!(
        (refused.kind, refused.reason.as_str()),
        (RejectionKind::AlreadyExists, "NAME_TAKEN")
    );
    core.tell(release("proj-2", "finance")).unwrap();
    assert!(core.tell(reserve("proj-2", "finance")).is_err());
}

#[test]
fn reserving_a_name_does_not_change_the_etag() {
    let mut core = active();
    let before = core.reply().version;
    assert_eq!(core.tell(reserve("proj-1", "a")).unwrap().version, before);
}

#[test]
fn a_description_goes_to_datazone_and_owners_do_not() {
    let mut core = active();
    core.told();
    let record = core.tell(update("More money")).unwrap();
    assert_eq!(
        (record.status, record.description.as_str()),
        (Status::Updating, "Money")
    );
    assert_eq!(core.tell(update("x")).unwrap_err().reason, "NOT_READY");
    core.settle("UpdateDataZoneDomain", Ok(Outcome::DataZoneDomainUpdated));
    assert_eq!(core.reply().description, "More money");
    let record = core
        .tell(Command::Update(Update {
            owner_groups: Some(vec!["others".into()]),
            ..Update::default()
        }))
        .unwrap();
    assert_eq!(
        (record.status, record.owner_groups.len()),
        (Status::Active, 1)
    );
    let told: Vec<String> = core.told().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["DomainUpdated", "DomainUpdated"]);
}

#[test]
fn a_refused_update_changes_nothing_and_says_why() {
    let mut core = active();
    core.tell(update("More money")).unwrap();
    core.settle(
        "UpdateDataZoneDomain",
        Err(failure("AccessDeniedException")),
    );
    let record = core.reply();
    assert_eq!(
        (record.status, record.description.as_str()),
        (Status::Active, "Money")
    );
    assert!(record.status_reason.starts_with("AccessDenied"));
}

#[test]
fn an_update_to_what_it_is_changes_nothing() {
    let mut core = active();
    let seq = core.seq;
    core.tell(update("Money")).unwrap();
    assert_eq!(core.seq, seq);
}

#[test]
fn a_stale_etag_is_refused() {
    let mut core = active();
    let stale = Command::Delete(Delete { etag: "1".into() });
    assert_eq!(core.tell(stale).unwrap_err().kind, RejectionKind::Aborted);
    let etag = core.reply().version.to_string();
    core.tell(Command::Delete(Delete { etag })).unwrap();
}

#[test]
fn wrong_fields_are_refused_by_name() {
    let mut core = Core::<Domain>::new("dom-1");
    let refused = core
        .tell(Command::Create(Create {
            domain_name: "Finance".into(),
            description: "\u{0}".into(),
            owner_groups: vec![],
            aws_account_id: "1".into(),
            region: "here".into(),
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
            "domainName",
            "description",
            "ownerGroups",
            "awsAccountId",
            "region"
        ]
    );
    assert!(core.state.record.is_none());
}

#[test]
fn an_unknown_domain_knows_nothing() {
    let mut core = Core::<Domain>::new("dom-1");
    for command in [delete(), update("x"), reserve("p", "a"), release("p", "a")] {
        assert_eq!(core.tell(command).unwrap_err().reason, "DOMAIN_NOT_FOUND");
    }
}

#[derive(Default)]
struct Cloud {
    named: bool,
    bucket: bool,
    foreign: bool,
    domains: BTreeSet<String>,
    made: u32,
}

impl Outside<Domain> for Cloud {
    fn perform(&mut self, effect: &DomainEffect) -> Outcome {
        match effect {
            DomainEffect::ClaimName(_) => {
                self.named = true;
                Outcome::NameClaimed
            }
            DomainEffect::ReleaseName(_) => {
                self.named = false;
                Outcome::NameReleased
            }
            DomainEffect::LookForBucket(_) => looked(self.foreign),
            DomainEffect::CreateBucket(create) => {
                assert!(!self.foreign, "there is one");
                self.bucket = true;
                Outcome::BucketCreated {
                    bucket: create.bucket.clone(),
                    adopted: false,
                }
            }
            DomainEffect::CreateDataZoneDomain(_) => {
                self.made += 1;
                let id = format!("dzd_{}", self.made);
                self.domains.insert(id.clone());
                Outcome::DataZoneDomainCreated {
                    id,
                    ready: self.made.is_multiple_of(2),
                }
            }
            DomainEffect::AwaitDataZoneDomain(_) => Outcome::DataZoneDomainReady,
            DomainEffect::UpdateDataZoneDomain(_) => Outcome::DataZoneDomainUpdated,
            DomainEffect::CheckBucket(_) => Outcome::BucketChecked { foreign: None },
            DomainEffect::DeleteDataZoneDomain(delete) => {
                self.domains.remove(&delete.id);
                Outcome::DataZoneDomainDeleted
            }
            DomainEffect::DeleteBucket(_) => {
                assert!(!self.foreign, "somebody else's bucket was deleted");
                self.bucket = false;
                Outcome::BucketDeleted
            }
            DomainEffect::PutEvent(_) => Outcome::EventPut,
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Tell(Command),
    End(usize, End),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        2 => Just(Act::Tell(create())),
        2 => Just(Act::Tell(delete())),
        2 => (0..3).prop_map(|n| Act::Tell(update(&format!("text {n}")))),
        1 => (0..2).prop_map(|n| Act::Tell(reserve(&format!("proj-{n}"), "a"))),
        1 => (0..2).prop_map(|n| Act::Tell(release(&format!("proj-{n}"), "a"))),
        8 => (0_usize..4).prop_map(|n| Act::End(n, End::Done)),
        2 => (0_usize..4).prop_map(|n| Act::End(n, End::Refused)),
    ];
    proptest::collection::vec(act, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_happens_it_ends_and_nothing_leaks(acts in acts(), foreign in any::<bool>()) {
        let mut drama = Drama::<Domain, Cloud>::new("dom-1");
        drama.outside.foreign = foreign;
        for act in acts {
            match act {
                Act::Tell(command) => drop(drama.core.tell(command)),
                Act::End(which, end) => drama.end(which, end),
            }
            prop_assert!(drama.steps() <= 1, "{:?}", drama.core.names());
            prop_assert!(drama.outside.domains.len() <= 1);
            if drama.core.reply().status == Status::Deleted {
                prop_assert_eq!(drama.steps(), 0);
            }
        }
        drama.finish("none");
        if drama.core.state.record.is_none() {
            return Ok(());
        }
        let Cloud { named, bucket, domains, .. } = &drama.outside;
        let whole = *named && *bucket != foreign && domains.len() == 1;
        let empty = !named && !bucket && domains.is_empty();
        match drama.core.reply().status {
            Status::Active => prop_assert!(whole),
            Status::Deleted => prop_assert!(empty),
            Status::Failed => {
                drop(drama.core.tell(release("proj-0", "a")));
                drop(drama.core.tell(release("proj-1", "a")));
                drama.core.tell(delete()).unwrap();
                drama.finish("none");
                prop_assert_eq!(drama.core.reply().status, Status::Deleted);
                let Cloud { named, bucket, domains, .. } = &drama.outside;
                prop_assert!(!named && !bucket && domains.is_empty());
            }
            other => prop_assert!(false, "it rests as {:?}", other),
        }
    }
}

#[test]
fn a_bucket_that_could_not_be_removed_while_undoing_is_not_forgotten() {
    let mut core = Core::<Domain>::new("dom-1");
    core.tell(create()).unwrap();
    core.settle("ClaimName", Ok(Outcome::NameClaimed));
    core.settle("LookForBucket", Ok(looked(false)));
    core.settle("CreateBucket", Ok(bucket()));
    core.settle(
        "CreateDataZoneDomain",
        Err(failure("AccessDeniedException")),
    );
    core.settle("DeleteBucket", Err(failure("AccessDeniedException")));
    assert_eq!(core.reply().status, Status::Failed);
    core.tell(delete()).unwrap();
    core.settle("CheckBucket", Ok(Outcome::BucketChecked { foreign: None }));
    core.settle("DeleteBucket", Ok(Outcome::BucketDeleted));
    core.settle("ReleaseName", Ok(Outcome::NameReleased));
    assert_eq!(core.reply().status, Status::Deleted);
}
