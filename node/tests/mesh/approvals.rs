use datamesh_actors::approval::{Action, Entry};
use datamesh_proto::v1::approval::Status;
use datamesh_proto::v1::approval_service_server::ApprovalService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::projects::NETWORK;
use super::{Answer, NOW, ago, answer, not_found, refused};

pub struct Approvals;

pub const PROMOTE: &str = "apr-promote22222222";
/// Somebody has changed an entry of this one.
pub const FORGED: &str = "apr-forged333333333";
const TASK_TOKEN: &str = "the-task-token";

const ANN: &str = "ann@example.com";
const BOB: &str = "bob@example.com";

fn history(id: &str, said: &[(Action, &str, &str, &str)]) -> Vec<ApprovalEntry> {
    let mut history: Vec<ApprovalEntry> = Vec::new();
    for ((action, actor, other, comment), number) in said.iter().zip(1_u32..) {
        let seconds = NOW - 3_600 + 60 * i64::from(number);
        let mut entry = Entry {
            approval_id: id.to_owned(),
            number,
            at_ms: seconds * 1_000 + 70,
            actor: (*actor).to_owned(),
            action: *action,
            stage: 1,
            comment: (*comment).to_owned(),
            on_behalf_of: (*other).to_owned(),
            digest: "3f9a".to_owned(),
            previous_hash: history.last().map(|e| e.hash.clone()).unwrap_or_default(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        history.push(ApprovalEntry {
            number: i32::try_from(number).unwrap(),
            time: Some(prost_types::Timestamp {
                seconds,
                nanos: 70_000_000,
            }),
            actor: entry.actor,
            action: entry.action.as_str().to_owned(),
            stage: 1,
            comment: entry.comment,
            on_behalf_of: entry.on_behalf_of,
            previous_hash: entry.previous_hash,
            hash: entry.hash,
            approval_id: entry.approval_id,
            digest: entry.digest,
        });
    }
    history
}

fn approval(id: &str, status: Status) -> Approval {
    Approval {
        approval_id: id.into(),
        subject: "Promote network to prod".into(),
        message: "Ready to promote to production?".into(),
        status: status as i32,
        project_id: NETWORK.into(),
        execution_id: "exec-promote22222222".into(),
        digest: "3f9a".into(),
        requested_by: ANN.into(),
        stages: vec![ApprovalStage {
            stage_name: "owners".into(),
            groups: vec!["aviation-data".into(), "admins".into()],
            users: Vec::new(),
            threshold: 2,
            approved_by: vec![BOB.into()],
        }],
        open_stage: i32::from(matches!(status, Status::Pending | Status::InProgress)),
        approval_deadline: ago(-7 * 86_400),
        created_at: ago(3_600),
        updated_at: ago(60),
        etag: "4".into(),
        history: history(
            id,
            &[
                (Action::Opened, ANN, "", "Promote network to prod"),
                (Action::Delegated, "cay@example.com", BOB, "I am away"),
                (Action::Approved, BOB, "cay@example.com", "looks good"),
            ],
        ),
        ..Default::default()
    }
}

fn forged() -> Approval {
    let mut approval = approval(FORGED, Status::InProgress);
    approval.history[1].on_behalf_of = "dan@example.com".into();
    approval
}

/// The approval after somebody's word.
fn said(id: &str, action: Action, comment: &str, status: Status) -> Answer<Approval> {
    let mut approval = match id {
        PROMOTE => approval(id, status),
        other => return not_found(&format!("approval {other}")),
    };
    approval.status_reason = match status {
        Status::Rejected => format!("rejected by {BOB}: {comment}"),
        Status::Cancelled => format!("cancelled by {ANN}"),
        _ => String::new(),
    };
    approval.history = history(id, &[(action, BOB, "", comment)]);
    answer(approval)
}

#[tonic::async_trait]
impl ApprovalService for Approvals {
    async fn get_approval(&self, request: Request<GetApprovalRequest>) -> Answer<Approval> {
        match request.into_inner().approval_id.as_str() {
            PROMOTE => answer(approval(PROMOTE, Status::InProgress)),
            FORGED => answer(forged()),
            other => not_found(&format!("approval {other}")),
        }
    }

    async fn list_approvals(
        &self,
        request: Request<ListApprovalsRequest>,
    ) -> Answer<ListApprovalsResponse> {
        let request = request.into_inner();
        let all = [
            approval(PROMOTE, Status::InProgress),
            approval(FORGED, Status::Rejected),
        ];
        answer(ListApprovalsResponse {
            approvals: all
                .into_iter()
                .filter(|a| !request.inbox || a.open_stage > 0)
                .filter(|a| request.status == 0 || a.status == request.status)
                .filter(|_| request.execution_id.is_empty())
                .map(|a| Approval {
                    history: Vec::new(),
                    ..a
                })
                .collect(),
            next_page_token: String::new(),
        })
    }

    async fn approve_approval(&self, request: Request<ApproveApprovalRequest>) -> Answer<Approval> {
        let request = request.into_inner();
        if request.digest == "0000" {
            return refused(
                Code::FailedPrecondition,
                "the approval is about something else than what you looked at: read it again",
            );
        }
        let id = match request.task_token.as_str() {
            "" => request.approval_id.as_str(),
            TASK_TOKEN => PROMOTE,
            _ => return not_found("approval with this task token"),
        };
        said(id, Action::Approved, &request.comment, Status::Approved)
    }

    async fn reject_approval(&self, request: Request<RejectApprovalRequest>) -> Answer<Approval> {
        let request = request.into_inner();
        let id = request.approval_id.as_str();
        said(id, Action::Rejected, &request.comment, Status::Rejected)
    }

    async fn delegate_approval(
        &self,
        request: Request<DelegateApprovalRequest>,
    ) -> Answer<Approval> {
        let request = request.into_inner();
        let id = request.approval_id.as_str();
        said(id, Action::Delegated, &request.comment, Status::InProgress)
    }

    async fn comment_approval(&self, request: Request<CommentApprovalRequest>) -> Answer<Approval> {
        let request = request.into_inner();
        let id = request.approval_id.as_str();
        said(id, Action::Commented, &request.comment, Status::InProgress)
    }

    async fn withdraw_approval(
        &self,
        request: Request<WithdrawApprovalRequest>,
    ) -> Answer<Approval> {
        let request = request.into_inner();
        let id = request.approval_id.as_str();
        said(id, Action::Withdrawn, &request.comment, Status::Pending)
    }

    async fn cancel_approval(&self, request: Request<CancelApprovalRequest>) -> Answer<Approval> {
        let request = request.into_inner();
        let id = request.approval_id.as_str();
        said(id, Action::Cancelled, &request.comment, Status::Cancelled)
    }

    async fn list_approval_steps(
        &self,
        _: Request<ListApprovalStepsRequest>,
    ) -> Answer<ListApprovalStepsResponse> {
        answer(ListApprovalStepsResponse::default())
    }
}
