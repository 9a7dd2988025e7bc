#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::*;
use crate::access::{
    CellsFilter, HoldEnd, HoldResult, LookEnd, Object, Permission, Rows, Thing, Why,
};
use crate::lakeformation::{Seen, ThingError, Trouble};
use crate::testing::{Core, failure};

const LEDGER: &str = "123456789012:eu-central-1:123456789012:sales";
const ANN: &str = "arn:aws:iam::210987654321:role/Analyst";

pub(super) fn select(principal: &str, column: &str) -> Thing {
    Thing::Grant(crate::access::Grant {
        principal: principal.to_owned(),
        on: Object::Column {
            table: "orders".to_owned(),
            column: column.to_owned(),
        },
        permission: Permission::Select,
        grantable: false,
    })
}

pub(super) fn on_table(principal: &str) -> Thing {
    Thing::Grant(crate::access::Grant {
        principal: principal.to_owned(),
        on: Object::Table("orders".to_owned()),
        permission: Permission::Select,
        grantable: false,
    })
}

pub(super) fn all_but(principal: &str, column: &str) -> Thing {
    Thing::Grant(crate::access::Grant {
        principal: principal.to_owned(),
        on: Object::ColumnsExcept {
            table: "orders".to_owned(),
            excluded: BTreeSet::from([column.to_owned()]),
        },
        permission: Permission::Select,
        grantable: false,
    })
}

pub(super) fn hold(
    holder: &str,
    generation: u64,
    wants: impl IntoIterator<Item = Thing>,
) -> Command {
    Command::Hold(Box::new(Hold {
        holder: holder.to_owned(),
        generation,
        wants: wants.into_iter().collect(),
        why: Why {
            reason: "a report".to_owned(),
            ..Why::default()
        },
    }))
}

fn ledger() -> Core<Ledger> {
    Core::new(LEDGER)
}

fn trouble(trouble: Trouble) -> ThingError {
    ThingError {
        trouble,
        code: "Code".to_owned(),
        message: "it is so".to_owned(),
        retry_after_ms: 0,
    }
}

fn answered(answers: impl IntoIterator<Item = Result<(), ThingError>>) -> Result<Outcome, Failure> {
    Ok(Outcome::Answered(answers.into_iter().collect()))
}

fn seen(present: impl IntoIterator<Item = bool>) -> Result<Outcome, Failure> {
    Ok(Outcome::Seen(Ok(Seen {
        present: present.into_iter().collect(),
        extra: Vec::new(),
    })))
}

fn things_of(core: &Core<Ledger>, name: &str) -> Vec<Thing> {
    let effect = core.pending.iter().find(|effect| effect.name() == name);
    match effect.unwrap_or_else(|| panic!("no {name} but {:?}", core.names())) {
        LedgerEffect::Put(put) => put.things.clone(),
        LedgerEffect::Remove(remove) => remove.things.clone(),
        LedgerEffect::See(see) => see.things.clone(),
        other => panic!("{other:?}"),
    }
}

/// Answers that everything pending was done and is as it should be, until nothing is pending.
fn calm(core: &mut Core<Ledger>) {
    while !core.pending.is_empty() {
        let (result, name) = match &core.pending[0] {
            LedgerEffect::Put(put) => (answered(vec![Ok(()); put.things.len()]), "PutThings"),
            LedgerEffect::Remove(remove) => {
                (answered(vec![Ok(()); remove.things.len()]), "RemoveThings")
            }
            LedgerEffect::See(see) => {
                let wanted = |target: &Target| core.state.item(target.number).unwrap().is_wanted();
                (seen(see.targets.iter().map(wanted)), "SeeThings")
            }
            _ => break,
        };
        core.settle(name, result);
    }
}

/// What holders were told, in order; empties the list.
fn ends(core: &mut Core<Ledger>) -> Vec<HoldEnd> {
    let mut ends = Vec::new();
    while let Some(at) = core.names().iter().position(|name| *name == "TellHolder") {
        if let LedgerEffect::TellHolder(TellHolder { end }) = core.pending[at].clone() {
            ends.push(end);
        }
        core.settle_at(at, Ok(Outcome::Told));
    }
    ends
}

fn without_events(core: &mut Core<Ledger>) {
    while let Some(at) = core.names().iter().position(|name| *name == "PutEvent") {
        core.settle_at(at, Ok(Outcome::EventPut));
    }
}

