//! AWS Security Token Service: `AssumeRole`, `GetCallerIdentity`, `GetSessionToken`, `GetAccessKeyInfo`.
//!
//! A role that IAM has is assumed by whom its trust policy names; one that IAM has never seen by
//! anybody; one that was deleted, and one of a closed account, by nobody.

mod assume_role;
mod gone;
mod session_token;

use http::request::Parts;
use serde::Serialize;

pub(crate) use assume_role::{parse_role, role_id};
pub(crate) use gone::refuse_the_gone;

use crate::error::ServiceError;
use crate::protocol::{Protocol, query};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(crate) struct Sts;

impl Service for Sts {
    fn name(&self) -> &'static str {
        "sts"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    fn operation(&self, _request: &Parts, body: &[u8]) -> Option<String> {
        query::operation(body)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "AssumeRole" => {
                let output = assume_role::assume_role(query::read(call)?, call, tx)?;
                query::write(&output, call, NAMESPACE)
            }
            "GetCallerIdentity" => query::write(&get_caller_identity(call), call, NAMESPACE),
            "GetSessionToken" => {
                let output = session_token::get_session_token(&query::read(call)?, call, tx)?;
                query::write(&output, call, NAMESPACE)
            }
            "GetAccessKeyInfo" => {
                let output = session_token::get_access_key_info(&query::read(call)?, call, tx)?;
                query::write(&output, call, NAMESPACE)
            }
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(400, "Throttling", "Rate exceeded")
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    arn: String,
    user_id: String,
    account: String,
}

fn get_caller_identity(call: &Call<'_>) -> CallerIdentity {
    CallerIdentity {
        arn: call.principal.arn.clone(),
        user_id: call.principal.user_id.clone(),
        account: call.principal.account.clone(),
    }
}
