//! Bad days: batches that fail in part, races, throttles, and lists that lag.

use std::time::Duration;

use aws_sdk_lakeformation::operation::batch_grant_permissions::BatchGrantPermissionsOutput;
use aws_sdk_lakeformation::types::{BatchPermissionsRequestEntry, Permission};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::stage::{
    ANALYST, Stage, columns, grant, orders, pages, principal, revoke, shown, stage,
};

const SELECT: &[Permission] = &[Permission::Select];

fn entry(id: &str, to: &str) -> BatchPermissionsRequestEntry {
    BatchPermissionsRequestEntry::builder()
        .id(id)
        .principal(principal(to))
        .resource(orders())
        .permissions(Permission::Select)
        .build()
        .unwrap()
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

fn failed(output: &BatchGrantPermissionsOutput) -> Vec<(String, String)> {
    let failures = output.failures().iter();
    failures
        .map(|failure| {
            let id = failure.request_entry().unwrap().id().to_owned();
            let code = failure.error().unwrap().error_code().unwrap();
            (id, code.to_owned())
        })
        .collect()
}

fn concurrent() -> FaultEffect {
    FaultEffect::Error {
        status: 400,
        code: "ConcurrentModificationException".to_owned(),
        message: "Two processes are trying to modify a resource simultaneously.".to_owned(),
    }
}

fn fault(operation: &str, effect: FaultEffect) -> Fault {
    Fault {
        service: Some("lakeformation".to_owned()),
        operation: Some(operation.to_owned()),
        ..Fault::once(effect)
    }
}

#[tokio::test]
async fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let stage = stage().await;
    let batch = stage.lake.batch_grant_permissions();
    let batch = batch
        .entries(entry("1", &role("a")))
        .entries(entry("2", "nobody"));
    let done = batch.entries(entry("3", &role("c"))).send().await.unwrap();
    assert_eq!(
        failed(&done),
        [("2".to_owned(), "InvalidInputException".to_owned())]
    );
    assert_eq!(
        shown(&stage.lake, orders()).await,
        ["a: columns *: SELECT", "c: columns *: SELECT"]
    );
    let batch = stage.lake.batch_revoke_permissions();
    let batch = batch
        .entries(entry("1", &role("a")))
        .entries(entry("2", &role("b")));
    let done = batch.send().await.unwrap();
    assert_eq!(done.failures().len(), 1);
    assert_eq!(shown(&stage.lake, orders()).await, ["c: columns *: SELECT"]);
}

#[tokio::test]
async fn a_batch_has_at_most_twenty_entries_with_ids_of_their_own() {
    let stage = stage().await;
    let send = |count: usize, same: bool| {
        let entries = (0..count).map(|index| {
            let id = if same { 0 } else { index };
            entry(&id.to_string(), &role(&format!("r{index}")))
        });
        let batch = stage.lake.batch_grant_permissions();
        batch.set_entries(Some(entries.collect())).send()
    };
    assert!(send(21, false).await.is_err());
    assert!(send(2, true).await.is_err());
    assert!(send(20, false).await.unwrap().failures().is_empty());
}

#[tokio::test]
async fn a_fault_can_strike_one_entry() {
    let stage = stage().await;
    let faults = stage.cloud.faults();
    faults.inject(fault("BatchGrantPermissions.Entry", concurrent()));
    faults.inject(fault("BatchGrantPermissions.Entry", FaultEffect::Throttle));
    let batch = || {
        let batch = stage.lake.batch_grant_permissions();
        let batch = batch
            .entries(entry("1", &role("a")))
            .entries(entry("2", &role("b")));
        batch.entries(entry("3", &role("c"))).send()
    };
    assert_eq!(
        failed(&batch().await.unwrap()),
        [
            ("1".to_owned(), "ConcurrentModificationException".to_owned()),
            ("2".to_owned(), "ThrottlingException".to_owned())
        ]
    );
    assert_eq!(shown(&stage.lake, orders()).await, ["c: columns *: SELECT"]);
    assert!(batch().await.unwrap().failures().is_empty());
    assert_eq!(faults.seen().len(), 2);
}

#[tokio::test]
async fn races_and_throttles_have_lake_formations_codes() {
    let stage = stage().await;
    let faults = stage.cloud.faults();
    faults.inject(fault("GrantPermissions", concurrent()));
    let grant = || grant(&stage.lake, ANALYST, orders(), SELECT, &[]);
    assert_eq!(
        grant().await.unwrap_err().0,
        "ConcurrentModificationException"
    );
    faults.inject(fault("GrantPermissions", FaultEffect::Throttle));
    assert_eq!(grant().await.unwrap_err().0, "ThrottlingException");
    grant().await.unwrap();
}

#[tokio::test]
async fn a_fault_for_every_operation_leaves_entries_alone() {
    let stage = stage().await;
    stage.cloud.faults().inject(Fault {
        times: Times::Count(1),
        ..Fault::once(FaultEffect::Latency(Duration::ZERO))
    });
    let batch = stage.lake.batch_grant_permissions();
    let done = batch.entries(entry("1", ANALYST)).send().await.unwrap();
    assert!(done.failures().is_empty());
}

#[tokio::test]
async fn lists_lag_behind_by_the_clock_and_reading_does_not() {
    let stage = stage().await;
    stage.grant(ANALYST, columns(&["id"]), SELECT).await;
    stage.clock.advance(Duration::from_secs(60));
    stage
        .cloud
        .faults()
        .lag_lists("lakeformation", Duration::from_secs(5));
    let list = || async { shown(&stage.lake, orders()).await };
    assert_eq!(
        list().await,
        ["analyst: columns id: SELECT"],
        "old writes are seen"
    );

    stage.revoke(ANALYST, columns(&["id"]), SELECT).await;
    stage.grant(&role("b"), orders(), SELECT).await;
    assert_eq!(list().await, ["analyst: columns id: SELECT"]);
    let analyst = stage.role(ANALYST).await;
    assert!(
        stage.reads(&analyst).await.is_err(),
        "a revoke counts at once"
    );
    assert!(
        revoke(&stage.lake, ANALYST, columns(&["id"]), SELECT)
            .await
            .unwrap_err()
            .1
            .starts_with("No permissions revoked")
    );
    stage.clock.advance(Duration::from_secs(4));
    assert_eq!(list().await, ["analyst: columns id: SELECT"]);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(list().await, ["b: columns *: SELECT"]);
}

#[tokio::test]
async fn a_lagging_list_keeps_its_pages() {
    let stage = stage().await;
    let faults = stage.cloud.faults();
    faults.lag_lists("lakeformation", Duration::from_secs(5));
    for name in ["a", "c", "e"] {
        stage.grant(&role(name), orders(), SELECT).await;
    }
    stage.clock.advance(Duration::from_secs(10));
    stage.grant(&role("b"), orders(), SELECT).await;
    stage.revoke(&role("c"), orders(), SELECT).await;
    assert_eq!(paged(&stage).await, ["a", "c", "e"]);
    stage.clock.advance(Duration::from_secs(10));
    assert_eq!(paged(&stage).await, ["a", "b", "e"]);
}

/// Who is listed on `orders`, one to a page.
async fn paged(stage: &Stage) -> Vec<String> {
    let entries = pages(&stage.lake, orders(), 1).await.concat();
    let names = entries.iter().map(|entry| {
        let shown = crate::stage::short(entry);
        shown.split_once(':').unwrap().0.to_owned()
    });
    names.collect()
}
