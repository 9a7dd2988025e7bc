//! What the services over the ledgers have in common.

use datamesh_actor::Change;
use datamesh_actors::Place;
use datamesh_actors::access::LedgerId;
use datamesh_actors::domain::{DOMAINS, DomainRecord};
use datamesh_actors::permission::{
    Command, HeldBy, LEDGERS, Ledger, LedgerRecord, PermissionStatus, Told,
};
use datamesh_journal::ViewQuery;
use datamesh_proto::v1;
use futures::FutureExt;
use tokio::sync::broadcast::Receiver;
use tonic::Status;

use super::backend::Backend;
use super::failure::{internal, unread};
use super::follow::found;
use super::json::timestamp;
use super::page;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};

/// The account and region that a request names; those of the server where it names none.
pub fn place(home: &Place, account: &str, region: &str) -> Place {
    let or = |text: &str, otherwise: &str| match text {
        "" => otherwise.to_owned(),
        text => text.to_owned(),
    };
    Place {
        account: or(account, &home.account),
        region: or(region, &home.region),
    }
}

/// Whether the caller may change permissions in an account and region: admins may, and who is an owner of
/// *every* domain that lives there. To own one of several is not enough, for what is granted may be another's
/// data.
pub async fn may_change(
    backend: &Backend,
    request_id: &RequestId<'_>,
    place: &Place,
) -> Result<(), Status> {
    let caller = request_id.caller();
    if caller.admin {
        return Ok(());
    }
    let mut query = ViewQuery {
        collection: DOMAINS.to_owned(),
        limit: page::MAX,
        ..ViewQuery::default()
    };
    let mut owns_one = false;
    loop {
        let (domains, next) = backend.list::<DomainRecord>(&query).await?;
        let here = domains.iter().filter(|domain| {
            domain.aws_account_id == place.account && domain.region == place.region
        });
        for domain in here {
            allowed(caller, Action::ChangePermissions, &domain.owner_groups)?;
            owns_one = true;
        }
        if next.is_empty() {
            break;
        }
        query.after = Some(next);
    }
    match owns_one {
        true => Ok(()),
        false => Ok(allowed(caller, Action::ChangePermissions, &[])?),
    }
}

/// Sends a command to a ledger that changes what a holder of its own needs; with `waits`, answers when that is
/// so, or cannot be, or after 60 seconds.
pub async fn change(
    backend: &Backend,
    request_id: &RequestId<'_>,
    ledger: &LedgerId,
    holder: &str,
    command: Command,
    waits: bool,
) -> Result<(), Status> {
    let id = ledger.to_string();
    let changes = waits.then(|| backend.runtime.changes());
    let record = backend
        .ask_actor::<Ledger>(request_id, &id, command)
        .await?;
    match changes {
        Some(changes) => settled(backend, changes, &id, holder, &record).await,
        None => Ok(()),
    }
}

/// Waits for the end of the generation that the ledger's record names.
async fn settled(
    backend: &Backend,
    changes: Receiver<Change>,
    ledger: &str,
    holder: &str,
    record: &LedgerRecord,
) -> Result<(), Status> {
    let asked = record.holder(holder, 0).map(|asked| asked.generation);
    let Some(generation) = asked else {
        return Ok(());
    };
    let look = move || {
        let look = async move {
            let row = backend.runtime.journal().view(LEDGERS, ledger).await;
            let Some(row) = row.map_err(unread)? else {
                return Ok(None);
            };
            let record: LedgerRecord =
                serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
            // A holder that is not among the last any more has been overtaken: its row says how it is.
            let ended = record.holder(holder, generation).is_none_or(|holder| {
                holder.generation > generation || holder.result != Told::Nothing.as_str()
            });
            Ok(ended.then_some(()))
        };
        look.boxed()
    };
    found::<Ledger, ()>(backend, changes, ledger, look).await?;
    Ok(())
}

/// How something stands, as the protos show it.
pub fn status(status: PermissionStatus) -> v1::permission::Status {
    use v1::permission::Status as Shown;
    match status {
        PermissionStatus::Granting => Shown::Putting,
        PermissionStatus::Granted => Shown::InForce,
        PermissionStatus::Revoking => Shown::Taking,
        PermissionStatus::Revoked => Shown::Taken,
        PermissionStatus::Failed => Shown::NotPut,
        PermissionStatus::Drifted => Shown::Missing,
    }
}

/// What the lists call a status; empty for none.
pub fn status_name(shown: v1::permission::Status) -> &'static str {
    let mut all = PermissionStatus::ALL.into_iter();
    let named = all.find(|known| status(*known) == shown);
    named.map(PermissionStatus::as_str).unwrap_or_default()
}

/// Who needs it, as the protos show it.
pub fn holder(held: HeldBy) -> v1::PermissionHolder {
    let why = held.why;
    v1::PermissionHolder {
        holder: held.holder,
        agreement_id: why.agreement_id,
        requested_by: why.requested_by,
        approved_by: why.approved_by,
        reason: why.reason,
        since: (why.since_ms > 0).then(|| timestamp(why.since_ms)),
        until: why.until_ms.map(timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_found_by_what_is_shown() {
        for known in PermissionStatus::ALL {
            assert_eq!(status_name(status(known)), known.as_str());
        }
        assert_eq!(status_name(v1::permission::Status::Unspecified), "");
    }

    #[test]
    fn what_a_request_does_not_name_is_the_servers() {
        let home = Place {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
        };
        assert_eq!(place(&home, "", ""), home);
        let other = place(&home, "444455556666", "");
        assert_eq!(other.account, "444455556666");
        assert_eq!(other.region, "eu-central-1");
    }
}
