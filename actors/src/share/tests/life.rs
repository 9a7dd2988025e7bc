//! How a share is asked for, decided and ends.

use serde_json::json;

use super::*;

fn decided(stage: &Play, end: TaskEnd) -> Command {
    Command::Decided(Decided {
        token: stage.core.state.token.clone(),
        end,
    })
}

fn yes(output: serde_json::Value) -> TaskEnd {
    TaskEnd::Succeeded { output }
}

fn no(error: &str) -> TaskEnd {
    TaskEnd::Failed {
        error: error.to_owned(),
        cause: "no".to_owned(),
    }
}

fn asked() -> Play {
    let mut stage = Play::new();
    stage.tell(Command::Create(Box::new(for_an_hour(false))));
    stage.run();
    stage
}

#[test]
fn what_an_owner_asks_is_given_and_told() {
    let mut stage = Play::new();
    stage.tell(Command::Create(Box::new(create(true))));
    assert_eq!(stage.core.reply().status, AgreementStatus::Approved);
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Granted);
    assert_eq!(record.health.state, HealthState::Healthy);
    assert_eq!(record.resource_link, "shared_finance.transactions");
    let told: Vec<String> = stage
        .core
        .told()
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        told,
        ["CrossAccountShareInitiated", "CrossAccountShareCompleted"]
    );
    let steps = record.fulfilment.steps;
    let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "LOOK_UP_ASSET",
            "READ_TABLE",
            "PREPARE_PRODUCER",
            "GRANT_IN_PRODUCER",
            "WAITING_FOR_ACCEPTANCE",
            "GRANT_IN_CONSUMER",
            "GRANT_ON_LINK",
            "QUERY",
            "QUERY_LEFT_OUT_COLUMN",
        ]
    );
    assert!(steps.iter().all(|step| step.ended_ms.is_some()));
}

