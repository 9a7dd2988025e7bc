//! What one call costs the embedded AWS itself, without an SDK in front of it, and how that grows with what is
//! in there; beside it, the same call through the pools and the SDK. In memory, so that it is the work that is
//! measured and not the disk.
//!
//! `BENCH_CLOUD_PART` (default 1.0) scales how much is put in.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use datamesh_aws::CallCx;
use datamesh_localcloud::{LocalCloud, Options};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::report::{Measured, Report};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";
/// Calls of one measurement.
const CALLS: usize = 2_000;

/// Puts in a hundredth of everything, measures, puts in the rest, and measures again.
pub(crate) async fn run(report: &mut Report) -> anyhow::Result<()> {
    let part: f64 = std::env::var("BENCH_CLOUD_PART")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1.0);
    let scaled = |full: usize| ((full as f64 * part) as usize).max(100);
    let mut cloud = Cloud::open().await?;
    for (name, full) in [
        ("queues", 1_000),
        ("messages", 1_000_000),
        ("tables", 100_000),
        ("grants", 100_000),
        ("assets", 100_000),
    ] {
        let full = scaled(full);
        let mut filled = 0;
        for until in [full / 100, full] {
            let began = Instant::now();
            for at in filled..until {
                cloud.put(name, at).await?;
            }
            let filling = began.elapsed();
            filled = until;
            let probe = cloud.probe(name, until).await?;
            report.row(&format!("{}, of {until} {name}", probe.0), &probe.1, None);
            if until == full {
                report.note(&format!("{full} {name} were put in after {filling:.1?}"));
            }
        }
    }
    let measured = through_sdk(&cloud).await?;
    report.row(
        "glue GetTable through the pools and the SDK",
        &measured,
        None,
    );
    Ok(())
}

/// The call that was measured for tables, made as an effect makes it.
async fn through_sdk(cloud: &Cloud) -> anyhow::Result<Measured> {
    let aws = crate::bus::aws(&cloud.cloud);
    let home = CallCx::default();
    let mut measured = Measured::default();
    let began = Instant::now();
    for _ in 0..CALLS {
        let call = Instant::now();
        aws.glue(&home).get_table("sales", "table_7").await?;
        measured.latencies.push(call.elapsed());
    }
    measured.elapsed = began.elapsed();
    Ok(measured)
}

struct Cloud {
    cloud: LocalCloud,
    queue: String,
    domain: String,
    project: String,
    assets: Vec<String>,
}

impl Cloud {
    async fn open() -> anyhow::Result<Self> {
        let cloud = LocalCloud::open(Options {
            default_account: ACCOUNT.to_owned(),
            ..Options::in_memory()
        })?;
        let mut opened = Self {
            cloud,
            queue: String::new(),
            domain: String::new(),
            project: String::new(),
            assets: Vec::new(),
        };
        let queue = opened
            .json(
                "sqs",
                "AmazonSQS.CreateQueue",
                &json!({ "QueueName": "big" }),
            )
            .await?;
        opened.queue = text(&queue, "QueueUrl")?;
        let database = json!({ "DatabaseInput": { "Name": "sales" } });
        opened
            .json("glue", "AWSGlue.CreateDatabase", &database)
            .await?;
        opened
            .json("glue", "AWSGlue.CreateTable", &table("granted"))
            .await?;
        let domain = json!({
            "name": "bench",
            "domainExecutionRole": format!("arn:aws:iam::{ACCOUNT}:role/datazone"),
        });
        let domain = opened
            .rest("datazone", Method::POST, "/v2/domains", &domain)
            .await?;
        opened.domain = text(&domain, "id")?;
        let path = format!("/v2/domains/{}/projects", opened.domain);
        let project = opened
            .rest("datazone", Method::POST, &path, &json!({ "name": "bench" }))
            .await?;
        opened.project = text(&project, "id")?;
        Ok(opened)
    }

