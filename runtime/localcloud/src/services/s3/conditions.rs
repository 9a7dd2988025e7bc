//! Conditions on reads and writes (RFC 9110, section 13).

use super::object::{Object, no_such_key};
use crate::error::ServiceError;
use crate::protocol::timestamp;
use crate::request::Call;
use crate::services::Reply;

/// The headers of the four conditions, with what stands before their names.
struct Headers<'a> {
    call: &'a Call<'a>,
    prefix: &'static str,
}

impl Headers<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.call.header(&format!("{}{name}", self.prefix))
    }

    /// What is not a date is not heeded.
    fn moment(&self, name: &str) -> Option<i64> {
        timestamp::parse_http_date(self.text(name)?)
    }

    /// Whether the two conditions that let go on, and the two that hold back, hold. A condition on
    /// the tag goes before the one on the time beside it.
    fn judge(&self, object: &Object) -> (Option<&'static str>, Option<&'static str>) {
        // Headers have seconds.
        let modified_ms = object.modified_ms.div_euclid(1_000) * 1_000;
        let refuses = match (self.text("if-match"), self.moment("if-unmodified-since")) {
            (Some(wanted), _) => (!fits(wanted, object)).then_some("If-Match"),
            (None, Some(since)) => (modified_ms > since).then_some("If-Unmodified-Since"),
            (None, None) => None,
        };
        let knows = match (self.text("if-none-match"), self.moment("if-modified-since")) {
            (Some(known), _) => fits(known, object).then_some("If-None-Match"),
            (None, Some(since)) => (modified_ms <= since).then_some("If-Modified-Since"),
            (None, None) => None,
        };
        (refuses, knows)
    }
}

fn fits(wanted: &str, object: &Object) -> bool {
    wanted
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_matches('"') == object.etag.trim_matches('"'))
}

fn failed(condition: &str) -> ServiceError {
    ServiceError::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .with_field("Condition", condition)
}

/// For `GetObject` and `HeadObject`.
///
/// # Errors
/// `PreconditionFailed` (412), `NotModified` (304).
pub(super) fn check_read(call: &Call<'_>, object: &Object) -> Result<(), ServiceError> {
    let headers = Headers { call, prefix: "" };
    match headers.judge(object) {
        (Some(condition), _) => Err(failed(condition)),
        (None, Some(_)) => {
            let known = object.describe_unmodified(Reply::default());
            Err(ServiceError {
                headers: known.headers,
                ..ServiceError::new(304, "NotModified", "Not Modified")
            })
        }
        (None, None) => Ok(()),
    }
}

/// For the source of `CopyObject` and `UploadPartCopy`.
///
/// # Errors
/// `PreconditionFailed` (412).
pub(super) fn check_source(call: &Call<'_>, source: &Object) -> Result<(), ServiceError> {
    let headers = Headers {
        call,
        prefix: "x-amz-copy-source-",
    };
    let (refuses, knows) = headers.judge(source);
    match refuses.or(knows) {
        Some(condition) => Err(failed(condition)),
        None => Ok(()),
    }
}

/// For everything that writes an object; `current` is what is there. All writes come one after the
/// other here, so that none ends with `ConditionalRequestConflict`.
///
/// # Errors
/// `PreconditionFailed` (412), `NoSuchKey` (404) where a write wants to match what is not there, and
/// `NotImplemented` (501) for `If-None-Match` with a tag, as on AWS.
pub(super) fn check_write(
    call: &Call<'_>,
    key: &str,
    current: Option<&Object>,
) -> Result<(), ServiceError> {
    if let Some(wanted) = call.header("if-match") {
        let current = current.ok_or_else(|| no_such_key(key))?;
        if !fits(wanted, current) {
            return Err(failed("If-Match"));
        }
    }
    match call.header("if-none-match").map(str::trim) {
        None => Ok(()),
        Some("*") if current.is_some() => Err(failed("If-None-Match")),
        Some("*") => Ok(()),
        Some(_) => Err(ServiceError::new(
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented",
        )
        .with_field("Header", "If-None-Match")),
    }
}

/// What a deletion may want of the version that it deletes.
#[derive(Debug, Default)]
pub(super) struct DeleteConditions<'a> {
    pub(super) etag: Option<&'a str>,
    pub(super) modified: Option<&'a str>,
    pub(super) size: Option<&'a str>,
}

impl<'a> DeleteConditions<'a> {
    pub(super) fn of(call: &'a Call<'_>) -> Self {
        Self {
            etag: call.header("if-match"),
            modified: call.header("x-amz-if-match-last-modified-time"),
            size: call.header("x-amz-if-match-size"),
        }
    }

    pub(super) fn are_there(&self) -> bool {
        self.etag.is_some() || self.modified.is_some() || self.size.is_some()
    }

    /// What is not there fits every time and size, and no tag.
    ///
    /// # Errors
    /// `PreconditionFailed` (412).
    pub(super) fn check(&self, object: Option<&Object>) -> Result<(), ServiceError> {
        if self
            .etag
            .is_some_and(|wanted| !object.is_some_and(|object| fits(wanted, object)))
        {
            return Err(failed("If-Match"));
        }
        let Some(object) = object else {
            return Ok(());
        };
        let seconds = |ms: i64| ms.div_euclid(1_000);
        if self.modified.is_some_and(|wanted| {
            timestamp::parse_http_date(wanted)
                .or_else(|| timestamp::parse_iso8601(wanted))
                .map(seconds)
                != Some(seconds(object.modified_ms))
        }) {
            return Err(failed("x-amz-if-match-last-modified-time"));
        }
        if self
            .size
            .is_some_and(|wanted| wanted.parse() != Ok(object.size))
        {
            return Err(failed("x-amz-if-match-size"));
        }
        Ok(())
    }
}