#[test]
fn the_producer_gives_the_columns_to_the_account_and_the_consumer_to_the_principal() {
    let stage = Play::given();
    let words = |post| {
        let things = stage.post(post);
        things.iter().map(Thing::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        words(Post::ProducerAccount),
        ["cross-account sharing, version 4"]
    );
    let producer = words(Post::ProducerDatabase);
    let (opt_ins, producer): (Vec<_>, Vec<_>) = producer
        .into_iter()
        .partition(|thing| thing.starts_with("opt-in"));
    assert_eq!((opt_ins.len(), producer.len()), (1, 6));
    assert!(producer.iter().all(|thing| thing.ends_with(CONSUMER)));
    let with_option = producer
        .iter()
        .filter(|thing| thing.contains("with grant option"));
    assert_eq!(with_option.count(), 3);
    let consumer = words(Post::ConsumerDatabase);
    assert_eq!(consumer.len(), 4, "{consumer:?}");
    assert_eq!(words(Post::LinkDatabase).len(), 1);
}

#[test]
fn within_one_account_only_the_producer_gives() {
    let mut stage = Play::new();
    stage.world.cross = false;
    stage.tell(Command::Create(Box::new(create(true))));
    stage.run();
    assert_eq!(stage.phase(), Phase::Granted);
    assert_eq!(stage.core.state.posts.len(), 1);
    assert!(stage.core.told().is_empty(), "it goes to no other account");
    stage.tell(revoke());
    stage.run();
    assert_eq!(stage.phase(), Phase::Revoked);
    assert!(!stage.holds_anything());
}

#[test]
fn rows_are_given_through_a_filter_of_the_producer() {
    let mut stage = Play::new();
    let mut asked = create(true);
    asked.scope.row_filter = "country = 'IT'".to_owned();
    stage.tell(Command::Create(Box::new(asked)));
    stage.run();
    let producer = stage.post(Post::ProducerDatabase);
    let filters = producer
        .iter()
        .filter(|thing| matches!(thing, Thing::Filter(_)));
    assert_eq!(filters.count(), 1);
    let consumer = stage.post(Post::ConsumerDatabase);
    assert!(
        !consumer
            .iter()
            .any(|thing| matches!(thing, Thing::Filter(_)))
    );
}

#[test]
fn others_ask_the_owners_who_may_give_less() {
    let mut stage = asked();
    let record = stage.core.reply();
    assert_eq!(record.status, AgreementStatus::Pending);
    assert_eq!(record.fulfilment.state, Phase::Pending);
    assert_eq!(record.domain_id, "dom-1", "owners find it by their domain");
    assert!(!stage.holds_anything());
    let until = stage.core.now_ms + 60_000;
    let output = json!({
        "approvedBy": ["bob@example.com"],
        "scope": {"columns": ["amount"]},
        "until": until,
    });
    let given = decided(&stage, yes(output));
    stage.tell(given);
    stage.run();
    let record = stage.core.reply();
    assert_eq!(record.fulfilment.state, Phase::Granted);
    assert_eq!(record.scope.columns, BTreeSet::from(["amount".to_owned()]));
    assert_eq!(record.window.until_ms, Some(until));
}

#[test]
fn more_than_was_asked_gives_what_was_asked() {
    let mut stage = asked();
    let asked = stage.core.reply().scope;
    let output = json!({"scope": {"columns": ["id", "amount"]}, "until": i64::MAX});
    let given = decided(&stage, yes(output));
    stage.tell(given);
    let record = stage.core.reply();
    assert_eq!(record.scope, asked);
    assert_eq!(record.window.until_ms, for_an_hour(false).window.until_ms);
}

#[test]
fn a_no_gives_nothing() {
    for (error, status) in [
        ("Approval.Rejected", AgreementStatus::Denied),
        ("Approval.Expired", AgreementStatus::Denied),
        ("Approval.Cancelled", AgreementStatus::Cancelled),
    ] {
        let mut stage = asked();
        let refused = decided(&stage, no(error));
        stage.tell(refused);
        stage.run();
        assert_eq!(stage.core.reply().status, status);
        assert!(stage.core.state.posts.is_empty());
    }
}

#[test]
fn a_decision_with_another_token_is_nothing() {
    let mut stage = asked();
    let other = Command::Decided(Decided {
        token: "share-1~guessed".to_owned(),
        end: yes(json!({})),
    });
    stage.tell(other);
    assert_eq!(stage.core.reply().status, AgreementStatus::Pending);
}

#[test]
fn an_open_request_can_be_withdrawn_once() {
    let mut stage = asked();
    let cancel = Command::Cancel(Cancel {
        by: ann(),
        reason: String::new(),
    });
    stage.tell(cancel.clone());
    assert!(stage.core.names().contains(&"CloseApproval"));
    let record = stage.core.reply();
    assert_eq!(record.status, AgreementStatus::Cancelled);
    assert_eq!(
        record.status_reason,
        "CANCELLED: cancelled by ann@example.com"
    );
    stage.tell(cancel);
    assert_eq!(stage.core.reply(), record);
}

#[test]
fn a_revoke_overtakes_whatever_is_under_way() {
    for step in [
        "LookUpAsset",
        "ReadTable",
        "HoldProducerAccount",
        "HoldProducerDatabase",
        "AcceptInvitations",
        "HoldConsumerDatabase",
        "HoldLinkDatabase",
        "Query",
    ] {
        let mut stage = Play::new();
        stage.tell(Command::Create(Box::new(create(true))));
        stage.run_until(step);
        stage.tell(revoke());
        stage.run();
        let record = stage.core.reply();
        assert_eq!(record.status, AgreementStatus::Revoked, "at {step}");
        assert_eq!(record.fulfilment.state, Phase::Revoked, "at {step}");
        assert!(record.certificate_complete, "at {step}");
        assert!(!stage.holds_anything(), "at {step}");
    }
}

#[test]
fn access_is_cut_at_the_producer_first() {
    let mut stage = Play::given();
    stage.tell(revoke());
    let first = stage
        .core
        .names()
        .into_iter()
        .find(|name| name.starts_with("Release"));
    assert_eq!(first, Some("ReleaseProducerDatabase"));
}

#[test]
fn a_certificate_proves_the_end_and_stands_in_the_chain() {
    let mut stage = Play::given();
    stage.tell(revoke());
    stage.run();
    let record = stage.core.reply();
    let row = &stage.core.rows[&(SHARE_CERTIFICATES.to_owned(), "share-1".to_owned())];
    let certificate: Certificate = serde_json::from_value(row.clone()).unwrap();
    assert_eq!(
        certificate.hash,
        crate::audit::sha256(&certificate.canonical())
    );
    assert_eq!(certificate.hash, record.certificate);
    assert!(certificate.complete && certificate.remains.is_empty());
    assert_eq!(certificate.removed.len(), 6 + 4 + 1);
    let refused = certificate.rereads.iter().any(|reread| {
        reread.operation.starts_with("athena:") && reread.found.starts_with("refused")
    });
    assert!(refused, "{:?}", certificate.rereads);
    let chain: Vec<_> = stage
        .core
        .rows
        .iter()
        .filter(|((collection, _), _)| collection == crate::audit::AUDIT_ENTRIES)
        .map(|(_, row)| serde_json::from_value(row.clone()).unwrap())
        .collect::<Vec<crate::audit::AuditEntry>>();
    assert_eq!(broken_at(&chain), None);
    let actions: Vec<&str> = chain.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "GRANT_REQUESTED",
            "APPROVED",
            "GRANTED",
            "REVOKE_REQUESTED",
            "REVOKED",
            "CERTIFIED",
        ]
    );
    assert_eq!(chain[5].detail, certificate.hash);
    assert_eq!(chain[5].number, certificate.audit_number);
    assert_eq!(chain[5].hash, certificate.audit_hash);
}

