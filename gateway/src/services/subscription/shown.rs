//! Subscriptions as the protos show them.

use datamesh_actors::agreement::AgreementStatus;
use datamesh_actors::subscription::{
    DataZoneRecord, DataZoneStatus, Fulfilment, SUBSCRIPTIONS, Subscription, SubscriptionRecord,
};
use datamesh_proto::v1;

use crate::services::access;
use crate::services::json::timestamp;
use crate::services::record::Record;

impl Record for SubscriptionRecord {
    type Actor = Subscription;
    type Message = v1::Subscription;
    const COLLECTION: &'static str = SUBSCRIPTIONS;
    const NOUN: &'static str = "subscription";
    const NOT_FOUND: &'static str = "SUBSCRIPTION_NOT_FOUND";

    fn id(&self) -> &str {
        &self.subscription_id
    }

    fn is_last(&self) -> bool {
        let quiet = matches!(self.fulfilment, Fulfilment::Pending | Fulfilment::Revoked);
        self.status.is_over() && quiet
    }

    fn into_message(self) -> v1::Subscription {
        let asked = self.agreement.requests.last().map(|last| last.window);
        let window = self.window.or(asked).unwrap_or_default();
        v1::Subscription {
            status: access::status(self.status),
            asset_id: self.asset_id,
            asset_name: self.asset_name,
            domain_id: self.domain_id,
            project_id: self.consumer_project_id,
            consumer_account: self.consumer.account,
            consumer_region: self.consumer.region,
            principal: self.principal,
            scope: Some(access::shown_scope(self.granted.unwrap_or(self.asked))),
            valid_from: Some(timestamp(window.from_ms)),
            valid_until: window.until_ms.map(timestamp),
            fulfilment: Some(fulfilment(
                self.fulfilment,
                self.status,
                &self.status_reason,
            )),
            status_reason: self.status_reason,
            share_id: self.share_id,
            approval_id: self.approval_id.unwrap_or_default(),
            requests: self
                .agreement
                .requests
                .into_iter()
                .map(access::request)
                .collect(),
            data_zone: Some(data_zone(self.data_zone)),
            certificate: self.certificate.unwrap_or_default(),
            created_by: self.created_by,
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
            subscription_id: self.subscription_id,
        }
    }
}

/// How far it is; the steps are those of its share.
fn fulfilment(state: Fulfilment, status: AgreementStatus, reason: &str) -> v1::Fulfilment {
    use v1::fulfilment::State as Shown;
    let shown = match state {
        Fulfilment::Pending => Shown::Waiting,
        Fulfilment::Granting => Shown::Granting,
        Fulfilment::Granted => Shown::Granted,
        Fulfilment::Revoking => Shown::Revoking,
        Fulfilment::Revoked => Shown::Gone,
        Fulfilment::Failed => Shown::Failed,
        Fulfilment::Unreachable => Shown::Unreachable,
    };
    // The reason of an agreement that ended is not that of its fulfilment.
    let says_why = state == Fulfilment::Unreachable
        || (state == Fulfilment::Failed && status == AgreementStatus::Approved);
    v1::Fulfilment {
        state: shown.into(),
        reason: match says_why {
            true => reason.to_owned(),
            false => String::new(),
        },
        ..v1::Fulfilment::default()
    }
}

fn data_zone(record: DataZoneRecord) -> v1::DataZoneSubscription {
    let status = match record.status {
        DataZoneStatus::None => "",
        DataZoneStatus::Covered => "COVERED",
        DataZoneStatus::Requested => "REQUESTED",
        DataZoneStatus::Approved => "APPROVED",
        DataZoneStatus::Granted => "GRANTED",
        DataZoneStatus::Rejected => "REJECTED",
        DataZoneStatus::Revoked => "REVOKED",
    };
    v1::DataZoneSubscription {
        request_id: record.request_id.unwrap_or_default(),
        subscription_id: record.subscription_id.unwrap_or_default(),
        grant_id: record.grant_id.unwrap_or_default(),
        status: match record.reason.is_empty() {
            true => status.to_owned(),
            false => record.reason,
        },
    }
}

#[cfg(test)]
mod tests {
    use datamesh_actors::agreement::Scope;

    use super::*;

    #[test]
    fn what_is_given_is_shown_and_before_that_what_is_asked() {
        let of = |column: &str| Scope {
            columns: [column.to_owned()].into(),
            ..Scope::default()
        };
        let asked = SubscriptionRecord {
            asked: of("asked"),
            ..SubscriptionRecord::default()
        };
        let given = SubscriptionRecord {
            granted: Some(of("given")),
            ..asked.clone()
        };
        for (record, expected) in [(asked, "asked"), (given, "given")] {
            let columns = record.into_message().scope.map(|scope| scope.columns);
            assert_eq!(columns, Some(vec![expected.to_owned()]));
        }
    }

    #[test]
    fn why_datazone_is_not_in_step_is_said_in_the_place_of_its_status() {
        let record = DataZoneRecord {
            status: DataZoneStatus::Requested,
            ..DataZoneRecord::default()
        };
        assert_eq!(data_zone(record.clone()).status, "REQUESTED");
        let refused = DataZoneRecord {
            reason: "AccessDeniedException: no".to_owned(),
            ..record
        };
        assert_eq!(data_zone(refused).status, "AccessDeniedException: no");
        let covered = DataZoneRecord {
            status: DataZoneStatus::Covered,
            reason: "COVERED: DataZone has the request r1 of the same subscriber".to_owned(),
            ..DataZoneRecord::default()
        };
        assert_eq!(data_zone(covered.clone()).status, covered.reason);
    }
}
