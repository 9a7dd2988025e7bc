//! The scenarios. Each ends with what must be so, wherever the process died on the way and whatever AWS
//! answered.

use std::time::Duration;

use datamesh_actors::access::Permission;
use datamesh_actors::agreement::{AgreementStatus, Scope, Window};
use datamesh_actors::share::{
    Command, Create, HealthState, Phase, PlanAction, Reapply, Renew, Revoke, ShareRecord, Verify,
};
use datamesh_aws::CallCx;
use datamesh_aws::lakeformation::{self, Entry, ResourceKind};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::outside::orders;
use crate::raw;
use crate::stage::{ASSET, CONSUMER, DATABASE, PRODUCER, Stage, TABLE, ann, reader};

const SHARE: &str = "share-1";
const HOUR: Duration = Duration::from_secs(3_600);

fn create(account: &str) -> Create {
    Create {
        asset_id: ASSET.to_owned(),
        target_account: account.to_owned(),
        permissions: [Permission::Select, Permission::Describe].into(),
        scope: Scope {
            columns: ["id".to_owned(), "region".to_owned()].into(),
            ..Scope::default()
        },
        reason: "a campaign".to_owned(),
        requested_by: ann(),
        given: true,
        ..Create::default()
    }
}

fn refuse(account: &str, operation: &str) -> Fault {
    Fault {
        operation: Some(operation.to_owned()),
        account: Some(account.to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Error {
            status: 400,
            code: "InvalidInputException".to_owned(),
            message: "it cannot be".to_owned(),
        })
    }
}

async fn give(stage: &mut Stage) -> ShareRecord {
    ask_for(stage, SHARE, create(CONSUMER)).await;
    let record = granted(stage, SHARE).await;
    stage.is_read(CONSUMER, "id, region").await;
    stage.reads(CONSUMER, "amount").await.unwrap_err();
    record
}

async fn ask_for(stage: &mut Stage, id: &str, create: Create) {
    let create = Command::Create(Box::new(create));
    stage.ask(id, create).await.unwrap();
}

async fn granted(stage: &mut Stage, id: &str) -> ShareRecord {
    let record = stage.until(id, |share| share.is_settled()).await;
    assert_eq!(record.fulfilment.state, Phase::Granted, "{record:#?}");
    record
}

async fn revoke(stage: &mut Stage, id: &str) -> ShareRecord {
    let revoke = Command::Revoke(Revoke {
        by: ann(),
        reason: "the campaign is over".to_owned(),
    });
    stage.ask(id, revoke).await.unwrap();
    let over = |share: &ShareRecord| share.is_settled() && !share.certificate.is_empty();
    let record = stage.until(id, over).await;
    assert_eq!(record.fulfilment.state, Phase::Revoked, "{record:#?}");
    assert_eq!(record.status, AgreementStatus::Revoked);
    assert!(record.certificate_complete, "{record:#?}");
    record
}

/// Looks, and puts what is missing.
async fn reapply(stage: &mut Stage, remove_extra: bool) -> ShareRecord {
    let reapply = Reapply {
        dry_run: false,
        remove_extra,
    };
    look(stage, Command::Reapply(reapply)).await
}

/// Looks, and looks again where the health says that not all could be seen: so an operator would on a bad day.
async fn look(stage: &mut Stage, command: Command) -> ShareRecord {
    for _ in 0..10 {
        let looks = stage.share(SHARE).await.unwrap().looks;
        stage.ask(SHARE, command.clone()).await.unwrap();
        let looked = |share: &ShareRecord| {
            share.looks > looks && share.health.state != HealthState::Verifying
        };
        let record = stage.until(SHARE, looked).await;
        match record.health.state {
            HealthState::Unreachable | HealthState::Unknown => {}
            _ => return record,
        }
    }
    panic!("ten looks did not see all");
}

pub async fn fails_half_way(stage: &mut Stage) {
    stage.bad(refuse(CONSUMER, "CreateTable"));
    ask_for(stage, SHARE, create(CONSUMER)).await;
    let record = stage.until(SHARE, |share| share.is_settled()).await;
    assert_eq!(record.fulfilment.state, Phase::Failed, "{record:#?}");
    let reason = &record.fulfilment.reason;
    assert!(reason.contains("it cannot be"), "{reason}");
    stage.nothing_is_left(CONSUMER).await;
    stage.good();
    let reapply = Command::Reapply(Reapply::default());
    stage.ask(SHARE, reapply).await.unwrap();
    granted(stage, SHARE).await;
    stage.is_read(CONSUMER, "id, region").await;
}

