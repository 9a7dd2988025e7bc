//! Calls that fail or whose answers are lost, reads that lag, and things that are gone.

use std::collections::BTreeSet;
use std::time::Duration;

use datamesh_localcloud::{Fault, FaultEffect, Times};

use super::*;
use crate::access::Location;
use crate::lakeformation::{LINK_NOT_SEEN, Trouble};

/// Calls that nothing is done without.
const OF_A_DATABASE: [(&str, &str); 11] = [
    ("lakeformation", "BatchGrantPermissions"),
    ("lakeformation", "BatchRevokePermissions"),
    ("lakeformation", "CreateDataCellsFilter"),
    ("lakeformation", "GetDataCellsFilter"),
    ("lakeformation", "DeleteDataCellsFilter"),
    ("lakeformation", "CreateLakeFormationOptIn"),
    ("lakeformation", "DeleteLakeFormationOptIn"),
    ("lakeformation", "ListLakeFormationOptIns"),
    ("glue", "CreateTable"),
    ("glue", "CreateDatabase"),
    ("glue", "DeleteTable"),
];
const OF_AN_ACCOUNT: [(&str, &str); 8] = [
    ("lakeformation", "GetDataLakeSettings"),
    ("lakeformation", "PutDataLakeSettings"),
    ("lakeformation", "RegisterResource"),
    ("lakeformation", "DeregisterResource"),
    ("lakeformation", "CreateLFTag"),
    ("lakeformation", "GetLFTag"),
    ("lakeformation", "UpdateLFTag"),
    ("lakeformation", "DeleteLFTag"),
];

fn fault(service: &str, operation: &str, effect: FaultEffect) -> Fault {
    Fault {
        service: Some(service.to_owned()),
        operation: Some(operation.to_owned()),
        ..Fault::once(effect)
    }
}

