//! Approvals as the protos show them.

use datamesh_actors::approval::{APPROVALS, Approval, ApprovalRecord, Entry, Stage, StepRecord};
use datamesh_proto::v1;

use crate::services::json::{timestamp, to_struct};
use crate::services::record::Record;

impl Record for ApprovalRecord {
    type Actor = Approval;
    type Message = v1::Approval;
    const COLLECTION: &'static str = APPROVALS;
    const NOUN: &'static str = "approval";
    const NOT_FOUND: &'static str = "APPROVAL_NOT_FOUND";

    fn id(&self) -> &str {
        &self.approval_id
    }

    /// Without its history, which is not in the record.
    fn into_message(self) -> v1::Approval {
        let open_stage = self.open_stage().map_or(0, |index| index + 1);
        let delegations = self.delegations.iter();
        v1::Approval {
            open_stage: i32::try_from(open_stage).unwrap_or_default(),
            requested_by: self.requested_by.name().to_owned(),
            delegations: delegations
                .map(|delegation| v1::ApprovalDelegation {
                    from: delegation.from.name().to_owned(),
                    to: delegation.to.clone(),
                })
                .collect(),
            approval_id: self.approval_id,
            subject: self.subject,
            message: self.message,
            status: v1::approval::Status::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            project_id: self.project_id,
            execution_id: self.execution_id,
            digest: self.digest,
            stages: self.stages.into_iter().map(stage).collect(),
            approval_deadline: Some(timestamp(self.deadline_ms)),
            escalates_at: self.escalates_ms.map(timestamp),
            escalated: self.escalated,
            history: Vec::new(),
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            details: Some(to_struct(self.details)),
            etag: self.version.to_string(),
        }
    }
}

/// An approval in a list: without the details, which may be long.
pub fn in_a_list(record: ApprovalRecord) -> v1::Approval {
    v1::Approval {
        details: None,
        ..record.into_message()
    }
}

fn stage(stage: Stage) -> v1::ApprovalStage {
    v1::ApprovalStage {
        stage_name: stage.name,
        groups: stage.groups,
        users: stage.users,
        threshold: i32::try_from(stage.threshold).unwrap_or(i32::MAX),
        approved_by: stage
            .yeses
            .iter()
            .map(|yes| yes.by.name().to_owned())
            .collect(),
    }
}

/// An entry of a history.
pub fn entry(entry: Entry) -> v1::ApprovalEntry {
    v1::ApprovalEntry {
        number: i32::try_from(entry.number).unwrap_or(i32::MAX),
        time: Some(timestamp(entry.at_ms)),
        actor: entry.actor,
        action: entry.action.as_str().to_owned(),
        stage: i32::try_from(entry.stage).unwrap_or(i32::MAX),
        comment: entry.comment,
        on_behalf_of: entry.on_behalf_of,
        previous_hash: entry.previous_hash,
        hash: entry.hash,
        approval_id: entry.approval_id,
        digest: entry.digest,
    }
}

/// A stage as the table has it.
pub fn step(step: StepRecord) -> v1::ApprovalStep {
    v1::ApprovalStep {
        workflow_id: step.workflow_id,
        step_number: i32::try_from(step.step_number).unwrap_or(i32::MAX),
        step_name: step.step_name,
        status: step.status,
        approver: step.approver,
        approval_deadline: Some(timestamp(step.deadline_ms)),
        approval_comment: step.approval_comment,
        escalation_required: step.escalation_required,
    }
}

#[cfg(test)]
mod tests {
    use datamesh_actors::approval::Status;

    use super::*;

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for status in Status::ALL {
            let name = status.as_str();
            assert!(
                v1::approval::Status::from_str_name(name).is_some(),
                "{name}"
            );
        }
    }
}
