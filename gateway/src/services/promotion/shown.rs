//! Promotions as the protos show them.

use datamesh_actors::promotion::{PROMOTIONS, Promotion, PromotionRecord};
use datamesh_proto::v1;

use crate::services::json::timestamp;
use crate::services::record::Record;

impl Record for PromotionRecord {
    type Actor = Promotion;
    type Message = v1::Promotion;
    const COLLECTION: &'static str = PROMOTIONS;
    const NOUN: &'static str = "promotion";
    const NOT_FOUND: &'static str = "PROMOTION_NOT_FOUND";

    fn id(&self) -> &str {
        &self.request_id
    }

    fn into_message(self) -> v1::Promotion {
        use v1::promotion::Status as Shown;
        v1::Promotion {
            request_id: self.request_id,
            project_id: self.project_id,
            source_environment: self.source_environment,
            target_environment: self.target_environment,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            created_by: self.created_by,
            approved_by: self.approved_by.join(", "),
            approval_reason: self.approval_reason,
            rejection_reason: self.rejection_reason,
            completed_at: self.completed_ms.map(timestamp),
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            digest: self.digest,
            execution_id: self.execution_id,
            current_state: self.current_state,
            approval_id: self.approval_id.unwrap_or_default(),
            deployment_ids: self.deployment_ids,
            workflow_digest: self.workflow_digest,
            comment: self.comment,
            etag: self.version.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use datamesh_actors::promotion::Status;

    use super::*;

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for status in Status::ALL {
            let name = status.as_str();
            assert!(
                v1::promotion::Status::from_str_name(name).is_some(),
                "{name}"
            );
        }
    }
}
