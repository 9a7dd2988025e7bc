//! What crosses an account's border: the resource shares that carry grants to others. The only file
//! here that asks RAM.

use super::grant::Grant;
use super::principal::Principal;
use super::resource::{Resource, Target};
use crate::error::ServiceError;
use crate::request::Call;
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

/// Shares the resource of a grant with the grant's principal.
///
/// # Errors
/// RAM's.
pub(super) fn share(
    tx: &Tx<'_>,
    call: &Call<'_>,
    grant: &Grant,
    principal: &Principal,
) -> Result<(), ServiceError> {
    let owner = &call.scope;
    let (Some(arn), Some(consumer)) = (arn(owner, &grant.resource), consumer(principal)) else {
        return Ok(());
    };
    if let Principal::Organization { arn } = principal {
        let id = arn.rsplit('/').next().unwrap_or_default();
        tx.put(owner, ORGANIZATIONS, id, arn)?;
    }
    tx.put(
        owner,
        CARRIED,
        &(carried(&arn, &consumer) + &grant.key()),
        &true,
    )
}

/// Ends the share of a grant's resource if no other grant needs it.
///
/// # Errors
/// RAM's.
pub(super) fn unshare(tx: &Tx<'_>, call: &Call<'_>, grant: &Grant) -> Result<(), ServiceError> {
    let owner = &call.scope;
    let principal = Principal::parse(&grant.principal)?;
    let (Some(arn), Some(consumer)) = (arn(owner, &grant.resource), consumer(&principal)) else {
        return Ok(());
    };
    let start = carried(&arn, &consumer);
    tx.delete(owner, CARRIED, &(start.clone() + &grant.key()))?;
    Ok(())
}

/// Does the resource reach the account?
pub(super) fn is_live(
    tx: &Tx<'_>,
    owner: &Scope,
    _consumer: &str,
    resource: &Resource,
    _now_ms: i64,
) -> Result<bool, ServiceError> {
    let Some(arn) = arn(owner, resource) else {
        return Ok(true);
    };
    let carried: Vec<(String, bool)> = tx.scan(owner, CARRIED, &format!("{arn}\n"), None, 1)?;
    Ok(!carried.is_empty())
}

/// The ARNs of the organization and units that hold the account, as far as the owner granted
/// anything to them.
pub(super) fn organizations_of(
    _tx: &Tx<'_>,
    _owner: &Scope,
    _account: &str,
) -> Result<Vec<String>, ServiceError> {
    Ok(Vec::new())
}
