//! How an existing account joins: `InviteAccountToOrganization`, `AcceptHandshake`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Joined, Member};
use super::organization::{self, Organization, email};
use super::{by_id, error, member_of};
use crate::error::ServiceError;
use crate::identity::is_account;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const HANDSHAKES: &str = "organizations.handshakes";
/// An invitation lapses after 15 days.
const LAPSES_MS: i64 = 15 * 24 * 3_600_000;

/// An invitation into an organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Handshake {
    id: String,
    organization: String,
    account: String,
    requested_ms: i64,
    accepted: bool,
}

impl Handshake {
    fn state(&self, now_ms: i64) -> &'static str {
        if self.accepted {
            "ACCEPTED"
        } else if now_ms >= self.requested_ms + LAPSES_MS {
            "EXPIRED"
        } else {
            "OPEN"
        }
    }

    fn save(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&Scope::global(), HANDSHAKES, &self.id, self)
    }

    fn show(&self, organization: &Organization, now_ms: i64) -> Value {
        json!({
            "Id": self.id,
            "Arn": organization.arn_of("handshake", &format!("invite/{}", self.id)),
            "Parties": [
                {"Id": organization.id, "Type": "ORGANIZATION"},
                {"Id": self.account, "Type": "ACCOUNT"},
            ],
            "State": self.state(now_ms),
            "Action": "INVITE",
            "RequestedTimestamp": epoch_seconds(self.requested_ms),
            "ExpirationTimestamp": epoch_seconds(self.requested_ms + LAPSES_MS),
            "Resources": [],
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InviteInput {
    target: Target,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    id: String,
    r#type: String,
}

/// `InviteAccountToOrganization`, by account id; addresses are not known here.
pub(super) fn invite(
    input: InviteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    let target = input.target;
    if target.r#type != "ACCOUNT" || !is_account(&target.id) {
        return Err(error::invalid(
            "The embedded Organizations invites accounts by their 12 digits: Target.Type ACCOUNT.",
        ));
    }
    check_free(tx, &target.id)?;
    let handshakes: Vec<Handshake> = paging::all(
        tx,
        Listing {
            scope: &Scope::global(),
            collection: HANDSHAKES,
            prefix: "",
        },
    )?;
    let open = |known: &Handshake| {
        known.organization == organization.id
            && known.account == target.id
            && known.state(call.now_ms) == "OPEN"
    };
    if handshakes.iter().any(open) {
        return Err(ServiceError::bad_request(
            "DuplicateHandshakeException",
            "A handshake with the same action and target already exists.",
        ));
    }
    let handshake = Handshake {
        id: format!("h-{}", call.cloud.lower(10)),
        organization: organization.id.clone(),
        account: target.id,
        requested_ms: call.now_ms,
        accepted: false,
    };
    handshake.save(tx)?;
    Ok(json!({"Handshake": handshake.show(&organization, call.now_ms)}))
}

fn check_free(tx: &Tx<'_>, account: &str) -> Result<(), ServiceError> {
    if member_of(tx, account)?.is_none() {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "HandshakeConstraintViolationException",
        "The account is already a member of an organization.",
    )
    .with_field("Reason", "ALREADY_IN_AN_ORGANIZATION"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AcceptInput {
    #[serde(default)]
    handshake_id: String,
}

/// `AcceptHandshake`, by the account that was invited.
pub(super) fn accept(
    input: AcceptInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let found: Option<Handshake> = tx.get(&Scope::global(), HANDSHAKES, &input.handshake_id)?;
    let mut handshake = found
        .filter(|handshake| handshake.account == call.scope.account)
        .ok_or_else(|| {
            ServiceError::bad_request(
                "HandshakeNotFoundException",
                "We can't find a handshake with the HandshakeId that you specified.",
            )
        })?;
    match handshake.state(call.now_ms) {
        "OPEN" => {}
        "ACCEPTED" => {
            return Err(ServiceError::bad_request(
                "HandshakeAlreadyInStateException",
                "The specified handshake is already in the requested state.",
            ));
        }
        state => {
            return Err(ServiceError::bad_request(
                "InvalidHandshakeTransitionException",
                format!("You can't accept a handshake that is {state}."),
            ));
        }
    }
    let account = &call.scope.account;
    check_free(tx, account)?;
    let organization = by_id(tx, &handshake.organization)?.ok_or_else(error::not_in_use)?;
    Member {
        account: account.clone(),
        organization: organization.id.clone(),
        name: account.clone(),
        email: email(account),
        joined: Joined::Invited,
        joined_ms: call.now_ms,
        parent: organization.root_id.clone(),
    }
    .join(tx)?;
    handshake.accepted = true;
    handshake.save(tx)?;
    Ok(json!({"Handshake": handshake.show(&organization, call.now_ms)}))
}