#[test]
fn a_subscription_is_told_the_end_of_each_order() {
    let mut stage = Play::new();
    let give = crate::access::Give {
        subscription_id: "sub-1".to_owned(),
        number: 1,
        asset_id: "asset-1".to_owned(),
        consumer: resolved(true).target,
        principal: resolved(true).principal,
        scope: create(true).scope,
        ..crate::access::Give::default()
    };
    stage.tell(Command::Order(ShareOrder::Give(Box::new(give.clone()))));
    let ends = |stage: &mut Play| {
        let mut ends = Vec::new();
        for _ in 0..200 {
            if stage.core.pending.is_empty() {
                break;
            }
            if let ShareEffect::TellSubscription(tell) = &stage.core.pending[0] {
                ends.push((tell.end.number, tell.end.result.clone()));
            }
            stage.step(0);
        }
        ends
    };
    assert_eq!(ends(&mut stage), [(1, ShareResult::Given)]);
    let refused = stage.core.tell(revoke()).unwrap_err();
    assert_eq!(refused.reason, "SUBSCRIPTION_SHARE");
    stage.tell(Command::Order(ShareOrder::Give(Box::new(give))));
    assert_eq!(ends(&mut stage), [(1, ShareResult::Given)], "asked again");
    stage.tell(Command::Order(ShareOrder::Take(crate::access::Take {
        subscription_id: "sub-1".to_owned(),
        number: 2,
        by: "bob".to_owned(),
        reason: "over".to_owned(),
    })));
    let told = ends(&mut stage);
    let certificate = stage.core.reply().certificate;
    assert_eq!(told, [(2, ShareResult::Taken { certificate })]);
}

#[test]
fn what_is_wrong_is_said_field_by_field() {
    let mut asked = create(true);
    asked.target_account = "12".to_owned();
    asked.principal = "arn:aws:iam::333333333333:role/x".to_owned();
    asked.scope.excluded = BTreeSet::from(["id".to_owned()]);
    asked.permissions = BTreeSet::from([Permission::Drop]);
    asked.window.until_ms = Some(1);
    let refused = Core::<Share>::new("share-1")
        .tell(Command::Create(Box::new(asked)))
        .unwrap_err();
    let fields: Vec<&str> = refused
        .violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "targetAccount",
            "principal",
            "permissions",
            "scope",
            "scope.excludedColumns",
            "validUntil",
        ]
    );
}

#[test]
fn nothing_is_known_of_a_share_that_is_not_there() {
    let mut core = Core::<Share>::new("share-9");
    for command in [
        revoke(),
        Command::Verify(Verify {}),
        Command::Reapply(Reapply::default()),
        Command::Cancel(Cancel::default()),
        Command::Renew(Renew::default()),
    ] {
        let refused = core.tell(command).unwrap_err();
        assert_eq!(refused.reason, "SHARE_NOT_FOUND");
    }
}
