//! `datamesh.v1.WorkflowService`.

mod shown;

use std::sync::Arc;

use datamesh_actors::execution::{
    Command, EXECUTIONS, ExecutionEvent, ExecutionRecord, Heartbeat, Start, Stop, TaskEnded,
    events_of, execution_of,
};
use datamesh_actors::workflow::{Workflow, Workflows};
use datamesh_actors::{Person, TaskEnd};
use datamesh_proto::v1;
use datamesh_proto::v1::workflow_service_server::WorkflowService;
use tonic::{Code, Request, Response, Status};

use super::backend::{Backend, caller};
use super::failure::{internal, rejected, unread};
use super::follow::{Watched, wait, watch};
use super::json::of_value;
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::auth::Caller;
use crate::authz::{Action, allowed};
use crate::status::{invalid_field, with_reason};

/// The most bytes of a history that one page shows. A page ends early rather than being too large to be
/// answered.
const PAGE_BYTES: usize = 2 << 20;

/// `datamesh.v1.WorkflowService`.
pub struct WorkflowRuns {
    /// The way to the actors.
    pub backend: Backend,
    /// The workflows.
    pub workflows: Arc<Workflows>,
}

#[tonic::async_trait]
impl WorkflowService for WorkflowRuns {
    async fn list_workflows(
        &self,
        request: Request<v1::ListWorkflowsRequest>,
    ) -> Result<Response<v1::ListWorkflowsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let limit = page::limit(request.page_size)?;
        let after = request.page_token;
        let mut names = self.workflows.iter().filter(|w| w.name > after).peekable();
        let shown: Vec<&Workflow> = names.by_ref().take(limit).collect();
        let next_page_token = match (names.peek(), shown.last()) {
            (Some(_), Some(last)) => last.name.clone(),
            _ => String::new(),
        };
        let workflows = shown.into_iter().map(|w| shown::workflow(w, false));
        Ok(Response::new(v1::ListWorkflowsResponse {
            workflows: workflows.collect(),
            next_page_token,
        }))
    }

    async fn get_workflow(
        &self,
        request: Request<v1::GetWorkflowRequest>,
    ) -> Result<Response<v1::Workflow>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let workflow = self.workflow(&request.into_inner().name)?;
        Ok(Response::new(shown::workflow(workflow, true)))
    }

    async fn start_execution(
        &self,
        request: Request<v1::StartExecutionRequest>,
    ) -> Result<Response<v1::Execution>, Status> {
        let (backend, caller) = (&self.backend, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "StartExecution", &request.request_id)?;
        allowed(&caller, Action::RunWorkflow, &[])?;
        let workflow = self.workflow(&request.name)?;
        let start = Start {
            workflow: workflow.name.clone(),
            document: workflow.document.clone(),
            digest: workflow.digest.clone(),
            input: request
                .input
                .map_or_else(|| serde_json::json!({}), |input| of_value(&input)),
            run_as: Person::from(&*caller),
            promotion_id: None,
            account: backend.home.account.clone(),
            region: backend.home.region.clone(),
        };
        start.check().map_err(rejected)?;
        let id = request_id.new_id("exec-", &backend.runtime);
        let changes = request.wait.then(|| backend.runtime.changes());
        let command = Command::Start(Box::new(start));
        let mut record: ExecutionRecord = backend.ask(&request_id, &id, command).await?;
        if let Some(changes) = changes {
            let ended = |record: &ExecutionRecord| record.status.is_ended();
            record = wait(backend, changes, record, ended).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn get_execution(
        &self,
        request: Request<v1::GetExecutionRequest>,
    ) -> Result<Response<v1::Execution>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let id = request.into_inner().execution_id;
        let record: ExecutionRecord = self.backend.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_executions(
        &self,
        request: Request<v1::ListExecutionsRequest>,
    ) -> Result<Response<v1::ListExecutionsResponse>, Status> {
        use v1::execution::Status as Shown;

        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(EXECUTIONS, request.page_size, request.page_token)?;
        query.descending = true;
        let status = page::enum_filter("status", request.status, Shown::as_str_name)?;
        page::filter(&mut query, "workflow", request.workflow);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "owner", request.owner);
        let (records, next_page_token) = self.backend.list::<ExecutionRecord>(&query).await?;
        Ok(Response::new(v1::ListExecutionsResponse {
            executions: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn list_execution_events(
        &self,
        request: Request<v1::ListExecutionEventsRequest>,
    ) -> Result<Response<v1::ListExecutionEventsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let record: ExecutionRecord = self.backend.get(&request.execution_id).await?;
        // The token is the number of the next event: a page may end before its limit.
        let first = match request.page_token.as_str() {
            "" => 1,
            token => token
                .parse()
                .map_err(|_| invalid_field("pageToken", "is not one of a history"))?,
        };
        let mut query = events_of(&record.execution_id, first);
        query.limit = page::limit(request.page_size)?;
        let page = self.backend.runtime.journal().views(&query).await;
        let page = page.map_err(unread)?;
        let (mut events, mut bytes, mut more) = (Vec::new(), 0, page.next.is_some());
        for row in &page.items {
            bytes += row.doc.get().len();
            if bytes > PAGE_BYTES && !events.is_empty() {
                more = true;
                break;
            }
            let event: ExecutionEvent =
                serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
            events.push(shown::event(event));
        }
        let next_page_token = match events.last() {
            Some(last) if more => (last.id + 1).to_string(),
            _ => String::new(),
        };
        Ok(Response::new(v1::ListExecutionEventsResponse {
            events,
            next_page_token,
        }))
    }

    async fn stop_execution(
        &self,
        request: Request<v1::StopExecutionRequest>,
    ) -> Result<Response<v1::Execution>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "StopExecution", &request.request_id)?;
        allowed(&caller, Action::RunWorkflow, &[])?;
        let known: ExecutionRecord = self.backend.get(&request.execution_id).await?;
        let stop = Command::Stop(Stop {
            error: request.error,
            cause: request.cause,
            unless_deploying: false,
        });
        let record: ExecutionRecord = self
            .backend
            .ask(&request_id, &known.execution_id, stop)
            .await?;
        Ok(Response::new(record.into_message()))
    }

    type WatchExecutionStream = Watched<v1::Execution>;

    async fn watch_execution(
        &self,
        request: Request<v1::WatchExecutionRequest>,
    ) -> Result<Response<Self::WatchExecutionStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().execution_id;
        let stream = watch::<ExecutionRecord>(self.backend.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }

    async fn send_task_success(
        &self,
        request: Request<v1::SendTaskSuccessRequest>,
    ) -> Result<Response<v1::SendTaskSuccessResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let output = request.output.as_ref().map(of_value).unwrap_or_default();
        let request_id = RequestId::new(&caller, "SendTaskSuccess", &request.request_id)?;
        let ended = TaskEnded {
            token: request.task_token.clone(),
            end: TaskEnd::Succeeded { output },
        };
        let command = Command::TaskEnded(ended);
        self.tell_task(&caller, &request_id, &request.task_token, command)
            .await?;
        Ok(Response::new(v1::SendTaskSuccessResponse {}))
    }

    async fn send_task_failure(
        &self,
        request: Request<v1::SendTaskFailureRequest>,
    ) -> Result<Response<v1::SendTaskFailureResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "SendTaskFailure", &request.request_id)?;
        let ended = TaskEnded {
            token: request.task_token.clone(),
            end: TaskEnd::Failed {
                error: request.error,
                cause: request.cause,
            },
        };
        let command = Command::TaskEnded(ended);
        self.tell_task(&caller, &request_id, &request.task_token, command)
            .await?;
        Ok(Response::new(v1::SendTaskFailureResponse {}))
    }

    async fn send_task_heartbeat(
        &self,
        request: Request<v1::SendTaskHeartbeatRequest>,
    ) -> Result<Response<v1::SendTaskHeartbeatResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "SendTaskHeartbeat", &request.request_id)?;
        let command = Command::Heartbeat(Heartbeat {
            token: request.task_token.clone(),
        });
        self.tell_task(&caller, &request_id, &request.task_token, command)
            .await?;
        Ok(Response::new(v1::SendTaskHeartbeatResponse {}))
    }
}

impl WorkflowRuns {
    fn workflow(&self, name: &str) -> Result<&Workflow, Status> {
        self.workflows.get(name).ok_or_else(|| {
            with_reason(
                Code::NotFound,
                "WORKFLOW_NOT_FOUND",
                format!("there is no workflow {name}"),
            )
        })
    }

    /// Tells the execution that gave this token. The token is a secret: it is not said back.
    async fn tell_task(
        &self,
        caller: &Caller,
        request_id: &RequestId<'_>,
        task_token: &str,
        command: Command,
    ) -> Result<(), Status> {
        allowed(caller, Action::RunWorkflow, &[])?;
        let known: Option<ExecutionRecord> = match execution_of(task_token) {
            Some(execution_id) => self.backend.find(execution_id).await?,
            None => None,
        };
        let known = known.ok_or_else(|| {
            with_reason(
                Code::NotFound,
                "TASK_NOT_FOUND",
                "no task waits for this token: it has ended, or the token is wrong",
            )
        })?;
        let _: ExecutionRecord = self
            .backend
            .ask(request_id, &known.execution_id, command)
            .await?;
        Ok(())
    }
}
