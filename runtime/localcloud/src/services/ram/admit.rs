//! How principals and resources get into a share, and out of it. `CreateResourceShare`,
//! `AssociateResourceShare`, `DisassociateResourceShare` and Lake Formation's grants come here.

use std::sync::atomic::Ordering;

use super::association::{self, Admission, Association, Kind};
use super::consumer::Consumer;
use super::invitation::{self, Invitation};
use super::share::{Ended, Share};
use super::{error, received, resource};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::organizations::{Membership, has_unit};
use crate::store::{Scope, Tx};

/// How long a step takes that RAM does after its answer, in milliseconds.
pub(super) fn delay_ms(call: &Call<'_>) -> i64 {
    call.cloud.sharing_delay_ms.load(Ordering::Relaxed)
}

/// Whether an injected fault strikes a step that RAM takes for itself.
fn strikes(call: &Call<'_>, share: &Share, step: &str) -> bool {
    let cloud = call.cloud;
    cloud
        .faults
        .strike_step("ram", step, &share.owner, &cloud.ids)
}

/// When a principal that begins now is in force.
fn settles_ms(call: &Call<'_>, share: &Share) -> i64 {
    if strikes(call, share, "Associate") {
        i64::MAX
    } else {
        call.now_ms + delay_ms(call)
    }
}

/// The end of something, from now on.
pub(super) fn ended(call: &Call<'_>) -> Ended {
    Ended {
        at_ms: call.now_ms,
        done_ms: call.now_ms + delay_ms(call),
    }
}

/// Lets a principal into the share: at once within an organization that shares, else by an
/// invitation. One that is in the share, or invited, stays as it is; one that failed or left starts
/// anew.
///
/// # Errors
/// `OperationNotPermittedException` for the owner itself, for outsiders of a share that allows none,
/// and for organizations that do not share; `UnknownResourceException` for an organization or a
/// unit that is not the owner's.
pub(super) fn principal(
    tx: &Tx<'_>,
    call: &Call<'_>,
    share: &Share,
    consumer: &Consumer,
) -> Result<Association, ServiceError> {
    let entity = consumer.entity();
    if let Some(known) = association::find(tx, Kind::Principal, share, entity)?
        && known.standing(tx, share, call.now_ms)?.status.is_live()
    {
        return Ok(known);
    }
    let own = Membership::of(tx, &share.owner)?;
    let (admission, external) = match consumer.account() {
        Some(account) if account == share.owner => {
            return Err(error::not_permitted(format!(
                "The account {account} owns the resource share, and can't be its principal."
            )));
        }
        Some(account) => {
            let theirs = Membership::of(tx, account)?;
            let shared = own
                .filter(|own| theirs.is_some_and(|theirs| theirs.organization == own.organization));
            let external = shared.is_none();
            if external && !share.allow_external {
                return Err(error::not_permitted(format!(
                    "The resource share {} does not allow external principals: {entity}",
                    share.arn()
                )));
            }
            let admission = match shared.filter(|shared| shared.sharing) {
                Some(shared) => Admission::Organization(shared.organization),
                None => invite(tx, call, share, consumer, account)?,
            };
            (admission, external)
        }
        None => (organization(tx, own, consumer)?, false),
    };
    let association = Association {
        entity: entity.to_owned(),
        admission,
        external,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        settles_ms: settles_ms(call, share),
        end: None,
    };
    association.save(tx, Kind::Principal, share)?;
    received::record(tx, share, consumer)?;
    Ok(association)
}

fn organization(
    tx: &Tx<'_>,
    own: Option<Membership>,
    consumer: &Consumer,
) -> Result<Admission, ServiceError> {
    let unknown = || error::unknown("Organization or organizational unit", consumer.entity());
    let own = own.ok_or_else(unknown)?;
    let known = match consumer {
        Consumer::Organization { organization, .. } => *organization == own.organization,
        Consumer::Unit {
            organization, unit, ..
        } => *organization == own.organization && has_unit(tx, organization, unit)?,
        Consumer::Account(_) | Consumer::Identity { .. } => false,
    };
    if !known {
        return Err(unknown());
    }
    if !own.sharing {
        return Err(error::not_permitted(
            "Sharing with AWS Organizations is not enabled: the management account must call \
             EnableSharingWithAwsOrganization.",
        ));
    }
    Ok(Admission::Organization(own.organization))
}

fn invite(
    tx: &Tx<'_>,
    call: &Call<'_>,
    share: &Share,
    consumer: &Consumer,
    account: &str,
) -> Result<Admission, ServiceError> {
    let identity = match consumer {
        Consumer::Identity { arn, .. } => Some(arn.clone()),
        _ => None,
    };
    let invitation = Invitation {
        id: call.cloud.uuid(),
        share_arn: share.arn(),
        share_name: share.name.clone(),
        sender: share.owner.clone(),
        receiver: account.to_owned(),
        region: share.region.clone(),
        identity,
        sent_ms: call.now_ms,
        lapses_ms: call.now_ms + share.maker.lapse_ms(),
        fate: None,
    };
    if !strikes(call, share, "SendInvitation") {
        invitation.save(tx)?;
    }
    Ok(Admission::Invited {
        receiver: account.to_owned(),
        invitation: invitation.id,
    })
}

/// Puts a resource into the share; one that is there stays as it is.
///
/// # Errors
/// `MalformedArnException` for what no share can hold, `UnknownResourceException` for another's.
pub(super) fn resource(
    tx: &Tx<'_>,
    call: &Call<'_>,
    share: &Share,
    arn: &str,
) -> Result<Association, ServiceError> {
    resource::check(arn, &share.owner)?;
    if let Some(known) = association::find(tx, Kind::Resource, share, arn)?
        && known.end.is_none()
    {
        return Ok(known);
    }
    let association = Association {
        entity: arn.to_owned(),
        admission: Admission::Owned,
        external: false,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        settles_ms: call.now_ms + delay_ms(call),
        end: None,
    };
    association.save(tx, Kind::Resource, share)?;
    Ok(association)
}

/// Takes an entity out of the share, and its open invitation back. `None` if it is not in it.
pub(super) fn remove(
    tx: &Tx<'_>,
    call: &Call<'_>,
    share: &Share,
    kind: Kind,
    entity: &str,
) -> Result<Option<Association>, ServiceError> {
    let Some(mut association) = association::find(tx, kind, share, entity)? else {
        return Ok(None);
    };
    if association.end.is_some() {
        return Ok(None);
    }
    if let Admission::Invited {
        receiver,
        invitation,
    } = &association.admission
    {
        let scope = Scope {
            account: receiver.clone(),
            region: share.region.clone(),
        };
        invitation::withdraw(tx, &scope, invitation, call.now_ms)?;
    }
    association.end = Some(ended(call));
    association.updated_ms = call.now_ms;
    association.save(tx, kind, share)?;
    Ok(Some(association))
}

/// Ends the share and all that is in it.
pub(super) fn delete(tx: &Tx<'_>, call: &Call<'_>, share: &mut Share) -> Result<(), ServiceError> {
    for kind in [Kind::Principal, Kind::Resource] {
        for association in association::of_share(tx, kind, share)? {
            remove(tx, call, share, kind, &association.entity)?;
        }
    }
    share.deletion = Some(ended(call));
    share.updated_ms = call.now_ms;
    share.save(tx)
}
