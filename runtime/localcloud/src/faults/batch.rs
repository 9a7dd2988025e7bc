//! Batches that fail in part: which entries of one request a service is to fail, and with what.

use super::{FaultEffect, Faults};
use crate::error::ServiceError;
use crate::request::Call;

/// The entries of one batch, struck one after the other.
#[derive(Debug)]
pub(crate) struct BatchFaults<'a> {
    call: &'a Call<'a>,
    /// Of the batch as a whole: a share of its entries, and their error.
    part: Option<(f64, ServiceError)>,
    entries: u32,
}

impl<'a> BatchFaults<'a> {
    /// Looks once for what strikes the batch of this request.
    pub(crate) fn of(call: &'a Call<'a>) -> Self {
        let struck = faults(call).strike_by(
            call.service,
            &call.operation,
            &call.scope.account,
            &call.cloud.ids,
            |standing| matches!(standing.effect(), FaultEffect::HalfBatch { .. }),
        );
        let part = match struck.effect {
            Some(FaultEffect::HalfBatch { share, error }) => {
                let error = match error {
                    Some((code, message)) => ServiceError::bad_request(code, message),
                    None => internal(call.service),
                };
                Some((share, error))
            }
            _ => None,
        };
        Self {
            call,
            part,
            entries: 0,
        }
    }

    /// Does the next entry, unless it is to fail. The inner error is the entry's: an injected one, or
    /// what the deed refuses.
    ///
    /// # Errors
    /// What is the cloud's own fault (500): the whole batch fails.
    pub(crate) fn entry<T>(
        &mut self,
        deed: impl FnOnce() -> Result<T, ServiceError>,
    ) -> Result<Result<T, ServiceError>, ServiceError> {
        if let Some(injected) = self.injected() {
            return Ok(Err(injected));
        }
        match deed() {
            Err(broken) if broken.status >= 500 => Err(broken),
            outcome => Ok(outcome),
        }
    }

    /// The error with which the next entry fails, if it does: by its share of the batch, or by a
    /// fault for `<operation>.Entry`.
    pub(crate) fn injected(&mut self) -> Option<ServiceError> {
        let before = f64::from(self.entries);
        self.entries += 1;
        let after = f64::from(self.entries);
        if let Some((share, error)) = &self.part
            && (after * share).floor() > (before * share).floor()
        {
            return Some(error.clone());
        }
        let call = self.call;
        let entry = format!("{}.Entry", call.operation);
        let struck = faults(call).strike_by(
            call.service,
            &entry,
            &call.scope.account,
            &call.cloud.ids,
            |standing| standing.fault.operation.as_deref() == Some(entry.as_str()),
        );
        match struck.effect? {
            FaultEffect::Throttle => Some(throttled(call.service)),
            FaultEffect::ServerError => Some(ServiceError {
                message: "an injected server error".to_owned(),
                ..internal(call.service)
            }),
            FaultEffect::Error {
                status,
                code,
                message,
            } => Some(ServiceError::new(status, code, message)),
            _ => None,
        }
    }
}

fn faults<'a>(call: &'a Call<'a>) -> &'a Faults {
    &call.cloud.faults
}

/// What the entries of a service say of a defect of its own.
fn internal(service: &str) -> ServiceError {
    let again = "We encountered an internal error. Please try again.";
    let (code, message) = match service {
        "sqs" | "sns" | "s3" => ("InternalError", again),
        "events" => (
            "InternalFailure",
            "The request failed because of an internal error.",
        ),
        _ => (
            "InternalServiceException",
            "An internal service error occurred.",
        ),
    };
    ServiceError::new(500, code, message)
}

/// What the entries of a service say when there are too many.
fn throttled(service: &str) -> ServiceError {
    let (code, message) = match service {
        "sqs" => ("RequestThrottled", "Rate exceeded"),
        "sns" => ("Throttled", "Rate exceeded"),
        "s3" => ("SlowDown", "Please reduce your request rate."),
        _ => ("ThrottlingException", "Rate exceeded"),
    };
    ServiceError::bad_request(code, message)
}
