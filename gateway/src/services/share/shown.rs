//! Shares, their certificates and audit chains as the protos show them.

use datamesh_actors::access::Reread;
use datamesh_actors::audit::AuditEntry;
use datamesh_actors::share::{
    Certificate, Fulfilment, Health, HealthState, Phase, PlanAction, SHARES, Share, SharePlan,
    ShareRecord,
};
use datamesh_proto::v1;

use crate::services::access;
use crate::services::json::timestamp;
use crate::services::record::Record;

impl Record for ShareRecord {
    type Actor = Share;
    type Message = v1::Share;
    const COLLECTION: &'static str = SHARES;
    const NOUN: &'static str = "share";
    const NOT_FOUND: &'static str = "SHARE_NOT_FOUND";

    fn id(&self) -> &str {
        &self.share_id
    }

    fn is_last(&self) -> bool {
        let quiet = matches!(
            self.fulfilment.state,
            Phase::Pending | Phase::Revoked | Phase::Failed
        );
        self.status.is_over() && quiet
    }

    fn into_message(self) -> v1::Share {
        v1::Share {
            status: access::status(self.status),
            status_reason: self.status_reason,
            asset_id: self.asset_id,
            domain_id: self.domain_id,
            source_account: self.source.account,
            source_region: self.source.region,
            glue_table: match self.table.as_str() {
                "" => String::new(),
                table => format!("{}.{table}", self.database),
            },
            target_account: self.target.account,
            target_region: self.target.region,
            principal: self.principal,
            permissions: self.permissions.iter().map(ToString::to_string).collect(),
            scope: Some(access::shown_scope(self.scope)),
            valid_from: Some(timestamp(self.window.from_ms)),
            valid_until: self.window.until_ms.map(timestamp),
            resource_link: self.resource_link,
            fulfilment: Some(fulfilment(self.fulfilment)),
            health: Some(health(self.health)),
            requests: self.requests.into_iter().map(access::request).collect(),
            subscription_id: self.subscription_id,
            certificate: self.certificate,
            created_by: self.created_by,
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
            share_id: self.share_id,
        }
    }
}

fn fulfilment(fulfilment: Fulfilment) -> v1::Fulfilment {
    v1::Fulfilment {
        generation: i64::try_from(fulfilment.generation).unwrap_or(i64::MAX),
        state: phase(fulfilment.state).into(),
        step: fulfilment.step,
        reason: fulfilment.reason,
        steps: fulfilment
            .steps
            .into_iter()
            .map(|step| v1::FulfilmentStep {
                name: step.name,
                outcome: step.outcome,
                started_at: Some(timestamp(step.started_ms)),
                ended_at: step.ended_ms.map(timestamp),
            })
            .collect(),
        remains: fulfilment.remains,
    }
}

fn health(health: Health) -> v1::AccessHealth {
    v1::AccessHealth {
        state: seen(health.state).into(),
        detail: health.detail,
        seen_at: moment(health.seen_ms),
    }
}

fn phase(phase: Phase) -> v1::fulfilment::State {
    use v1::fulfilment::State as Shown;
    match phase {
        Phase::Pending => Shown::Waiting,
        Phase::Granting => Shown::Granting,
        Phase::Granted => Shown::Granted,
        Phase::Revoking => Shown::Revoking,
        Phase::Revoked => Shown::Gone,
        Phase::Failed => Shown::Failed,
        Phase::Unreachable => Shown::Unreachable,
    }
}

/// What the list of shares calls a state of fulfilment; empty for none.
pub fn phase_name(shown: v1::fulfilment::State) -> &'static str {
    let named = Phase::ALL.into_iter().find(|known| phase(*known) == shown);
    named.map(Phase::as_str).unwrap_or_default()
}

fn seen(state: HealthState) -> v1::access_health::State {
    use v1::access_health::State as Shown;
    match state {
        HealthState::Unknown => Shown::Unknown,
        HealthState::Healthy => Shown::Healthy,
        HealthState::Drifted => Shown::Drifted,
        HealthState::Unreachable => Shown::OutOfReach,
        HealthState::Verifying => Shown::Verifying,
    }
}