pub(super) fn settle_all(core: &mut Core<Ledger>) -> Vec<HoldEnd> {
    let mut told = Vec::new();
    loop {
        without_events(core);
        told.extend(ends(core));
        if core.pending.is_empty() {
            return told;
        }
        calm(core);
    }
}

fn permission(core: &Core<Ledger>, id: &str) -> PermissionRecord {
    let row = &core.rows[&(PERMISSIONS.to_owned(), id.to_owned())];
    serde_json::from_value(row.clone()).unwrap()
}

#[test]
fn what_is_held_is_put_and_read_back_before_it_is_told() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    assert_eq!(core.names(), ["PutThings"]);
    core.settle("PutThings", answered([Ok(()), Ok(())]));
    without_events(&mut core);
    assert_eq!(core.names(), ["SeeThings"]);
    // The read lags: it is looked again, not put again.
    core.settle("SeeThings", seen([true, false]));
    assert!(core.names().is_empty());
    core.now_ms = core.timers["plan"];
    core.timer("plan");
    core.settle("SeeThings", seen([true]));
    let told = ends(&mut core);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].generation, 1);
    let HoldResult::Held { rereads } = &told[0].result else {
        panic!("{told:?}");
    };
    assert!(rereads.iter().all(|reread| reread.found == "present"));
    assert_eq!(rereads.len(), 2);
    // A generation that is known, or older, changes nothing.
    let seq = core.seq;
    core.tell(hold("share-1", 1, [])).unwrap();
    core.tell(hold("share-1", 0, [])).unwrap();
    assert_eq!(core.seq, seq);
}

#[test]
fn a_grant_that_two_need_goes_with_the_last_of_them() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    core.tell(hold("share-2", 1, [select(ANN, "b"), select(ANN, "c")]))
        .unwrap();
    assert_eq!(settle_all(&mut core).len(), 2);
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(things_of(&core, "RemoveThings"), [select(ANN, "a")]);
    let told = settle_all(&mut core);
    let HoldResult::Released {
        removed,
        kept,
        rereads,
    } = &told[0].result
    else {
        panic!("{told:?}");
    };
    assert_eq!(removed, &[select(ANN, "a")]);
    assert_eq!(kept[0].thing, select(ANN, "b"));
    assert_eq!(kept[0].by, ["share-2"]);
    assert_eq!(rereads[0].found, "absent");
    core.tell(hold("share-2", 2, [])).unwrap();
    assert_eq!(settle_all(&mut core).len(), 1);
    assert!(core.state.items.is_empty());
    assert!(core.state.numbers.is_empty() && core.state.groups.is_empty());
}

#[test]
fn what_a_wider_grant_holds_is_let_go_of_and_not_taken() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [on_table(ANN)])).unwrap();
    core.tell(hold("share-2", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    settle_all(&mut core);
    core.tell(hold("share-2", 2, [])).unwrap();
    assert!(
        !core.names().contains(&"RemoveThings"),
        "{:?}",
        core.names()
    );
    let told = settle_all(&mut core);
    let HoldResult::Released { removed, kept, .. } = &told[0].result else {
        panic!("{told:?}");
    };
    assert!(removed.is_empty());
    assert_eq!(kept[0].thing, on_table(ANN));
    assert_eq!(kept[0].by, ["share-1"]);
    assert_eq!(core.reply().there, 1);
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(things_of(&core, "RemoveThings"), [on_table(ANN)]);
    settle_all(&mut core);
    assert!(core.state.items.is_empty());
}

#[test]
fn what_a_wider_grant_took_with_it_is_put_again_first_and_nobody_hears_of_it() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [on_table(ANN)])).unwrap();
    core.tell(hold("share-2", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    settle_all(&mut core);
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(things_of(&core, "RemoveThings"), [on_table(ANN)]);
    core.settle("RemoveThings", answered([Ok(())]));
    assert_eq!(
        things_of(&core, "PutThings"),
        [select(ANN, "a"), select(ANN, "b")]
    );
    let told = settle_all(&mut core);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].holder, "share-1");
    let record = core.reply();
    assert_eq!((record.there, record.missing), (2, 0));
}

