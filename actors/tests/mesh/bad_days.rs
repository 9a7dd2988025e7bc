//! Every effect, run twice, failing before the deed, and losing its answer after it: in the end each thing
//! is there once, and nothing stays after the deletion.

use std::collections::BTreeSet;

use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::scenario::{build, built, strike};
use crate::stage::{Inventory, Stage, wrapped};
use crate::wrappers::{LostOnce, Twice};

/// Every AWS operation that an effect calls.
const OPERATIONS: [(&str, &str); 24] = [
    ("s3", "HeadBucket"),
    ("s3", "CreateBucket"),
    ("s3", "HeadObject"),
    ("s3", "ListObjectsV2"),
    ("s3", "PutObject"),
    ("s3", "DeleteObject"),
    ("s3", "DeleteBucket"),
    ("datazone", "CreateDomain"),
    ("datazone", "GetDomain"),
    ("datazone", "UpdateDomain"),
    ("datazone", "DeleteDomain"),
    ("datazone", "CreateProject"),
    ("datazone", "GetProject"),
    ("datazone", "UpdateProject"),
    ("datazone", "DeleteProject"),
    ("datazone", "CreateAsset"),
    ("datazone", "CreateAssetRevision"),
    ("datazone", "DeleteAsset"),
    ("datazone", "CreateListingChangeSet"),
    ("datazone", "GetListing"),
    ("datazone", "DeleteListing"),
    ("glue", "GetTable"),
    ("events", "PutEvents"),
    ("datazone", "ListProjects"),
];

fn strikes(effect: &FaultEffect, times: Times, probability: f64) -> Vec<Fault> {
    let fault = |(service, operation): (&str, &str)| Fault {
        service: Some(service.to_owned()),
        operation: Some(operation.to_owned()),
        times,
        probability,
        ..Fault::once(effect.clone())
    };
    OPERATIONS.into_iter().map(fault).collect()
}

/// Lives the whole life with these faults, and checks that they struck and left no trace.
async fn survive(stage: Stage, faults: impl Fn() -> Vec<Fault>) -> BTreeSet<String> {
    for fault in faults() {
        stage.cloud.faults().inject(fault);
    }
    build(&stage).await;
    stage.cloud.faults().clear();
    assert_eq!(stage.inventory().await, built());
    for fault in faults() {
        stage.cloud.faults().inject(fault);
    }
    strike(&stage).await;
    stage.cloud.faults().clear();
    assert_eq!(stage.inventory().await, Inventory::default());
    let seen = stage.cloud.faults().seen();
    seen.into_iter().map(|seen| seen.operation).collect()
}

/// All operations were struck. (A list of projects is read only to read back, after a loss.)
fn assert_all_struck(struck: &BTreeSet<String>) {
    for (_, operation) in OPERATIONS {
        assert!(
            struck.contains(operation) || operation == "ListProjects",
            "{operation} was never struck"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_is_run_twice() {
    let stage =
        Stage::set_with(|builder, world| wrapped(builder, world, Twice, Twice, Twice, Twice)).await;
    survive(stage, Vec::new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_effect_is_done_and_its_outcome_is_lost() {
    let stage = Stage::set_with(|builder, world| {
        wrapped(
            builder,
            world,
            LostOnce::new,
            LostOnce::new,
            LostOnce::new,
            LostOnce::new,
        )
    })
    .await;
    survive(stage, Vec::new).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_fails_once_before_the_deed() {
    let faults = || strikes(&FaultEffect::ServerError, Times::Count(1), 1.0);
    let struck = survive(Stage::set().await, faults).await;
    assert_all_struck(&struck);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_throttled_once() {
    let faults = || strikes(&FaultEffect::Throttle, Times::Count(1), 1.0);
    let struck = survive(Stage::set().await, faults).await;
    assert_all_struck(&struck);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_loses_its_answer_once_after_the_deed() {
    let faults = || strikes(&FaultEffect::TimeoutAfter, Times::Count(1), 1.0);
    let struck = survive(Stage::set().await, faults).await;
    assert_all_struck(&struck);
    assert!(
        struck.contains("ListProjects"),
        "the project was not read back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_go_wrong_in_every_way() {
    let faults = || {
        let mut all = strikes(&FaultEffect::TimeoutAfter, Times::Always, 0.2);
        all.extend(strikes(&FaultEffect::TimeoutBefore, Times::Always, 0.1));
        all.extend(strikes(&FaultEffect::ServerError, Times::Always, 0.1));
        all
    };
    survive(Stage::set().await, faults).await;
}

fn of_datazone(operation: &str, times: Times, effect: FaultEffect) -> Fault {
    Fault {
        service: Some("datazone".to_owned()),
        operation: Some(operation.to_owned()),
        times,
        ..Fault::once(effect)
    }
}

fn forbidden() -> FaultEffect {
    FaultEffect::Error {
        status: 403,
        code: "AccessDeniedException".to_owned(),
        message: "User is not permitted to perform the operation".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_a_lost_answer_leaves_nothing_behind() {
    let stage = Stage::set().await;
    let once = Times::Count(1);
    for operation in [
        "CreateDomain",
        "CreateProject",
        "CreateAsset",
        "CreateAssetRevision",
        "CreateListingChangeSet",
    ] {
        let faults = stage.cloud.faults();
        faults.inject(of_datazone(operation, once, FaultEffect::TimeoutAfter));
        faults.inject(of_datazone(operation, once, forbidden()));
    }
    build(&stage).await;
    stage.cloud.faults().clear();
    assert_eq!(stage.inventory().await, built());
    strike(&stage).await;
    assert_eq!(stage.inventory().await, Inventory::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_and_called_forbidden_is_gone() {
    let stage = Stage::set().await;
    build(&stage).await;
    for operation in ["GetDomain", "GetProject"] {
        let fault = of_datazone(operation, Times::Always, forbidden());
        stage.cloud.faults().inject(fault);
    }
    strike(&stage).await;
    stage.cloud.faults().clear();
    assert_eq!(stage.inventory().await, Inventory::default());
}
