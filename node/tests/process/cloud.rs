//! `datamesh cloud`: the embedded AWS alone, and driven.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ExitStatus, Stdio};

use tempfile::TempDir;

use crate::{DATAMESH, Ended, command, run};

/// A running `datamesh cloud serve`, killed if the test does not stop it.
struct Served {
    child: Child,
    /// Where AWS clients reach it.
    endpoint: String,
    folder: TempDir,
}

impl Served {
    fn start(folder: TempDir, arguments: &[&str]) -> Self {
        let mut serve = command(DATAMESH, &folder);
        serve
            .args([
                "cloud",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                "data",
            ])
            .args(arguments);
        let mut child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let ready = lines.next().unwrap().unwrap();
        let (_, rest) = ready.split_once("is ready: http://").unwrap();
        let endpoint = rest.split(',').next().unwrap().to_owned();
        let end = lines.find(|line| line.as_ref().unwrap() == "Ctrl-C ends it");
        assert!(end.is_some());
        Self {
            child,
            endpoint,
            folder,
        }
    }

    /// `datamesh cloud …` on its data folder.
    fn cloud(&self, arguments: &[&str]) -> Ended {
        let mut cloud = command(DATAMESH, &self.folder);
        cloud.args(["cloud", "--data-dir", "data"]).args(arguments);
        run(cloud)
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.cloud(arguments);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
        ended.out
    }

    /// A request of any AWS client to SQS: the answer.
    fn sqs(&self, operation: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.endpoint).unwrap();
        let credential = "test/20260131/us-east-1/sqs/aws4_request";
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\
             \r\n{body}",
            self.endpoint,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn queues(&self) -> String {
        self.sqs("ListQueues", "{}")
    }

    fn stop(mut self) -> (ExitStatus, TempDir) {
        let id = self.child.id().to_string();
        let killed = std::process::Command::new("kill")
            .args(["-INT", &id])
            .status();
        assert!(killed.unwrap().success());
        let status = self.child.wait().unwrap();
        (
            status,
            std::mem::replace(&mut self.folder, TempDir::new().unwrap()),
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_embedded_aws_runs_alone_and_is_driven() {
    let folder = TempDir::new().unwrap();
    let seed = "[[queue]]\nname = \"orders\"\n";
    std::fs::write(folder.path().join("seed.toml"), seed).unwrap();
    let control = [
        "--control",
        "127.0.0.1:0",
        "--clock",
        "2026-01-31T12:00:00Z",
    ];
    let served = Served::start(folder, &control);

    assert_eq!(served.done(&["seed", "seed.toml"]), "made  queue orders\n");
    assert_eq!(served.done(&["seed", "seed.toml"]), "found queue orders\n");
    served.done(&[
        "fault",
        "add",
        "throttle",
        "--service",
        "sqs",
        "--operation",
        "ListQueues",
    ]);
    assert!(served.queues().contains("RequestThrottled"));
    assert!(served.queues().contains("/orders"));
    let seen = served.done(&["fault", "seen"]);
    assert!(
        seen.contains("throttle") && seen.contains("ListQueues"),
        "{seen}"
    );
    let left = served.done(&["fault", "list", "-o", "json"]);
    assert_eq!(left, "{\n  \"faults\": []\n}\n");

    let clock = served.done(&["clock", "step", "36h"]);
    assert!(clock.contains("2026-02-02T00:00:00Z"), "{clock}");
    assert!(clock.contains("STOPPED"), "{clock}");

    served.done(&["snapshot", "one.db"]);
    assert_eq!(served.cloud(&["snapshot", "one.db"]).status.code(), Some(5));
    served.done(&["reset"]);
    assert!(!served.queues().contains("/orders"));
    served.done(&["restore", "one.db"]);
    assert!(served.queues().contains("/orders"));
    assert!(served.done(&["services"]).contains("datazone"));

    let wrong = served.cloud(&["fault", "add", "trottle"]);
    assert_eq!(wrong.status.code(), Some(6));
    assert!(
        wrong.err.contains("`trottle` is no effect"),
        "{}",
        wrong.err
    );
    let stranger = served.cloud(&["clock", "show", "--control-token", "not-the-token-of-it"]);
    assert_eq!(stranger.status.code(), Some(4), "{}", stranger.err);
    let second = served.cloud(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(5));
    assert!(
        second.err.contains("is in use by another process"),
        "{}",
        second.err
    );

    let (status, folder) = served.stop();
    assert_eq!(status.code(), Some(0));
    assert!(!folder.path().join("data/localcloud-control.json").exists());
    let again = Served::start(folder, &[]);
    assert!(again.queues().contains("/orders"), "it lasts");
    let closed = again.cloud(&["clock", "show"]);
    assert_eq!(closed.status.code(), Some(7), "{}", closed.err);
    assert!(
        closed.err.contains("no embedded AWS is driven from"),
        "{}",
        closed.err
    );
}

#[test]
fn an_embedded_aws_in_memory_leaves_nothing() {
    let served = Served::start(TempDir::new().unwrap(), &["--memory"]);
    let made = served.sqs("CreateQueue", "{\"QueueName\": \"orders\"}");
    assert!(made.contains("/000000000000/orders"), "{made}");
    let (status, folder) = served.stop();
    assert_eq!(status.code(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