#[test]
fn who_kept_something_for_another_waits_when_the_other_lets_go_first() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    core.tell(hold("share-2", 1, [select(ANN, "b")])).unwrap();
    settle_all(&mut core);
    core.tell(hold("share-1", 2, [])).unwrap();
    core.tell(hold("share-2", 2, [])).unwrap();
    let told = settle_all(&mut core);
    for end in &told {
        let HoldResult::Released { removed, kept, .. } = &end.result else {
            panic!("{end:?}");
        };
        assert!(removed.contains(&select(ANN, "b")), "{end:?}");
        assert!(kept.is_empty());
    }
    assert_eq!(told.len(), 2);
}

#[test]
fn a_refusal_is_told_and_what_was_put_stays_until_it_is_let_go() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    core.settle(
        "PutThings",
        answered([Ok(()), Err(trouble(Trouble::Refused))]),
    );
    let told = settle_all(&mut core);
    let HoldResult::Refused { code, things, .. } = &told[0].result else {
        panic!("{told:?}");
    };
    assert_eq!(
        (code.as_str(), things.as_slice()),
        ("Code", &[select(ANN, "b")][..])
    );
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(things_of(&core, "RemoveThings").len(), 2);
    let told = settle_all(&mut core);
    assert!(matches!(told[0].result, HoldResult::Released { .. }));
}

#[test]
fn an_account_that_cannot_be_reached_is_told_once_and_tried_on() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a")])).unwrap();
    settle_all(&mut core);
    core.tell(hold("share-1", 2, [])).unwrap();
    for _ in 0..3 {
        core.settle(
            "RemoveThings",
            answered([Err(trouble(Trouble::Unreachable))]),
        );
        core.now_ms = core.timers["plan"];
        core.timer("plan");
    }
    let told = ends(&mut core);
    assert_eq!(told.len(), 1);
    let HoldResult::Unreachable { remains, .. } = &told[0].result else {
        panic!("{told:?}");
    };
    assert_eq!(remains, &[select(ANN, "a")]);
    let told = settle_all(&mut core);
    assert!(
        matches!(told[0].result, HoldResult::Released { .. }),
        "{told:?}"
    );
}

#[test]
fn what_is_still_there_after_it_was_taken_is_taken_again() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a")])).unwrap();
    settle_all(&mut core);
    core.tell(hold("share-1", 2, [])).unwrap();
    core.settle("RemoveThings", answered([Ok(())]));
    without_events(&mut core);
    while core.names() == ["SeeThings"] {
        core.settle("SeeThings", seen([true]));
        if let Some(due_ms) = core.timers.get("plan").filter(|_| core.pending.is_empty()) {
            core.now_ms = *due_ms;
            core.timer("plan");
        }
    }
    assert_eq!(core.names(), ["RemoveThings"]);
    assert_eq!(settle_all(&mut core).len(), 1);
}

#[test]
fn a_revoke_overtakes_what_is_being_given() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a")])).unwrap();
    settle_all(&mut core);
    core.tell(hold(
        "share-2",
        1,
        (0..100).map(|n| select("p", &n.to_string())),
    ))
    .unwrap();
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(core.names(), ["PutThings", "RemoveThings"]);
    // Of the same principal and table, it waits for the batch in flight, and for no other.
    core.settle("RemoveThings", answered([Ok(())]));
    core.tell(hold("share-3", 1, [select("p", "x")])).unwrap();
    core.tell(hold("share-2", 2, [])).unwrap();
    assert!(!core.names().contains(&"RemoveThings"));
    core.settle("PutThings", answered(vec![Ok(()); 20]));
    assert_eq!(things_of(&core, "RemoveThings").len(), 20);
}

#[test]
fn a_batch_of_which_nothing_came_pauses_its_lane_and_gets_smaller() {
    let mut core = ledger();
    core.tell(hold(
        "share-1",
        1,
        (0..40).map(|n| select("p", &n.to_string())),
    ))
    .unwrap();
    let mut sizes = Vec::new();
    for _ in 0..7 {
        let things = things_of(&core, "PutThings");
        sizes.push(things.len());
        core.settle("PutThings", Err(failure("CircuitOpen")));
        assert!(core.pending.is_empty(), "it waits for its timer");
        core.now_ms = core.timers["plan"];
        core.timer("plan");
    }
    assert_eq!(sizes, [20, 10, 5, 2, 1, 1, 1]);
    assert!(core.state.giving.not_before_ms - core.now_ms <= 40_000);
}

