//! What requests, subscriptions and grants are found by beside their ids. Domains of an older file are indexed when
//! something is looked up in them first.

use super::grant::{GRANTS, Grant};
use super::request::{REQUESTS, Request};
use super::{SUBSCRIPTIONS, Subscription};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::Kind;
use crate::store::Tx;

/// The ids of pending requests: `domain/listing/principal`.
pub(super) const PENDING: Kind = Kind::new("datazone.pending-requests", "Request");
/// The ids of approved subscriptions: `domain/listing/principal`.
pub(super) const APPROVED: Kind = Kind::new("datazone.approved-subscriptions", "Subscription");
/// The ids of subscriptions: `domain/request/subscription`.
pub(super) const BY_REQUEST: Kind = Kind::new("datazone.subscriptions-of-requests", "Subscription");
/// The ids of grants: `domain/subscription/grant`.
pub(super) const BY_SUBSCRIPTION: Kind = Kind::new("datazone.grants-of-subscriptions", "Grant");
/// The ids of grants that are not revoked: `domain/target/listing`.
pub(super) const BY_TARGET: Kind = Kind::new("datazone.grants-of-targets", "Grant");

/// The domains whose indexes are whole. A new index gives it a new name, so that all are made again.
const WHOLE: Kind = Kind::new("datazone.subscription-indexed-domains-2", "Index");

/// Makes the indexes of a domain whole.
pub(super) fn ensure(domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    if !WHOLE.insert(call, tx, &[domain], &true)? {
        return Ok(());
    }
    for request in REQUESTS.all::<Request>(call, tx, &[domain])? {
        request.index(call, tx)?;
    }
    for subscription in SUBSCRIPTIONS.all::<Subscription>(call, tx, &[domain])? {
        subscription.index(call, tx)?;
    }
    for grant in GRANTS.all::<Grant>(call, tx, &[domain])? {
        grant.index(call, tx)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;
    use crate::services::datazone::subscription::subscriber::Principal;
    use crate::services::datazone::subscription::{Status, approved, of_request};
    use crate::stage::{ACCOUNT, NOON, REGION, Stage};
    use crate::store::Scope;

    fn subscription(id: &str, status: Status) -> Subscription {
        Subscription {
            id: id.to_owned(),
            domain_id: "d".to_owned(),
            request_id: format!("request-{id}"),
            status,
            principal: Principal::User {
                id: "ada".to_owned(),
            },
            listing_id: "l".to_owned(),
            subscribed_listing: Value::Null,
            retain_permissions: false,
            created_by: String::new(),
            created_ms: NOON,
            updated_by: None,
            updated_ms: NOON,
        }
    }

    #[test]
    fn an_older_file_is_indexed_and_what_is_over_hides_nothing() {
        let stage = Stage::new();
        let cloud = &stage.cloud.inner;
        let scope = Scope {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        };
        let call = Call::unasked("datazone", scope, NOON, cloud);
        let found = cloud.store.transact(|tx| {
            for one in [
                subscription("a", Status::Approved),
                subscription("b", Status::Revoked),
            ] {
                SUBSCRIPTIONS.put(&call, tx, &["d", &one.id], &one)?;
            }
            let principal = subscription("a", Status::Approved).principal.key();
            let approved = approved("d", "l", &principal, &call, tx)?;
            let of_request = of_request("d", "request-b", &call, tx)?;
            Ok((approved, of_request))
        });
        let ((approved, of_request), _) = found.unwrap();
        assert_eq!(approved.unwrap().id, "a");
        assert_eq!(of_request[0].id, "b");
    }
}
