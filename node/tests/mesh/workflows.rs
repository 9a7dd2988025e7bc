use datamesh_proto::v1::execution::Status;
use datamesh_proto::v1::workflow_service_server::WorkflowService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::{Answer, States, ago, answer, fields, not_found, refused, states};

pub struct Workflows;

const ID: &str = "exec-network222222222222";

fn workflow() -> Workflow {
    Workflow {
        name: "promotion".into(),
        description: "Promotes a project".into(),
        digest: "77aa".into(),
        source: "shipped".into(),
        definition: String::new(),
    }
}

fn execution(status: Status, states: &[&str]) -> Execution {
    Execution {
        execution_id: ID.into(),
        workflow: "promotion".into(),
        workflow_digest: "77aa".into(),
        status: status as i32,
        current_states: states.iter().map(|&state| state.to_owned()).collect(),
        started_by: "ada@example.com".into(),
        owner: "promotion/prom-req-network222222222".into(),
        start_time: ago(3_700),
        event_count: 12,
        etag: "5".into(),
        ..Default::default()
    }
}

fn event(id: i64, kind: &str, details: &[(&str, &str)]) -> ExecutionEvent {
    ExecutionEvent {
        id,
        previous_event_id: id - 1,
        timestamp: ago(3_700 - id),
        r#type: kind.into(),
        details: fields(details),
    }
}

#[tonic::async_trait]
impl WorkflowService for Workflows {
    type WatchExecutionStream = States<Execution>;

    async fn list_workflows(
        &self,
        _: Request<ListWorkflowsRequest>,
    ) -> Answer<ListWorkflowsResponse> {
        answer(ListWorkflowsResponse {
            workflows: vec![workflow()],
            next_page_token: String::new(),
        })
    }

    async fn get_workflow(&self, _: Request<GetWorkflowRequest>) -> Answer<Workflow> {
        answer(workflow())
    }

    async fn start_execution(&self, request: Request<StartExecutionRequest>) -> Answer<Execution> {
        match request.into_inner().name.as_str() {
            "promotion" => answer(execution(Status::Running, &[])),
            other => not_found(&format!("workflow {other}")),
        }
    }

    async fn get_execution(&self, request: Request<GetExecutionRequest>) -> Answer<Execution> {
        match request.into_inner().execution_id.as_str() {
            ID => answer(execution(Status::Running, &["ApprovalGate"])),
            other => not_found(&format!("execution {other}")),
        }
    }

    async fn list_executions(
        &self,
        _: Request<ListExecutionsRequest>,
    ) -> Answer<ListExecutionsResponse> {
        let failed = Execution {
            execution_id: "exec-network111111111111".into(),
            error: "Promotion.RolledBack".into(),
            cause: "TESTS_FAILED: the stack drifted".into(),
            end_time: ago(80_000),
            start_time: ago(90_000),
            ..execution(Status::Failed, &[])
        };
        answer(ListExecutionsResponse {
            executions: vec![execution(Status::Running, &["ApprovalGate"]), failed],
            next_page_token: String::new(),
        })
    }

    async fn list_execution_events(
        &self,
        _: Request<ListExecutionEventsRequest>,
    ) -> Answer<ListExecutionEventsResponse> {
        answer(ListExecutionEventsResponse {
            events: vec![
                event(1, "ExecutionStarted", &[]),
                event(2, "TaskStateEntered", &[("name", "ValidateSource")]),
                event(
                    3,
                    "TaskScheduled",
                    &[("resourceType", "http"), ("resource", "invoke")],
                ),
                event(
                    4,
                    "TaskFailed",
                    &[
                        ("error", "States.Http.StatusCode.409"),
                        ("cause", "VALIDATION_FAILED"),
                    ],
                ),
            ],
            next_page_token: String::new(),
        })
    }

    async fn stop_execution(&self, _: Request<StopExecutionRequest>) -> Answer<Execution> {
        answer(Execution {
            error: "Operator".into(),
            end_time: ago(1),
            ..execution(Status::Aborted, &[])
        })
    }

    async fn watch_execution(
        &self,
        _: Request<WatchExecutionRequest>,
    ) -> Answer<Self::WatchExecutionStream> {
        states(vec![
            execution(Status::Running, &["ApprovalGate"]),
            execution(Status::Succeeded, &[]),
        ])
    }

    async fn send_task_success(
        &self,
        _: Request<SendTaskSuccessRequest>,
    ) -> Answer<SendTaskSuccessResponse> {
        refused(Code::Unimplemented, "not here")
    }

    async fn send_task_failure(
        &self,
        _: Request<SendTaskFailureRequest>,
    ) -> Answer<SendTaskFailureResponse> {
        refused(Code::Unimplemented, "not here")
    }

    async fn send_task_heartbeat(
        &self,
        _: Request<SendTaskHeartbeatRequest>,
    ) -> Answer<SendTaskHeartbeatResponse> {
        refused(Code::Unimplemented, "not here")
    }
}