#[test]
fn a_grant_on_a_filter_waits_for_the_filter() {
    let filter = CellsFilter {
        table: "orders".to_owned(),
        name: "datamesh-1".to_owned(),
        columns: BTreeSet::new(),
        excluded: BTreeSet::new(),
        rows: Rows::Where("country = 'IT'".to_owned()),
    };
    let grant = Thing::Grant(crate::access::Grant {
        principal: ANN.to_owned(),
        on: Object::Filter {
            table: "orders".to_owned(),
            name: "datamesh-1".to_owned(),
        },
        permission: Permission::Select,
        grantable: false,
    });
    let mut core = ledger();
    core.tell(hold(
        "share-1",
        1,
        [Thing::Filter(filter.clone()), grant.clone()],
    ))
    .unwrap();
    assert_eq!(things_of(&core, "PutThings"), [Thing::Filter(filter)]);
    core.settle("PutThings", answered([Ok(())]));
    assert_eq!(things_of(&core, "PutThings"), std::slice::from_ref(&grant));
    settle_all(&mut core);
    core.tell(hold("share-1", 2, [])).unwrap();
    assert_eq!(things_of(&core, "RemoveThings")[0], grant);
}

fn grant(columns: &[&str], until_ms: Option<i64>) -> Grant {
    let column = |column: &&str| Object::Column {
        table: "orders".to_owned(),
        column: (*column).to_owned(),
    };
    Grant {
        principal: ANN.to_owned(),
        on: columns.iter().map(column).collect(),
        permissions: BTreeSet::from([Permission::Select]),
        grantable: BTreeSet::new(),
        filter: None,
        opt_in: false,
        why: Why {
            requested_by: "ann@example.com".to_owned(),
            until_ms,
            ..Why::default()
        },
        dry_run: false,
    }
}

fn revoke(columns: &[&str]) -> Revoke {
    let Grant { principal, on, .. } = grant(columns, None);
    Revoke {
        principal,
        on,
        permissions: BTreeSet::new(),
        grantable: BTreeSet::new(),
        dry_run: false,
    }
}

fn id_of(grant: &Grant) -> String {
    let ledger = crate::access::LedgerId::parse(LEDGER).unwrap();
    permission_id(&ledger, &grant.principal, grant.on.first().unwrap())
}

#[test]
fn a_permission_is_shown_from_its_wish_to_its_end() {
    let mut core = ledger();
    let two = grant(&["id", "total"], None);
    let id = id_of(&two);
    core.tell(Command::Grant(Box::new(two))).unwrap();
    assert_eq!(permission(&core, &id).status, PermissionStatus::Granting);
    settle_all(&mut core);
    let record = permission(&core, &id);
    assert_eq!(record.status, PermissionStatus::Granted);
    assert_eq!(record.columns, ["id", "total"]);
    assert_eq!(record.holders[0].why.requested_by, "ann@example.com");
    assert_eq!(
        core.told(),
        [(
            "PermissionGranted".to_owned(),
            json!({
                "principal": ANN,
                "resource": "arn:aws:glue:eu-central-1:123456789012:table/sales/orders",
                "permissions": ["SELECT"],
                "grantable": [],
                "columns": ["id", "total"],
                "account": "123456789012",
                "region": "eu-central-1",
                "database": "sales",
                "on": "table orders, column id",
                "holders": [id],
            })
        )]
    );
    core.tell(Command::Revoke(Box::new(revoke(&["id", "total"]))))
        .unwrap();
    assert_eq!(permission(&core, &id).status, PermissionStatus::Revoking);
    settle_all(&mut core);
    let record = permission(&core, &id);
    assert_eq!(record.status, PermissionStatus::Revoked);
    assert!(record.holders.is_empty());
    assert_eq!(core.told()[0].0, "PermissionRevoked");
}

