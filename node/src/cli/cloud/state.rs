//! `datamesh cloud reset`, `seed`, `snapshot`, `restore`, `services`.

use std::path::{Path, PathBuf};

use clap::Args;
use datamesh_localcloud::{Seed as Document, SeedError};
use serde_json::{Value, json};

use super::At;
use super::client::Client;
use crate::cli::cx::Cx;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::globals::Format;
use crate::cli::grid::{Column, Field, always, wide};
use crate::cli::output;

/// What is deleted.
#[derive(Args, Debug)]
pub struct Reset {
    /// Only what this account has: 12 digits
    #[arg(long)]
    account: Option<String>,
}

/// Deletes it.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn reset(reset: Reset, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let client = Client::find(at, cx)?;
    let body = match &reset.account {
        Some(account) => json!({ "account": account }),
        None => Value::Null,
    };
    let answer = client.post("/control/reset", &body).await?;
    let what = match &reset.account {
        Some(account) => format!("account {account}"),
        None => "everything".to_owned(),
    };
    let fields = [("Reset", Field::plain(what))];
    output::one(cx.terminal, cx.globals.output, &fields, || {
        Ok(answer.clone())
    })
}

/// What is made.
#[derive(Args, Debug)]
pub struct Seed {
    /// A TOML or JSON file; runtime/localcloud/README.md shows one
    file: PathBuf,
}

/// Makes it.
///
/// # Errors
/// The file is no seed, or what the embedded AWS answers.
pub async fn seed(seed: Seed, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let document = read(&seed.file)?;
    let client = Client::find(at, cx)?;
    let answer = client.post("/control/seed", &json!(document)).await?;
    if matches!(cx.globals.output, Format::Json | Format::Yaml) {
        return output::document(cx.terminal, cx.globals.output, &answer);
    }
    let things = |name: &str, verb: &str| -> String {
        let things = answer[name].as_array().into_iter().flatten();
        things
            .filter_map(Value::as_str)
            .map(|thing| format!("{verb} {thing}\n"))
            .collect()
    };
    let text = things("made", "made ") + &things("found", "found");
    output::write(cx.terminal, &text)
}

/// Reads a seed and the files that it names.
///
/// # Errors
/// Exit code 3 if a file is not there, 6 if it is no seed.
pub fn read(file: &Path) -> Result<Document, Failure> {
    Document::read(file).map_err(|error| {
        let exit = match error {
            SeedError::File { .. } => Exit::NotFound,
            _ => Exit::Invalid,
        };
        Failure::new(exit, error.to_string())
    })
}

/// Where the copy goes.
#[derive(Args, Debug)]
pub struct Snapshot {
    /// A file of the server's machine that is not there yet
    file: PathBuf,
}

/// Copies everything.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn snapshot(snapshot: Snapshot, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    of_file("/control/snapshot", "Snapshot", &snapshot.file, at, cx).await
}

/// Where the copy is.
#[derive(Args, Debug)]
pub struct Restore {
    /// A snapshot on the server's machine
    file: PathBuf,
}

/// Puts it in the place of everything.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn restore(restore: Restore, at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    of_file("/control/restore", "Restored", &restore.file, at, cx).await
}

async fn of_file(
    path: &str,
    label: &str,
    file: &Path,
    at: &At,
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let client = Client::find(at, cx)?;
    let file = std::path::absolute(file)
        .map_err(|error| Failure::usage(format!("{} is no path: {error}", file.display())))?;
    let answer = client.post(path, &json!({ "path": file })).await?;
    let fields = [(label, Field::plain(file.display()))];
    output::one(cx.terminal, cx.globals.output, &fields, || {
        Ok(answer.clone())
    })
}

const COLUMNS: [Column; 4] = [
    always("SERVICE"),
    always("PROTOCOL"),
    always("COUNT"),
    wide("OPERATIONS"),
];

/// Lists the services.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn services(at: &At, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let answer = Client::find(at, cx)?.get("/control/services").await?;
    let rows = answer["services"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|service| {
            let operations = service["operations"].as_array().into_iter().flatten();
            let operations: Vec<&str> = operations.filter_map(Value::as_str).collect();
            let text = |name: &str| service[name].as_str().unwrap_or_default();
            vec![
                Field::plain(text("service")),
                Field::plain(text("protocol")),
                Field::plain(operations.len()),
                Field::plain(operations.join(", ")),
            ]
        })
        .collect();
    output::list(
        cx.terminal,
        cx.globals.output,
        &COLUMNS,
        rows,
        "no services",
        || Ok(answer.clone()),
    )
}
