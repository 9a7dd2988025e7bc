//! The defects of existing systems, each as a test: numbers as in the requirements.

use super::*;

fn missing(post: Post, stage: &Play) -> Look {
    Look {
        missing: stage.post(post).into_iter().take(1).collect(),
        at_ms: 1,
        ..Look::default()
    }
}

#[test]
fn n1_a_share_that_fails_half_way_compensates() {
    for post in Post::GIVING {
        let mut stage = Play::new();
        stage
            .world
            .refuses
            .insert(post, "InvalidInputException".to_owned());
        stage.tell(Command::Create(Box::new(create(true))));
        stage.run();
        let record = stage.core.reply();
        assert_eq!(record.fulfilment.state, Phase::Failed, "at {post:?}");
        assert_eq!(
            record.fulfilment.reason, "InvalidInputException: it cannot be",
            "at {post:?}"
        );
        assert!(!stage.holds_anything(), "at {post:?}");
        let told = stage.core.told();
        assert_eq!(told.last().unwrap().0, "CrossAccountShareFailed");
        stage.world.refuses.clear();
        stage.tell(Command::Reapply(Reapply::default()));
        stage.run();
        assert_eq!(stage.phase(), Phase::Granted, "tried again at {post:?}");
    }
}

#[test]
fn n2_and_n10_a_link_or_role_that_is_gone_does_not_block_a_revoke() {
    let mut stage = Play::given();
    // The consumer deleted all of it: the ledger finds it gone.
    let consumer = Post::ConsumerDatabase.ledger(&resolved(true));
    stage.world.held.remove(&consumer);
    stage.world.answer = Some(Answer::NotTried {
        reason: "AccessDenied: the role is gone".to_owned(),
        at_ms: 1,
    });
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Revoked);
    assert!(record.certificate_complete);
    let row = &stage.core.rows[&(SHARE_CERTIFICATES.to_owned(), "share-1".to_owned())];
    assert!(row["text"].as_str().unwrap().contains("the role is gone"));
}

#[test]
fn n3_asking_for_more_time_does_not_stop_the_end() {
    let mut stage = Play::new();
    stage.tell(Command::Create(Box::new(for_an_hour(true))));
    stage.run();
    let until_ms = stage.core.reply().window.until_ms.unwrap();
    assert_eq!(stage.core.timers[AGREEMENT_TIMER], until_ms);
    stage.tell(Command::Renew(Renew {
        until_ms: Some(until_ms + 3_600_000),
        by: ann(),
        ..Renew::default()
    }));
    stage.run();
    assert_eq!(stage.core.timers[AGREEMENT_TIMER], until_ms);
    stage.core.now_ms = until_ms;
    stage.core.timer(AGREEMENT_TIMER);
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.status, AgreementStatus::Expired);
    assert_eq!(record.fulfilment.state, Phase::Revoked);
    assert_eq!(record.fulfilment.reason, "EXPIRED: its time is over");
    assert!(!stage.holds_anything());
}

#[test]
fn n3_a_renewal_that_owners_give_follows_without_a_gap() {
    let mut stage = Play::new();
    stage.tell(Command::Create(Box::new(for_an_hour(true))));
    stage.run();
    let until_ms = stage.core.reply().window.until_ms.unwrap();
    stage.tell(Command::Renew(Renew {
        until_ms: Some(until_ms + 3_600_000),
        by: ann(),
        given: true,
        ..Renew::default()
    }));
    stage.core.now_ms = until_ms;
    stage.core.timer(AGREEMENT_TIMER);
    assert!(stage.holds_anything());
    stage.run();
    assert_eq!(stage.phase(), Phase::Granted);
    assert!(stage.holds_anything());
}

