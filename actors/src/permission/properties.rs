//! Whatever holders want and Lake Formation answers: at rest there is what is wanted, nobody waits for more
//! than one batch to have access taken away, and a generation is told once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::tests::{all_but, hold, on_table, select};
use super::*;
use crate::access::{CellsFilter, HoldResult, Object, Permission, Rows, Thing};
use crate::lakeformation::{Seen, ThingError, Trouble};
use crate::testing::Core;

/// Lake Formation, and what holders were told.
#[derive(Default)]
struct World {
    there: BTreeSet<String>,
    told: BTreeMap<(String, u64), Vec<HoldResult>>,
}

fn things() -> Vec<Thing> {
    let filter = CellsFilter {
        table: "orders".to_owned(),
        name: "f".to_owned(),
        columns: BTreeSet::new(),
        excluded: BTreeSet::new(),
        rows: Rows::All,
    };
    let on_filter = crate::access::Grant {
        principal: "p".to_owned(),
        on: Object::Filter {
            table: "orders".to_owned(),
            name: "f".to_owned(),
        },
        permission: Permission::Select,
        grantable: false,
    };
    vec![
        select("p", "a"),
        select("p", "b"),
        select("q", "a"),
        on_table("p"),
        all_but("p", "b"),
        Thing::Filter(filter),
        Thing::Grant(on_filter),
        Thing::OptIn {
            principal: "q".to_owned(),
            on: Object::Database,
        },
    ]
}

/// What there is when a thing is there. Lake Formation keeps the columns that a principal may read, not what it
/// was given.
fn facts(thing: &Thing) -> BTreeSet<String> {
    let Thing::Grant(grant) = thing else {
        return BTreeSet::from([thing.key()]);
    };
    let may_read = |column: &str| match &grant.on {
        Object::Table(_) => true,
        Object::Column { column: own, .. } => own == column,
        Object::ColumnsExcept { excluded, .. } => !excluded.contains(column),
        _ => false,
    };
    let columns = ["a", "b", "those to come"].into_iter();
    let facts: BTreeSet<String> = columns
        .filter(|column| may_read(column))
        .map(|column| format!("{} reads {column}", grant.principal))
        .collect();
    if facts.is_empty() {
        return BTreeSet::from([thing.key()]);
    }
    facts
}

#[derive(Clone, Debug)]
enum Move {
    /// A holder wants the things with these bits.
    Want(usize, u8),
    /// An effect ends; each thing by two of these bits.
    End(usize, u16),
    Wait,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        2 => (0..3_usize, any::<u8>()).prop_map(|(holder, bits)| Move::Want(holder, bits)),
        5 => (0..8_usize, any::<u16>()).prop_map(|(which, bits)| Move::End(which, bits)),
        1 => Just(Move::Wait),
    ];
    proptest::collection::vec(one, 1..60)
}

fn error(trouble: Trouble) -> ThingError {
    ThingError {
        trouble,
        code: "Code".to_owned(),
        message: "so".to_owned(),
        retry_after_ms: 0,
    }
}

impl World {
    /// Ends an effect: well if `bits` is 0.
    fn end(&mut self, effect: &LedgerEffect, bits: u16) -> Outcome {
        let luck = |at: usize| (bits >> ((at % 8) * 2)) & 3;
        match effect {
            LedgerEffect::Put(put) => {
                let each = put.things.iter().enumerate();
                Outcome::Answered(
                    each.map(|(at, thing)| match luck(at) {
                        0 => {
                            self.there.extend(facts(thing));
                            Ok(())
                        }
                        1 => Err(error(Trouble::Later)),
                        2 => {
                            self.there.extend(facts(thing));
                            Err(error(Trouble::Later))
                        }
                        _ => Err(error(Trouble::Refused)),
                    })
                    .collect(),
                )
            }
            LedgerEffect::Remove(remove) => {
                let each = remove.things.iter().enumerate();
                Outcome::Answered(
                    each.map(|(at, thing)| match luck(at) {
                        0 => {
                            self.there.retain(|fact| !facts(thing).contains(fact));
                            Ok(())
                        }
                        1 => Err(error(Trouble::Later)),
                        2 => {
                            self.there.retain(|fact| !facts(thing).contains(fact));
                            Err(error(Trouble::Later))
                        }
                        _ => Err(error(Trouble::Unreachable)),
                    })
                    .collect(),
                )
            }
            LedgerEffect::See(see) => {
                if luck(7) == 3 {
                    return Outcome::Seen(Err(error(Trouble::Later)));
                }
                // A read may lag: it shows what was before.
                let each = see.things.iter().enumerate();
                let present =
                    each.map(|(at, thing)| facts(thing).is_subset(&self.there) != (luck(at) == 2));
                Outcome::Seen(Ok(Seen {
                    present: present.collect(),
                    extra: Vec::new(),
                }))
            }
            LedgerEffect::TellHolder(TellHolder { end }) => {
                let key = (end.holder.clone(), end.generation);
                self.told.entry(key).or_default().push(end.result.clone());
                Outcome::Told
            }
            LedgerEffect::TellLook(_) => Outcome::Told,
            LedgerEffect::InspectTable(_) => panic!("nobody asked"),
            LedgerEffect::PutEvent(_) => Outcome::EventPut,
        }
    }
}