/// What the list of shares calls a state of health; empty for none.
pub fn health_name(shown: v1::access_health::State) -> &'static str {
    let states = [
        HealthState::Unknown,
        HealthState::Healthy,
        HealthState::Drifted,
        HealthState::Unreachable,
        HealthState::Verifying,
    ];
    let named = states.into_iter().find(|known| seen(*known) == shown);
    named.map(HealthState::as_str).unwrap_or_default()
}

/// A plan.
pub fn plan(share_id: String, plan: SharePlan) -> v1::SharePlan {
    use v1::share_plan_line::Action as Shown;
    v1::SharePlan {
        share_id,
        lines: plan
            .lines
            .into_iter()
            .map(|line| v1::SharePlanLine {
                action: match line.action {
                    PlanAction::Add => Shown::Add,
                    PlanAction::Remove => Shown::Remove,
                    PlanAction::Change => Shown::Change,
                }
                .into(),
                account: line.account,
                thing: line.thing,
            })
            .collect(),
        seen_at: moment(plan.seen_ms),
        unreachable: plan.unreachable,
    }
}

/// A certificate.
pub fn certificate(certificate: Certificate) -> v1::ShareCertificate {
    v1::ShareCertificate {
        share_id: certificate.share_id,
        complete: certificate.complete,
        removed: certificate.removed,
        kept: certificate.kept,
        remains: certificate.remains,
        rereads: certificate.rereads.into_iter().map(reread).collect(),
        issued_at: Some(timestamp(certificate.issued_ms)),
        hash: certificate.hash,
        text: certificate.text,
        audit_number: i32::try_from(certificate.audit_number).unwrap_or(i32::MAX),
        audit_hash: certificate.audit_hash,
    }
}

fn reread(reread: Reread) -> v1::CertificateReread {
    v1::CertificateReread {
        account: reread.account,
        operation: reread.operation,
        about: reread.about,
        found: reread.found,
        at: Some(timestamp(reread.at_ms)),
    }
}

/// An entry of an audit chain.
pub fn audit_entry(entry: AuditEntry) -> v1::AuditEntry {
    v1::AuditEntry {
        subject: entry.subject,
        number: i32::try_from(entry.number).unwrap_or(i32::MAX),
        time: Some(timestamp(entry.at_ms)),
        actor: entry.actor,
        action: entry.action,
        detail: entry.detail,
        previous_hash: entry.previous_hash,
        hash: entry.hash,
    }
}

/// A moment that may never have been: 0 is none.
fn moment(at_ms: i64) -> Option<prost_types::Timestamp> {
    (at_ms > 0).then(|| timestamp(at_ms))
}

#[cfg(test)]
mod tests {
    use datamesh_actors::agreement::AgreementStatus;

    use super::*;

    #[test]
    fn filters_find_what_is_shown() {
        for known in Phase::ALL {
            assert_eq!(phase_name(phase(known)), known.as_str());
        }
        assert_eq!(phase_name(v1::fulfilment::State::Unspecified), "");
        assert_eq!(
            health_name(v1::access_health::State::OutOfReach),
            "UNREACHABLE"
        );
        assert_eq!(health_name(v1::access_health::State::Unspecified), "");
    }

    #[test]
    fn whoever_follows_sees_a_share_to_its_end() {
        let share = |status, state| ShareRecord {
            status,
            fulfilment: Fulfilment {
                state,
                ..Fulfilment::default()
            },
            ..ShareRecord::default()
        };
        let table = [
            (AgreementStatus::Pending, Phase::Pending, false),
            (AgreementStatus::Approved, Phase::Granted, false),
            (AgreementStatus::Approved, Phase::Failed, false),
            (AgreementStatus::Revoked, Phase::Revoking, false),
            (AgreementStatus::Revoked, Phase::Unreachable, false),
            (AgreementStatus::Revoked, Phase::Revoked, true),
            (AgreementStatus::Denied, Phase::Pending, true),
        ];
        for (status, state, expected) in table {
            assert_eq!(share(status, state).is_last(), expected, "{state:?}");
        }
    }
}
