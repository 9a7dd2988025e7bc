//! How a subscription is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::access::{end_text, fulfilment_name, scope_text, state_text};
use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::{share, text};

impl Resource for v1::Subscription {
    const NOUN: &'static str = "subscription";
    const MESSAGE: &'static str = "Subscription";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("ASSET"),
        always("PROJECT"),
        always("STATUS"),
        always("ACCESS"),
        if_room("ENDS"),
        if_room("AGE"),
        if_room("ASKED BY"),
        wide("ACCOUNT"),
        wide("PRINCIPAL"),
        wide("SHARE"),
        wide("REASON"),
    ];

    fn id(&self) -> &str {
        &self.subscription_id
    }

    fn name(&self) -> &str {
        &self.subscription_id
    }

    fn state(&self) -> String {
        state_text(self.status(), self.fulfilment.as_ref())
    }

    fn reason(&self) -> &str {
        share::reason(&self.status_reason, self.fulfilment.as_ref())
    }

    fn phase(&self, _: Goal) -> Phase {
        share::phase(self.status(), self.fulfilment.as_ref())
    }

    /// The record of a subscription stays.
    fn set_deleted(&mut self) {}

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.subscription_id),
            Field::plain(&self.asset_name),
            Field::plain(&self.project_id),
            Field::status(self.status().as_str_name()),
            Field::status(fulfilment_name(self.fulfilment.as_ref())),
            Field::plain(end_text(self.valid_until.as_ref(), now)),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.created_by),
            Field::plain(&self.consumer_account),
            Field::plain(&self.principal),
            Field::plain(&self.share_id),
            Field::plain(self.reason()),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let moment = |time| Field::plain(text::moment_and_age(time, now));
        let fulfilment = self.fulfilment.as_ref();
        let data_zone = self.data_zone.clone().unwrap_or_default();
        let reader = format!("{} {}", self.consumer_account, self.consumer_region);
        vec![
            ("Subscription", Field::plain(&self.subscription_id)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Reason", Field::plain(&self.status_reason)),
            ("Access", Field::status(fulfilment_name(fulfilment))),
            ("Asset", Field::plain(&self.asset_name)),
            ("Asset id", Field::plain(&self.asset_id)),
            ("Domain", Field::plain(&self.domain_id)),
            ("Project", Field::plain(&self.project_id)),
            ("Reads in", Field::plain(reader.trim())),
            ("Principal", Field::plain(&self.principal)),
            ("What", Field::plain(scope_text(self.scope.as_ref()))),
            ("Begins", moment(self.valid_from.as_ref())),
            ("Ends", moment(self.valid_until.as_ref())),
            ("Approval", Field::plain(&self.approval_id)),
            ("Share", Field::plain(&self.share_id)),
            ("DataZone", Field::plain(&data_zone.status)),
            ("In DataZone", Field::faint(&data_zone.subscription_id)),
            ("Certificate", Field::plain(&self.certificate)),
            ("Asked by", Field::plain(&self.created_by)),
            ("Asked", moment(self.created_at.as_ref())),
            ("Changed", moment(self.updated_at.as_ref())),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}
