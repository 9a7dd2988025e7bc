//! What the caller was invited to: `GetResourceShareInvitations`, `AcceptResourceShareInvitation`,
//! `RejectResourceShareInvitation`, `ListPendingInvitationResources`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::admit::delay_ms;
use super::association::{self, Kind};
use super::invitation::{self, Fate, INVITATIONS, Invitation, Status};
use super::page::page;
use super::share::parse_arn;
use super::{idempotency, list_resources, share};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

fn not_found(arn: &str) -> ServiceError {
    ServiceError::bad_request(
        "ResourceShareInvitationArnNotFoundException",
        format!("ResourceShareInvitation {arn} could not be found."),
    )
}

/// The invitation of this ARN, if the caller received it.
fn require(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Invitation, ServiceError> {
    let (sender, id) = parse_arn("resource-share-invitation", arn)?;
    let receiver = Scope {
        account: call.scope.account.clone(),
        region: sender.region,
    };
    invitation::find(tx, &receiver, &id)?
        .filter(|invitation| invitation.sender == sender.account)
        .ok_or_else(|| not_found(arn))
}

/// The same, if nobody has answered it.
fn require_pending(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Invitation, ServiceError> {
    let invitation = require(call, tx, arn)?;
    let (code, what) = match invitation.status(call.now_ms) {
        Status::Pending => return Ok(invitation),
        Status::Accepted => (
            "ResourceShareInvitationAlreadyAcceptedException",
            "was already accepted",
        ),
        Status::Rejected => (
            "ResourceShareInvitationAlreadyRejectedException",
            "was already rejected",
        ),
        Status::Expired => ("ResourceShareInvitationExpiredException", "has expired"),
    };
    Err(ServiceError::bad_request(
        code,
        format!("ResourceShareInvitation {arn} {what}."),
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetInput {
    #[serde(default)]
    resource_share_invitation_arns: Vec<String>,
    #[serde(default)]
    resource_share_arns: Vec<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// `GetResourceShareInvitations`, the oldest first, whatever became of them.
pub(super) fn get(input: GetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    for arn in &input.resource_share_invitation_arns {
        require(call, tx, arn)?;
    }
    let mut invitations: Vec<Invitation> = paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: INVITATIONS,
            prefix: "",
        },
    )?;
    let fits = |wanted: &[String], arn: &str| wanted.is_empty() || wanted.iter().any(|w| w == arn);
    invitations.retain(|invitation| {
        fits(&input.resource_share_invitation_arns, &invitation.arn())
            && fits(&input.resource_share_arns, &invitation.share_arn)
    });
    invitations.sort_by_key(|invitation| invitation.sent_ms);
    let shown = invitations
        .iter()
        .map(|invitation| invitation.show(call.now_ms))
        .collect();
    page(
        "resourceShareInvitations",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerInput {
    #[serde(default)]
    resource_share_invitation_arn: String,
    client_token: Option<String>,
}

/// `AcceptResourceShareInvitation`.
pub(super) fn accept(
    input: AnswerInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let settles_ms = call.now_ms + delay_ms(call);
    settle(input, call, tx, Fate::Accepted { settles_ms })
}

/// `RejectResourceShareInvitation`: the association fails.
pub(super) fn reject(
    input: AnswerInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let at_ms = call.now_ms;
    settle(input, call, tx, Fate::Rejected { at_ms })
}

fn settle(
    input: AnswerInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
    fate: Fate,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let mut invitation = require_pending(call, tx, &input.resource_share_invitation_arn)?;
        invitation.fate = Some(fate);
        invitation.save(tx)?;
        Ok(json!({"resourceShareInvitation": invitation.show(call.now_ms)}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourcesInput {
    #[serde(default)]
    resource_share_invitation_arn: String,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// `ListPendingInvitationResources`: what accepting would bring.
pub(super) fn list_resources(
    input: ResourcesInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let invitation = require_pending(call, tx, &input.resource_share_invitation_arn)?;
    let share = share::find(tx, &invitation.share_arn)?;
    let mut shown = Vec::new();
    for resource in association::of_share(tx, Kind::Resource, &share)? {
        if resource.end.is_none() {
            shown.push(list_resources::show(tx, call, &share, &resource)?);
        }
    }
    page(
        "resources",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}
