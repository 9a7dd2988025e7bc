//! Runs recorded executions of Step Functions (a folder of `asl_*.jsonl`) through an evaluator and
//! says how many came out the same: `asl_pure_jsonpath 416/416`, one line a file.
//!
//! The evaluator is a command that answers one line of JSON with one line of JSON, as `datamesh
//! workflow eval --batch` does; it is another process, so that a crash costs one case.
//!
//! Exit status: 0 if all came out the same, 1 if not, 2 if nothing could be run.

mod case;
mod compare;
mod evaluator;
mod mask;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use case::Case;

const USAGE: &str = "usage: conformance [-v] --eval COMMAND FOLDER";

struct Options {
    verbose: bool,
    eval: String,
    folder: PathBuf,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool> {
    let options = options(std::env::args().skip(1))?;
    let mut all_same = true;
    for file in recorded_files(&options.folder)? {
        all_same &= run_file(&options, &file)?;
    }
    Ok(all_same)
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut arguments = arguments;
    let (mut verbose, mut eval, mut folder) = (false, None, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-v" | "--verbose" => verbose = true,
            "--eval" => eval = arguments.next(),
            other if other.starts_with('-') => bail!("no option {other}\n{USAGE}"),
            "" => {}
            _ if folder.is_none() => folder = Some(PathBuf::from(argument)),
            other => bail!("one folder only, not also {other}\n{USAGE}"),
        }
    }
    Ok(Options {
        verbose,
        eval: eval.context(USAGE)?,
        folder: folder.with_context(|| format!("name a folder of asl_*.jsonl files\n{USAGE}"))?,
    })
}

/// The folder's `asl_*.jsonl`, by name. Files of other kinds are not for us.
fn recorded_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| name.starts_with("asl_") && name.ends_with(".jsonl")) {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("there is no asl_*.jsonl in {}", folder.display());
    }
    files.sort();
    Ok(files)
}

fn run_file(options: &Options, file: &Path) -> Result<bool> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut cases = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let record: Value = serde_json::from_str(line)
            .with_context(|| format!("{} line {}", file.display(), number + 1))?;
        cases.push(Case::new(record));
    }
    let questions: Vec<Value> = cases.iter().map(Case::request).collect();
    let answers = evaluator::answers(&options.eval, &questions)?;
    let (mut same, total) = (0, cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        let differences = match answer {
            Ok(answer) => case.differences(&answer),
            Err(silence) => vec![silence],
        };
        if differences.is_empty() {
            same += 1;
        } else if options.verbose {
            println!("{}", case.name());
            for difference in differences {
                println!("    {difference}");
            }
        }
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    println!("{name} {same}/{total}");
    Ok(same == total)
}