#[test]
fn n4_a_failed_reapply_leaves_what_works() {
    let mut stage = Play::given();
    let before = stage.world.held.clone();
    let look = missing(Post::ProducerDatabase, &stage);
    stage.world.looks.insert(Post::ProducerDatabase, look);
    stage
        .world
        .refuses
        .insert(Post::ProducerDatabase, "EntityNotFoundException".to_owned());
    stage.tell(Command::Reapply(Reapply::default()));
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Granted);
    assert_eq!(record.health.state, HealthState::Drifted);
    assert!(record.health.detail.contains("EntityNotFoundException"));
    assert_eq!(record.plan.lines.len(), 1);
    assert_eq!(stage.world.held, before);
}

#[test]
fn n5_a_lapsed_invitation_is_issued_again() {
    let mut stage = Play::new();
    stage.world.association = Association::Lapsed;
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run_until("AcceptInvitations");
    stage.step(
        stage
            .core
            .names()
            .iter()
            .position(|name| *name == "AcceptInvitations")
            .unwrap(),
    );
    stage.run_until("ReleaseProducerDatabase");
    stage.world.association = Association::Associated;
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Granted);
    assert_eq!(record.fulfilment.reissues, 1);
    assert!(!stage.post(Post::ProducerDatabase).is_empty());
}

#[test]
fn n5_an_invitation_that_is_never_accepted_is_given_up() {
    let mut stage = Play::new();
    stage.world.association = Association::Lapsed;
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Failed);
    assert!(record.fulfilment.reason.starts_with("NOT_ACCEPTED: "));
    assert!(!stage.holds_anything());
}

#[test]
fn n6_an_end_that_comes_twice_or_late_changes_nothing() {
    let mut stage = Play::new();
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run_until("Query");
    let query = stage
        .core
        .pending
        .iter()
        .find(|effect| matches!(effect, ShareEffect::Query(_)));
    let query = query.cloned().unwrap();
    stage.run();
    let before = stage.core.reply();
    stage.core.pending.push(query);
    stage.step(0);
    assert_eq!(stage.core.reply(), before);
}

#[test]
fn n7_a_table_that_is_gone_does_not_block_a_revoke() {
    let mut stage = Play::given();
    stage.world.table = None;
    stage.tell(revoke());
    stage.run();
    assert_eq!(stage.phase(), Phase::Revoked);
    let names = stage.core.happened.clone();
    let reads = names.iter().filter(|name| **name == "TableRead");
    assert_eq!(reads.count(), 1, "a revoke does not read it");
}

#[test]
fn n7_a_table_that_is_not_there_fails_at_once_and_precisely() {
    let mut stage = Play::new();
    stage.world.table = None;
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Failed);
    assert!(record.fulfilment.reason.starts_with("TABLE_NOT_FOUND: "));
    assert!(stage.core.state.posts.is_empty());

    let mut stage = Play::new();
    let mut asked = create(true);
    asked.scope.columns.insert("colour".to_owned());
    stage.tell(Command::Create(Box::new(asked)));
    stage.run();
    let reason = stage.core.reply().fulfilment.reason;
    assert!(reason.starts_with("COLUMN_NOT_FOUND: the table has no column colour"));
}

#[test]
fn n8_every_ledger_is_looked_at_and_differences_are_a_plan() {
    let mut stage = Play::given();
    let look = missing(Post::ConsumerDatabase, &stage);
    stage.world.looks.insert(Post::ConsumerDatabase, look);
    let by_hand = stage
        .post(Post::ProducerDatabase)
        .into_iter()
        .next()
        .unwrap();
    let look = Look {
        extra: vec![by_hand],
        ..Look::default()
    };
    stage.world.looks.insert(Post::ProducerDatabase, look);
    stage.core.timer(VERIFY_TIMER);
    let looked = stage.core.names();
    let looks = looked.iter().filter(|name| **name == "LookAtLedger");
    assert_eq!(looks.count(), 4);
    assert_eq!(stage.core.reply().health.state, HealthState::Verifying);
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.health.state, HealthState::Drifted);
    assert_eq!(
        record.health.detail,
        "1 missing, 1 given by hand, 0 changed"
    );
    let actions: Vec<(PlanAction, &str)> = record
        .plan
        .lines
        .iter()
        .map(|line| (line.action, line.account.as_str()))
        .collect();
    assert_eq!(
        actions,
        [(PlanAction::Remove, PRODUCER), (PlanAction::Add, CONSUMER)]
    );
    assert_eq!(stage.core.told()[0].0, "ShareDriftDetected");
    assert_eq!(record.looks, 1);
}

