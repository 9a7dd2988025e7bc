#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use datamesh_actor::RejectionKind;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::reservations::fold;
use crate::testing::{Core, Drama, End, Outside, failure};

fn create() -> Command {
    Command::Create(Create {
        domain_id: "dom-1".into(),
        project_name: "Finance Analytics".into(),
        description: "Analyze financial transactions".into(),
    })
}

fn delete() -> Command {
    Command::Delete(Delete::default())
}

fn rename(name: &str) -> Command {
    Command::Update(Update {
        project_name: Some(name.into()),
        ..Update::default()
    })
}

fn set_up() -> Command {
    Command::SetUp(SetUp {})
}

fn attach(asset_id: &str, name: &str) -> Command {
    Command::AttachAsset(AttachAsset {
        asset_id: asset_id.into(),
        name: name.into(),
    })
}

fn detach(asset_id: &str, name: &str) -> Command {
    Command::DetachAsset(DetachAsset {
        asset_id: asset_id.into(),
        name: name.into(),
    })
}

fn home() -> Home {
    Home {
        aws_account_id: "123456789012".into(),
        region: "eu-central-1".into(),
        data_zone_domain_id: "dzd_1".into(),
        data_lake_bucket: "data-lake-finance".into(),
    }
}

fn reserved(name: &str) -> Outcome {
    Outcome::NameReserved {
        name: name.into(),
        home: home(),
    }
}

fn released(name: &str) -> Outcome {
    Outcome::NameReleased { name: name.into() }
}

fn made() -> Outcome {
    Outcome::DataZoneProjectCreated { id: "prj1".into() }
}

fn put() -> Outcome {
    Outcome::PrefixesPut {
        location: "s3://data-lake-finance/projects/proj-1/".into(),
    }
}

fn removed(left: &str) -> Outcome {
    Outcome::PrefixesRemoved { left: left.into() }
}

fn active() -> Core<Project> {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    core.settle("CreateDataZoneProject", Ok(made()));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    core
}

fn set_up_project() -> Core<Project> {
    let mut core = active();
    core.tell(set_up()).unwrap();
    core.settle("PutPrefixes", Ok(put()));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    core.told();
    core
}

#[test]
fn a_new_project_is_told_with_the_specifications_event() {
    let mut core = active();
    let record = core.reply();
    assert_eq!(
        (record.status, record.setup_status),
        (Status::Active, SetupStatus::Pending)
    );
    assert_eq!(
        core.told(),
        [(
            "ProjectCreated".to_owned(),
            json!({
                "projectId": "proj-1",
                "projectName": "Finance Analytics",
                "domainId": "dom-1",
                "createdBy": "ann@example.com",
                "createdAt": "2026-01-14T20:30:00Z",
            })
        )]
    );
}

#[test]
fn the_event_on_the_bus_has_the_specifications_source_and_field_order() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    core.settle("CreateDataZoneProject", Ok(made()));
    let ProjectEffect::PutEvent(event) = &core.pending[0] else {
        panic!("no event is on its way");
    };
    assert_eq!(event.source, "management-app.projects");
    assert_eq!(
        event.detail.to_string(),
        concat!(
            r#"{"projectId":"proj-1","projectName":"Finance Analytics","domainId":"dom-1","#,
            r#""createdBy":"ann@example.com","createdAt":"2026-01-14T20:30:00Z"}"#
        )
    );
}

#[test]
fn the_set_up_makes_the_prefixes_once_and_tells_the_world() {
    let mut core = active();
    core.told();
    assert_eq!(
        core.tell(set_up()).unwrap().setup_status,
        SetupStatus::Running
    );
    core.tell(set_up()).unwrap();
    assert_eq!(core.names(), ["PutPrefixes"]);
    core.settle("PutPrefixes", Ok(put()));
    core.tell(set_up()).unwrap();
    let record = core.reply();
    assert_eq!(record.setup_status, SetupStatus::Completed);
    assert_eq!(
        record.s3_location.as_deref(),
        Some("s3://data-lake-finance/projects/proj-1/")
    );
    let ProjectEffect::PutEvent(event) = &core.pending[0] else {
        panic!("no event is on its way");
    };
    assert_eq!(event.source, "management-app.lambda");
    assert_eq!(
        core.told(),
        [(
            "ProjectSetupCompleted".to_owned(),
            json!({ "projectId": "proj-1", "status": "success" })
        )]
    );
}

