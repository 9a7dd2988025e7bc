//! What an account gets from another: the grants that cross between them, and live only as long as
//! the resource share that carries them is associated.

use super::authority::wider;
use super::grant::{self, Grant};
use super::principal;
use super::resource::{Resource, Target};
use super::sharing;
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// The grants of the resource's owner to the account of `consumer`, or to an organization or unit
/// that holds it, that are live.
pub(super) fn by_account(
    tx: &Tx<'_>,
    consumer: &Scope,
    resource: &Resource,
    now_ms: i64,
) -> Result<Vec<Grant>, ServiceError> {
    let owner = owner(consumer, resource);
    let mut holders = vec![consumer.account.clone()];
    holders.extend(sharing::organizations_of(tx, &owner, &consumer.account)?);
    by(tx, &owner, &consumer.account, resource, &holders, now_ms)
}

/// The owner's grants straight to a principal of the account of `consumer`, or to all its principals,
/// that are live.
pub(super) fn by_principal(
    tx: &Tx<'_>,
    consumer: &Scope,
    resource: &Resource,
    principal: &str,
    now_ms: i64,
) -> Result<Vec<Grant>, ServiceError> {
    let owner = owner(consumer, resource);
    let holders = [principal.to_owned(), principal::group(&consumer.account)];
    by(tx, &owner, &consumer.account, resource, &holders, now_ms)
}

fn owner(consumer: &Scope, resource: &Resource) -> Scope {
    Scope {
        account: resource.catalog.clone(),
        region: consumer.region.clone(),
    }
}

fn by(
    tx: &Tx<'_>,
    owner: &Scope,
    consumer: &str,
    resource: &Resource,
    holders: &[String],
    now_ms: i64,
) -> Result<Vec<Grant>, ServiceError> {
    let mut live = Vec::new();
    for holder in holders {
        for candidate in held_on(tx, owner, resource, holder)? {
            if sharing::is_live(tx, owner, consumer, &candidate.resource, now_ms)? {
                live.push(candidate);
            }
        }
    }
    Ok(live)
}

/// What a principal holds on a resource, on those that hold it, on a table's filters, and on tag
/// policies, which the reader of this must still match.
pub(super) fn held_on(
    tx: &Tx<'_>,
    scope: &Scope,
    resource: &Resource,
    principal: &str,
) -> Result<Vec<Grant>, ServiceError> {
    let mut held = Vec::new();
    for wider in wider(resource) {
        held.extend(grant::find(tx, scope, &wider, principal)?);
    }
    let catalog = &resource.catalog;
    if let Target::Table { database, table } = &resource.target {
        let filters = super::resource::filter_prefix(catalog, database, table);
        held.extend(grant::of(tx, scope, principal, &filters)?);
    }
    if matches!(
        resource.target,
        Target::Table { .. } | Target::Database { .. }
    ) {
        let policies = super::resource::policy_prefix(catalog);
        held.extend(grant::of(tx, scope, principal, &policies)?);
    }
    Ok(held)
}

/// Does the owner grant the account or the principal something that is not live?
pub(super) fn is_dormant(
    tx: &Tx<'_>,
    consumer: &Scope,
    resource: &Resource,
    principal: &str,
) -> Result<bool, ServiceError> {
    let owner = owner(consumer, resource);
    let mut holders = vec![
        consumer.account.clone(),
        principal.to_owned(),
        principal::group(&consumer.account),
    ];
    holders.extend(sharing::organizations_of(tx, &owner, &consumer.account)?);
    for holder in &holders {
        if !held_on(tx, &owner, resource, holder)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
