//! How an environment is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::cx::Cx;
use crate::cli::failure::Failure;
use crate::cli::grid::{self, Column, Field, Tone, always, if_room, wide};
use crate::cli::{output, text};

/// The columns of a list.
pub const COLUMNS: &[Column] = &[
    always("PROJECT"),
    always("ENVIRONMENT"),
    always("STATUS"),
    if_room("DEPLOYMENT"),
    if_room("DRIFT"),
    if_room("HELD BY"),
    wide("STACK"),
    wide("DIGEST"),
];

/// A row of a list.
pub fn row(environment: &v1::Environment) -> Vec<Field> {
    vec![
        Field::plain(&environment.project_id),
        Field::plain(&environment.environment),
        status(environment),
        Field::plain(&environment.deployment_id),
        Field::plain(&environment.drift_status),
        Field::plain(&environment.held_by),
        Field::plain(&environment.stack_name),
        Field::faint(&environment.digest),
    ]
}

/// All that is known of it.
pub fn record(environment: &v1::Environment, now: Timestamp) -> Vec<(&'static str, Field)> {
    let mut outputs: Vec<String> = environment
        .outputs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    outputs.sort();
    vec![
        ("Project", Field::plain(&environment.project_id)),
        ("Environment", Field::plain(&environment.environment)),
        ("Status", status(environment)),
        ("Reason", Field::plain(&environment.status_reason)),
        ("Deployment", Field::plain(&environment.deployment_id)),
        ("Running", Field::plain(&environment.running_deployment_id)),
        ("Held by", Field::plain(&environment.held_by)),
        ("Stack", Field::plain(&environment.stack_name)),
        ("Outputs", Field::plain(outputs.join(", "))),
        ("Drift", Field::plain(&environment.drift_status)),
        (
            "Looked at",
            Field::plain(text::moment_and_age(
                environment.drift_checked_at.as_ref(),
                now,
            )),
        ),
        ("Digest", Field::faint(&environment.digest)),
        (
            "Changed",
            Field::plain(text::moment_and_age(environment.updated_at.as_ref(), now)),
        ),
        ("Etag", Field::faint(&environment.etag)),
    ]
}

/// Prints what was looked at, a line each.
pub fn checks(checks: &[v1::CheckResult], cx: &mut Cx<'_>) -> Result<(), Failure> {
    let columns = [always("CHECK"), always("RESULT"), if_room("SEEN")];
    let rows = checks
        .iter()
        .map(|check| {
            let (result, tone) = match check.passed {
                true => ("PASSED", Tone::Good),
                false => ("FAILED", Tone::Bad),
            };
            vec![
                Field::plain(&check.name),
                Field::toned(result, tone),
                Field::plain(&check.detail),
            ]
        })
        .collect();
    let text = grid::table(&columns, rows, true, cx.terminal);
    output::write(cx.terminal, &text)
}

fn status(environment: &v1::Environment) -> Field {
    use v1::environment::Status;
    let tone = match environment.status() {
        Status::Ready => Tone::Good,
        Status::Broken => Tone::Bad,
        Status::Deploying | Status::Deleting => Tone::Busy,
        Status::Empty | Status::Unspecified => Tone::Plain,
    };
    Field::toned(environment.status().as_str_name(), tone)
}
