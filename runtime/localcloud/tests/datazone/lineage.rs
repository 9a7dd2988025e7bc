//! Lineage from OpenLineage run events.

use aws_sdk_datazone::operation::get_lineage_node::GetLineageNodeOutput;
use aws_sdk_datazone::primitives::{Blob, DateTime};
use aws_sdk_datazone::types::{LineageEventProcessingStatus, OpenLineageRunState};
use serde_json::{Value, json};

use crate::stage::{SETTLED, Zone, zone};

const RUN: &str = "d46e465b-d358-4d32-83d4-df660ff614dd";

/// A run of the job `etl.daily` that reads orders and writes revenue, at a second of one hour.
fn run_event(second: u32) -> Value {
    json!({
        "eventType": "COMPLETE",
        "eventTime": format!("2026-01-31T12:00:{second:02}Z"),
        "producer": "https://example.com/producer",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN},
        "job": {"namespace": "etl", "name": "daily"},
        "inputs": [{"namespace": "s3://lake", "name": "orders"}],
        "outputs": [{
            "namespace": "s3://lake", "name": "revenue",
            "facets": {"columnLineage": {"fields": {"total": {"inputFields": [
                {"namespace": "s3://lake", "name": "orders", "field": "amount"},
            ]}}}},
        }],
    })
}

impl Zone {
    async fn post(&self, event: &Value) -> Result<String, String> {
        let post = self
            .client
            .post_lineage_event()
            .domain_identifier(&self.domain);
        match post.event(Blob::new(event.to_string())).send().await {
            Ok(posted) => Ok(posted.id().unwrap().to_owned()),
            Err(error) => Err(error.into_service_error().to_string()),
        }
    }

    async fn node(&self, identifier: &str) -> GetLineageNodeOutput {
        let get = self
            .client
            .get_lineage_node()
            .domain_identifier(&self.domain);
        get.identifier(identifier).send().await.unwrap()
    }
}

#[tokio::test]
async fn an_event_is_kept_as_it_came() {
    let zone = zone().await;
    let event = run_event(0);
    let id = zone.post(&event).await.unwrap();
    let get = || {
        let get = zone
            .client
            .get_lineage_event()
            .domain_identifier(&zone.domain);
        get.identifier(&id).send()
    };
    let got = get().await.unwrap();
    assert_eq!(
        got.processing_status(),
        Some(&LineageEventProcessingStatus::Processing)
    );
    assert_eq!(got.event().unwrap().as_ref(), event.to_string().as_bytes());
    assert_eq!(got.event_time(), Some(&DateTime::from_secs(1_769_860_800)));
    zone.clock.advance(SETTLED);
    let got = get().await.unwrap();
    assert_eq!(
        got.processing_status(),
        Some(&LineageEventProcessingStatus::Success)
    );

    zone.post(&run_event(5)).await.unwrap();
    let list = zone
        .client
        .list_lineage_events()
        .domain_identifier(&zone.domain);
    let listed = list.max_results(1).send().await.unwrap();
    assert_eq!(
        listed.items()[0].event_time(),
        Some(&DateTime::from_secs(1_769_860_805))
    );
    assert!(listed.next_token().is_some());
    let summary = listed.items()[0].event_summary().unwrap();
    let summary = summary.as_open_lineage_run_event_summary().unwrap();
    assert_eq!(summary.event_type(), Some(&OpenLineageRunState::Complete));
    assert_eq!(summary.job().unwrap().name(), Some("daily"));
}

#[tokio::test]
async fn a_token_posts_one_event() {
    let zone = zone().await;
    let post = |second: u32| {
        let post = zone
            .client
            .post_lineage_event()
            .domain_identifier(&zone.domain);
        let event = Blob::new(run_event(second).to_string());
        post.client_token("t").event(event).send()
    };
    let first = post(0).await.unwrap();
    assert_eq!(post(0).await.unwrap().id(), first.id());
    let other = post(1).await.unwrap_err().into_service_error();
    assert!(other.is_conflict_exception(), "{other}");
}