fn step(core: &mut Core<Ledger>, world: &mut World, which: usize, bits: u16) {
    if core.pending.is_empty() {
        return;
    }
    let at = which % core.pending.len();
    let outcome = world.end(&core.pending[at].clone(), bits);
    core.settle_at(at, Ok(outcome));
    core.now_ms += 50;
}

/// What is to be taken away and due waits only for a batch that is in flight.
fn nothing_waits(core: &Core<Ledger>) {
    let state = &core.state;
    let now_ms = core.now_ms;
    // Decisions are made at the time before the clock moved on.
    let due = state
        .queues
        .take
        .iter()
        .filter(|(due_ms, ..)| *due_ms == 0)
        .count();
    let free = !state.taking.busy && state.taking.not_before_ms <= now_ms - 50;
    // A lane whose pause is over goes on with the timer, which the test lets fire when it likes.
    let overdue = core
        .timers
        .get("plan")
        .is_some_and(|at_ms| *at_ms <= now_ms);
    assert!(
        due == 0 || !free || state.giving.busy || overdue,
        "{state:#?}"
    );
    let names = core.names();
    for lane in ["PutThings", "RemoveThings", "SeeThings"] {
        assert!(
            names.iter().filter(|name| **name == lane).count() <= 1,
            "{names:?}"
        );
    }
}

/// Lets all go well until nothing is left to do.
fn rest(core: &mut Core<Ledger>, world: &mut World) {
    for _ in 0..3_000 {
        if !core.pending.is_empty() {
            step(core, world, 0, 0);
            continue;
        }
        let queues = &core.state.queues;
        let done = queues.put.is_empty()
            && queues.take.is_empty()
            && queues.confirm.is_empty()
            && queues.prove.is_empty();
        if done {
            return;
        }
        core.now_ms = core.now_ms.max(core.timers["plan"]);
        core.timer("plan");
    }
    panic!("no rest in sight: {:#?}", core.state);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn at_rest_there_is_what_is_wanted(moves in moves()) {
        let all = things();
        let mut core = Core::<Ledger>::new("123456789012:eu-central-1:123456789012:sales");
        let mut world = World::default();
        let mut generations = [0_u64; 3];
        let mut wants: [BTreeSet<String>; 3] = Default::default();
        for one in moves {
            match one {
                Move::Want(holder, bits) => {
                    generations[holder] += 1;
                    let wanted = all.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                    let wanted: Vec<Thing> = wanted.map(|(_, thing)| thing.clone()).collect();
                    wants[holder] = wanted.iter().map(Thing::key).collect();
                    let id = format!("share-{holder}");
                    core.tell(hold(&id, generations[holder], wanted)).unwrap();
                    core.now_ms += 50;
                }
                Move::End(which, bits) => step(&mut core, &mut world, which, bits),
                Move::Wait => {
                    if let Some(due_ms) = core.timers.get("plan").copied() {
                        core.now_ms = core.now_ms.max(due_ms);
                        core.timer("plan");
                        core.now_ms += 50;
                    }
                }
            }
            nothing_waits(&core);
        }
        rest(&mut core, &mut world);
        let failed = core.state.queues.failed.union(&core.state.queues.missing);
        let failed: BTreeSet<String> = failed.map(|n| core.state.item(*n).unwrap().thing.key()).collect();
        let wanted: BTreeSet<String> = wants.iter().flatten().cloned().collect();
        let of = |keys: &BTreeSet<String>| -> BTreeSet<String> {
            let things = all.iter().filter(|thing| keys.contains(&thing.key()));
            things.flat_map(facts).collect()
        };
        let must = of(&wanted.difference(&failed).cloned().collect());
        prop_assert!(must.is_subset(&world.there), "{must:?} {:?}", world.there);
        // What stays when nobody holds it any more may be there for good.
        let mut beyond = world.there.iter().filter(|fact| !of(&wanted).contains(*fact));
        prop_assert!(beyond.all(|key| key.starts_with("opt-in/")), "{:?} {wanted:?}", world.there);
        prop_assert_eq!(core.state.items.len(), wanted.len());
        for (holder, generation) in generations.iter().enumerate() {
            if *generation == 0 {
                continue;
            }
            let told = &world.told[&(format!("share-{holder}"), *generation)];
            let is_end = |result: &&HoldResult| !matches!(result, HoldResult::Unreachable { .. });
            prop_assert_eq!(told.iter().filter(is_end).count(), 1, "{:?}", told);
            // What is told of one generation may arrive in any order.
            let last = told.iter().find(is_end).unwrap();
            let empty = wants[holder].is_empty();
            prop_assert_eq!(empty, matches!(last, HoldResult::Released { .. }), "{:?}", last);
        }
        for told in world.told.values() {
            prop_assert!(told.len() <= 2, "{told:?}");
        }
    }
}