pub async fn link_deleted(stage: &mut Stage) {
    give(stage).await;
    let call = CallCx::in_account(CONSUMER);
    let glue = stage.aws.glue(&call);
    let links = format!("shared_{DATABASE}");
    glue.delete_table(&links, TABLE).await.unwrap();
    revoke(stage, SHARE).await;
    stage.nothing_is_left(CONSUMER).await;
}

pub async fn more_is_asked_before_it_expires(stage: &mut Stage) {
    let until_ms = stage.clock.now_ms() + i64::try_from(HOUR.as_millis()).unwrap();
    let for_an_hour = Create {
        window: Window {
            from_ms: 0,
            until_ms: Some(until_ms),
        },
        ..create(CONSUMER)
    };
    ask_for(stage, SHARE, for_an_hour).await;
    granted(stage, SHARE).await;
    stage.is_read(CONSUMER, "id, region").await;
    // Another item for the same consumer, and more time for the first: nobody answers that.
    let other = Create {
        principal: format!("arn:aws:iam::{CONSUMER}:role/other"),
        ..create(CONSUMER)
    };
    ask_for(stage, "share-2", other).await;
    granted(stage, "share-2").await;
    let renew = Command::Renew(Renew {
        until_ms: Some(until_ms + 3_600_000),
        reason: "it takes longer".to_owned(),
        by: ann(),
        given: false,
    });
    stage.ask(SHARE, renew).await.unwrap();
    let live = stage.share(SHARE).await.unwrap();
    assert_eq!(live.status, AgreementStatus::Approved);
    stage.clock.skip(HOUR);
    let over = |share: &ShareRecord| share.fulfilment.state == Phase::Revoked;
    let record = stage.until(SHARE, over).await;
    assert_eq!(record.status, AgreementStatus::Expired);
    stage.reads(CONSUMER, "id").await.unwrap_err();
    let second = stage.share("share-2").await.unwrap();
    assert_eq!(second.fulfilment.state, Phase::Granted);
}

pub async fn reapply_fails(stage: &mut Stage) {
    give(stage).await;
    let call = CallCx::in_account(PRODUCER);
    let by_hand = stage.aws.lakeformation(&call);
    by_hand
        .delete_opt_in(&reader(CONSUMER), orders())
        .await
        .unwrap();
    stage.bad(refuse(PRODUCER, "CreateLakeFormationOptIn"));
    let record = reapply(stage, false).await;
    assert_eq!(record.fulfilment.state, Phase::Granted, "{record:#?}");
    assert_eq!(record.health.state, HealthState::Drifted, "{record:#?}");
    assert_eq!(record.status, AgreementStatus::Approved);
    stage.is_read(CONSUMER, "id, region").await;
    stage.good();
    let record = reapply(stage, false).await;
    assert_eq!(record.health.state, HealthState::Healthy, "{record:#?}");
    stage.is_read(CONSUMER, "id, region").await;
}

pub async fn invitation_lapses(stage: &mut Stage) {
    stage.bad(Fault {
        operation: Some("AcceptResourceShareInvitation".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Throttle)
    });
    ask_for(stage, SHARE, create(CONSUMER)).await;
    let waits = |share: &ShareRecord| share.fulfilment.step.starts_with("WAITING_FOR_ACCEPTANCE");
    stage.until(SHARE, waits).await;
    stage.reads(CONSUMER, "id").await.unwrap_err();
    stage.clock.skip(13 * HOUR);
    stage
        .until(SHARE, |share| share.fulfilment.reissues > 0)
        .await;
    stage.good();
    let record = granted(stage, SHARE).await;
    assert!(record.fulfilment.reissues >= 1);
    stage.is_read(CONSUMER, "id, region").await;
}

pub async fn given_and_taken(stage: &mut Stage) {
    give(stage).await;
    revoke(stage, SHARE).await;
    stage.nothing_is_left(CONSUMER).await;
}

pub async fn table_dropped(stage: &mut Stage) {
    give(stage).await;
    let call = CallCx::in_account(PRODUCER);
    let glue = stage.aws.glue(&call);
    glue.delete_table(DATABASE, TABLE).await.unwrap();
    revoke(stage, SHARE).await;
    stage.nothing_is_left(CONSUMER).await;
}

