//! `datamesh approval …`

mod chain;
mod shown;

use clap::{Args, Subcommand};
use datamesh_proto::v1;

use super::cx::Cx;
use super::exit::Exit;
use super::failure::Failure;
use super::globals::{Paging, Repeat};
use super::grid::Field;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with approvals.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List approvals, oldest first
    List {
        /// Only those about this project: its id, its name, or domain/project
        #[arg(long)]
        project: Option<String>,
        /// Only those of this execution
        #[arg(long, default_value = "", hide_default_value = true)]
        execution: String,
        /// Only those in this state: PENDING, IN_PROGRESS, APPROVED, REJECTED, EXPIRED, CANCELLED, VOIDED
        #[arg(long, value_parser = status)]
        status: Option<v1::approval::Status>,
        #[command(flatten)]
        paging: Paging,
    },
    /// List the approvals that wait for you, oldest first
    Inbox {
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an approval, with its stages and its history
    Get {
        /// Its id
        approval: String,
    },
    /// Say yes in the stage that is open
    Approve {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        /// Refuse unless the approval is about what has this digest
        #[arg(long, default_value = "", hide_default_value = true)]
        digest: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Say no: the approval is over
    Reject {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Let another person decide in your place
    Delegate {
        /// Its id
        approval: String,
        /// Who: the e-mail address or the user id
        #[arg(long, value_name = "PERSON")]
        to: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Add a comment to the history
    Comment {
        /// Its id
        approval: String,
        /// What to say
        comment: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Take your yes back while the approval is open
    Withdraw {
        /// Its id
        approval: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// End an approval without a decision; only who asked, and admins, may
    Cancel {
        /// Its id
        approval: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Recompute the chain of hashes of a history, and say where it breaks
    Verify {
        /// Its id
        approval: String,
    },
}

/// Which approval is decided.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// Its id
    #[arg(required_unless_present = "task_token")]
    approval: Option<String>,
    /// Instead of the id: the token of the task that waits
    #[arg(
        long,
        value_name = "TOKEN",
        env = "DATAMESH_TASK_TOKEN",
        hide_env_values = true,
        conflicts_with = "approval"
    )]
    task_token: Option<String>,
}

/// Does it.
///
/// # Errors
/// What the server answers; with `verify`, exit code 1 if the history is not as it was written.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let mut approvals = session.approvals();
    let answer = match verb {
        Verb::List {
            project,
            execution,
            status,
            paging,
        } => {
            let project_id = match project {
                Some(project) => lookup::project(&session, &project).await?,
                None => String::new(),
            };
            let filter = v1::ListApprovalsRequest {
                status: status.unwrap_or_default() as i32,
                project_id,
                execution_id: execution,
                ..Default::default()
            };
            return list(cx, &session, filter, paging, "no approvals").await;
        }
        Verb::Inbox { paging } => {
            let filter = v1::ListApprovalsRequest {
                inbox: true,
                ..Default::default()
            };
            return list(cx, &session, filter, paging, "nothing waits for you").await;
        }
        Verb::Get { approval } => return get(cx, &session, approval).await,
        Verb::Verify { approval } => return verify(cx, &session, approval).await,
        Verb::Approve {
            which,
            comment,
            digest,
            repeat,
        } => {
            let request = v1::ApproveApprovalRequest {
                approval_id: which.approval.unwrap_or_default(),
                task_token: which.task_token.unwrap_or_default(),
                comment,
                digest,
                request_id: repeat.request_id,
            };
            approvals.approve_approval(request).await?
        }
        Verb::Reject {
            which,
            comment,
            repeat,
        } => {
            let request = v1::RejectApprovalRequest {
                approval_id: which.approval.unwrap_or_default(),
                task_token: which.task_token.unwrap_or_default(),
                comment,
                request_id: repeat.request_id,
            };
            approvals.reject_approval(request).await?
        }
        Verb::Delegate {
            approval,
            to,
            comment,
            repeat,
        } => {
            let request = v1::DelegateApprovalRequest {
                approval_id: approval,
                to,
                comment,
                request_id: repeat.request_id,
            };
            approvals.delegate_approval(request).await?
        }
        Verb::Comment {
            approval,
            comment,
            repeat,
        } => {
            let request = v1::CommentApprovalRequest {
                approval_id: approval,
                comment,
                request_id: repeat.request_id,
            };
            approvals.comment_approval(request).await?
        }
        Verb::Withdraw {
            approval,
            comment,
            repeat,
        } => {
            let request = v1::WithdrawApprovalRequest {
                approval_id: approval,
                comment,
                request_id: repeat.request_id,
            };
            approvals.withdraw_approval(request).await?
        }
        Verb::Cancel {
            approval,
            comment,
            repeat,
        } => {
            let request = v1::CancelApprovalRequest {
                approval_id: approval,
                comment,
                request_id: repeat.request_id,
            };
            approvals.cancel_approval(request).await?
        }
    };
    print(cx, &answer.into_inner())
}

fn print(cx: &mut Cx<'_>, approval: &v1::Approval) -> Result<(), Failure> {
    let record = shown::record(approval, cx.terminal.now());
    output::one(cx.terminal, cx.globals.output, &record, || {
        json::of(approval, "Approval")
    })
}

async fn get(cx: &mut Cx<'_>, session: &Session, approval_id: String) -> Result<(), Failure> {
    let approval = read(session, approval_id).await?;
    print(cx, &approval)?;
    let tables = shown::tables(&approval, cx.globals.output, cx.terminal);
    output::write(cx.terminal, &tables)
}

async fn read(session: &Session, approval_id: String) -> Result<v1::Approval, Failure> {
    let request = v1::GetApprovalRequest { approval_id };
    let answer = session.approvals().get_approval(request).await?;
    Ok(answer.into_inner())
}

async fn list(
    cx: &mut Cx<'_>,
    session: &Session,
    filter: v1::ListApprovalsRequest,
    paging: Paging,
    nothing: &str,
) -> Result<(), Failure> {
    let approvals = session.approvals();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut approvals = approvals.clone();
            let request = v1::ListApprovalsRequest {
                page_size,
                page_token,
                ..filter.clone()
            };
            async move { approvals.list_approvals(request).await }
        },
        |page| (page.approvals, page.next_page_token),
    )
    .await?;
    let now = cx.terminal.now();
    let rows = read
        .items
        .iter()
        .map(|item| shown::row(item, now))
        .collect();
    let shown = read.items.len();
    output::list(
        cx.terminal,
        cx.globals.output,
        shown::COLUMNS,
        rows,
        nothing,
        || {
            let answer = v1::ListApprovalsResponse {
                approvals: read.items,
                next_page_token: String::new(),
            };
            json::of(&answer, "ListApprovalsResponse")
        },
    )?;
    listing::cut_note(cx, read.more, shown)
}

/// Trusts nothing but the hashes: what is recomputed is what the server sent.
async fn verify(cx: &mut Cx<'_>, session: &Session, approval_id: String) -> Result<(), Failure> {
    let approval = read(session, approval_id).await?;
    if let Some(broken) = chain::broken(&approval)? {
        let what = format!(
            "the history of {} breaks at entry {}: {}",
            approval.approval_id, broken.number, broken.why
        );
        return Err(Failure::new(Exit::Unexpected, what).hint(
            "the entries before it are as they were written; compare with a copy of your own",
        ));
    }
    let last_hash = approval.history.last().map(|entry| entry.hash.as_str());
    let last_hash = last_hash.unwrap_or_default();
    let fields = [
        ("Approval", Field::plain(&approval.approval_id)),
        ("Entries", Field::plain(approval.history.len())),
        ("Chain", Field::status("UNBROKEN")),
        ("Last hash", Field::plain(last_hash)),
    ];
    output::one(cx.terminal, cx.globals.output, &fields, || {
        Ok(serde_json::json!({
            "approvalId": approval.approval_id,
            "entries": approval.history.len(),
            "lastHash": last_hash,
        }))
    })
}

fn status(name: &str) -> Result<v1::approval::Status, String> {
    v1::approval::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
