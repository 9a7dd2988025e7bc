use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Act {
    /// Ends one of the pending effects.
    Step(usize),
    /// Ends one of the pending effects with a failure.
    Fail(usize),
    Timer(usize),
    Refuse(usize, bool),
    Hide(usize, bool),
    Answer(usize),
    Associate(usize),
    Table(bool),
    Revoke,
    Reapply(bool),
    Verify,
    Renew(bool),
    Pass(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        20 => (0..5_usize).prop_map(Act::Step),
        2 => (0..5_usize).prop_map(Act::Fail),
        3 => (0..3_usize).prop_map(Act::Timer),
        1 => (0..4_usize, any::<bool>()).prop_map(|(post, on)| Act::Refuse(post, on)),
        1 => (0..4_usize, any::<bool>()).prop_map(|(post, on)| Act::Hide(post, on)),
        1 => (0..4_usize).prop_map(Act::Answer),
        1 => (0..4_usize).prop_map(Act::Associate),
        1 => any::<bool>().prop_map(Act::Table),
        1 => Just(Act::Revoke),
        1 => any::<bool>().prop_map(Act::Reapply),
        1 => Just(Act::Verify),
        1 => any::<bool>().prop_map(Act::Renew),
        1 => (0..2_000_000_i64).prop_map(Act::Pass),
    ]
}

fn play(stage: &mut Play, act: Act) {
    let pending = stage.core.pending.len();
    match act {
        Act::Step(at) if pending > 0 => stage.step(at % pending),
        Act::Fail(at) if pending > 0 => {
            stage
                .core
                .settle_at(at % pending, Err(failure("AccessDeniedException")));
        }
        Act::Timer(at) => {
            let name = [RETRY_TIMER, VERIFY_TIMER, AGREEMENT_TIMER][at];
            if stage.core.timers.contains_key(name) {
                stage.core.timer(name);
            }
        }
        Act::Refuse(at, true) => {
            let code = "InvalidInputException".to_owned();
            stage.world.refuses.insert(Post::GIVING[at], code);
        }
        Act::Refuse(at, false) => {
            stage.world.refuses.remove(&Post::GIVING[at]);
        }
        Act::Hide(at, true) => {
            stage.world.unreachable.insert(Post::GIVING[at]);
        }
        Act::Hide(at, false) => {
            stage.world.unreachable.remove(&Post::GIVING[at]);
        }
        Act::Answer(at) => {
            stage.world.answer = [
                None,
                Some(readable(&[])),
                Some(Answer::Refused {
                    message: "no".to_owned(),
                    at_ms: 1,
                }),
                Some(Answer::NotTried {
                    reason: "no".to_owned(),
                    at_ms: 1,
                }),
            ][at]
                .clone();
        }
        Act::Associate(at) => {
            stage.world.association = [
                Association::Associated,
                Association::Waiting,
                Association::Lapsed,
                Association::Suspended,
            ][at];
        }
        Act::Table(there) => stage.world.table = there.then(table),
        Act::Revoke => {
            let _ = stage.core.tell(revoke());
        }
        Act::Reapply(remove_extra) => {
            let _ = stage.core.tell(Command::Reapply(Reapply {
                dry_run: false,
                remove_extra,
            }));
        }
        Act::Verify => {
            let _ = stage.core.tell(Command::Verify(Verify {}));
        }
        Act::Renew(given) => {
            let _ = stage.core.tell(Command::Renew(Renew {
                until_ms: Some(stage.core.now_ms + 7_200_000),
                by: ann(),
                given,
                ..Renew::default()
            }));
        }
        Act::Pass(ms) => stage.core.now_ms += ms,
        Act::Step(_) | Act::Fail(_) => {}
    }
}

fn check(stage: &Play) -> Result<(), TestCaseError> {
    let record = stage.core.reply();
    match record.fulfilment.state {
        Phase::Granted => prop_assert!(
            record.health.state != HealthState::Healthy
                || !stage.post(Post::ProducerDatabase).is_empty(),
            "given without a hold: {record:?}"
        ),
        Phase::Revoked | Phase::Failed => {
            prop_assert!(!stage.holds_anything(), "gone with a hold: {record:?}");
            prop_assert!(record.certificate_complete);
        }
        Phase::Unreachable => {
            prop_assert!(!record.fulfilment.remains.is_empty());
            prop_assert!(!record.certificate_complete);
        }
        Phase::Pending | Phase::Granting | Phase::Revoking => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order, what is shown is so; and when the world comes to rest, so does the
    /// share: given, gone and proven, failed with nothing left, or with what remains.
    #[test]
    fn what_is_shown_is_so(acts in prop::collection::vec(act(), 0..120)) {
        let mut stage = Play::new();
        stage.tell(Command::Create(Box::new(for_an_hour(true))));
        for act in acts {
            play(&mut stage, act);
            check(&stage)?;
        }
        stage.world.association = Association::Associated;
        stage.world.table = Some(table());
        stage.heal();
        stage.run();
        check(&stage)?;
        let record = stage.core.reply();
        prop_assert!(record.is_settled(), "{record:?}");
        stage.world.unreachable.clear();
        stage.world.answer = None;
        let _ = stage.core.tell(revoke());
        stage.run();
        for _ in 0..3 {
            if stage.phase() == Phase::Unreachable {
                stage.core.timer(RETRY_TIMER);
                stage.run();
            }
        }
        let phase = stage.phase();
        let over = stage.core.state.agreement.revoked().is_some();
        if over {
            prop_assert_eq!(phase, Phase::Revoked);
        }
        let nothing_wanted = stage.core.state.wanted.is_none();
        prop_assert!(!nothing_wanted || !stage.holds_anything(), "{:?}", stage.core.reply());
    }
}