#[test]
fn a_permission_ends_with_its_time() {
    let mut core = ledger();
    let until_ms = core.now_ms + 86_400_000;
    core.tell(Command::Grant(Box::new(grant(&["id"], Some(until_ms)))))
        .unwrap();
    settle_all(&mut core);
    assert_eq!(core.timers["plan"], until_ms);
    core.now_ms = until_ms;
    core.timer("plan");
    assert_eq!(things_of(&core, "RemoveThings"), [select(ANN, "id")]);
    settle_all(&mut core);
    assert!(core.state.items.is_empty());
    // More columns ask for no more time than they say, and time does not stand still for them.
    core.tell(Command::Grant(Box::new(grant(
        &["id"],
        Some(until_ms + 10),
    ))))
    .unwrap();
    settle_all(&mut core);
    core.now_ms += 5;
    core.tell(Command::Grant(Box::new(grant(
        &["total"],
        Some(until_ms + 10),
    ))))
    .unwrap();
    settle_all(&mut core);
    assert_eq!(core.timers["plan"], until_ms + 10);
}

#[test]
fn a_revoke_says_who_still_needs_it_and_takes_what_was_given_by_hand() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "id")])).unwrap();
    settle_all(&mut core);
    let refused = core
        .tell(Command::Revoke(Box::new(revoke(&["id"]))))
        .unwrap_err();
    assert_eq!(refused.reason, "STILL_NEEDED");
    assert!(refused.message.contains("share-1"), "{}", refused.message);
    let unknown = core
        .tell(Command::Revoke(Box::new(revoke(&["total"]))))
        .unwrap_err();
    assert_eq!(unknown.reason, "PERMISSION_NOT_FOUND");
    core.tell(Command::Verify(Verify { number: 7 })).unwrap();
    core.settle(
        "SeeThings",
        Ok(Outcome::Seen(Ok(Seen {
            present: vec![true],
            extra: vec![select(ANN, "total")],
        }))),
    );
    let record = core.reply();
    assert_eq!((record.verified_number, record.looks), (7, 0));
    assert_eq!(record.extra_things, [select(ANN, "total")]);
    let id = id_of(&grant(&["total"], None));
    assert_eq!(permission(&core, &id).status, PermissionStatus::Drifted);
    core.tell(Command::Revoke(Box::new(revoke(&["total"]))))
        .unwrap();
    assert_eq!(things_of(&core, "RemoveThings"), [select(ANN, "total")]);
    settle_all(&mut core);
    assert_eq!(permission(&core, &id).status, PermissionStatus::Granted);
    assert_eq!(permission(&core, &id).columns, ["id"]);
}

#[test]
fn wishes_are_checked_field_by_field() {
    let mut core = ledger();
    let mut bad = grant(&["id"], Some(1));
    bad.principal = "ann".to_owned();
    bad.permissions = BTreeSet::from([Permission::Drop]);
    bad.grantable = BTreeSet::from([Permission::Select]);
    bad.on.insert(Object::Database);
    let refused = core.tell(Command::Grant(Box::new(bad))).unwrap_err();
    let fields: BTreeSet<&str> = refused
        .violations
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    assert_eq!(
        fields,
        BTreeSet::from(["grantable", "on", "permissions", "principal", "until"])
    );
    let mut dry = grant(&["id"], None);
    dry.dry_run = true;
    core.tell(Command::Grant(Box::new(dry))).unwrap();
    assert_eq!(core.seq, 0);
}

#[test]
fn a_look_shows_what_is_missing_and_a_repair_that_fails_changes_nothing() {
    let mut core = ledger();
    core.tell(hold("share-1", 1, [select(ANN, "a"), select(ANN, "b")]))
        .unwrap();
    settle_all(&mut core);
    core.tell(Command::Look(LookAt {
        holder: "share-1".to_owned(),
        number: 3,
    }))
    .unwrap();
    core.settle("SeeThings", seen([true, false]));
    let LedgerEffect::TellLook(TellLook { end }) = core.pending[0].clone() else {
        panic!("{:?}", core.pending);
    };
    let LookEnd { number, look, .. } = end;
    assert_eq!(
        (number, look.missing.as_slice()),
        (3, &[select(ANN, "b")][..])
    );
    core.settle("TellLook", Ok(Outcome::Told));
    let dry = Repair {
        holder: String::new(),
        dry_run: true,
    };
    assert_eq!(
        core.tell(Command::Repair(dry)).unwrap().missing_things,
        [select(ANN, "b")]
    );
    assert!(core.pending.is_empty());
    let repair = || {
        Command::Repair(Repair {
            holder: "share-1".to_owned(),
            dry_run: false,
        })
    };
    core.tell(repair()).unwrap();
    core.settle("PutThings", answered([Err(trouble(Trouble::Refused))]));
    let record = core.reply();
    assert_eq!((record.there, record.missing, record.failed), (1, 1, 0));
    assert!(core.pending.is_empty(), "nobody is told, nothing is taken");
    core.tell(repair()).unwrap();
    assert!(settle_all(&mut core).is_empty());
    assert_eq!(core.reply().there, 2);
}

