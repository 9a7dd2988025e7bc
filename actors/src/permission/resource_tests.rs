#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use super::tests::{hold, settle_all};
use super::*;
use crate::access::{CellsFilter, LedgerId, Location, Rows, Thing, Why};
use crate::testing::Core;

const ACCOUNT: &str = "123456789012:eu-central-1";
const DATABASE: &str = "123456789012:eu-central-1:123456789012:sales";
const ANN: &str = "arn:aws:iam::123456789012:role/Ann";

fn keep(thing: Thing) -> Command {
    let why = Why {
        reason: "it is needed".to_owned(),
        ..Why::default()
    };
    Command::Keep(Box::new(Keep { thing, why }))
}

fn let_go(thing: &Thing) -> Command {
    Command::LetGo(LetGo {
        key: thing.key(),
        reason: String::new(),
    })
}

fn tag_key(values: &[&str]) -> Thing {
    Thing::TagKey {
        key: "level".to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn filter(name: &str, rows: &str) -> Thing {
    Thing::Filter(CellsFilter {
        table: "orders".to_owned(),
        name: name.to_owned(),
        columns: BTreeSet::new(),
        excluded: BTreeSet::new(),
        rows: Rows::Where(rows.to_owned()),
    })
}

fn row(core: &Core<Ledger>, thing: &Thing) -> ResourceRecord {
    let ledger = LedgerId::parse(&core.id).unwrap();
    let id = resource_id(&ledger, &thing.key());
    serde_json::from_value(core.rows[&(LAKE_RESOURCES.to_owned(), id)].clone()).unwrap()
}

#[test]
fn what_is_kept_is_put_and_goes_when_it_is_let_go_of() {
    let mut core = Core::<Ledger>::new(ACCOUNT);
    let thing = tag_key(&["open"]);
    core.tell(keep(thing.clone())).unwrap();
    assert_eq!(row(&core, &thing).status, PermissionStatus::Granting);
    // Its end is told to nobody: whoever waits reads the ledger's row.
    assert!(settle_all(&mut core).is_empty());
    let kept = row(&core, &thing);
    assert_eq!(kept.status, PermissionStatus::Granted);
    assert_eq!(kept.holders[0].holder, kept.resource_id);
    assert_eq!(kept.holders[0].why.reason, "it is needed");
    let record = core.reply();
    assert_eq!(record.holder(&kept.resource_id, 1).unwrap().result, "HELD");

    core.tell(let_go(&thing)).unwrap();
    assert_eq!(row(&core, &thing).status, PermissionStatus::Revoking);
    settle_all(&mut core);
    assert_eq!(row(&core, &thing).status, PermissionStatus::Revoked);
    let seq = core.seq;
    core.tell(let_go(&thing)).unwrap();
    assert_eq!(core.seq, seq, "what is gone stays gone");
}

#[test]
fn what_a_share_needs_stays_with_the_share() {
    let mut core = Core::<Ledger>::new(ACCOUNT);
    let thing = tag_key(&["open"]);
    core.tell(hold("share-1", 1, [thing.clone()])).unwrap();
    settle_all(&mut core);
    let refused = core.tell(let_go(&thing)).unwrap_err();
    assert_eq!(refused.reason, "STILL_NEEDED");
    assert!(refused.message.contains("share-1"), "{refused:?}");
    core.tell(keep(thing.clone())).unwrap();
    settle_all(&mut core);
    assert_eq!(row(&core, &thing).holders.len(), 2);
    core.tell(let_go(&thing)).unwrap();
    settle_all(&mut core);
    let left = row(&core, &thing);
    assert_eq!(left.status, PermissionStatus::Granted);
    assert_eq!(left.holders[0].holder, "share-1");
}

#[test]
fn what_others_may_rely_on_is_let_go_of_and_left() {
    let mut core = Core::<Ledger>::new(ACCOUNT);
    let thing = Thing::Location(Location {
        arn: "arn:aws:s3:::lake/sales".to_owned(),
        role_arn: String::new(),
        hybrid: true,
    });
    core.tell(keep(thing.clone())).unwrap();
    settle_all(&mut core);
    core.tell(let_go(&thing)).unwrap();
    settle_all(&mut core);
    let left = row(&core, &thing);
    assert_eq!(left.status, PermissionStatus::Revoked);
    assert!(left.status_reason.starts_with("STAYS: "), "{left:?}");
}

#[test]
fn two_cannot_have_different_things_under_one_key() {
    let mut core = Core::<Ledger>::new(DATABASE);
    let italy = filter("europe", "country = 'IT'");
    core.tell(hold("share-1", 1, [italy.clone()])).unwrap();
    settle_all(&mut core);
    let refused = core.tell(keep(filter("europe", "country = 'FR'")));
    assert_eq!(refused.unwrap_err().reason, "CONFLICTING_WANTS");
    core.tell(keep(italy)).unwrap();
    // Values of a tag key add up.
    let mut core = Core::<Ledger>::new(ACCOUNT);
    core.tell(hold("share-1", 1, [tag_key(&["open"])])).unwrap();
    core.tell(keep(tag_key(&["secret"]))).unwrap();
    settle_all(&mut core);
    let both = tag_key(&["open", "secret"]);
    assert_eq!(row(&core, &both).thing, both);
}

#[test]
fn what_is_wrong_is_said_by_field() {
    let location = |arn: &str, role_arn: &str| {
        Thing::Location(Location {
            arn: arn.to_owned(),
            role_arn: role_arn.to_owned(),
            hybrid: false,
        })
    };
    let admin = |principal: &str| Thing::Admin {
        principal: principal.to_owned(),
    };
    for (ledger, thing, field) in [
        (ACCOUNT, location("s3://lake", ""), "location.arn"),
        (
            ACCOUNT,
            location("arn:aws:s3:::lake", "x"),
            "location.roleArn",
        ),
        (ACCOUNT, admin("123456789012"), "administrator"),
        (
            ACCOUNT,
            Thing::Sharing { version: 5 },
            "crossAccountVersion",
        ),
        (ACCOUNT, tag_key(&[]), "tagKey.values"),
        (ACCOUNT, filter("europe", "x = 1"), "kind"),
        (DATABASE, admin(ANN), "kind"),
        (DATABASE, filter("datamesh-1", "x = 1"), "filter.name"),
        (DATABASE, filter("europe", " "), "filter.scope.rowFilter"),
    ] {
        let refused = Core::<Ledger>::new(ledger).tell(keep(thing)).unwrap_err();
        let fields: Vec<&str> = refused
            .violations
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(fields, [field]);
    }
}