    /// Puts one in; messages go by tens.
    async fn put(&mut self, what: &str, at: usize) -> anyhow::Result<()> {
        match what {
            "queues" => {
                let input = json!({ "QueueName": format!("queue-{at}") });
                self.json("sqs", "AmazonSQS.CreateQueue", &input).await?;
            }
            "messages" if at.is_multiple_of(10) => {
                let entries: Vec<Value> = (0..10)
                    .map(|n| json!({ "Id": n.to_string(), "MessageBody": format!("message {at}") }))
                    .collect();
                let input = json!({ "QueueUrl": self.queue, "Entries": entries });
                self.json("sqs", "AmazonSQS.SendMessageBatch", &input)
                    .await?;
            }
            "tables" => {
                let input = table(&format!("table_{at}"));
                self.json("glue", "AWSGlue.CreateTable", &input).await?;
            }
            "grants" => {
                let input = grant(at);
                self.rest("lakeformation", Method::POST, "/GrantPermissions", &input)
                    .await?;
            }
            "assets" => {
                let path = format!("/v2/domains/{}/assets", self.domain);
                let input = json!({
                    "name": format!("asset {at}"),
                    "typeIdentifier": "amazon.datazone.GlueTableAssetType",
                    "owningProjectIdentifier": self.project,
                    "formsInput": [{
                        "formName": "GlueTableForm",
                        "typeIdentifier": "amazon.datazone.GlueTableFormType",
                        "content": json!({ "tableName": format!("table_{at}") }).to_string(),
                    }],
                });
                let made = self.rest("datazone", Method::POST, &path, &input).await?;
                self.assets.push(text(&made, "id")?);
            }
            _ => {}
        }
        Ok(())
    }

    /// The call that is measured, where `count` are in, spread over them.
    async fn probe(&self, what: &str, count: usize) -> anyhow::Result<(&'static str, Measured)> {
        let mut measured = Measured::default();
        let began = Instant::now();
        let mut name = "";
        for n in 0..CALLS {
            let at = n.wrapping_mul(7_919) % count;
            let call = Instant::now();
            name = match what {
                "queues" => {
                    let input = json!({ "QueueName": format!("queue-{at}") });
                    self.json("sqs", "AmazonSQS.GetQueueUrl", &input).await?;
                    "sqs GetQueueUrl"
                }
                "messages" => {
                    let input = json!({ "QueueUrl": self.queue });
                    self.json("sqs", "AmazonSQS.ReceiveMessage", &input).await?;
                    "sqs ReceiveMessage"
                }
                "tables" => {
                    let input = json!({ "DatabaseName": "sales", "Name": format!("table_{at}") });
                    self.json("glue", "AWSGlue.GetTable", &input).await?;
                    "glue GetTable"
                }
                "grants" => {
                    let input = json!({
                        "Principal": { "DataLakePrincipalIdentifier": principal(at) },
                        "Resource": on_table(),
                    });
                    self.rest("lakeformation", Method::POST, "/ListPermissions", &input)
                        .await?;
                    "lakeformation ListPermissions"
                }
                _ => {
                    let asset = self.assets.get(at).context("an asset")?;
                    let path = format!("/v2/domains/{}/assets/{asset}", self.domain);
                    self.rest("datazone", Method::GET, &path, &Value::Null)
                        .await?;
                    "datazone GetAsset"
                }
            };
            measured.latencies.push(call.elapsed());
        }
        measured.elapsed = began.elapsed().max(Duration::from_nanos(1));
        Ok((name, measured))
    }

    async fn json(&self, service: &str, target: &str, input: &Value) -> anyhow::Result<Value> {
        let request = signed(service, Method::POST, "/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        self.send(request, input).await
    }

    async fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        input: &Value,
    ) -> anyhow::Result<Value> {
        let request = signed(service, method, path).header("content-type", "application/json");
        self.send(request, input).await
    }

    async fn send(&self, request: http::request::Builder, input: &Value) -> anyhow::Result<Value> {
        let body = match input {
            Value::Null => Bytes::new(),
            input => Bytes::from(input.to_string()),
        };
        let answer = self.cloud.answer(request.body(body)?).await;
        let answer = answer.context("no answer")?;
        let status = answer.status();
        let body = answer.into_body();
        ensure!(
            status.is_success(),
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body)?
        })
    }
}

fn signed(service: &str, method: Method, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header("host", format!("{service}.{REGION}.amazonaws.com"))
        .header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, \
                 SignedHeaders=host, Signature=00"
            ),
        )
}

fn table(name: &str) -> Value {
    json!({
        "DatabaseName": "sales",
        "TableInput": {
            "Name": name,
            "StorageDescriptor": {
                "Columns": [{ "Name": "id", "Type": "bigint" }, { "Name": "total", "Type": "double" }],
                "Location": format!("s3://lake/{name}/"),
            },
        },
    })
}

fn principal(at: usize) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/reader-{at}")
}

fn on_table() -> Value {
    json!({ "Table": { "DatabaseName": "sales", "Name": "granted" } })
}

fn grant(at: usize) -> Value {
    json!({
        "Principal": { "DataLakePrincipalIdentifier": principal(at) },
        "Resource": on_table(),
        "Permissions": ["SELECT"],
    })
}

fn text(value: &Value, name: &str) -> anyhow::Result<String> {
    let found = value.get(name).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .with_context(|| format!("no {name} in {value}"))
}
