use std::collections::HashMap;

use datamesh_proto::v1::deployment::Status;
use datamesh_proto::v1::deployment_service_server::DeploymentService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::projects::NETWORK;
use super::{Answer, States, ago, answer, not_found, refused, states, wrong_fields};

pub struct Deployments;

const FIRST: &str = "dep-first2222222222222";

fn deployment(status: Status, step: &str) -> Deployment {
    let ended = status != Status::InProgress;
    Deployment {
        deployment_id: FIRST.into(),
        project_id: NETWORK.into(),
        environment: "dev".into(),
        cfn_stack_id: "arn:aws:cloudformation:eu-central-1:111122223333:stack/datamesh-dev/1"
            .into(),
        deployed_by: "ada".into(),
        status: status as i32,
        step: step.into(),
        start_time: ago(90),
        end_time: if ended { ago(30) } else { None },
        duration: if ended { 60 } else { 0 },
        change: "UPDATE".into(),
        changes: vec![
            change("Add", "Queue", "AWS::SQS::Queue", ""),
            change("Modify", "Role", "AWS::IAM::Role", "False"),
            change("Remove", "OldKey", "AWS::KMS::Key", ""),
        ],
        error_message: match status {
            Status::Failed => "STACK_FAILED: Role (AWS::IAM::Role): no luck".into(),
            _ => String::new(),
        },
        parameters: HashMap::from([("Size".into(), "3".into())]),
        outputs: HashMap::from([("QueueUrl".into(), "https://sqs/q".into())]),
        digest: "4f2a".into(),
        etag: "9".into(),
        ..Default::default()
    }
}

fn change(action: &str, name: &str, kind: &str, replacement: &str) -> ResourceChange {
    ResourceChange {
        action: action.into(),
        logical_resource_id: name.into(),
        resource_type: kind.into(),
        replacement: replacement.into(),
        scope: match action {
            "Modify" => vec!["Properties".into()],
            _ => vec![],
        },
        ..Default::default()
    }
}

fn environment(status: environment::Status) -> Environment {
    Environment {
        project_id: NETWORK.into(),
        environment: "dev".into(),
        status: status as i32,
        stack_name: format!("datamesh-{NETWORK}-dev"),
        deployment_id: FIRST.into(),
        digest: "4f2a".into(),
        drift_status: "IN_SYNC".into(),
        drift_checked_at: ago(300),
        updated_at: ago(30),
        etag: "12".into(),
        ..Default::default()
    }
}

fn blueprint() -> Blueprint {
    let parameter = |name: &str, label: &str, group: &str| BlueprintParameter {
        name: name.into(),
        label: label.into(),
        group: group.into(),
        r#type: "String".into(),
        ..Default::default()
    };
    Blueprint {
        name: "project".into(),
        description: "A key, a role and a Glue database".into(),
        parameters: vec![
            BlueprintParameter {
                default_value: Some("1".into()),
                min_value: "1".into(),
                max_value: "12".into(),
                ..parameter("MaxSessionHours", "Longest session, in hours", "Access")
            },
            BlueprintParameter {
                allowed_values: vec!["true".into(), "false".into()],
                ..parameter("DeleteOldData", "Delete old data", "Life cycle")
            },
            BlueprintParameter {
                given: true,
                ..parameter("ProjectId", "Project", "Given by datamesh")
            },
        ],
        template: "Resources: {}\n".into(),
        capabilities: vec!["CAPABILITY_NAMED_IAM".into()],
        digest: "77aa".into(),
    }
}

#[tonic::async_trait]
impl DeploymentService for Deployments {
    type WatchDeploymentStream = States<Deployment>;

    async fn create_deployment(
        &self,
        request: Request<CreateDeploymentRequest>,
    ) -> Answer<Deployment> {
        let request = request.into_inner();
        match request.target_environment.as_str() {
            "prod" => refused(
                Code::FailedPrecondition,
                "the deployment dep-other333 is under way: wait for its end",
            ),
            "moon" => wrong_fields(&[("targetEnvironment", "must be one of dev, staging, prod")]),
            _ => {
                let mut first = deployment(Status::InProgress, "VALIDATE");
                if request.dry_run {
                    first.deployment_id = "dep-preview33333333333".into();
                }
                answer(first)
            }
        }
    }