#[test]
fn n8_what_is_given_by_hand_is_adopted_and_taken_when_that_is_asked() {
    let mut stage = Play::given();
    let by_hand = Thing::OptIn {
        principal: resolved(true).principal,
        on: crate::access::Object::Database,
    };
    let look = Look {
        extra: vec![by_hand.clone()],
        ..Look::default()
    };
    stage.world.looks.insert(Post::ProducerDatabase, look);
    stage.tell(Command::Reapply(Reapply {
        dry_run: true,
        remove_extra: true,
    }));
    stage.run();
    assert_eq!(stage.core.reply().plan.lines.len(), 1);
    assert!(
        !stage.core.happened.contains(&"LookMoved"),
        "a dry run only looks"
    );
    stage.tell(Command::Reapply(Reapply {
        dry_run: false,
        remove_extra: true,
    }));
    stage.run_until("HoldProducerDatabase");
    let adopts = stage.core.pending.iter().any(|effect| match effect {
        ShareEffect::Hold(hold) => hold.hold.wants.contains(&by_hand),
        _ => false,
    });
    assert!(adopts);
    stage.world.looks.clear();
    stage.run();
    assert!(!stage.post(Post::ProducerDatabase).contains(&by_hand));
    let record = stage.core.reply();
    assert_eq!(record.health.state, HealthState::Healthy);
    assert!(record.plan.lines.is_empty());
}

#[test]
fn n9_shares_of_one_table_to_ten_accounts_grant_to_each_its_own() {
    let permissions = BTreeSet::from([Permission::Select, Permission::Describe]);
    let scope = create(true).scope;
    let mut all = BTreeSet::new();
    for number in 0..10 {
        let mut resolved = resolved(true);
        resolved.target.account = format!("{number:012}");
        let needs = super::wants::Needs {
            resolved: &resolved,
            table: &table(),
            scope: &scope,
            permissions: &permissions,
        };
        all.extend(needs.of(Post::ProducerDatabase));
    }
    all.retain(|thing| !thing.stays());
    assert_eq!(all.len(), 10 * 6, "no end of one takes what another has");
}

#[test]
fn a_consumer_that_cannot_be_reached_leaves_a_certificate_of_what_remains() {
    let mut stage = Play::given();
    stage.world.unreachable.insert(Post::ConsumerDatabase);
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.status, AgreementStatus::Revoked);
    assert_eq!(record.fulfilment.state, Phase::Unreachable);
    assert_eq!(record.fulfilment.remains.len(), 4);
    assert!(!record.certificate_complete);
    assert!(stage.post(Post::ProducerDatabase).is_empty());
    let first = record.certificate;
    // Tried on, nothing new: no new certificate.
    stage.core.now_ms += 16 * 60_000;
    stage.core.timer(RETRY_TIMER);
    stage.run();
    assert_eq!(stage.core.reply().certificate, first);
    stage.world.unreachable.clear();
    stage.core.now_ms += 16 * 60_000;
    stage.core.timer(RETRY_TIMER);
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Revoked);
    assert!(record.certificate_complete);
    assert_ne!(record.certificate, first);
    assert!(!stage.holds_anything());
}