#[test]
fn a_failed_set_up_is_tried_again_by_itself() {
    let mut core = active();
    core.tell(set_up()).unwrap();
    core.settle("PutPrefixes", Err(failure("NoSuchBucket")));
    let record = core.reply();
    assert_eq!(record.setup_status, SetupStatus::Pending);
    assert!(record.status_reason.contains("NoSuchBucket"));
    core.timer(SETUP_TIMER);
    core.settle("PutPrefixes", Ok(put()));
    let record = core.reply();
    assert_eq!(
        (record.setup_status, record.status_reason.as_str()),
        (SetupStatus::Completed, "")
    );
}

#[test]
fn a_set_up_whose_event_got_lost_begins_by_itself() {
    let mut core = active();
    core.timer(SETUP_TIMER);
    assert_eq!(core.names(), ["PutPrefixes"]);
}

#[test]
fn a_taken_name_fails_the_project() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Err(failure("NAME_TAKEN")));
    let record = core.reply();
    assert_eq!(record.status, Status::Failed);
    assert!(record.status_reason.starts_with("NAME_TAKEN"));
    assert!(core.pending.is_empty());
    assert_eq!(core.told(), []);
}

#[test]
fn a_refused_creation_is_not_swept_and_its_name_released() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    core.settle(
        "CreateDataZoneProject",
        Err(failure("AccessDeniedException")),
    );
    core.settle("ReleaseName", Ok(released("finance analytics")));
    assert_eq!(core.reply().status, Status::Failed);
}

#[test]
fn an_uncertain_creation_is_swept_and_its_name_released() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    core.settle(
        "CreateDataZoneProject",
        Err(failure("DATAZONE_PROJECT_UNCERTAIN")),
    );
    core.settle("SweepDataZoneProject", Ok(Outcome::DataZoneProjectSwept));
    core.settle("ReleaseName", Ok(released("finance analytics")));
    assert_eq!(core.reply().status, Status::Failed);
    assert!(core.state.names.is_empty());
}

#[test]
fn somebody_elses_datazone_project_is_not_swept() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    core.settle(
        "CreateDataZoneProject",
        Err(failure("NAME_TAKEN_IN_DATAZONE")),
    );
    assert_eq!(core.names(), ["ReleaseName"]);
}

#[test]
fn a_deletion_while_it_is_being_made_waits_for_the_step_and_undoes_it() {
    let mut core = Core::<Project>::new("proj-1");
    core.tell(create()).unwrap();
    core.settle("ReserveName", Ok(reserved("Finance Analytics")));
    assert_eq!(core.tell(delete()).unwrap().status, Status::Deleting);
    assert_eq!(core.names(), ["CreateDataZoneProject"]);
    core.settle("CreateDataZoneProject", Ok(made()));
    core.settle("DeleteDataZoneProject", Ok(Outcome::DataZoneProjectDeleted));
    core.settle("ReleaseName", Ok(released("finance analytics")));
    assert_eq!(core.reply().status, Status::Deleted);
    assert_eq!(
        core.told(),
        [],
        "nobody was told of it, so nobody is told of its end"
    );
    assert!(core.rows.is_empty());
}

#[test]
fn a_deletion_during_the_set_up_waits_for_it() {
    let mut core = active();
    core.tell(set_up()).unwrap();
    core.tell(delete()).unwrap();
    assert_eq!(core.names(), ["PutPrefixes"]);
    core.told();
    core.settle("PutPrefixes", Ok(put()));
    assert_eq!(core.names(), ["PutEvent", "DeleteDataZoneProject"]);
    assert_eq!(core.told()[0].0, "ProjectSetupCompleted");
}