fn refusal(code: &str, message: &str) -> FaultEffect {
    FaultEffect::Error {
        status: 400,
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// Puts and takes until it is done; whatever is not done must ask to be tried again.
async fn until_done(stage: &Stage, ledger: &LedgerId, things: &[Thing]) {
    let backwards: Vec<Thing> = things.iter().rev().cloned().collect();
    for (present, things) in [(true, things), (false, &backwards)] {
        for round in 0.. {
            assert!(round < 4, "it never ends");
            let answers = match present {
                true => stage.put(ledger, things).await,
                false => stage.remove(ledger, things).await,
            };
            let mut failed = answers.into_iter().filter_map(Result::err).peekable();
            if failed.peek().is_none() {
                break;
            }
            for error in failed {
                assert_eq!(error.trouble, Trouble::Later, "{error}");
            }
        }
        let seen = loop {
            match see(&stage.world, ledger, things, &cx()).await {
                Ok(seen) => break seen,
                Err(error) => assert_eq!(error.trouble, Trouble::Later, "{error}"),
            }
        };
        assert_eq!(seen.present, vec![present; things.len()]);
    }
}

async fn with_every_call_failing_in_turn(
    ledger: &LedgerId,
    things: &[Thing],
    calls: &[(&str, &str)],
) {
    let stage = Stage::set().await;
    let mut struck = BTreeSet::new();
    for (service, operation) in calls {
        for effect in [
            FaultEffect::Throttle,
            FaultEffect::ServerError,
            FaultEffect::TimeoutBefore,
            FaultEffect::TimeoutAfter,
            refusal("ConcurrentModificationException", "another writer was here"),
        ] {
            stage
                .cloud
                .faults()
                .inject(fault(service, operation, effect));
            until_done(&stage, ledger, things).await;
            // So that the next round makes it again.
            let call = Stage::call(&ledger.account);
            let glue = stage.world.aws.glue(&call);
            let _ = glue.delete_database("links").await;
        }
    }
    for seen in stage.cloud.faults().seen() {
        struck.insert(seen.operation);
    }
    let named: BTreeSet<String> = calls.iter().map(|(_, name)| (*name).to_owned()).collect();
    let unstruck: Vec<_> = named.difference(&struck).collect();
    assert!(unstruck.is_empty(), "never called: {unstruck:?}");
}

#[tokio::test]
async fn the_things_of_a_database_survive_every_call_that_fails_or_is_lost() {
    with_every_call_failing_in_turn(&sales(), &of_a_database(), &OF_A_DATABASE).await;
}

#[tokio::test]
async fn the_things_of_an_account_survive_every_call_that_fails_or_is_lost() {
    let things = [
        Thing::Admin {
            principal: ANN.to_owned(),
        },
        Thing::Location(Location {
            arn: "arn:aws:s3:::lake/sales".to_owned(),
            role_arn: "arn:aws:iam::111122223333:role/lake".to_owned(),
            hybrid: true,
        }),
        Thing::TagKey {
            key: "tier".to_owned(),
            values: ["gold".to_owned(), "silver".to_owned()].into(),
        },
    ];
    with_every_call_failing_in_turn(&producer(), &things, &OF_AN_ACCOUNT).await;
}

#[tokio::test]
async fn an_entry_that_fails_fails_alone_and_says_what_it_means() {
    let stage = Stage::set().await;
    let things = [
        grant(ANN, column("id"), Permission::Select),
        grant(BOB, column("id"), Permission::Select),
    ];
    for (effect, trouble) in [
        (FaultEffect::Throttle, Trouble::Later),
        (FaultEffect::ServerError, Trouble::Later),
        (
            refusal("ConcurrentModificationException", ""),
            Trouble::Later,
        ),
    ] {
        let struck = fault("lakeformation", "BatchGrantPermissions.Entry", effect);
        stage.cloud.faults().inject(struck);
        let answers = stage.put(&sales(), &things).await;
        assert_eq!(answers[0].as_ref().unwrap_err().trouble, trouble);
        assert_eq!(answers[1], Ok(()));
        assert_eq!(stage.see(&sales(), &things).await.present, [false, true]);
        Stage::is_done(&stage.put(&sales(), &things).await);
        Stage::is_done(&stage.remove(&sales(), &things).await);
    }
}

#[tokio::test]
async fn one_that_cannot_be_does_not_keep_back_what_it_was_sent_with() {
    let stage = Stage::set().await;
    let things = [
        grant(ANN, column("id"), Permission::Select),
        grant(ANN, column("colour"), Permission::Select),
        grant("nobody", column("id"), Permission::Select),
        grant(ANN, Object::Table("gone".to_owned()), Permission::Describe),
    ];
    let answers = stage.put(&sales(), &things).await;
    assert_eq!(answers[0], Ok(()));
    let codes: Vec<_> = answers[1..]
        .iter()
        .map(|answer| {
            let error = answer.as_ref().unwrap_err();
            (error.trouble, error.code.as_str())
        })
        .collect();
    assert_eq!(
        codes,
        [
            (Trouble::Refused, "InvalidInputException"),
            (Trouble::Refused, "InvalidInputException"),
            (Trouble::Refused, "EntityNotFoundException"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_held_does_not_keep_what_is_held_from_being_taken() {
    let stage = Stage::set().await;
    let held = grant(ANN, orders(), Permission::Describe);
    let not_held = grant(ANN, orders(), Permission::Drop);
    Stage::is_done(&stage.put(&sales(), std::slice::from_ref(&held)).await);
    Stage::is_done(&stage.remove(&sales(), &[held, not_held]).await);
    assert_eq!(stage.rows(ANN).await, 0);
}

#[tokio::test]
async fn no_permissions_revoked_is_believed_only_after_a_read() {
    let stage = Stage::set().await;
    let things = [grant(ANN, orders(), Permission::Describe)];
    Stage::is_done(&stage.put(&sales(), &things).await);
    let message = "No permissions revoked. Grantee does not have: [DESCRIBE]";
    stage.cloud.faults().inject(Fault {
        times: Times::Count(2),
        ..fault(
            "lakeformation",
            "BatchRevokePermissions.Entry",
            refusal("InvalidInputException", message),
        )
    });
    let answers = stage.remove(&sales(), &things).await;
    assert_eq!(answers[0].as_ref().unwrap_err().trouble, Trouble::Later);
    assert_eq!(stage.rows(ANN).await, 1);
    Stage::is_done(&stage.remove(&sales(), &things).await);
    assert_eq!(stage.rows(ANN).await, 0);
}

#[tokio::test]
async fn a_link_that_is_made_and_not_seen_yet_is_nobody_elses() {
    let stage = Stage::set().await;
    let link = [Thing::Link(Link {
        database: "sales".to_owned(),
        name: "linked".to_owned(),
        table: "orders".to_owned(),
    })];
    let minute = Duration::from_secs(60);
    let stale = fault("glue", "GetTable", FaultEffect::Stale(minute));
    stage.cloud.faults().inject(stale);
    // The answer to who makes it is lost, and the read after the second try sees what was before.
    Stage::is_done(&stage.put(&sales(), &link).await);
    let answers = stage.put(&sales(), &link).await;
    let error = answers[0].as_ref().unwrap_err();
    assert_eq!(
        (error.trouble, error.code.as_str()),
        (Trouble::Refused, LINK_NOT_SEEN)
    );
    Stage::is_done(&stage.put(&sales(), &link).await);
}

#[tokio::test]
async fn a_dropped_table_and_a_dropped_database_block_nothing() {
    let stage = Stage::set().await;
    let things = of_a_database();
    Stage::is_done(&stage.put(&sales(), &things).await);
    let call = Stage::call(PRODUCER);
    let glue = stage.world.aws.glue(&call);
    let backwards: Vec<Thing> = things.iter().rev().cloned().collect();
    glue.delete_table("sales", "orders").await.unwrap();
    Stage::is_done(&stage.remove(&sales(), &backwards).await);
    glue.delete_database("sales").await.unwrap();
    Stage::is_done(&stage.remove(&sales(), &backwards).await);
    let seen = stage.see(&sales(), &things).await;
    assert_eq!(seen.present, vec![false; things.len()]);
}

#[tokio::test]
async fn an_account_that_cannot_be_acted_in_is_unreachable_and_asked_once() {
    let stage = Stage::set().await;
    stage.cloud.faults().inject(Fault {
        service: Some("lakeformation".to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Error {
            status: 403,
            code: "AccessDeniedException".to_owned(),
            message:
                "User: arn:aws:iam::111122223333:role/mesh is not authorized: the account is closed"
                    .to_owned(),
        })
    });
    let things = of_a_database();
    let answers = stage.remove(&sales(), &things).await;
    for answer in answers {
        assert_eq!(answer.unwrap_err().trouble, Trouble::Unreachable);
    }
    assert_eq!(stage.cloud.faults().seen().len(), 1);
}

#[tokio::test]
async fn a_link_that_was_taken_from_us_is_deleted_all_the_same() {
    let stage = Stage::set().await;
    let things = [Thing::Link(link("orders"))];
    Stage::is_done(&stage.put(&sales(), &things).await);
    let denied = "Insufficient Lake Formation permission(s): Required Drop on orders";
    stage.cloud.faults().inject(fault(
        "glue",
        "DeleteTable",
        refusal("AccessDeniedException", denied),
    ));
    stage.remove(&sales(), &things).await;
    assert_eq!(stage.see(&sales(), &things).await.present, [false]);
}
