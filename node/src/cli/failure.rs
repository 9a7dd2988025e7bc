//! What a person is told when a command fails: what happened, which fields are wrong, what to do.

use std::error::Error;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::exit::Exit;
use super::text;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What happened, one sentence.
    pub what: String,
    /// More of it, one a line: the fields that are wrong.
    pub details: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with its exit code and its sentence.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self {
            exit,
            what: what.into(),
            details: Vec::new(),
            hint: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The command line is wrong in a way that clap does not see.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// Nobody answers at `url`; `flag` names the option that chooses it.
    pub fn unreachable(url: &str, flag: &str, cause: &str) -> Self {
        Self::new(Exit::Unavailable, format!("no answer from {url} ({cause})")).hint(format!(
            "is datameshd running? start it with `make run` or `datameshd`, or name the server with {flag}"
        ))
    }

    /// What standard error shows; `bold` and `plain` wrap the label when colours are wanted.
    pub fn render(&self, colour: bool) -> String {
        let label = |name: &str, code: &str| match colour {
            true => format!("\u{1b}[1;{code}m{name}:\u{1b}[0m"),
            false => format!("{name}:"),
        };
        let mut lines = vec![format!(
            "{} {}",
            label("error", "31"),
            text::plain(&self.what)
        )];
        lines.extend(
            self.details
                .iter()
                .map(|detail| format!("  {}", text::plain(detail))),
        );
        lines.extend(
            self.hint
                .iter()
                .map(|hint| format!("{} {hint}", label("hint", "36"))),
        );
        lines.join("\n") + "\n"
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // A reader that has seen enough (`datamesh asset list | head -1`) is no failure.
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::new(Exit::Ok, "");
        }
        Self::new(
            Exit::Unexpected,
            format!("the output could not be written: {error}"),
        )
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        if let Some(cause) = status.source() {
            // Made on this side: no answer came.
            let what = format!("the connection to the server was lost ({})", root_of(cause));
            return Self::new(Exit::Unavailable, what).hint(
                "whether it was done is not known: look, or repeat it with the same --request-id",
            );
        }
        let details = status.get_error_details();
        let mut failure = Self::new(exit_of(status.code()), sentence(&status));
        if let Some(bad) = details.bad_request() {
            failure.details = bad
                .field_violations
                .iter()
                .map(|violation| format!("{}: {}", violation.field, violation.description))
                .collect();
        }
        if failure.what == failure.details.join("; ") {
            match failure.details.len() {
                1 => failure.details.clear(),
                several => failure.what = format!("{several} fields are not valid"),
            }
        }
        let retry_after = details.retry_info().and_then(|retry| retry.retry_delay);
        failure.hint = hint_of(&status, retry_after);
        failure
    }
}

/// The last word of an error's chain of causes, without the system's number.
pub fn root_of(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
}

fn exit_of(code: Code) -> Exit {
    match code {
        Code::Ok => Exit::Ok,
        Code::NotFound => Exit::NotFound,
        Code::PermissionDenied | Code::Unauthenticated => Exit::Denied,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Exit::Conflict,
        Code::InvalidArgument | Code::OutOfRange => Exit::Invalid,
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => Exit::Unavailable,
        Code::Unknown | Code::Internal | Code::DataLoss | Code::Unimplemented | Code::Cancelled => {
            Exit::Unexpected
        }
    }
}

fn sentence(status: &Status) -> String {
    match status.message() {
        "" => format!("the server answered {:?} without saying why", status.code()),
        message => message.to_owned(),
    }
}

/// The stable code of a refusal: `NOT_OWNER`.
fn reason_of(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    details.error_info().map(|info| info.reason.clone())
}

fn hint_of(status: &Status, retry_after: Option<Duration>) -> Option<String> {
    let hint = match status.code() {
        Code::Unauthenticated => {
            "get a token with `datamesh token --user YOU --groups GROUP,…` on the server's machine, \
             and pass it with --token, DATAMESH_TOKEN or a token file"
        }
        Code::PermissionDenied => match reason_of(status).as_deref() {
            // The sentence says already what to do.
            Some("SELF_APPROVAL") => return None,
            Some("NOT_APPROVER") => "`datamesh approval get` says who can decide",
            _ => "use a token of a group that owns the domain, or of the admin group",
        },
        Code::Aborted => "read it again, look at what changed, and repeat with its new etag",
        Code::Unavailable | Code::ResourceExhausted => {
            return Some(match retry_after {
                Some(delay) => format!("try again in {}", text::duration(delay)),
                None => "try again in a moment".to_owned(),
            });
        }
        Code::Unimplemented => {
            "the server is older than this command, or --server and --admin-server are mixed up"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn who_asked_for_an_approval_is_not_sent_for_another_token() {
        let refused = |reason: &str| {
            let details = ErrorDetails::with_error_info(
                reason,
                "datamesh",
                std::collections::HashMap::<String, String>::new(),
            );
            let status = Status::with_error_details(Code::PermissionDenied, "no", details);
            Failure::from(status).render(false)
        };
        assert!(!refused("SELF_APPROVAL").contains("token"));
        assert!(refused("NOT_OWNER").contains("use a token of a group that owns the domain"));
    }

    #[test]
    fn every_wrong_field_gets_a_line() {
        let mut details = ErrorDetails::new();
        details
            .add_bad_request_violation("domainName", "must not be empty")
            .add_bad_request_violation("ownerGroups", "needs at least one group");
        let status =
            Status::with_error_details(Code::InvalidArgument, "the domain is not valid", details);

        let failure = Failure::from(status);

        assert_eq!(failure.exit, Exit::Invalid);
        assert_eq!(
            failure.render(false),
            "error: the domain is not valid\n  \
             domainName: must not be empty\n  \
             ownerGroups: needs at least one group\n"
        );
    }

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(1500)));
        let status = Status::with_error_details(Code::ResourceExhausted, "busy", details);
        let failure = Failure::from(status);
        assert_eq!(failure.exit, Exit::Unavailable);
        assert_eq!(failure.hint.as_deref(), Some("try again in 1.5s"));
    }

    #[test]
    fn a_lost_connection_is_told_from_an_answer() {
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let failure = Failure::from(Status::from_error(Box::new(broken)));
        assert_eq!(failure.exit, Exit::Unavailable);
        assert_eq!(
            failure.what,
            "the connection to the server was lost (connection reset)"
        );
    }

    #[test]
    fn each_code_has_its_exit() {
        let table = [
            (Code::NotFound, 3),
            (Code::Unauthenticated, 4),
            (Code::PermissionDenied, 4),
            (Code::AlreadyExists, 5),
            (Code::FailedPrecondition, 5),
            (Code::Aborted, 5),
            (Code::InvalidArgument, 6),
            (Code::Unavailable, 7),
            (Code::ResourceExhausted, 7),
            (Code::Internal, 1),
        ];
        for (code, exit) in table {
            assert_eq!(exit_of(code) as u8, exit, "{code:?}");
        }
    }

    #[test]
    fn what_a_server_says_cannot_steer_the_terminal() {
        let failure = Failure::new(Exit::NotFound, "no \u{1b}[31mdomain\r\nhere");
        assert_eq!(
            failure.render(false),
            "error: no \u{fffd}[31mdomain\u{fffd} here\n"
        );
    }
}
