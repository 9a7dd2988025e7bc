//! What crosses an account's border: the resource shares that carry grants to others. The only file
//! here that asks RAM.

use super::error;
use super::grant::Grant;
use super::principal::Principal;
use super::resource::{Resource, Target};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::organizations::Membership;
use crate::services::ram::{Consumer, lake_formation as ram};
use crate::store::{Scope, Tx};

/// Which grants a share carries, by ARN, consumer and grant.
const CARRIED: &str = "lakeformation.carried";
/// The organizations and units that were granted something: their ARNs by their ids.
const ORGANIZATIONS: &str = "lakeformation.organizations";

/// The Glue ARN under which a resource is shared; none for what is not.
fn arn(owner: &Scope, resource: &Resource) -> Option<String> {
    let path = match &resource.target {
        Target::Database { database } => format!("database/{database}"),
        Target::Table { database, table }
        | Target::Filter {
            database, table, ..
        } => format!("table/{database}/{table}"),
        Target::AllTables { database } => format!("table/{database}/*"),
        Target::Tag { .. } | Target::TagPolicy { .. } => "catalog".to_owned(),
        Target::Catalog | Target::Location { .. } => return None,
    };
    Some(format!(
        "arn:aws:glue:{}:{}:{path}",
        owner.region, owner.account
    ))
}

/// With whom the principal's grants are shared: its account, or the organization itself.
fn consumer(principal: &Principal) -> Option<String> {
    match principal {
        Principal::IamAllowed => None,
        Principal::Iam { account, .. }
        | Principal::Group { account }
        | Principal::Account { account } => Some(account.clone()),
        Principal::Organization { arn } => Some(arn.clone()),
    }
}

fn carried(arn: &str, consumer: &str) -> String {
    format!("{arn}\n{consumer}\n")
}

/// Shares the resource of a grant with the grant's principal, by the owner's version of sharing.
///
/// # Errors
/// RAM's refusals, as `InvalidInputException`.
pub(super) fn share(
    tx: &Tx<'_>,
    call: &Call<'_>,
    grant: &Grant,
    principal: &Principal,
    version: u8,
) -> Result<(), ServiceError> {
    let owner = &call.scope;
    let (Some(arn), Some(consumer)) = (arn(owner, &grant.resource), consumer(principal)) else {
        return Ok(());
    };
    if let Principal::Organization { arn } = principal {
        let id = arn.rsplit('/').next().unwrap_or_default();
        tx.put(owner, ORGANIZATIONS, id, arn)?;
    }
    let key = carried(&arn, &consumer) + &grant.key();
    tx.put(owner, CARRIED, &key, &true)?;
    Consumer::parse(&consumer)
        .and_then(|consumer| ram::share(tx, call, owner, &consumer, version, &[arn]))
        .map_err(refused)
}

/// Ends the share of a grant's resource if no other grant needs it.
///
/// # Errors
/// RAM's refusals, as `InvalidInputException`.
pub(super) fn unshare(tx: &Tx<'_>, call: &Call<'_>, grant: &Grant) -> Result<(), ServiceError> {
    let owner = &call.scope;
    let principal = Principal::parse(&grant.principal)?;
    if !principal.is_foreign(&owner.account) || grant.resource.catalog != owner.account {
        return Ok(());
    }
    let (Some(arn), Some(consumer)) = (arn(owner, &grant.resource), consumer(&principal)) else {
        return Ok(());
    };
    let start = carried(&arn, &consumer);
    tx.delete(owner, CARRIED, &(start.clone() + &grant.key()))?;
    let others: Vec<(String, bool)> = tx.scan(owner, CARRIED, &start, None, 1)?;
    if !others.is_empty() {
        return Ok(());
    }
    Consumer::parse(&consumer)
        .and_then(|consumer| ram::unshare(tx, call, owner, &consumer, &[arn]))
        .map_err(refused)
}

/// A refusal of RAM's, in Lake Formation's code.
fn refused(error: ServiceError) -> ServiceError {
    if error.status >= 500 {
        return error;
    }
    error::invalid(format!(
        "The resource cannot be shared: {} ({})",
        error.message, error.code
    ))
}

/// Does the resource reach the account: shared, accepted where that takes an invitation, and not
/// suspended?
pub(super) fn is_live(
    tx: &Tx<'_>,
    owner: &Scope,
    consumer: &str,
    resource: &Resource,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    match arn(owner, resource) {
        Some(arn) => ram::is_associated(tx, owner, consumer, &arn, now_ms),
        None => Ok(true),
    }
}

/// The ARNs of the organization and units that hold the account, as far as the owner granted
/// anything to them.
pub(super) fn organizations_of(
    tx: &Tx<'_>,
    owner: &Scope,
    account: &str,
) -> Result<Vec<String>, ServiceError> {
    let Some(membership) = Membership::of(tx, account)? else {
        return Ok(Vec::new());
    };
    let mut arns = Vec::new();
    for id in membership.units.iter().chain([&membership.organization]) {
        arns.extend(tx.get::<String>(owner, ORGANIZATIONS, id)?);
    }
    Ok(arns)
}
