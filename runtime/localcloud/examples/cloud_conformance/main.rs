//! Runs what was recorded from AWS (a folder of `*.jsonl`) against an embedded cloud and says how
//! many cases came out the same: `eventbridge_patterns 74/74`, one line a file. Files of other kinds
//! are left to whom they concern.
//!
//! Exit status: 0 if all came out the same, 1 if not, 2 if nothing could be run.

mod client;
mod cron_next_runs;
mod eventbridge_delivery_filters;
mod eventbridge_input_transform;
mod eventbridge_patterns;
mod eventbridge_stage;
#[allow(dead_code, reason = "shared with the workflows' own comparison")]
#[path = "../../../workflow/examples/conformance/mask.rs"]
mod mask;
mod schedule_expressions;
mod sqs;
mod sqs_form;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

const USAGE: &str = "usage: cloud_conformance [-v] FOLDER";

/// Runs one case on a cloud of its own: what differed, or nothing.
type Run = fn(&Value) -> Result<(), String>;

/// Who runs the files whose names start like this.
const KINDS: &[(&str, Run)] = &[
    ("cron_next_runs", cron_next_runs::run),
    (
        "eventbridge_delivery_filters",
        eventbridge_delivery_filters::run,
    ),
    (
        "eventbridge_input_transform",
        eventbridge_input_transform::run,
    ),
    ("eventbridge_patterns", eventbridge_patterns::run),
    ("schedule_expressions", schedule_expressions::run),
    ("sqs_traces", sqs::run),
];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cloud_conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let (mut verbose, mut folder) = (false, None);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "-v" | "--verbose" => verbose = true,
            other if other.starts_with('-') => return Err(format!("no option {other}\n{USAGE}")),
            "" => {}
            _ if folder.is_none() => folder = Some(PathBuf::from(argument)),
            other => return Err(format!("one folder only, not also {other}\n{USAGE}")),
        }
    }
    let folder = folder.ok_or_else(|| format!("name a folder of *.jsonl files\n{USAGE}"))?;
    let mut all_same = true;
    for (file, run) in recorded_files(&folder)? {
        all_same &= run_file(&file, run, verbose)?;
    }
    Ok(all_same)
}

/// The folder's files that a kind fits, by name.
fn recorded_files(folder: &Path) -> Result<Vec<(PathBuf, Run)>, String> {
    let unreadable = |error| format!("cannot read the folder {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let kind = KINDS.iter().find(|(kind, _)| name.starts_with(kind));
        if let (Some((_, run)), true) = (kind, name.ends_with(".jsonl")) {
            files.push((path.clone(), *run));
        }
    }
    if files.is_empty() {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        return Err(format!(
            "there is nothing to run in {}: a file's name starts with one of {}, and ends with .jsonl",
            folder.display(),
            kinds.join(", ")
        ));
    }
    files.sort();
    Ok(files)
}

fn run_file(file: &Path, run: Run, verbose: bool) -> Result<bool, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let (mut same, mut total) = (0, 0);
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let case: Value = serde_json::from_str(line)
            .map_err(|error| format!("{} line {}: {error}", file.display(), number + 1))?;
        total += 1;
        match run(&case) {
            Ok(()) => same += 1,
            Err(difference) if verbose => {
                println!("line {}: {}\n    {difference}", number + 1, name(&case));
            }
            Err(_) => {}
        }
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    println!("{stem} {same}/{total}");
    Ok(same == total)
}

fn name(case: &Value) -> &str {
    let name = case.get("name").or_else(|| case.get("expression"));
    name.and_then(Value::as_str)
        .unwrap_or("a case without a name")
}
