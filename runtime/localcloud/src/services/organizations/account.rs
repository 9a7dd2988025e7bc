//! Accounts as members: `ListAccounts`, `CreateAccount`, `CloseAccount`, `LeaveOrganization`.
//!
//! Every account exists in the embedded cloud, whether an organization knows it or not. A closed
//! account stays a member, `SUSPENDED`: nobody acts in it any more.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::organization::{self, Nothing, Organization};
use super::{CLOSED, Closure, error, is_closed};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

/// Members by `organization/account`.
pub(super) const MEMBERS: &str = "organizations.members";
/// The organization's id, by account.
pub(super) const MEMBER_OF: &str = "organizations.member_of";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Joined {
    Invited,
    Created,
}

/// An account in an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Member {
    pub(super) account: String,
    pub(super) organization: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) joined: Joined,
    pub(super) joined_ms: i64,
    /// The root or an organizational unit.
    pub(super) parent: String,
}

impl Member {
    fn key(&self) -> String {
        key(&self.organization, &self.account)
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&Scope::global(), MEMBERS, &self.key(), self)
    }

    /// Puts the account into the organization.
    pub(super) fn join(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        self.save(tx)?;
        tx.put(
            &Scope::global(),
            MEMBER_OF,
            &self.account,
            &self.organization,
        )
    }

    fn show(&self, tx: &Tx<'_>, organization: &Organization) -> Result<Value, ServiceError> {
        let status = if is_closed(tx, &self.account)? {
            "SUSPENDED"
        } else {
            "ACTIVE"
        };
        Ok(json!({
            "Id": self.account,
            "Arn": organization.arn_of("account", &self.account),
            "Email": self.email,
            "Name": self.name,
            "Status": status,
            "State": status,
            "JoinedMethod": self.joined,
            "JoinedTimestamp": epoch_seconds(self.joined_ms),
        }))
    }
}

fn key(organization: &str, account: &str) -> String {
    format!("{organization}/{account}")
}

pub(super) fn find(
    tx: &Tx<'_>,
    organization: &str,
    account: &str,
) -> Result<Option<Member>, ServiceError> {
    tx.get(&Scope::global(), MEMBERS, &key(organization, account))
}

/// A member of this organization.
///
/// # Errors
/// `AccountNotFoundException`.
pub(super) fn require(
    tx: &Tx<'_>,
    organization: &str,
    account: &str,
) -> Result<Member, ServiceError> {
    find(tx, organization, account)?.ok_or_else(error::account_not_found)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// `ListAccounts`, by id, for the management account.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    let limit = usize::try_from(input.max_results.unwrap_or(20))
        .ok()
        .filter(|limit| (1..=20).contains(limit))
        .ok_or_else(|| error::invalid("You provided a value for MaxResults outside of 1 to 20."))?;
    let (members, next) = paging::page(
        tx,
        Listing {
            scope: &Scope::global(),
            collection: MEMBERS,
            prefix: &key(&organization.id, ""),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |_: &Member| true,
    )?;
    let accounts = members
        .iter()
        .map(|member| member.show(tx, &organization))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"Accounts": accounts, "NextToken": next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    email: String,
    #[serde(default)]
    account_name: String,
}

/// `CreateAccount`: a new account id, a member at once. (AWS takes minutes and answers
/// `IN_PROGRESS`.)
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    if !input.email.contains('@') || input.account_name.is_empty() {
        return Err(error::invalid("You must give an Email and an AccountName."));
    }
    let account = loop {
        let account = call.cloud.digits(12);
        if super::member_of(tx, &account)?.is_none() {
            break account;
        }
    };
    Member {
        account: account.clone(),
        organization: organization.id,
        name: input.account_name.clone(),
        email: input.email,
        joined: Joined::Created,
        joined_ms: call.now_ms,
        parent: organization.root_id,
    }
    .join(tx)?;
    let now = epoch_seconds(call.now_ms);
    Ok(json!({"CreateAccountStatus": {
        "Id": format!("car-{}", call.cloud.lower(32)),
        "AccountName": input.account_name,
        "AccountId": account,
        "State": "SUCCEEDED",
        "RequestedTimestamp": now,
        "CompletedTimestamp": now,
    }}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneAccount {
    #[serde(default)]
    account_id: String,
}

/// `CloseAccount`: the management account closes a member; only AWS Support
/// ([`LocalCloud::reinstate_account`](crate::LocalCloud::reinstate_account)) opens it again.
pub(super) fn close(
    input: OneAccount,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    let member = require(tx, &organization.id, &input.account_id)?;
    if member.account == organization.management_account {
        return Err(error::constraint(
            "You can't close the management account.",
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
        ));
    }
    if is_closed(tx, &member.account)? {
        return Err(ServiceError::bad_request(
            "AccountAlreadyClosedException",
            "You attempted to close an account that is already closed.",
        ));
    }
    let closure = Closure {
        suspended_ms: call.now_ms + call.cloud.sharing_delay_ms.load(Ordering::Relaxed),
        restored_ms: None,
    };
    tx.put(&Scope::global(), CLOSED, &member.account, &closure)?;
    Ok(json!({}))
}

/// `LeaveOrganization`: what was shared with the caller as a member ends.
pub(super) fn leave(_: Nothing, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let organization = organization::require(call, tx)?;
    let account = &call.scope.account;
    if organization.management_account == *account {
        return Err(ServiceError::bad_request(
            "MasterCannotLeaveOrganizationException",
            "You can't remove a management account from an organization.",
        ));
    }
    tx.delete(&Scope::global(), MEMBERS, &key(&organization.id, account))?;
    tx.delete(&Scope::global(), MEMBER_OF, account)?;
    Ok(json!({}))
}
