//! `datamesh.v1.ApprovalService`.

mod shown;

use datamesh_actors::Person;
use datamesh_actors::approval::{
    APPROVAL_ENTRIES, APPROVAL_STEPS, APPROVALS, ApprovalRecord, Approve, Cancel, Command, Comment,
    Delegate, Entry, Reject, StepRecord, Withdraw, entry_key, token_digest,
};
use datamesh_journal::ViewQuery;
use datamesh_proto::v1;
use datamesh_proto::v1::approval_service_server::ApprovalService;
use tonic::{Code, Request, Response, Status};

use super::backend::{Backend, caller};
use super::failure::{rejected, unread};
use super::record::Record;
use super::request_id::RequestId;
use super::{inbox, page};
use crate::authz::{Action, allowed};
use crate::status::{invalid_field, with_reason};

/// `datamesh.v1.ApprovalService`.
pub struct Approvals(pub Backend);

#[tonic::async_trait]
impl ApprovalService for Approvals {
    async fn get_approval(
        &self,
        request: Request<v1::GetApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ApprovalRecord = self.0.get(&request.into_inner().approval_id).await?;
        self.with_history(record).await
    }

    async fn list_approvals(
        &self,
        request: Request<v1::ListApprovalsRequest>,
    ) -> Result<Response<v1::ListApprovalsResponse>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(APPROVALS, request.page_size, request.page_token)?;
        let status =
            page::enum_filter("status", request.status, v1::approval::Status::as_str_name)?;
        page::filter(&mut query, "executionId", request.execution_id);
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "status", status);
        let (records, next_page_token) = match request.inbox {
            true => inbox::page(&self.0, &Person::from(&*caller), query).await?,
            false => self.0.list::<ApprovalRecord>(&query).await?,
        };
        Ok(Response::new(v1::ListApprovalsResponse {
            approvals: records.into_iter().map(shown::in_a_list).collect(),
            next_page_token,
        }))
    }

    async fn approve_approval(
        &self,
        request: Request<v1::ApproveApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "ApproveApproval", &request.request_id)?;
        let id = self.id(request.approval_id, &request.task_token).await?;
        let approve = Command::Approve(Approve {
            by: Person::from(&*caller),
            comment: request.comment,
            digest: request.digest,
            ..Approve::default()
        });
        self.decide(&request_id, &id, approve).await
    }

    async fn reject_approval(
        &self,
        request: Request<v1::RejectApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RejectApproval", &request.request_id)?;
        let id = self.id(request.approval_id, &request.task_token).await?;
        let reject = Command::Reject(Reject {
            by: Person::from(&*caller),
            comment: request.comment,
        });
        self.decide(&request_id, &id, reject).await
    }

    async fn delegate_approval(
        &self,
        request: Request<v1::DelegateApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DelegateApproval", &request.request_id)?;
        let delegate = Command::Delegate(Delegate {
            by: Person::from(&*caller),
            to: request.to,
            comment: request.comment,
        });
        self.decide(&request_id, &request.approval_id, delegate)
            .await
    }

    async fn comment_approval(
        &self,
        request: Request<v1::CommentApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CommentApproval", &request.request_id)?;
        let comment = Command::Comment(Comment {
            by: Person::from(&*caller),
            comment: request.comment,
        });
        self.decide(&request_id, &request.approval_id, comment)
            .await
    }

    async fn withdraw_approval(
        &self,
        request: Request<v1::WithdrawApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "WithdrawApproval", &request.request_id)?;
        let withdraw = Command::Withdraw(Withdraw {
            by: Person::from(&*caller),
            comment: request.comment,
        });
        self.decide(&request_id, &request.approval_id, withdraw)
            .await
    }

    async fn cancel_approval(
        &self,
        request: Request<v1::CancelApprovalRequest>,
    ) -> Result<Response<v1::Approval>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CancelApproval", &request.request_id)?;
        let cancel = Command::Cancel(Cancel {
            by: Person::from(&*caller),
            reason: request.comment,
        });
        self.decide(&request_id, &request.approval_id, cancel).await
    }

    async fn list_approval_steps(
        &self,
        request: Request<v1::ListApprovalStepsRequest>,
    ) -> Result<Response<v1::ListApprovalStepsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(APPROVAL_STEPS, request.page_size, request.page_token)?;
        let status = request.status;
        if !status.is_empty() && v1::approval::Status::from_str_name(&status).is_none() {
            return Err(invalid_field("status", format!("there is no {status:?}")));
        }
        page::filter(&mut query, "workflowId", request.workflow_id);
        page::filter(&mut query, "status", status);
        let (steps, next_page_token) = self.0.list::<StepRecord>(&query).await?;
        Ok(Response::new(v1::ListApprovalStepsResponse {
            steps: steps.into_iter().map(shown::step).collect(),
            next_page_token,
        }))
    }
}

impl Approvals {
    /// Which approval a decision is about. The token is a secret: it is not said back, and what the list
    /// knows of it is its digest.
    async fn id(&self, approval_id: String, task_token: &str) -> Result<String, Status> {
        if task_token.is_empty() {
            return match approval_id.is_empty() {
                true => Err(invalid_field("approvalId", "give it, or taskToken")),
                false => Ok(approval_id),
            };
        }
        if !approval_id.is_empty() {
            return Err(invalid_field(
                "taskToken",
                "give it or approvalId, not both",
            ));
        }
        let mut query = page::query(APPROVALS, 1, String::new())?;
        page::filter(&mut query, "taskToken", token_digest(task_token));
        let page = self.0.runtime.journal().views(&query).await;
        let found = page.map_err(unread)?.items.into_iter().next();
        found.map(|row| row.key).ok_or_else(|| {
            with_reason(
                Code::NotFound,
                ApprovalRecord::NOT_FOUND,
                "no approval waits with this task token",
            )
        })
    }

    /// Sends what somebody says, and answers with the approval after it. What came after the deadline has
    /// ended the approval, and is refused.
    async fn decide(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        command: Command,
    ) -> Result<Response<v1::Approval>, Status> {
        allowed(request_id.caller(), Action::DecideApproval, &[])?;
        let record: ApprovalRecord = self.0.get(id).await?;
        let record: ApprovalRecord = self.0.ask(request_id, &record.approval_id, command).await?;
        self.with_history(record.in_time().map_err(rejected)?).await
    }

    /// The approval as the protos show it, with the history that it had at that moment.
    async fn with_history(&self, record: ApprovalRecord) -> Result<Response<v1::Approval>, Status> {
        let id = &record.approval_id;
        let mut query = ViewQuery {
            collection: APPROVAL_ENTRIES.to_owned(),
            from: entry_key(id, 1),
            until: entry_key(id, record.entries.saturating_add(1)),
            limit: page::MAX,
            ..ViewQuery::default()
        };
        let mut history = Vec::new();
        loop {
            let (entries, next) = self.0.list::<Entry>(&query).await?;
            history.extend(entries.into_iter().map(shown::entry));
            if next.is_empty() {
                break;
            }
            query.after = Some(next);
        }
        let mut message = record.into_message();
        message.history = history;
        Ok(Response::new(message))
    }
}
