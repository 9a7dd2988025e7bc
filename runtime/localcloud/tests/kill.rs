//! A process that is killed while many are served has lost nothing that it answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use datamesh_localcloud::{LocalCloud, Options};
use http::Request;
use tokio::runtime::Runtime;

/// Names the file to the process that is to be killed, which is this program again.
const VICTIM: &str = "LOCALCLOUD_KILLED_WITH";
const TEST: &str = "what_was_answered_is_there_after_a_kill";
const CALLERS: usize = 8;

fn open(path: &Path) -> LocalCloud {
    LocalCloud::open(Options {
        path: Some(path.to_owned()),
        ..Options::in_memory()
    })
    .unwrap()
}

async fn ask(cloud: &LocalCloud, operation: &str, queue: &str) -> bool {
    let request = Request::post("/")
        .header("host", "sqs.eu-west-1.amazonaws.com")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260131/eu-west-1/sqs/aws4_request, \
             SignedHeaders=host, Signature=00",
        )
        .body(Bytes::from(format!(r#"{{"QueueName":"{queue}"}}"#)))
        .unwrap();
    cloud.answer(request).await.unwrap().status().is_success()
}

/// Makes queues, many at once, and says the name of each when it is answered; for 30 seconds at most.
async fn be_killed(path: &Path) {
    let cloud = open(path);
    let callers = (0..CALLERS).map(|caller| {
        let cloud = cloud.clone();
        tokio::spawn(async move {
            for n in 0.. {
                let queue = format!("queue-{caller}-{n}");
                assert!(ask(&cloud, "CreateQueue", &queue).await);
                println!("\nanswered {queue}");
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    tokio::time::sleep(Duration::from_secs(30)).await;
    drop(callers);
}

#[test]
fn what_was_answered_is_there_after_a_kill() {
    let runtime = Runtime::new().unwrap();
    if let Some(path) = std::env::var_os(VICTIM) {
        runtime.block_on(be_killed(&PathBuf::from(path)));
        std::process::exit(0);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let mut answered = BTreeSet::new();
    for round in 1..=3 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST, "--nocapture"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
        let mut fresh = 0;
        while fresh < 50 * round {
            let line = lines.next().expect("the victim ended by itself").unwrap();
            if let Some(queue) = line.strip_prefix("answered ") {
                fresh += usize::from(answered.insert(queue.to_owned()));
            }
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        // What it said while it was killed counts, too; a line may be cut off.
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        let whole = rest.len().saturating_sub(1);
        let rest = rest.iter().take(whole);
        answered.extend(rest.filter_map(|line| line.strip_prefix("answered ").map(str::to_owned)));
        let cloud = open(&path);
        for queue in &answered {
            assert!(
                runtime.block_on(ask(&cloud, "GetQueueUrl", queue)),
                "{queue} is gone"
            );
        }
    }
}