#[test]
fn what_ram_shares_for_others_is_nothing_that_remains() {
    // Another came between the end of this one and the look at RAM.
    let mut stage = Play::given();
    stage.world.left_in_ram = Some(["share-2".to_owned()].into());
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Revoked, "{record:#?}");
    assert!(record.certificate_complete);
    let row = &stage.core.rows[&(SHARE_CERTIFICATES.to_owned(), "share-1".to_owned())];
    let certificate: Certificate = serde_json::from_value(row.clone()).unwrap();
    let ram = certificate.kept.iter().find(|kept| kept.contains("RAM"));
    assert!(
        ram.is_some_and(|kept| kept.ends_with(", for share-2")),
        "{certificate:?}"
    );

    let mut stage = Play::given();
    stage.world.left_in_ram = Some(BTreeSet::new());
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Unreachable);
    assert!(record.fulfilment.remains[0].starts_with("RAM still shares"));
}

#[test]
fn a_consumer_that_still_reads_is_never_called_revoked() {
    let mut stage = Play::given();
    stage.world.answer = Some(readable(&[]));
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Unreachable);
    assert_eq!(record.health.state, HealthState::Unreachable);
    assert!(record.fulfilment.remains[0].contains("can still read"));
    stage.world.answer = None;
    stage.tell(Command::Verify(Verify {}));
    stage.run();
    assert_eq!(stage.phase(), Phase::Revoked);

    // Another share, which began meanwhile, lets it read.
    let mut stage = Play::given();
    stage.world.answer = Some(readable(&["share-2"]));
    stage.tell(revoke());
    stage.run();
    assert_eq!(stage.phase(), Phase::Revoked);
    let row = &stage.core.rows[&(SHARE_CERTIFICATES.to_owned(), "share-1".to_owned())];
    let certificate: Certificate = serde_json::from_value(row.clone()).unwrap();
    let query = certificate.rereads.last().unwrap();
    assert_eq!(query.found, "readable, for share-2");
}

#[test]
fn what_the_account_keeps_for_another_role_says_nothing_of_this_one() {
    let mut stage = Play::given();
    let on = crate::access::Object::Table("transactions".to_owned());
    stage.world.kept = vec![crate::access::Kept {
        thing: Thing::Grant(crate::access::Grant {
            principal: CONSUMER.to_owned(),
            on,
            permission: Permission::Describe,
            grantable: false,
        }),
        by: vec!["share-2".to_owned()],
    }];
    // The other role's access keeps the table shared, and does not excuse that this role still reads.
    stage.world.left_in_ram = Some(BTreeSet::new());
    stage.world.answer = Some(readable(&[]));
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Unreachable);
    assert!(!record.certificate_complete);
    let remains = record.fulfilment.remains;
    assert_eq!(remains.len(), 1, "{remains:?}");
    assert!(remains[0].contains("can still read"));

    stage.world.answer = None;
    stage.tell(Command::Verify(Verify {}));
    stage.run();
    assert_eq!(stage.phase(), Phase::Revoked);
}

#[test]
fn a_table_that_is_not_found_because_its_link_went_is_not_called_refused() {
    let found = |stage: &mut Play| {
        stage.tell(revoke());
        stage.run();
        let row = &stage.core.rows[&(SHARE_CERTIFICATES.to_owned(), "share-1".to_owned())];
        let certificate: Certificate = serde_json::from_value(row.clone()).unwrap();
        certificate.rereads.last().unwrap().found.clone()
    };
    let mut stage = Play::given();
    stage.world.answer = Some(Answer::Refused {
        message: "TABLE_NOT_FOUND: Table 'shared_finance.transactions' does not exist".to_owned(),
        at_ms: 1,
    });
    let said = found(&mut stage);
    assert!(
        said.starts_with("the link is gone: the table was not found: TABLE_NOT_FOUND"),
        "{said}"
    );
    let said = found(&mut Play::given());
    assert_eq!(said, "refused: Insufficient permissions");
}

