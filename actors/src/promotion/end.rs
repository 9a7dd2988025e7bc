//! What the end of the workflow means for the promotion: read from the error's name.

use super::status::Status;
use crate::execution::{End, ExecutionStatus};
use crate::reason;

/// The error of a document that deployed, found it bad and put it back.
pub const ROLLED_BACK: &str = "Promotion.RolledBack";

/// The status that an end of the workflow gives to a promotion that stands so, and why.
///
/// | the workflow ended | status |
/// |---|---|
/// | well | COMPLETED |
/// | with `Approval.Rejected` | REJECTED |
/// | with `Approval.Expired`, or a time-out before the approval | EXPIRED |
/// | with `Approval.Cancelled` or `Approval.Voided`, or stopped | CANCELLED |
/// | with `Promotion.RolledBack` | ROLLED_BACK |
/// | otherwise | FAILED |
pub(super) fn meaning(now: Status, end: &End) -> (Status, String) {
    let status = match (end.status, end.error.as_str()) {
        (ExecutionStatus::Succeeded, _) => Status::Completed,
        (ExecutionStatus::Aborted, _) => Status::Cancelled,
        (_, "Approval.Rejected") => Status::Rejected,
        (_, "Approval.Expired" | "States.Timeout" | "States.HeartbeatTimeout") => Status::Expired,
        (_, "Approval.Cancelled" | "Approval.Voided") => Status::Cancelled,
        (_, ROLLED_BACK) => Status::RolledBack,
        (ExecutionStatus::TimedOut, _) => Status::Expired,
        _ => Status::Failed,
    };
    let status = now.after(status).unwrap_or(Status::Failed);
    let reason = match (end.status, end.error.as_str()) {
        (ExecutionStatus::Succeeded, _) => String::new(),
        (ExecutionStatus::TimedOut, "") => reason::sentence("States.Timeout", &end.cause),
        (_, error) => reason::sentence(error, &end.cause),
    };
    (status, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_of_the_workflow_has_its_status() {
        let table = [
            (
                Status::Approved,
                ExecutionStatus::Succeeded,
                "",
                Status::Completed,
            ),
            (
                Status::Pending,
                ExecutionStatus::Failed,
                "Approval.Rejected",
                Status::Rejected,
            ),
            (
                Status::Pending,
                ExecutionStatus::Failed,
                "Approval.Expired",
                Status::Expired,
            ),
            (
                Status::Pending,
                ExecutionStatus::Failed,
                "States.Timeout",
                Status::Expired,
            ),
            (
                Status::Approved,
                ExecutionStatus::Failed,
                "States.Timeout",
                Status::Failed,
            ),
            (
                Status::Pending,
                ExecutionStatus::TimedOut,
                "",
                Status::Expired,
            ),
            (
                Status::Approved,
                ExecutionStatus::TimedOut,
                "",
                Status::Failed,
            ),
            (
                Status::Pending,
                ExecutionStatus::Failed,
                "Approval.Cancelled",
                Status::Cancelled,
            ),
            (
                Status::Pending,
                ExecutionStatus::Failed,
                "Approval.Voided",
                Status::Cancelled,
            ),
            (
                Status::Pending,
                ExecutionStatus::Aborted,
                "Promotion.Cancelled",
                Status::Cancelled,
            ),
            (
                Status::Approved,
                ExecutionStatus::Failed,
                ROLLED_BACK,
                Status::RolledBack,
            ),
            (
                Status::Approved,
                ExecutionStatus::Failed,
                "States.TaskFailed",
                Status::Failed,
            ),
        ];
        for (now, status, error, expected) in table {
            let end = End {
                status,
                error: error.to_owned(),
                cause: "because".to_owned(),
            };
            assert_eq!(meaning(now, &end).0, expected, "{end:?}");
        }
    }
}
