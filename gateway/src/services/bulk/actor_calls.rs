//! The calls for many actors.

use datamesh_actor::Runtime;
use datamesh_journal::MarkKind;
use datamesh_proto::v1;
use tonic::Status;

use super::actors::{Choice, Deed, run};
use super::{ACTOR_FIELDS, Call, Filter, chosen, fields, status_filter};
use crate::auth::Caller;
use crate::services::failure::unread;
use crate::status::invalid_field;

/// Pauses many, or says which.
///
/// # Errors
/// INVALID_ARGUMENT if the filter is wrong or chooses everything without saying so.
pub async fn pause_actors(
    runtime: &Runtime,
    caller: &Caller,
    request: v1::PauseActorsRequest,
) -> Result<v1::PauseActorsResponse, Status> {
    let (mark, resident) = status_filter(request.status)?;
    let choice = Choice {
        filter: Filter::read(fields!(request), runtime.clock().now_ms())?,
        mark,
        resident,
        paused_effects: request.paused_effects,
    };
    chosen(choice.is_empty(), request.all, ACTOR_FIELDS)?;
    let call = Call::new(caller, request.reason, request.dry_run, request.page_token);
    let report = run(runtime, &choice, Deed::Pause, &call).await;
    let report = report.map_err(unread)?;
    call.tell("pauses actors", &report);
    Ok(v1::PauseActorsResponse {
        report: Some(report.shown(call.dry)),
    })
}

/// Resumes many, or says which.
///
/// # Errors
/// INVALID_ARGUMENT if the filter is wrong or chooses everything without saying so.
pub async fn resume_actors(
    runtime: &Runtime,
    caller: &Caller,
    request: v1::ResumeActorsRequest,
) -> Result<v1::ResumeActorsResponse, Status> {
    let mark = match status_filter(request.status)? {
        (Some(mark), _) => mark,
        (None, false) => MarkKind::Paused,
        (None, true) => return Err(invalid_field("status", "must be PAUSED or QUARANTINED")),
    };
    let named = request.status != 0;
    let choice = Choice {
        filter: Filter::read(fields!(request), runtime.clock().now_ms())?,
        mark: Some(mark),
        resident: false,
        paused_effects: request.paused_effects,
    };
    let empty = choice.filter.is_empty() && !choice.paused_effects && !named;
    chosen(empty, request.all, ACTOR_FIELDS)?;
    let call = Call::new(caller, request.reason, request.dry_run, request.page_token);
    let report = run(runtime, &choice, Deed::Resume, &call).await;
    let report = report.map_err(unread)?;
    call.tell("resumes actors", &report);
    Ok(v1::ResumeActorsResponse {
        report: Some(report.shown(call.dry)),
    })
}