#[test]
fn a_query_that_cannot_be_tried_does_not_hinder_and_is_said() {
    let mut stage = Play::new();
    stage.world.answer = Some(Answer::NotTried {
        reason: "AccessDenied".to_owned(),
        at_ms: 1,
    });
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Granted);
    assert_eq!(record.health.state, HealthState::Unknown);
    assert_eq!(record.health.detail, "NOT_TRIED: AccessDenied");
}

/// Ends what is pending, and lets no timer fire.
fn until_it_waits(stage: &mut Play) {
    while !stage.core.pending.is_empty() {
        stage.step(0);
    }
}

#[test]
fn what_the_consumers_account_does_not_see_yet_is_waited_for() {
    for post in [Post::ConsumerDatabase, Post::LinkDatabase] {
        let mut stage = Play::new();
        let denied = "AccessDeniedException".to_owned();
        stage.world.refuses.insert(post, denied);
        stage.tell(Command::Create(Box::new(create(true))));
        for _ in 0..3 {
            until_it_waits(&mut stage);
            let record = stage.core.reply();
            assert_eq!(record.fulfilment.state, Phase::Granting);
            assert_eq!(
                record.fulfilment.reason,
                "NOT_SHARED_YET: AccessDeniedException: it cannot be"
            );
            stage.core.timer(RETRY_TIMER);
            // An invitation may have been missed.
            assert_eq!(stage.core.names(), ["AcceptInvitations"]);
        }
        stage.world.refuses.clear();
        stage.run();
        assert_eq!(stage.phase(), Phase::Granted);
        let told = stage.core.told();
        assert!(
            told.iter()
                .all(|(name, _)| name != "CrossAccountShareFailed")
        );
    }
}

#[test]
fn what_stays_denied_fails_after_a_while_and_within_an_account_at_once() {
    for (cross, least_s) in [(true, 60), (false, 0)] {
        let mut stage = Play::new();
        stage.world.cross = cross;
        let begun_ms = stage.core.now_ms;
        let denied = "AccessDeniedException".to_owned();
        let post = match cross {
            true => Post::ConsumerDatabase,
            false => Post::ProducerDatabase,
        };
        stage.world.refuses.insert(post, denied);
        stage.tell(Command::Create(Box::new(create(true))));
        stage.run();
        assert_eq!(stage.phase(), Phase::Failed);
        assert!(!stage.holds_anything());
        let took_s = (stage.core.now_ms - begun_ms) / 1_000;
        assert!((least_s..=least_s + 30).contains(&took_s), "{took_s} s");
    }
}

#[test]
fn who_is_not_let_in_at_all_is_not_waited_for() {
    for (message, waits) in [
        (
            "lakeformation:BatchGrantPermissions: Required Grantable Describe on orders",
            true,
        ),
        ("sts:AssumeRole: no", false),
        (
            "lakeformation:BatchGrantPermissions: User: x is not authorized to perform it",
            false,
        ),
    ] {
        let code = "AccessDeniedException";
        let sees_later = Post::ConsumerDatabase.may_not_see(code, message);
        assert_eq!(sees_later, waits, "{message}");
        assert!(!Post::ProducerDatabase.may_not_see(code, message));
    }
}

#[test]
fn who_accepts_late_has_the_same_patience_with_reads_that_lag() {
    let mut stage = Play::new();
    stage.world.association = Association::Waiting;
    stage.tell(Command::Create(Box::new(create(true))));
    for _ in 0..12 {
        until_it_waits(&mut stage);
        stage.core.timer(RETRY_TIMER);
    }
    stage.world.association = Association::Associated;
    stage.world.answer = Some(Answer::Refused {
        message: "Insufficient permissions".to_owned(),
        at_ms: 1,
    });
    until_it_waits(&mut stage);
    let reason = stage.core.reply().fulfilment.reason;
    assert!(reason.starts_with("NOT_READABLE"), "{reason}");
    stage.world.answer = None;
    stage.run();
    assert_eq!(stage.phase(), Phase::Granted);
}