/// More grants than Lake Formation lists on a page, and a drift at either end.
pub async fn many_pages(stage: &mut Stage) {
    give(stage).await;
    let select = |principal: String, column: &str| Entry {
        principal,
        resource: ResourceKind::Columns {
            database: DATABASE.to_owned(),
            table: TABLE.to_owned(),
            columns: vec![column.to_owned()],
        }
        .here(),
        permissions: vec![lakeformation::Permission::from_name("SELECT")],
        grantable: Vec::new(),
    };
    let call = CallCx::in_account(PRODUCER);
    let by_hand = stage.aws.lakeformation(&call);
    let others: Vec<Entry> = (0..240)
        .map(|n| select(format!("arn:aws:iam::{PRODUCER}:role/other-{n:03}"), "id"))
        .collect();
    for batch in others.chunks(lakeformation::MAX_ENTRIES) {
        let granted = by_hand.batch_grant(batch.to_vec()).await.unwrap();
        assert!(granted.iter().all(Result::is_ok), "{granted:?}");
    }
    by_hand
        .grant(select(CONSUMER.to_owned(), "amount"))
        .await
        .unwrap();
    by_hand
        .delete_opt_in(&reader(CONSUMER), orders())
        .await
        .unwrap();
    let record = look(stage, Command::Verify(Verify {})).await;
    assert_eq!(record.health.state, HealthState::Drifted, "{record:#?}");
    let line = |action: PlanAction| {
        let lines = record
            .plan
            .lines
            .iter()
            .filter(|line| line.action == action);
        lines.map(|line| line.thing.as_str()).collect::<Vec<_>>()
    };
    let extra = line(PlanAction::Remove);
    assert_eq!(extra.len(), 1, "{record:#?}");
    assert!(extra[0].contains("amount"), "{extra:?}");
    assert_eq!(line(PlanAction::Add).len(), 1, "{record:#?}");
    let record = reapply(stage, true).await;
    assert_eq!(record.health.state, HealthState::Healthy, "{record:#?}");
    let mut left = stage.grants(PRODUCER).await;
    left.retain(|grant| grant.principal == CONSUMER);
    assert!(!format!("{left:?}").contains("amount"), "{left:#?}");
    stage.is_read(CONSUMER, "id, region").await;
}

pub async fn ten_accounts(stage: &mut Stage) {
    let accounts: Vec<String> = (0..10).map(|n| format!("7777777777{n:02}")).collect();
    raw::organization(&stage.cloud, &accounts).await;
    for account in &accounts {
        stage.prepare_consumer(account).await;
    }
    for account in &accounts {
        ask_for(stage, &format!("share-{account}"), create(account)).await;
    }
    for account in &accounts {
        granted(stage, &format!("share-{account}")).await;
    }
    for account in &accounts {
        stage.is_read(account, "id, region").await;
    }
    revoke(stage, &format!("share-{}", accounts[0])).await;
    stage.nothing_is_left(&accounts[0]).await;
    for account in &accounts[1..] {
        stage.is_read(account, "id, region").await;
    }
}

/// Another begins to read in the same account after one is taken, and before RAM is looked at for that.
pub async fn another_comes_while_one_is_revoked(stage: &mut Stage) {
    give(stage).await;
    stage.bad(Fault {
        operation: Some("GetResourceShareAssociations".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Throttle)
    });
    let over = Command::Revoke(Revoke {
        by: ann(),
        reason: "the campaign is over".to_owned(),
    });
    stage.ask(SHARE, over).await.unwrap();
    let looks = |share: &ShareRecord| share.fulfilment.step == "LOOK_AT_RAM";
    stage.until(SHARE, looks).await;
    let other = Create {
        principal: format!("arn:aws:iam::{CONSUMER}:role/other"),
        scope: Scope {
            columns: ["amount".to_owned()].into(),
            ..Scope::default()
        },
        ..create(CONSUMER)
    };
    ask_for(stage, "share-2", other).await;
    let put = |share: &ShareRecord| {
        let mut steps = share.fulfilment.steps.iter();
        steps.any(|step| step.name == "GRANT_IN_PRODUCER" && step.ended_ms.is_some())
    };
    stage.until("share-2", put).await;
    stage.good();
    let taken = |share: &ShareRecord| share.is_settled() && !share.certificate.is_empty();
    let record = stage.until(SHARE, taken).await;
    assert_eq!(record.fulfilment.state, Phase::Revoked, "{record:#?}");
    assert!(record.certificate_complete, "{record:#?}");
    granted(stage, "share-2").await;
    stage.reads(CONSUMER, "id").await.unwrap_err();
    revoke(stage, "share-2").await;
    stage.nothing_is_left(CONSUMER).await;
}

pub async fn role_deleted(stage: &mut Stage) {
    raw::create_role(&stage.cloud, CONSUMER, "reader").await;
    give(stage).await;
    stage.calm();
    raw::delete_role(&stage.cloud, CONSUMER, "reader").await;
    revoke(stage, SHARE).await;
    stage.nothing_is_left(CONSUMER).await;
}