#[test]
fn a_set_up_that_a_refused_deletion_held_back_begins_by_itself() {
    let mut core = active();
    core.tell(delete()).unwrap();
    assert!(core.timers.is_empty());
    core.tell(set_up()).unwrap();
    core.settle("DeleteDataZoneProject", Err(failure("ConflictException")));
    assert_eq!(core.timers[SETUP_TIMER], core.now_ms);
    core.timer(SETUP_TIMER);
    core.settle("PutPrefixes", Ok(put()));
    assert_eq!(core.reply().setup_status, SetupStatus::Completed);
}

#[test]
fn data_that_is_not_ours_stays_and_is_named() {
    let mut core = set_up_project();
    core.tell(delete()).unwrap();
    core.settle("DeleteDataZoneProject", Ok(Outcome::DataZoneProjectDeleted));
    core.settle("RemovePrefixes", Ok(removed("DATA_LEFT: 1 object stays")));
    core.settle("ReleaseName", Ok(released("finance analytics")));
    let record = core.reply();
    assert_eq!(record.status, Status::Deleted);
    assert_eq!(record.status_reason, "DATA_LEFT: 1 object stays");
    let (kind, detail) = core.told().remove(0);
    assert_eq!(
        (kind.as_str(), &detail["projectId"]),
        ("ProjectDeleted", &json!("proj-1"))
    );
}

#[test]
fn a_deletion_that_datazone_refuses_keeps_the_project() {
    let mut core = set_up_project();
    core.tell(delete()).unwrap();
    core.settle("DeleteDataZoneProject", Err(failure("ConflictException")));
    let record = core.reply();
    assert_eq!(
        (record.status, record.setup_status),
        (Status::Active, SetupStatus::Completed)
    );
    assert!(record.status_reason.starts_with("ConflictException"));
}

#[test]
fn the_late_event_of_a_deleted_project_changes_nothing() {
    let mut core = active();
    core.tell(delete()).unwrap();
    core.settle("DeleteDataZoneProject", Ok(Outcome::DataZoneProjectDeleted));
    core.settle("ReleaseName", Ok(released("finance analytics")));
    core.settle("PutEvent", Ok(Outcome::EventPut));
    let seq = core.seq;
    assert_eq!(core.tell(set_up()).unwrap().status, Status::Deleted);
    assert_eq!((core.seq, core.pending.len()), (seq, 0));
}

#[test]
fn a_rename_reserves_the_new_name_before_it_gives_the_old_one_back() {
    let mut core = set_up_project();
    assert_eq!(
        core.tell(rename("Treasury")).unwrap().status,
        Status::Updating
    );
    core.settle("ReserveName", Ok(reserved("Treasury")));
    assert_eq!(core.reply().project_name, "Finance Analytics");
    core.settle("UpdateDataZoneProject", Ok(Outcome::DataZoneProjectUpdated));
    core.settle("ReleaseName", Ok(released("finance analytics")));
    let record = core.reply();
    assert_eq!(
        (record.status, record.project_name.as_str()),
        (Status::Active, "Treasury")
    );
    assert_eq!(core.state.names, BTreeSet::from(["treasury".to_owned()]));
    assert_eq!(core.told()[0].0, "ProjectUpdated");
}

#[test]
fn a_rename_to_a_taken_name_changes_nothing() {
    let mut core = set_up_project();
    core.tell(rename("Treasury")).unwrap();
    core.settle("ReserveName", Err(failure("NAME_TAKEN")));
    let record = core.reply();
    assert_eq!(
        (record.status, record.project_name.as_str()),
        (Status::Active, "Finance Analytics")
    );
    assert!(record.status_reason.starts_with("NAME_TAKEN"));
    assert!(core.pending.is_empty());
}