#[tokio::test]
async fn jobs_and_datasets_are_nodes_with_edges() {
    let zone = zone().await;
    zone.post(&run_event(0)).await.unwrap();
    let early = zone
        .client
        .get_lineage_node()
        .domain_identifier(&zone.domain);
    let early = early
        .identifier("etl.daily")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(early.is_resource_not_found_exception(), "{early}");
    zone.clock.advance(SETTLED);

    let job = zone.node("etl.daily").await;
    assert_eq!(job.type_name(), "amazon.datazone.JobLineageNodeType");
    let (input, output) = (&job.upstream_nodes()[0], &job.downstream_nodes()[0]);
    let orders = zone.node("s3://lake/orders").await;
    assert_eq!(input.id(), Some(orders.id()));
    assert_eq!(orders.downstream_nodes()[0].id(), Some(job.id()));
    let revenue = zone.node(output.id().unwrap()).await;
    assert_eq!(revenue.source_identifier(), Some("s3://lake/revenue"));
    let columns = revenue
        .forms_output()
        .iter()
        .find(|form| form.form_name() == "ColumnLineageForm");
    assert!(columns.unwrap().content().unwrap().contains("amount"));
    let run = zone.node(&format!("etl.daily/{RUN}")).await;
    assert_eq!(run.upstream_nodes()[0].id(), Some(orders.id()));
}

#[tokio::test]
async fn a_node_has_a_version_for_each_event() {
    let zone = zone().await;
    zone.post(&run_event(0)).await.unwrap();
    let mut second = run_event(9);
    second["inputs"] = json!([{"namespace": "s3://lake", "name": "refunds"}]);
    second["run"]["runId"] = json!("00000000-0000-0000-0000-000000000001");
    let second = zone.post(&second).await.unwrap();
    zone.clock.advance(SETTLED);
    let history = || async {
        let list = zone
            .client
            .list_lineage_node_history()
            .domain_identifier(&zone.domain);
        let listed = list.identifier("etl.daily").send().await.unwrap();
        listed.nodes().len()
    };
    assert_eq!(history().await, 2);
    let refunds = zone.node("s3://lake/refunds").await;
    assert_eq!(
        zone.node("etl.daily").await.upstream_nodes()[0].id(),
        Some(refunds.id())
    );
    let get = zone
        .client
        .get_lineage_node()
        .domain_identifier(&zone.domain);
    let before = get
        .identifier("etl.daily")
        .event_timestamp(DateTime::from_secs(1_769_860_803));
    let before = before.send().await.unwrap();
    let orders = zone.node("s3://lake/orders").await;
    assert_eq!(before.upstream_nodes()[0].id(), Some(orders.id()));

    let delete = zone
        .client
        .delete_lineage_event()
        .domain_identifier(&zone.domain);
    delete.identifier(&second).send().await.unwrap();
    assert_eq!(history().await, 1);
}

#[tokio::test]
async fn what_is_no_run_event_is_refused() {
    let zone = zone().await;
    let with = |pointer: &str, value: Value| {
        let mut event = run_event(0);
        *event.pointer_mut(pointer).unwrap() = value;
        event
    };
    for (event, part) in [
        (
            json!({"eventTime": "2026-01-31T12:00:00Z"}),
            "missing field",
        ),
        (with("/run/runId", json!("one")), "is no UUID"),
        (with("/eventTime", json!("yesterday")), "is no date-time"),
        (with("/eventType", json!("DONE")), "is not one of"),
        (with("/job/name", json!("")), "is empty"),
        (
            with("/producer", json!("x".repeat(300_000))),
            "are the most",
        ),
    ] {
        let refused = zone.post(&event).await.unwrap_err();
        assert!(refused.starts_with("ValidationException"), "{refused}");
        assert!(refused.contains(part), "{refused}");
    }
}
