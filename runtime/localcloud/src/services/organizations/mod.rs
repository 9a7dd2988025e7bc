//! AWS Organizations: who belongs together, and which accounts are closed.
//!
//! It is global. What the other services ask: [`Membership::of`] (may these two share without an
//! invitation?) and [`is_closed`] (does nobody act in this account?). Policies, delegated
//! administrators and the rest of the service are not here.
//!
//! Documents, all in the global scope: `organizations.organizations` by id, `.members` by
//! `organization/account`, `.member_of` by account, `.units` by `organization/unit`, `.handshakes`
//! by id, `.closed` by account.

mod account;
mod error;
mod handshake;
mod organization;
mod unit;

use http::request::Parts;
use serde::{Deserialize, Serialize};

use organization::{ORGANIZATIONS, Organization};

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::{Scope, Tx};

/// The service principal of RAM, whose trusted access is what "sharing within the organization is
/// enabled" means.
const RAM: &str = "ram.amazonaws.com";
const CLOSED: &str = "organizations.closed";

pub(crate) struct Organizations;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_1,
        )
    };
}

impl Service for Organizations {
    fn name(&self) -> &'static str {
        "organizations"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateOrganization" => answer!(organization::create, call, tx),
            "DescribeOrganization" => answer!(organization::describe, call, tx),
            "ListRoots" => answer!(organization::list_roots, call, tx),
            "EnableAWSServiceAccess" => answer!(organization::enable_service_access, call, tx),
            "ListAccounts" => answer!(account::list, call, tx),
            "CreateAccount" => answer!(account::create, call, tx),
            "CloseAccount" => answer!(account::close, call, tx),
            "LeaveOrganization" => answer!(account::leave, call, tx),
            "InviteAccountToOrganization" => answer!(handshake::invite, call, tx),
            "AcceptHandshake" => answer!(handshake::accept, call, tx),
            "CreateOrganizationalUnit" => answer!(unit::create, call, tx),
            "MoveAccount" => answer!(unit::move_account, call, tx),
            "ListParents" => answer!(unit::list_parents, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::bad_request("TooManyRequestsException", "Rate exceeded")
    }
}

/// An account's place in an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    /// `o-…`.
    pub(crate) organization: String,
    /// The organizational units above the account, the nearest first: `ou-…`.
    pub(crate) units: Vec<String>,
    /// Whether RAM shares within the organization without invitations.
    pub(crate) sharing: bool,
}

impl Membership {
    /// `None` if the account is in no organization.
    pub(crate) fn of(tx: &Tx<'_>, account: &str) -> Result<Option<Self>, ServiceError> {
        let Some(organization) = member_of(tx, account)? else {
            return Ok(None);
        };
        let Some(member) = account::find(tx, &organization.id, account)? else {
            return Ok(None);
        };
        Ok(Some(Self {
            units: unit::above(tx, &organization.id, &member.parent)?,
            sharing: organization.trusted.contains_key(RAM),
            organization: organization.id,
        }))
    }
}

/// Whether the organization has this organizational unit.
pub(crate) fn has_unit(tx: &Tx<'_>, organization: &str, unit: &str) -> Result<bool, ServiceError> {
    unit::exists(tx, organization, unit)
}

/// Lets RAM share without invitations in the organization that the caller manages.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`; `AccessDeniedException` for a member.
pub(crate) fn enable_sharing(call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    organization::trust(RAM, call, tx)
}

/// The closing of an account, and its end. Moments are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Closure {
    /// When RAM has suspended what the account shares.
    pub(crate) suspended_ms: i64,
    /// When RAM has restored it, if the account was reinstated.
    pub(crate) restored_ms: Option<i64>,
}

impl Closure {
    /// That of an account which is closed, or was.
    pub(crate) fn of(tx: &Tx<'_>, account: &str) -> Result<Option<Self>, ServiceError> {
        tx.get(&Scope::global(), CLOSED, account)
    }
}

/// Whether an account is closed: nobody acts in it.
pub(crate) fn is_closed(tx: &Tx<'_>, account: &str) -> Result<bool, ServiceError> {
    let closure = Closure::of(tx, account)?;
    Ok(closure.is_some_and(|closure| closure.restored_ms.is_none()))
}

/// Opens a closed account again, as AWS Support does within 90 days; RAM has restored what it shares
/// at `restored_ms`. `false` if it is not closed.
pub(crate) fn reinstate(
    tx: &Tx<'_>,
    account: &str,
    restored_ms: i64,
) -> Result<bool, ServiceError> {
    let closure = Closure::of(tx, account)?.filter(|closure| closure.restored_ms.is_none());
    let Some(closure) = closure else {
        return Ok(false);
    };
    let reinstated = Closure {
        restored_ms: Some(restored_ms),
        ..closure
    };
    tx.put(&Scope::global(), CLOSED, account, &reinstated)?;
    Ok(true)
}

fn member_of(tx: &Tx<'_>, account: &str) -> Result<Option<Organization>, ServiceError> {
    let id: Option<String> = tx.get(&Scope::global(), account::MEMBER_OF, account)?;
    match id {
        Some(id) => by_id(tx, &id),
        None => Ok(None),
    }
}

fn by_id(tx: &Tx<'_>, id: &str) -> Result<Option<Organization>, ServiceError> {
    tx.get(&Scope::global(), ORGANIZATIONS, id)
}
