//! What it costs to tell an event on the bus: the pools, the SDK's client and the embedded AWS on disk, with
//! the rule and the queue that a mesh has. Each event in a call of its own, and with others that are put at the
//! same time.
//!
//! CPU is that of this whole process, callers included. The embedded AWS's own part is measured without an SDK
//! in front of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use datamesh_aws::events::{Event, PutRule, Target};
use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_localcloud::{LocalCloud, Options};
use serde_json::json;

use crate::report::{Measured, Report};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";
const BUS: &str = "mesh";
/// One event in so many has a rule that wants it.
const WANTED: usize = 50;

/// Puts events with growing company, then the same ones with none in the way.
pub(crate) async fn run(length: Duration, report: &mut Report) -> anyhow::Result<()> {
    for callers in [1, 16, 64, 256] {
        for together in [false, true] {
            let folder = tempfile::tempdir()?;
            let cloud = LocalCloud::open(Options {
                path: Some(folder.path().join("cloud.db")),
                default_account: ACCOUNT.to_owned(),
                ..Options::in_memory()
            })?;
            let aws = aws(&cloud);
            prepare(&aws).await?;
            let before = cpu()?;
            let measured = put(&aws, callers, together, length).await?;
            let spent = cpu()?.saturating_sub(before);
            let how = if together { "together" } else { "each alone" };
            report.row(&format!("{callers} callers, {how}"), &measured, None);
            let events = measured.latencies.len().max(1);
            let pools = aws.pools();
            let calls = pools.iter().flat_map(|pool| &pool.operations);
            let calls: u64 = calls
                .filter(|operation| operation.operation == "PutEvents")
                .map(|operation| operation.calls)
                .sum();
            report.note(&format!(
                "{:.0} µs of CPU an event; {:.1} events a call",
                spent.as_secs_f64() * 1e6 / events as f64,
                events as f64 / calls.max(1) as f64,
            ));
        }
    }
    Ok(())
}

async fn put(
    aws: &Aws,
    callers: usize,
    together: bool,
    length: Duration,
) -> anyhow::Result<Measured> {
    let start = Instant::now();
    let tasks = (0..callers).map(|caller| {
        let aws = aws.clone();
        tokio::spawn(async move {
            let home = CallCx::default();
            let mut latencies = Vec::new();
            let mut n = caller;
            while start.elapsed() < length {
                let sent = Instant::now();
                let told = if together {
                    aws.events(&home).put_event(event(n)).await?
                } else {
                    let told = aws.events(&home).put_events(vec![event(n)]).await?;
                    told.into_iter().next().context("no result")?
                };
                told?;
                latencies.push(sent.elapsed());
                n += callers;
            }
            anyhow::Ok(latencies)
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut all = Measured::default();
    for task in tasks {
        all.latencies.extend(task.await??);
    }
    all.elapsed = start.elapsed();
    Ok(all)
}

/// As large as a change of an asset.
fn event(n: usize) -> Event {
    let detail = json!({
        "assetId": format!("asset-{n}"), "projectId": "project-1", "domainId": "domain-1",
        "description": "x".repeat(300), "by": "bench@example.com",
    });
    Event {
        bus: BUS.to_owned(),
        source: "management-app.assets".to_owned(),
        detail_type: if n.is_multiple_of(WANTED) {
            "Wanted"
        } else {
            "AssetUpdated"
        }
        .to_owned(),
        detail: detail.to_string(),
        resources: vec![format!("datamesh:event:{n}")],
        time_ms: Some(1_767_225_600_000),
    }
}

async fn prepare(aws: &Aws) -> anyhow::Result<()> {
    let home = CallCx::default();
    let events = aws.events(&home);
    events.create_event_bus(BUS).await?;
    let url = aws
        .sqs(&home)
        .create_queue("wanted", Default::default())
        .await?;
    let attributes = aws.sqs(&home).get_queue_attributes(&url).await?;
    let pattern = json!({ "source": ["management-app.assets"], "detail-type": ["Wanted"] });
    events
        .put_rule(PutRule {
            bus: BUS.to_owned(),
            name: "wanted".to_owned(),
            pattern: Some(pattern.to_string()),
            ..PutRule::default()
        })
        .await?;
    let target = Target {
        id: "wanted".to_owned(),
        arn: attributes.get("QueueArn").context("no ARN")?.clone(),
        ..Target::default()
    };
    events.put_targets(BUS, "wanted", vec![target]).await?;
    Ok(())
}

pub(crate) fn aws(cloud: &LocalCloud) -> Aws {
    let keys = cloud.clone();
    Aws::new(
        datamesh_aws::Options {
            region: Some(REGION.to_owned()),
            account: ACCOUNT.to_owned(),
            rates: [("*:*".to_owned(), 1_000_000.0)].into(),
            ..datamesh_aws::Options::default()
        },
        Connector::Embedded {
            http_client: cloud.http_client(),
            credentials: Arc::new(move |account: &str| keys.credentials(account)),
        },
        Arc::new(datamesh_aws::SystemClock::default()),
    )
}

/// What this process has used, in ticks of 10 ms.
fn cpu() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only Linux says")?;
    let Some((_, fields)) = stat.rsplit_once(')') else {
        bail!("/proc/self/stat is {stat}");
    };
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}
