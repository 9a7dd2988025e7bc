//! Transcripts of the command line: each file in `transcripts/` holds commands and, below each, what a
//! person would see. Standard error is marked `2>`, an exit code other than 0 `exit`.
//!
//! `UPDATE_TRANSCRIPTS=1` writes what is seen now into the files; look at the difference before you
//! commit it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mesh;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use datamesh_node::cli::{self, Exit, Terminal};
use jiff::Timestamp;

#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Seen {
    out: String,
    err: String,
    exit: Exit,
}

async fn see(arguments: &[String], width: Option<usize>) -> Seen {
    let (out, err) = (Screen::default(), Screen::default());
    let mut terminal = Terminal {
        out: Box::new(out.clone()),
        err: Box::new(err.clone()),
        width,
        colour: false,
        live: false,
        now: Arc::new(|| Timestamp::new(mesh::NOW, 0).unwrap()),
    };
    let exit = cli::run(arguments, &mut terminal).await;
    Seen {
        out: out.text(),
        err: err.text(),
        exit,
    }
}

/// Plays the commands of a transcript again and gives the transcript as it is now.
async fn replay(recorded: &str) -> String {
    let address = mesh::serve().await;
    let url = format!("http://{address}");
    let mut seen = String::new();
    let mut width = None;
    for line in recorded.lines() {
        if let Some(columns) = line.strip_prefix("# width ") {
            width = columns.trim().parse().ok();
        }
        if line.starts_with("# ") {
            let blank = if seen.is_empty() { "" } else { "\n" };
            seen.push_str(&format!("{blank}{line}\n"));
        }
        let Some(command) = line.strip_prefix("$ ") else {
            continue;
        };
        let mut arguments = words(command);
        if !arguments.iter().any(|word| word == "--token") {
            arguments.extend(["--token".to_owned(), mesh::TOKEN.to_owned()]);
        }
        if !arguments.iter().any(|word| word == "--server") {
            arguments.extend(["--server".to_owned(), url.clone()]);
        }
        arguments.extend(["--admin-server".to_owned(), url.clone()]);
        let Seen { out, err, exit } = see(&arguments, width).await;
        seen.push_str(&format!("\n$ {command}\n{out}"));
        for line in err.lines() {
            seen.push_str(&format!("2> {line}\n"));
        }
        if exit != Exit::Ok {
            seen.push_str(&format!("exit {}\n", exit as u8));
        }
    }
    seen
}

/// The words of a command line; single quotes keep spaces.
fn words(command: &str) -> Vec<String> {
    command
        .split('\'')
        .enumerate()
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

async fn check(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(name);
    let recorded = std::fs::read_to_string(&file).unwrap();
    let seen = replay(&recorded).await;
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(&file, &seen).unwrap();
        return;
    }
    assert_eq!(seen, recorded, "{} is not what is seen now", file.display());
}

#[tokio::test]
async fn domains() {
    check("domain.txt").await;
}

#[tokio::test]
async fn projects() {
    check("project.txt").await;
}

#[tokio::test]
async fn assets() {
    check("asset.txt").await;
}

#[tokio::test]
async fn approvals() {
    check("approval.txt").await;
}

#[tokio::test]
async fn deployments() {
    check("deployment.txt").await;
}

#[tokio::test]
async fn promotions() {
    check("promotion.txt").await;
}

#[tokio::test]
async fn permissions() {
    check("permission.txt").await;
}

#[tokio::test]
async fn workflows() {
    check("workflow.txt").await;
}

#[tokio::test]
async fn subscriptions() {
    check("subscription.txt").await;
}

#[tokio::test]
async fn shares() {
    check("share.txt").await;
}

#[tokio::test]
async fn audit_chains() {
    check("audit.txt").await;
}

#[tokio::test]
async fn events() {
    check("event.txt").await;
}

#[tokio::test]
async fn operators() {
    check("operator.txt").await;
}

#[tokio::test]
async fn the_embedded_aws() {
    check("cloud.txt").await;
}

#[tokio::test]
async fn mistakes() {
    check("mistake.txt").await;
}

#[tokio::test]
async fn help() {
    check("help.txt").await;
}

#[tokio::test]
async fn completion_scripts_know_the_nouns() {
    for shell in ["bash", "zsh", "fish"] {
        let arguments = ["datamesh", "completion", shell].map(str::to_owned);
        let seen = see(&arguments, None).await;
        assert_eq!(seen.exit, Exit::Ok);
        assert!(seen.out.contains("asset"), "{shell}");
    }
}

#[tokio::test]
async fn progress_is_drawn_over_on_a_terminal() {
    let address = mesh::serve().await;
    let (out, err) = (Screen::default(), Screen::default());
    let mut terminal = Terminal {
        out: Box::new(out.clone()),
        err: Box::new(err.clone()),
        width: Some(100),
        colour: true,
        live: true,
        now: Arc::new(|| Timestamp::new(mesh::NOW, 0).unwrap()),
    };
    let server = format!("--server=http://{address}");
    let token = format!("--token={}", mesh::TOKEN);
    let command = [
        "datamesh",
        &server,
        &token,
        "domain",
        "create",
        "aviation",
        "--owner-group=a",
        "-w",
    ];

    let exit = cli::run(command, &mut terminal).await;

    assert_eq!(exit, Exit::Ok);
    let progress = err.text();
    assert!(
        progress.contains("\r\u{1b}[K⠋ domain aviation CREATING (0s)"),
        "{progress:?}"
    );
    assert!(
        progress.contains("\u{1b}[32m✓\u{1b}[0m domain aviation ACTIVE in "),
        "{progress:?}"
    );
    assert!(
        out.text()
            .contains("Status        \u{1b}[32mACTIVE\u{1b}[0m\n"),
        "{:?}",
        out.text()
    );
}
