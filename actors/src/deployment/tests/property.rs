use proptest::prelude::*;

use super::cloud::Cloud;
use super::*;
use crate::testing::{Drama, End};

#[derive(Clone, Debug)]
enum Act {
    Deploy(u8, bool),
    Blueprint,
    Rollback(u8),
    Delete,
    Hold,
    Release,
    Check,
    End(usize, End),
    Timer,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1_u8..4, any::<bool>()).prop_map(|(size, dry)| Act::Deploy(size, dry)),
        1 => Just(Act::Blueprint),
        2 => (0_u8..30).prop_map(Act::Rollback),
        2 => Just(Act::Delete),
        1 => Just(Act::Hold),
        1 => Just(Act::Release),
        1 => Just(Act::Check),
        14 => (0_usize..4).prop_map(|n| Act::End(n, End::Done)),
        2 => (0_usize..4).prop_map(|n| Act::End(n, End::Refused)),
        5 => Just(Act::Timer),
    ];
    proptest::collection::vec(act, 1..100)
}

/// The mesh's own answers are repeated until they come.
fn can_be_refused(effect: &EnvironmentEffect) -> bool {
    !matches!(
        effect,
        EnvironmentEffect::Detach(_)
            | EnvironmentEffect::Discard(_)
            | EnvironmentEffect::DeleteStack(_)
    )
}

fn command(act: &Act, n: usize) -> Option<Command> {
    let id = format!("dep-{n}");
    Some(match act {
        Act::Deploy(size, dry_run) => Command::Deploy(Deploy {
            dry_run: *dry_run,
            ..deploy(&id, &size.to_string())
        }),
        Act::Blueprint => Command::Deploy(Deploy {
            template: String::new(),
            blueprint: "project".to_owned(),
            parameters: BTreeMap::new(),
            ..deploy(&id, "1")
        }),
        Act::Rollback(of) => rollback(&format!("dep-{of}"), &id),
        Act::Delete => delete(&id),
        Act::Hold => hold("prom-1"),
        Act::Release => Command::Release(Release {
            promotion_id: "prom-1".to_owned(),
        }),
        Act::Check => Command::RunCheck(RunCheck {
            check_id: format!("chk-{n}"),
            kind: CheckKind::Validate,
            digest: String::new(),
        }),
        Act::End(..) | Act::Timer => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_it_ends_and_nothing_leaks(
        acts in acts(),
        fails in proptest::collection::vec(any::<bool>(), 0..30),
    ) {
        let mut drama = Drama::<Environment, Cloud>::new("proj-1.dev");
        drama.outside.fails = fails;
        for (n, act) in acts.into_iter().enumerate() {
            if let Some(command) = command(&act, n) {
                drop(drama.core.tell(command));
            }
            match act {
                Act::Timer if drama.core.timers.contains_key(LOOK_TIMER) => {
                    drama.core.timer(LOOK_TIMER);
                }
                Act::End(which, end) => {
                    let pending = &drama.core.pending;
                    let effect = pending.get(which % pending.len().max(1));
                    let end = match effect {
                        Some(effect) if end == End::Refused && !can_be_refused(effect) => End::Done,
                        _ => end,
                    };
                    drama.end(which, end);
                }
                _ => {}
            }
            let steps = drama.core.pending.iter().filter(|effect| {
                !matches!(
                    effect,
                    EnvironmentEffect::PutEvent(_) | EnvironmentEffect::BeginCheck(_)
                )
            });
            prop_assert!(steps.count() <= 1, "{:?}", drama.core.names());
        }
        drama.finish(LOOK_TIMER);
        if drama.core.state.record.is_none() {
            return Ok(());
        }
        let record = drama.core.reply();
        prop_assert!(drama.core.state.running.is_none());
        prop_assert!(!matches!(
            record.status,
            EnvironmentStatus::Deploying | EnvironmentStatus::Deleting
        ));
        prop_assert_eq!(drama.outside.change_sets, 0);
        prop_assert_eq!(drama.core.state.home.is_some(), drama.outside.attached);
        if record.status == EnvironmentStatus::Ready {
            prop_assert!(drama.core.state.deployed.is_some());
        }
        // A deletion always gets to the end, however it went before.
        drama.outside.fails.clear();
        drop(drama.core.tell(command(&Act::Release, 0).unwrap()));
        if drama.core.tell(delete("dep-last")).is_ok() {
            drama.finish(LOOK_TIMER);
        }
        prop_assert_eq!(drama.core.reply().status, EnvironmentStatus::Empty);
        prop_assert_eq!(&drama.outside.status, "");
        prop_assert!(!drama.outside.attached && !drama.outside.prefixes);
        prop_assert!(!drama.core.rows.contains_key(&(
            ENVIRONMENTS.to_owned(),
            "proj-1.dev".to_owned()
        )));
    }
}
