//! How a permission is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, Tone, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::Permission {
    const NOUN: &'static str = "permission";
    const MESSAGE: &'static str = "Permission";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("PRINCIPAL"),
        always("ON"),
        always("PERMISSIONS"),
        always("STATUS"),
        if_room("NEEDED BY"),
        if_room("AGE"),
        wide("ACCOUNT"),
        wide("REASON"),
    ];

    fn id(&self) -> &str {
        &self.permission_id
    }

    fn name(&self) -> &str {
        &self.permission_id
    }

    fn state(&self) -> String {
        self.status().as_str_name().to_owned()
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, goal: Goal) -> Phase {
        use v1::permission::Status;
        match (self.status(), goal) {
            (Status::Putting | Status::Taking, _) => Phase::Running,
            (Status::InForce, Goal::Settled) | (Status::Taken, _) => Phase::Done,
            _ => Phase::Failed,
        }
    }

    fn set_deleted(&mut self) {
        self.status = v1::permission::Status::Taken as i32;
    }

    fn row(&self, now: Timestamp) -> Vec<Field> {
        let target = self.target.clone().unwrap_or_default();
        vec![
            Field::plain(&self.permission_id),
            Field::plain(short(&self.principal)),
            Field::plain(on(&target)),
            Field::plain(permissions(self)),
            status(self.status()),
            Field::plain(needed_by(&self.holders)),
            Field::plain(text::age(self.updated_at.as_ref(), now)),
            Field::plain(&target.account),
            Field::plain(&self.status_reason),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let target = self.target.clone().unwrap_or_default();
        let mut record = vec![
            ("Permission", Field::plain(&self.permission_id)),
            ("Principal", Field::plain(&self.principal)),
            ("On", Field::plain(on(&target))),
            (
                "In",
                Field::plain(format!("account {}, {}", target.account, target.region)),
            ),
            ("Permissions", Field::plain(permissions(self))),
            ("Status", status(self.status())),
            ("Reason", Field::plain(&self.status_reason)),
        ];
        for holder in &self.holders {
            record.push(("Needed by", Field::plain(holder_text(holder))));
        }
        record.push((
            "Changed",
            Field::plain(text::moment_and_age(self.updated_at.as_ref(), now)),
        ));
        record
    }
}

/// A status, with its tone.
pub fn status(status: v1::permission::Status) -> Field {
    use v1::permission::Status;
    let tone = match status {
        Status::InForce => Tone::Good,
        Status::NotPut | Status::Missing => Tone::Bad,
        Status::Taken => Tone::Plain,
        Status::Unspecified | Status::Putting | Status::Taking => Tone::Busy,
    };
    Field::toned(status.as_str_name(), tone)
}

/// Who needs it, in a sentence: `share-… (approved by ann, until 2026-12-24T00:00:00Z)`.
pub fn holder_text(holder: &v1::PermissionHolder) -> String {
    let who = match holder.agreement_id.as_str() {
        "" => holder.holder.clone(),
        agreement => agreement.to_owned(),
    };
    let mut known = Vec::new();
    if !holder.requested_by.is_empty() {
        known.push(format!("asked by {}", holder.requested_by));
    }
    if !holder.approved_by.is_empty() {
        known.push(format!("approved by {}", holder.approved_by));
    }
    if let Some(until) = &holder.until {
        known.push(format!("until {}", text::stamp(Some(until))));
    }
    if !holder.reason.is_empty() {
        known.push(holder.reason.clone());
    }
    match known.is_empty() {
        true => who,
        false => format!("{who} ({})", known.join(", ")),
    }
}

fn needed_by(holders: &[v1::PermissionHolder]) -> String {
    match holders {
        [] => "nobody".to_owned(),
        [one] if one.agreement_id.is_empty() => "itself".to_owned(),
        [one] => one.agreement_id.clone(),
        many => format!("{} agreements", many.len()),
    }
}

/// `SELECT, DESCRIBE (grantable: SELECT)`.
fn permissions(permission: &v1::Permission) -> String {
    let all = permission.permissions.join(", ");
    match permission.permissions_with_grant_option.as_slice() {
        [] => all,
        grantable => format!("{all} (grantable: {})", grantable.join(", ")),
    }
}

/// `sales.orders (id, amount)`.
fn on(target: &v1::PermissionTarget) -> String {
    let scope = target.scope.clone().unwrap_or_default();
    let mut some = Vec::new();
    if !scope.columns.is_empty() {
        some.push(scope.columns.join(", "));
    }
    if !scope.excluded_columns.is_empty() {
        some.push(format!("all but {}", scope.excluded_columns.join(", ")));
    }
    if !scope.row_filter.is_empty() {
        some.push(format!("where {}", scope.row_filter));
    }
    let some = match some.is_empty() {
        true => String::new(),
        false => format!(" ({})", some.join("; ")),
    };
    if !target.location.is_empty() {
        return target.location.clone();
    }
    if !target.tags.is_empty() {
        let mut tags: Vec<String> = target
            .tags
            .iter()
            .map(|(key, values)| format!("{key}={values}"))
            .collect();
        tags.sort();
        return format!("everything with {}", tags.join(" and "));
    }
    match (target.database.as_str(), target.table.as_str()) {
        ("", _) => "the catalogue".to_owned(),
        (database, "") => format!("database {database}"),
        (database, table) => format!("{database}.{table}{some}"),
    }
}

/// The part of an ARN that tells people apart; other principals as they are.
fn short(principal: &str) -> &str {
    match principal.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, _, _, _, name] => name,
        _ => principal,
    }
}