    async fn get_deployment(&self, request: Request<GetDeploymentRequest>) -> Answer<Deployment> {
        match request.into_inner().deployment_id.as_str() {
            FIRST => answer(deployment(Status::Success, "")),
            other => not_found(&format!("deployment {other}")),
        }
    }

    async fn list_deployments(
        &self,
        _: Request<ListDeploymentsRequest>,
    ) -> Answer<ListDeploymentsResponse> {
        answer(ListDeploymentsResponse {
            deployments: vec![
                deployment(Status::Failed, ""),
                deployment(Status::Success, ""),
            ],
            next_page_token: String::new(),
        })
    }

    async fn watch_deployment(
        &self,
        request: Request<WatchDeploymentRequest>,
    ) -> Answer<Self::WatchDeploymentStream> {
        let id = request.into_inner().deployment_id;
        let seen = |status, step| Deployment {
            deployment_id: id.clone(),
            ..deployment(status, step)
        };
        states(match id.as_str() {
            FIRST => vec![
                seen(Status::InProgress, "CHANGE_SET"),
                seen(Status::InProgress, "FOLLOW"),
                seen(Status::Success, ""),
            ],
            "dep-preview33333333333" => vec![seen(Status::Previewed, "")],
            _ => vec![seen(Status::Failed, "")],
        })
    }

    async fn rollback_deployment(
        &self,
        request: Request<RollbackDeploymentRequest>,
    ) -> Answer<Deployment> {
        answer(Deployment {
            deployment_id: "dep-undoing44444444444".into(),
            rolls_back: request.into_inner().deployment_id,
            ..deployment(Status::InProgress, "VALIDATE")
        })
    }

    async fn get_environment(&self, _: Request<GetEnvironmentRequest>) -> Answer<Environment> {
        answer(environment(environment::Status::Ready))
    }

    async fn list_environments(
        &self,
        _: Request<ListEnvironmentsRequest>,
    ) -> Answer<ListEnvironmentsResponse> {
        answer(ListEnvironmentsResponse {
            environments: vec![environment(environment::Status::Ready)],
            next_page_token: String::new(),
        })
    }

    async fn delete_environment(
        &self,
        request: Request<DeleteEnvironmentRequest>,
    ) -> Answer<Environment> {
        answer(match request.into_inner().wait {
            true => environment(environment::Status::Empty),
            false => Environment {
                running_deployment_id: "dep-removing5555555555".into(),
                ..environment(environment::Status::Deleting)
            },
        })
    }

    async fn detect_drift(&self, _: Request<DetectDriftRequest>) -> Answer<DetectDriftResponse> {
        let check = |name: &str, passed: bool, detail: &str| CheckResult {
            name: name.into(),
            passed,
            detail: detail.into(),
        };
        answer(DetectDriftResponse {
            project_id: NETWORK.into(),
            environment: "dev".into(),
            status: "COMPLETED".into(),
            drift_status: "DRIFTED".into(),
            checks: vec![
                check("no-drift", false, "something was changed beside the stack"),
                check("drift-Queue", true, "AWS::SQS::Queue is IN_SYNC"),
                check(
                    "drift-Role",
                    false,
                    "AWS::IAM::Role is MODIFIED: /Description",
                ),
            ],
        })
    }

    async fn validate_environment(
        &self,
        _: Request<ValidateEnvironmentRequest>,
    ) -> Answer<ValidateEnvironmentResponse> {
        not_found("command line for this")
    }

    async fn run_tests(&self, _: Request<RunTestsRequest>) -> Answer<RunTestsResponse> {
        not_found("command line for this")
    }

    async fn verify_environment(
        &self,
        _: Request<VerifyEnvironmentRequest>,
    ) -> Answer<VerifyEnvironmentResponse> {
        not_found("command line for this")
    }

    async fn list_blueprints(
        &self,
        _: Request<ListBlueprintsRequest>,
    ) -> Answer<ListBlueprintsResponse> {
        answer(ListBlueprintsResponse {
            blueprints: vec![blueprint()],
            next_page_token: String::new(),
        })
    }

    async fn get_blueprint(&self, _: Request<GetBlueprintRequest>) -> Answer<Blueprint> {
        answer(blueprint())
    }
}