#[test]
fn an_inspection_is_in_the_record_under_its_number() {
    let mut core = ledger();
    let inspect = || {
        Command::Inspect(Inspect {
            table: "orders".to_owned(),
            number: 9,
        })
    };
    core.tell(inspect()).unwrap();
    let record = core.tell(inspect()).unwrap();
    assert_eq!(core.names(), ["InspectTable"]);
    assert!(record.inspection("orders", 9).unwrap().is_open());
    let facts = crate::lakeformation::Facts {
        at_ms: 5,
        ..Default::default()
    };
    core.settle("InspectTable", Ok(Outcome::Inspected(Ok(Box::new(facts)))));
    let record = core.reply();
    assert_eq!(record.inspections.len(), 1);
    assert_eq!(
        record
            .inspection("orders", 9)
            .unwrap()
            .facts
            .as_ref()
            .unwrap()
            .at_ms,
        5
    );
}

#[test]
fn two_holders_cannot_have_different_things_in_one_place() {
    let tag = |value: &str| Thing::Tag {
        on: Object::Table("orders".to_owned()),
        key: "level".to_owned(),
        value: value.to_owned(),
    };
    let mut core = ledger();
    core.tell(hold("share-1", 1, [tag("high")])).unwrap();
    core.tell(hold("share-2", 1, [tag("low")])).unwrap();
    let told = settle_all(&mut core);
    let of = |holder: &str| told.iter().find(|end| end.holder == holder).unwrap();
    assert!(matches!(of("share-1").result, HoldResult::Held { .. }));
    let HoldResult::Refused { code, .. } = &of("share-2").result else {
        panic!("{told:?}");
    };
    assert_eq!(code, "CONFLICTING_WANTS");
    // Alone, a holder may change its mind.
    core.tell(hold("share-1", 2, [tag("middle")])).unwrap();
    assert_eq!(things_of(&core, "PutThings"), [tag("middle")]);
}

#[test]
fn of_ten_thousand_things_the_revoke_that_comes_last_goes_next() {
    let mut state = State::default();
    let mut seq = 0;
    let mut step = |state: &mut State, command: Command| {
        seq += 1;
        let mut ctx = Ctx::new(LEDGER, seq, 1_000 + seq as i64, None, seq);
        let decision = Ledger::decide(state, command, &mut ctx).unwrap();
        for event in decision.events() {
            Ledger::apply(state, event);
        }
        decision.effects().to_vec()
    };
    let first = step(&mut state, hold("share-1", 1, [select(ANN, "a")]));
    let LedgerEffect::Put(put) = &first[0] else {
        panic!("{first:?}")
    };
    let answers = Ok(Outcome::Answered(vec![Ok(()); put.things.len()]));
    let mut ctx = Ctx::new(LEDGER, 2, 2_000, None, 2);
    for event in Ledger::settle(&state.clone(), &first[0], answers, &mut ctx).events() {
        Ledger::apply(&mut state, event);
    }
    let many = (0..10_000).map(|n| select(&format!("p{}", n % 500), &n.to_string()));
    step(&mut state, hold("share-2", 1, many));
    assert_eq!(state.items.len(), 10_001);
    let effects = step(&mut state, hold("share-1", 2, []));
    assert_eq!(effects.len(), 1, "{effects:?}");
    let LedgerEffect::Remove(remove) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert_eq!(remove.things, [select(ANN, "a")]);
    // A decision about one thing of ten thousand looks at few of them: thousands of decisions are no work.
    let begun = std::time::Instant::now();
    for n in 0..100 {
        step(
            &mut state,
            hold(&format!("share-n{n}"), 1, [select(ANN, &format!("n{n}"))]),
        );
    }
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
    let groups: BTreeMap<_, _> = state.groups.iter().map(|(k, v)| (k, v.len())).collect();
    assert_eq!(groups.len(), 501);
}
