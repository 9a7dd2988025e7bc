//! The EventBridge Scheduler: schedules in groups, which invoke targets by the cloud's clock.
//!
//! An enabled schedule has one piece of due work ([`crate::due`]), for its next invocation; a failed
//! invocation that is to be tried again has one of its own. Targets go the way of all requests
//! ([`crate::inside`]), so that injected faults strike them and the retry policy counts.
//!
//! Invoked are queues, topics and event buses, and universal targets of the services that speak AWS
//! JSON or query here (see `target`). Other targets are kept as AWS keeps them; their invocations fail
//! with an error that names the service, and go to the dead-letter queue. Execution roles and KMS keys
//! are kept and not evaluated. A group is deleted with its schedules at once.
//!
//! Documents: `scheduler.groups` (by name), `scheduler.schedules` (`<group>/<name>`) and
//! `scheduler.tokens`, which are forgotten after a day.

mod attempt;
mod definition;
mod error;
mod firing;
mod group;
mod groups;
mod schedule;
mod schedules;
mod tags;
mod target;
mod token;

use http::request::Parts;
use serde::Serialize;

pub(crate) use attempt::{RETRY, retry};
pub(crate) use firing::{INVOKE, invoke};
pub(crate) use token::{FORGET, forget};

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::protocol::rest_json::{self, Route};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

const ROUTES: &[Route] = &[
    Route::new("POST", "/schedules/{Name}", "CreateSchedule"),
    Route::new("GET", "/schedules/{Name}", "GetSchedule"),
    Route::new("PUT", "/schedules/{Name}", "UpdateSchedule"),
    Route::new("DELETE", "/schedules/{Name}", "DeleteSchedule"),
    Route::new("GET", "/schedules", "ListSchedules"),
    Route::new("POST", "/schedule-groups/{Name}", "CreateScheduleGroup"),
    Route::new("GET", "/schedule-groups/{Name}", "GetScheduleGroup"),
    Route::new("DELETE", "/schedule-groups/{Name}", "DeleteScheduleGroup"),
    Route::new("GET", "/schedule-groups", "ListScheduleGroups"),
    Route::new("POST", "/tags/{ResourceArn+}", "TagResource"),
    Route::new("DELETE", "/tags/{ResourceArn+}", "UntagResource"),
    Route::new("GET", "/tags/{ResourceArn+}", "ListTagsForResource"),
];

/// The EventBridge Scheduler.
#[derive(Debug, Default, Clone, Copy)]
pub struct Scheduler;

/// Calls an operation with its input, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        write(&$operation(rest_json::read($call, ROUTES)?, $call, $tx)?)
    };
}

impl Service for Scheduler {
    fn name(&self) -> &'static str {
        "scheduler"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        rest_json::resolve(ROUTES, &request.method, request.uri.path())
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateSchedule" => answer!(schedules::create, call, tx),
            "GetSchedule" => answer!(schedules::get, call, tx),
            "UpdateSchedule" => answer!(schedules::update, call, tx),
            "DeleteSchedule" => answer!(schedules::delete, call, tx),
            "ListSchedules" => answer!(schedules::list, call, tx),
            "CreateScheduleGroup" => answer!(groups::create, call, tx),
            "GetScheduleGroup" => answer!(groups::get, call, tx),
            "DeleteScheduleGroup" => answer!(groups::delete, call, tx),
            "ListScheduleGroups" => answer!(groups::list, call, tx),
            "TagResource" => answer!(tags::tag, call, tx),
            "UntagResource" => answer!(tags::untag, call, tx),
            "ListTagsForResource" => answer!(tags::list, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        error::error(429, "ThrottlingException", "Rate exceeded")
    }
}

fn write(output: &impl Serialize) -> Result<Reply, ServiceError> {
    rest_json::write(200, output)
}

#[cfg(test)]
mod tests;
