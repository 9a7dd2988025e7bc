//! Whatever people do, in whatever order: what must hold afterwards, counted anew from the history.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use datamesh_actor::Ctx;
use proptest::prelude::*;

use super::*;
use crate::testing::Core;

const PEOPLE: [&str; 6] = ["ann", "bob", "cay", "dan", "eve", "zoe"];

/// The groups are part of who somebody is: zoe has none. One in three comes without an address.
fn person(who: usize, alias: bool) -> Person {
    let name = PEOPLE[who % PEOPLE.len()];
    let groups: &[&str] = match name {
        "ann" | "bob" | "cay" => &["g1"],
        "dan" => &["g1", "g2"],
        "eve" => &["g2"],
        _ => &[],
    };
    Person {
        user: format!("u-{name}"),
        email: match alias {
            true => String::new(),
            false => format!("{name}@example.com"),
        },
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        admin: name == "eve",
    }
}

fn address(who: usize, alias: bool) -> String {
    let person = person(who, alias);
    person.name().to_owned()
}

/// Who a name in the history is, whichever of their names it is.
fn human(name: &str) -> usize {
    let known = |who: &usize| person(*who, false).is_called(name);
    (0..PEOPLE.len()).find(known).unwrap()
}

#[derive(Clone, Debug)]
enum Act {
    Tell(Command),
    Pass(i64),
    Timer(&'static str),
    Settle,
}

fn policy() -> impl Strategy<Value = Policy> {
    let stage = (any::<bool>(), any::<bool>(), 0..PEOPLE.len(), 1_u32..4).prop_map(
        |(g1, g2, user, threshold)| StagePolicy {
            name: "stage".to_owned(),
            groups: [(g1, "g1"), (g2 || !g1, "g2")]
                .iter()
                .filter(|(there, _)| *there)
                .map(|(_, group)| (*group).to_owned())
                .collect(),
            users: vec![address(user, false)],
            threshold,
        },
    );
    let stages = proptest::collection::vec(stage, 1..4);
    let escalation = proptest::option::of((1_i64..50).prop_map(|after_seconds| Escalation {
        after_seconds,
        groups: vec!["g1".to_owned()],
        users: vec![address(5, false)],
    }));
    (stages, escalation, any::<bool>()).prop_map(|(stages, escalation, allow)| Policy {
        stages,
        deadline_seconds: 60,
        escalation,
        allow_requester: allow,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = || (0..PEOPLE.len(), proptest::bool::weighted(0.3));
    let say = "[a-c]{0,3}";
    let act = prop_oneof![
        12 => (who(), say).prop_map(|((who, alias), comment)| {
            let digest = if comment == "a" { "d2".to_owned() } else { String::new() };
            Act::Tell(Command::Approve(Approve { by: person(who, alias), comment, digest, ..Approve::default() }))
        }),
        1 => (who(), say).prop_map(|((who, alias), comment)| {
            Act::Tell(Command::Reject(Reject { by: person(who, alias), comment }))
        }),
        6 => (who(), who()).prop_map(|((who, alias), (to, other))| {
            let (by, to) = (person(who, alias), address(to, other));
            Act::Tell(Command::Delegate(Delegate { by, to, comment: String::new() }))
        }),
        2 => (who(), say).prop_map(|((who, alias), comment)| {
            Act::Tell(Command::Comment(Comment { by: person(who, alias), comment }))
        }),
        5 => who().prop_map(|(who, alias)| {
            let by = person(who, alias);
            Act::Tell(Command::Withdraw(Withdraw { by, comment: String::new() }))
        }),
        1 => who().prop_map(|(who, alias)| {
            let by = person(who, alias);
            Act::Tell(Command::Cancel(Cancel { by, reason: String::new() }))
        }),
        1 => "d[12]".prop_map(|digest| {
            Act::Tell(Command::Void(Void { reason: "changed".to_owned(), digest }))
        }),
        1 => any::<bool>().prop_map(|expired| {
            Act::Tell(Command::Close(Close { reason: "gone".to_owned(), expired }))
        }),
        3 => (0_i64..20_000).prop_map(Act::Pass),
        2 => Just(Act::Timer(ESCALATION_TIMER)),
        2 => Just(Act::Timer(DEADLINE_TIMER)),
        2 => Just(Act::Settle),
    ];
    proptest::collection::vec(act, 1..60)
}

/// Who said yes in each stage, counted from the history alone: by whom, and in whose place.
fn counted(history: &[Entry], stages: usize) -> Vec<Vec<(usize, usize)>> {
    let mut yeses = vec![Vec::new(); stages];
    for entry in history {
        let Some(stage) = (entry.stage as usize).checked_sub(1) else {
            continue;
        };
        match entry.action {
            Action::Approved => {
                let by = human(&entry.actor);
                let place = match entry.on_behalf_of.as_str() {
                    "" => by,
                    name => human(name),
                };
                yeses[stage].push((by, place));
            }
            Action::Withdrawn => {
                let by = human(&entry.actor);
                yeses[stage].retain(|(said, _)| *said != by);
            }
            _ => {}
        }
    }
    yeses
}

fn history(core: &Core<Approval>) -> Vec<Entry> {
    let rows = core.rows.iter();
    rows.filter(|((collection, _), _)| collection == APPROVAL_ENTRIES)
        .map(|(_, doc)| serde_json::from_value(doc.clone()).unwrap())
        .collect()
}

fn told(core: &Core<Approval>) -> usize {
    let tells = core.pending.iter();
    tells
        .filter(|effect| matches!(effect, ApprovalEffect::TellExecution(_)))
        .count()
}

fn inboxes(core: &Core<Approval>) -> BTreeSet<String> {
    let row = Approval::views(&core.id, &core.state).into_iter().next();
    let Some(ViewChange::Put { fields, .. }) = row else {
        panic!("an approval keeps its row");
    };
    let inbox = fields.into_iter().filter(|(name, _)| name == "inbox");
    inbox.map(|(_, value)| value).collect()
}

fn check(core: &Core<Approval>) -> Result<(), TestCaseError> {
    let record = core.reply();
    let history = history(core);
    prop_assert_eq!(broken_at(&history), None);
    prop_assert_eq!(history.len(), record.entries as usize);

    let counted = counted(&history, record.stages.len());
    for (stage, yeses) in record.stages.iter().zip(&counted) {
        let people: BTreeSet<usize> = yeses.iter().map(|(by, _)| *by).collect();
        let places: BTreeSet<usize> = yeses.iter().map(|(_, place)| *place).collect();
        prop_assert_eq!(people.len(), yeses.len(), "somebody counts twice");
        prop_assert_eq!(places.len(), yeses.len(), "a place counts twice");
        prop_assert_eq!(stage.yeses.len(), yeses.len());
        prop_assert!(yeses.len() <= stage.threshold as usize);
        for (by, place) in yeses {
            prop_assert!(
                record.allow_requester || (*by != 0 && *place != 0),
                "who asked decided"
            );
            prop_assert!(stage.admits(&person(*place, false)), "a place that is none");
            let given = record.delegations.iter().any(|delegation| {
                delegation.from.is(&person(*place, false))
                    && person(*by, false).is_called(&delegation.to)
            });
            prop_assert!(by == place || given, "nobody gave that place away");
        }
    }
    let reached = record
        .stages
        .iter()
        .zip(&counted)
        .all(|(stage, yeses)| yeses.len() >= stage.threshold as usize);
    prop_assert_eq!(record.status == Status::Approved, reached);

    let inboxes = inboxes(core);
    for who in 0..PEOPLE.len() {
        let person = person(who, false);
        let mut ctx = Ctx::new(core.id.clone(), core.seq + 1, core.now_ms, None, 7);
        let yes = Approve {
            by: person.clone(),
            ..Approve::default()
        };
        let taken = Approval::decide(&core.state, Command::Approve(yes), &mut ctx);
        let taken = taken.is_ok() && core.now_ms < record.deadline_ms;
        prop_assert_eq!(record.awaits(&person, core.now_ms), taken);
        let mut own = vec![inbox_user(&person.user), inbox_user(&person.email)];
        own.extend(person.groups.iter().map(|group| inbox_group(group)));
        prop_assert!(
            !taken || own.iter().any(|name| inboxes.contains(name)),
            "not in the inbox"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn it_is_approved_if_and_only_if_enough_different_people_said_yes(
        policy in policy(),
        acts in acts(),
    ) {
        let open = Open {
            task_token: "token-1".to_owned(),
            subject: "Promote".to_owned(),
            requested_by: person(0, false),
            digest: "d1".to_owned(),
            policy,
            ..Open::default()
        };
        let mut core = Core::<Approval>::new("apr-1");
        core.tell(Command::Open(Box::new(open))).unwrap();
        let mut tells = 0;
        for act in acts {
            let before = core.reply();
            let was_late = core.now_ms >= before.deadline_ms;
            match act {
                Act::Tell(command) => drop(core.tell(command)),
                Act::Pass(ms) => core.now_ms += ms,
                Act::Timer(name) => core.timer(name),
                Act::Settle if told(&core) > 0 => {
                    tells += 1;
                    core.settle("TellExecution", Ok(Outcome::ExecutionTold));
                }
                Act::Settle => {}
            }
            let after = core.reply();
            check(&core)?;
            if !before.status.is_open() {
                prop_assert_eq!(before.status, after.status);
                prop_assert_eq!(&before.stages, &after.stages);
                prop_assert_eq!(before.entries, after.entries);
            }
            if was_late && before.status.is_open() {
                prop_assert_ne!(after.status, Status::Approved);
                prop_assert_ne!(after.status, Status::Rejected);
            }
            if after.status.is_open() {
                prop_assert!(core.timers.contains_key(DEADLINE_TIMER));
            } else {
                prop_assert!(core.timers.is_empty());
            }
        }
        let closed = history(&core).last().is_some_and(|entry| entry.comment == "gone");
        let ended = !core.reply().status.is_open();
        prop_assert_eq!(tells + told(&core), usize::from(ended && !closed));
    }
}