#[test]
fn a_rename_that_datazone_refuses_gives_the_new_name_back() {
    let mut core = set_up_project();
    core.tell(rename("Treasury")).unwrap();
    core.settle("ReserveName", Ok(reserved("Treasury")));
    core.settle("UpdateDataZoneProject", Err(failure("ConflictException")));
    core.settle("ReleaseName", Ok(released("treasury")));
    assert_eq!(core.reply().status, Status::Active);
    assert_eq!(
        core.state.names,
        BTreeSet::from(["finance analytics".to_owned()])
    );
}

#[test]
fn a_name_in_another_case_needs_no_reservation() {
    let mut core = set_up_project();
    core.tell(rename("FINANCE analytics")).unwrap();
    core.settle("UpdateDataZoneProject", Ok(Outcome::DataZoneProjectUpdated));
    let record = core.reply();
    assert_eq!(
        (record.status, record.project_name.as_str()),
        (Status::Active, "FINANCE analytics")
    );
    assert_eq!(core.names(), ["PutEvent"]);
}

#[test]
fn a_project_with_assets_cannot_be_deleted() {
    let mut core = active();
    core.tell(attach("asset-1", "Transactions")).unwrap();
    assert_eq!(
        core.tell(delete()).unwrap_err().reason,
        "PROJECT_HAS_ASSETS"
    );
    let refused = core.tell(attach("asset-2", "TRANSACTIONS")).unwrap_err();
    assert_eq!(refused.reason, "NAME_TAKEN");
    core.tell(detach("asset-1", "transactions")).unwrap();
    core.tell(delete()).unwrap();
    let refused = core.tell(attach("asset-2", "b")).unwrap_err();
    assert_eq!(refused.kind, RejectionKind::NotFound);
}

#[test]
fn a_project_that_is_not_ready_takes_no_assets() {
    let mut core = Core::<Project>::new("proj-1");
    assert_eq!(
        core.tell(attach("a", "b")).unwrap_err().reason,
        "PROJECT_NOT_FOUND"
    );
    core.tell(create()).unwrap();
    assert_eq!(
        core.tell(attach("a", "b")).unwrap_err().reason,
        "PROJECT_NOT_READY"
    );
}

#[derive(Default)]
struct Cloud {
    names: BTreeSet<String>,
    projects: BTreeSet<String>,
    prefixes: bool,
    made: u32,
}

impl Outside<Project> for Cloud {
    const LOST: &'static str = "DATAZONE_PROJECT_UNCERTAIN";

