//! The shipped blueprints, as `cfn-lint` judges them: the resource types' schemas, least values, regions.
//! Installs it into a virtual environment that the next run finds again; says so and ends where Python or
//! its packages cannot be had.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The version whose rules are known.
const CFN_LINT: &str = "cfn-lint==1.58.0";

/// The installed program; `Err` says why there is none.
fn installed() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cfn-lint");
    let binary = folder.join("bin/cfn-lint");
    // A virtual environment that was moved is there and does not run.
    if run(Command::new(&binary).arg("--version")).is_err() {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder))?;
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", CFN_LINT]))?;
    }
    Ok(binary)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(said(&output))
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn cfn_lint_finds_nothing_wrong_with_the_blueprints() {
    let cfn_lint = match installed() {
        Ok(binary) => binary,
        Err(why) => {
            println!("skipped: {CFN_LINT} cannot be installed here: {why}");
            return;
        }
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../blueprints");
    for name in ["project", "domain"] {
        let template = folder.join(name).with_extension("yaml");
        let output = Command::new(&cfn_lint)
            .args([
                "--include-checks",
                "I",
                "--regions",
                "eu-central-1",
                "us-east-1",
                "--",
            ])
            .arg(&template)
            .output()
            .unwrap();
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
    // It does find what is wrong.
    let wrong = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong.yaml");
    let text = std::fs::read_to_string(folder.join("project.yaml")).unwrap();
    std::fs::write(
        &wrong,
        text.replace("EnableKeyRotation", "EnableKeyRotatoin"),
    )
    .unwrap();
    let output = Command::new(&cfn_lint).arg(&wrong).output().unwrap();
    assert!(
        said(&output).contains("EnableKeyRotatoin"),
        "{}",
        said(&output)
    );
}
