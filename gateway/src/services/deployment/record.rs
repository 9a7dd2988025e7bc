//! Deployments, environments and checks, as the protos show them.

use datamesh_actors::deployment::{
    CHECKS, CheckRecord, CheckResult, DEPLOYMENTS, DeploymentRecord, ENVIRONMENTS, Environment,
    EnvironmentRecord, EnvironmentStatus, StackChange,
};
use datamesh_proto::v1;

use crate::services::json::timestamp;
use crate::services::record::Record;

impl Record for EnvironmentRecord {
    type Actor = Environment;
    type Message = v1::Environment;
    const COLLECTION: &'static str = ENVIRONMENTS;
    const NOUN: &'static str = "environment";
    const NOT_FOUND: &'static str = "ENVIRONMENT_NOT_FOUND";

    fn id(&self) -> &str {
        &self.environment_id
    }

    fn deleted(mut self) -> Self {
        self.status = EnvironmentStatus::Empty;
        self.cfn_stack_id = None;
        self.deployment_id = None;
        self.running_deployment_id = None;
        self.digest.clear();
        self.outputs.clear();
        self
    }

    fn into_message(self) -> v1::Environment {
        use v1::environment::Status as Shown;
        v1::Environment {
            project_id: self.project_id,
            environment: self.environment,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            stack_name: self.stack_name,
            cfn_stack_id: self.cfn_stack_id.unwrap_or_default(),
            deployment_id: self.deployment_id.unwrap_or_default(),
            digest: self.digest,
            running_deployment_id: self.running_deployment_id.unwrap_or_default(),
            held_by: self.held_by.unwrap_or_default(),
            outputs: self.outputs.into_iter().collect(),
            drift_status: self.drift_status.as_str().to_owned(),
            drift_checked_at: self.drift_checked_ms.map(timestamp),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
        }
    }
}

impl Record for DeploymentRecord {
    type Actor = Environment;
    type Message = v1::Deployment;
    const COLLECTION: &'static str = DEPLOYMENTS;
    const NOUN: &'static str = "deployment";
    const NOT_FOUND: &'static str = "DEPLOYMENT_NOT_FOUND";

    fn id(&self) -> &str {
        &self.deployment_id
    }

    fn actor_id(&self) -> &str {
        &self.environment_id
    }

    fn is_last(&self) -> bool {
        self.is_ended()
    }

    fn into_message(self) -> v1::Deployment {
        use v1::deployment::Status as Shown;
        let duration = self.duration_s();
        let expiration_time = Some(timestamp(self.expires_ms()));
        v1::Deployment {
            deployment_id: self.deployment_id,
            project_id: self.project_id,
            environment: self.environment,
            cfn_stack_id: self.cfn_stack_id.unwrap_or_default(),
            deployed_by: self.deployed_by,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            step: self.step,
            start_time: Some(timestamp(self.start_ms)),
            end_time: self.end_ms.map(timestamp),
            duration,
            error_message: self.error_message,
            rollback_reason: self.rollback_reason,
            tags: self.tags.into_iter().collect(),
            change: self.change.map_or("", StackChange::as_str).to_owned(),
            changes: self
                .changes
                .into_iter()
                .map(|change| v1::ResourceChange {
                    action: change.action,
                    logical_resource_id: change.logical_id,
                    physical_resource_id: change.physical_id,
                    resource_type: change.resource_type,
                    replacement: change.replacement,
                    scope: change.scope,
                })
                .collect(),
            outputs: self.outputs.into_iter().collect(),
            events: self
                .events
                .into_iter()
                .map(|event| v1::StackEvent {
                    time: Some(timestamp(event.time_ms)),
                    logical_resource_id: event.logical_id,
                    resource_type: event.resource_type,
                    resource_status: event.status,
                    resource_status_reason: event.reason,
                })
                .collect(),
            digest: self.digest,
            blueprint: self.blueprint,
            parameters: self.parameters.into_iter().collect(),
            rolls_back: self.rolls_back,
            expiration_time,
            etag: self.version.to_string(),
        }
    }
}

impl Record for CheckRecord {
    type Actor = Environment;
    type Message = Vec<v1::CheckResult>;
    const COLLECTION: &'static str = CHECKS;
    const NOUN: &'static str = "check";
    const NOT_FOUND: &'static str = "CHECK_NOT_FOUND";

    fn id(&self) -> &str {
        &self.check_id
    }

    fn actor_id(&self) -> &str {
        &self.environment_id
    }

    fn into_message(self) -> Vec<v1::CheckResult> {
        let shown = |result: CheckResult| v1::CheckResult {
            name: result.name,
            passed: result.passed,
            detail: result.detail,
        };
        self.results.into_iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_actors::deployment::DeploymentStatus;

    use super::*;

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for status in EnvironmentStatus::ALL {
            let name = status.as_str();
            assert!(
                v1::environment::Status::from_str_name(name).is_some(),
                "{name}"
            );
        }
        for status in DeploymentStatus::ALL {
            let name = status.as_str();
            assert!(
                v1::deployment::Status::from_str_name(name).is_some(),
                "{name}"
            );
        }
    }
}
