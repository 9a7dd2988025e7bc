//! AWS CloudFormation: stacks by change sets or directly, with rollback, drift detection and exports.
//!
//! A stack's resources are made in the other services by requests ([`crate::inside`]), so that they
//! are seen there, and so that an injected fault on `iam:CreateRole` strikes the stack. The kinds of
//! resources are in `kinds`. An operation is a part of its stack's document (`operation`), which
//! `advance` takes from step to step, and `work` says when.
//!
//! Not here: nested stacks, stack sets, imports, macros and transforms, rules, custom resources,
//! stack policies and time-outs (kept, not heeded), and rollback triggers.
//!
//! Documents: `cloudformation.stacks` by key, `.names` (name → key), `.events` (`<key>/<newest
//! first>`), `.change-sets`, `.detections`, `.tokens`; and in the global scope `.work`.

mod advance;
mod begin;
mod change_set;
mod changes;
mod deeds;
mod describe;
mod drift;
mod error;
mod event;
mod idempotency;
mod kinds;
mod operation;
mod outputs;
mod perform;
mod request;
mod stack;
mod stacks;
mod template;
mod templates;
mod work;

use http::request::Parts;

pub(crate) use work::settle;

use crate::error::ServiceError;
use crate::protocol::{Protocol, query};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

pub(crate) struct CloudFormation;

/// Calls an operation with its input from the form, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        query::write_tree(
            &$operation(query::read($call)?, $call, $tx)?,
            $call,
            NAMESPACE,
        )
    };
}

impl Service for CloudFormation {
    fn name(&self) -> &'static str {
        "cloudformation"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    fn operation(&self, _request: &Parts, body: &[u8]) -> Option<String> {
        query::operation(body)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateChangeSet" => answer!(change_set::create, call, tx),
            "DescribeChangeSet" => answer!(change_set::describe, call, tx),
            "ListChangeSets" => answer!(change_set::list, call, tx),
            "ExecuteChangeSet" => answer!(change_set::execute, call, tx),
            "DeleteChangeSet" => answer!(change_set::delete, call, tx),
            "CreateStack" => answer!(stacks::create, call, tx),
            "UpdateStack" => answer!(stacks::update, call, tx),
            "DeleteStack" => answer!(stacks::delete, call, tx),
            "CancelUpdateStack" => answer!(stacks::cancel_update, call, tx),
            "ContinueUpdateRollback" => answer!(stacks::continue_update_rollback, call, tx),
            "RollbackStack" => answer!(stacks::rollback, call, tx),
            "UpdateTerminationProtection" => answer!(stacks::protect, call, tx),
            "SetStackPolicy" => answer!(stacks::set_policy, call, tx),
            "GetStackPolicy" => answer!(stacks::get_policy, call, tx),
            "DescribeStacks" => answer!(describe::stacks, call, tx),
            "ListStacks" => answer!(describe::list, call, tx),
            "DescribeStackEvents" => answer!(event::describe, call, tx),
            "DescribeStackResources" => answer!(describe::resources, call, tx),
            "DescribeStackResource" => answer!(describe::resource, call, tx),
            "ListStackResources" => answer!(describe::list_resources, call, tx),
            "ValidateTemplate" => answer!(templates::validate, call, tx),
            "GetTemplate" => answer!(templates::get, call, tx),
            "GetTemplateSummary" => answer!(templates::summary, call, tx),
            "ListExports" => answer!(outputs::list_exports, call, tx),
            "ListImports" => answer!(outputs::list_imports, call, tx),
            "DetectStackDrift" => answer!(drift::detect, call, tx),
            "DescribeStackDriftDetectionStatus" => answer!(drift::status, call, tx),
            "DescribeStackResourceDrifts" => answer!(drift::drifts, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(400, "Throttling", "Rate exceeded")
    }
}
