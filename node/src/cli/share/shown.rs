//! How a share is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::access::{end_text, fulfilment_name, scope_text, state_text};
use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::Share {
    const NOUN: &'static str = "share";
    const MESSAGE: &'static str = "Share";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("ASSET"),
        always("ACCOUNT"),
        always("STATUS"),
        always("ACCESS"),
        if_room("HEALTH"),
        if_room("ENDS"),
        if_room("AGE"),
        wide("PRINCIPAL"),
        wide("TABLE"),
        wide("SUBSCRIPTION"),
        wide("REASON"),
    ];

    fn id(&self) -> &str {
        &self.share_id
    }

    fn name(&self) -> &str {
        &self.share_id
    }

    fn state(&self) -> String {
        state_text(self.status(), self.fulfilment.as_ref())
    }

    fn reason(&self) -> &str {
        reason(&self.status_reason, self.fulfilment.as_ref())
    }

    fn phase(&self, _: Goal) -> Phase {
        phase(self.status(), self.fulfilment.as_ref())
    }

    /// The record of a share stays.
    fn set_deleted(&mut self) {}

    fn row(&self, now: Timestamp) -> Vec<Field> {
        let health = self.health.as_ref().map(v1::AccessHealth::state);
        vec![
            Field::plain(&self.share_id),
            Field::plain(&self.asset_id),
            Field::plain(&self.target_account),
            Field::status(self.status().as_str_name()),
            Field::status(fulfilment_name(self.fulfilment.as_ref())),
            Field::status(health.unwrap_or_default().as_str_name()),
            Field::plain(end_text(self.valid_until.as_ref(), now)),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.principal),
            Field::plain(&self.glue_table),
            Field::plain(&self.subscription_id),
            Field::plain(self.reason()),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let moment = |time| Field::plain(text::moment_and_age(time, now));
        let fulfilment = self.fulfilment.clone().unwrap_or_default();
        let health = self.health.clone().unwrap_or_default();
        vec![
            ("Share", Field::plain(&self.share_id)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Reason", Field::plain(&self.status_reason)),
            (
                "Access",
                Field::status(fulfilment_name(self.fulfilment.as_ref())),
            ),
            ("Step", Field::plain(&fulfilment.step)),
            ("Why", Field::plain(&fulfilment.reason)),
            ("May be left", Field::plain(fulfilment.remains.join("; "))),
            ("Health", Field::status(health.state().as_str_name())),
            ("Seen", Field::plain(&health.detail)),
            ("Looked", moment(health.seen_at.as_ref())),
            ("Asset", Field::plain(&self.asset_id)),
            ("Domain", Field::plain(&self.domain_id)),
            ("Table", Field::plain(&self.glue_table)),
            ("From", place(&self.source_account, &self.source_region)),
            ("To", place(&self.target_account, &self.target_region)),
            ("Principal", Field::plain(&self.principal)),
            ("Permissions", Field::plain(self.permissions.join(", "))),
            ("What", Field::plain(scope_text(self.scope.as_ref()))),
            ("Begins", moment(self.valid_from.as_ref())),
            ("Ends", moment(self.valid_until.as_ref())),
            ("Resource link", Field::plain(&self.resource_link)),
            ("Subscription", Field::plain(&self.subscription_id)),
            ("Certificate", Field::plain(&self.certificate)),
            ("Asked by", Field::plain(&self.created_by)),
            ("Asked", moment(self.created_at.as_ref())),
            ("Changed", moment(self.updated_at.as_ref())),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}

fn place(account: &str, region: &str) -> Field {
    Field::plain(format!("{account} {region}").trim())
}

/// How far access is on its way: what waits for people or time is not on its way.
pub fn phase(status: v1::AgreementStatus, fulfilment: Option<&v1::Fulfilment>) -> Phase {
    use v1::fulfilment::State;
    match fulfilment.map(v1::Fulfilment::state) {
        Some(State::Granting | State::Revoking) => Phase::Running,
        Some(State::Failed | State::Unreachable) => Phase::Failed,
        _ if status == v1::AgreementStatus::Denied => Phase::Failed,
        _ => Phase::Done,
    }
}

/// Why it is so: what the fulfilment says, where it says something.
pub fn reason<'a>(status_reason: &'a str, fulfilment: Option<&'a v1::Fulfilment>) -> &'a str {
    match fulfilment.map(|fulfilment| fulfilment.reason.as_str()) {
        None | Some("") => status_reason,
        Some(reason) => reason,
    }
}