    fn perform(&mut self, effect: &ProjectEffect) -> Outcome {
        match effect {
            ProjectEffect::ReserveName(reserve) => {
                self.names.insert(fold(&reserve.name));
                reserved(&reserve.name)
            }
            ProjectEffect::ReleaseName(release) => {
                self.names.remove(&fold(&release.name));
                released(&release.name)
            }
            ProjectEffect::CreateDataZoneProject(_) => {
                self.made += 1;
                let id = format!("prj{}", self.made);
                self.projects.insert(id.clone());
                Outcome::DataZoneProjectCreated { id }
            }
            ProjectEffect::SweepDataZoneProject(_) => {
                self.projects.clear();
                Outcome::DataZoneProjectSwept
            }
            ProjectEffect::UpdateDataZoneProject(_) => Outcome::DataZoneProjectUpdated,
            ProjectEffect::DeleteDataZoneProject(delete) => {
                self.projects.remove(&delete.id);
                Outcome::DataZoneProjectDeleted
            }
            ProjectEffect::PutPrefixes(_) => {
                self.prefixes = true;
                put()
            }
            ProjectEffect::RemovePrefixes(_) => {
                self.prefixes = false;
                removed("")
            }
            ProjectEffect::PutEvent(_) => Outcome::EventPut,
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
        Just("Finance Analytics"),
        Just("FINANCE ANALYTICS"),
        Just("b"),
        Just("c")
    ];
    let act = prop_oneof![
        2 => Just(Act::Tell(create())),
        2 => Just(Act::Tell(delete())),
        3 => Just(Act::Tell(set_up())),
        3 => name.prop_map(|name| Act::Tell(rename(name))),
        1 => (0..2).prop_map(|n| Act::Tell(attach(&format!("asset-{n}"), "a"))),
        2 => (0..2).prop_map(|n| Act::Tell(detach(&format!("asset-{n}"), "a"))),
        10 => (0_usize..4).prop_map(|n| Act::End(n, End::Done)),
        2 => (0_usize..4).prop_map(|n| Act::End(n, End::Refused)),
        1 => (0_usize..4).prop_map(|n| Act::End(n, End::DoneAndLost)),
        1 => Just(Act::Timer),
    ];
    proptest::collection::vec(act, 1..80)
}

/// A lost answer of the mesh itself is repeated under its command id until it comes; only DataZone's can
/// be lost for good.
fn can_be_lost(effect: &ProjectEffect) -> bool {
    matches!(
        effect,
        ProjectEffect::CreateDataZoneProject(_) | ProjectEffect::PutPrefixes(_)
    )
}

/// A name is refused to who asks for it, never to who gives it back.
fn can_be_refused(effect: &ProjectEffect) -> bool {
    !matches!(effect, ProjectEffect::ReleaseName(_))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_it_ends_and_nothing_leaks(acts in acts()) {
        let mut drama = Drama::<Project, Cloud>::new("proj-1");
        for act in acts {
            match act {
                Act::Tell(command) => drop(drama.core.tell(command)),
                Act::Timer => drama.core.timer(SETUP_TIMER),
                Act::End(which, end) => {
                    let pending = &drama.core.pending;
                    let effect = pending.get(which % pending.len().max(1));
                    let end = match effect {
                        Some(effect) if end == End::DoneAndLost && !can_be_lost(effect) => End::Done,
                        Some(effect) if end == End::Refused && !can_be_refused(effect) => End::Done,
                        _ => end,
                    };
                    drama.end(which, end);
                }
            }
            let names = drama.core.names();
            let count = |name| names.iter().filter(|n| **n == name).count();
            prop_assert!(count("CreateDataZoneProject") <= 1);
            prop_assert!(count("PutPrefixes") <= 1);
            prop_assert!(drama.steps() <= 2, "{:?}", names);
            prop_assert!(drama.outside.projects.len() <= 1);
            if drama.core.reply().status == Status::Deleted {
                prop_assert_eq!(drama.steps(), 0);
            }
        }
        drama.finish(SETUP_TIMER);
        if drama.core.state.record.is_none() {
            return Ok(());
        }
        let record = drama.core.reply();
        match record.status {
            Status::Active => {
                prop_assert_eq!(record.setup_status, SetupStatus::Completed);
                prop_assert!(drama.outside.prefixes);
                prop_assert_eq!(&drama.outside.names, &BTreeSet::from([fold(&record.project_name)]));
                prop_assert_eq!(
                    drama.outside.projects.iter().next(),
                    record.data_zone_project_id.as_ref()
                );
            }
            Status::Failed => {
                for n in 0..2 {
                    drop(drama.core.tell(detach(&format!("asset-{n}"), "a")));
                }
                drama.core.tell(delete()).unwrap();
                drama.finish(SETUP_TIMER);
                prop_assert_eq!(drama.core.reply().status, Status::Deleted);
            }
            Status::Deleted => {}
            other => prop_assert!(false, "it rests as {:?}", other),
        }
        if drama.core.reply().status == Status::Deleted {
            let Cloud { names, projects, prefixes, .. } = &drama.outside;
            prop_assert!(names.is_empty() && projects.is_empty() && !prefixes);
            prop_assert!(drama.core.rows.is_empty());
        }
    }
}
