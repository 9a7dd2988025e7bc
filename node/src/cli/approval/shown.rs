//! How an approval is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::globals::Format;
use crate::cli::grid::{self, Column, Field, always, if_room, wide};
use crate::cli::terminal::Terminal;
use crate::cli::text;

/// The columns of a list.
pub const COLUMNS: &[Column] = &[
    always("ID"),
    always("SUBJECT"),
    always("STATUS"),
    if_room("STAGE"),
    if_room("ASKED BY"),
    if_room("DEADLINE"),
    wide("PROJECT"),
    wide("EXECUTION"),
];

/// A row of a list.
pub fn row(approval: &v1::Approval, now: Timestamp) -> Vec<Field> {
    vec![
        Field::plain(&approval.approval_id),
        Field::plain(&approval.subject),
        Field::status(approval.status().as_str_name()),
        Field::plain(open_stage(approval)),
        Field::plain(&approval.requested_by),
        Field::plain(text::age(approval.approval_deadline.as_ref(), now)),
        Field::plain(&approval.project_id),
        Field::plain(&approval.execution_id),
    ]
}

/// All that is known of it, but for stages and history.
pub fn record(approval: &v1::Approval, now: Timestamp) -> Vec<(&'static str, Field)> {
    let moment = |time| Field::plain(text::moment_and_age(time, now));
    vec![
        ("Approval", Field::plain(&approval.subject)),
        ("Id", Field::plain(&approval.approval_id)),
        ("Status", Field::status(approval.status().as_str_name())),
        ("Reason", Field::plain(&approval.status_reason)),
        ("Message", Field::plain(&approval.message)),
        ("Open stage", Field::plain(open_stage(approval))),
        ("Asked by", Field::plain(&approval.requested_by)),
        ("Project", Field::plain(&approval.project_id)),
        ("Execution", Field::plain(&approval.execution_id)),
        ("Digest", Field::plain(&approval.digest)),
        ("Deadline", moment(approval.approval_deadline.as_ref())),
        ("Escalates", moment(approval.escalates_at.as_ref())),
        ("Created", moment(approval.created_at.as_ref())),
        ("Changed", moment(approval.updated_at.as_ref())),
        ("Etag", Field::faint(&approval.etag)),
    ]
}

/// The stages and the history, for people; nothing for programs.
pub fn tables(approval: &v1::Approval, format: Format, terminal: &Terminal) -> String {
    if matches!(format, Format::Json | Format::Yaml) {
        return String::new();
    }
    let everything = format == Format::Wide;
    let mut text = String::new();
    let stages = approval.stages.iter().map(stage).collect();
    let history = approval.history.iter().map(entry).collect();
    for (columns, rows) in [(STAGES, stages), (HISTORY, history)] {
        let rows: Vec<Vec<Field>> = rows;
        if !rows.is_empty() {
            text.push('\n');
            text.push_str(&grid::table(columns, rows, everything, terminal));
        }
    }
    text
}

const STAGES: &[Column] = &[
    always("STAGE"),
    always("YESES"),
    always("SAID BY"),
    if_room("MAY DECIDE"),
];

fn stage(stage: &v1::ApprovalStage) -> Vec<Field> {
    let groups = stage.groups.iter().map(|group| format!("group:{group}"));
    let people: Vec<String> = stage.users.iter().cloned().chain(groups).collect();
    vec![
        Field::plain(&stage.stage_name),
        Field::plain(format!(
            "{} of {}",
            stage.approved_by.len(),
            stage.threshold
        )),
        Field::plain(stage.approved_by.join(", ")),
        Field::plain(people.join(", ")),
    ]
}

const HISTORY: &[Column] = &[
    always("TIME"),
    always("WHAT"),
    always("WHO"),
    if_room("FOR OR TO"),
    if_room("COMMENT"),
    wide("HASH"),
];

fn entry(entry: &v1::ApprovalEntry) -> Vec<Field> {
    vec![
        Field::plain(text::stamp(entry.time.as_ref())),
        Field::plain(&entry.action),
        Field::plain(&entry.actor),
        Field::plain(&entry.on_behalf_of),
        Field::plain(&entry.comment),
        Field::faint(&entry.hash),
    ]
}

/// The stage that is open: its number, and its name.
fn open_stage(approval: &v1::Approval) -> String {
    let number = approval.open_stage;
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    match index.and_then(|index| approval.stages.get(index)) {
        Some(stage) => format!("{number} {}", stage.stage_name),
        None => String::new(),
    }
}
