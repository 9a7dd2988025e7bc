//! Registered locations.
//!
//! A location that others registered is taken as it is, whatever its role: to change it would change what
//! they can read. It is known by its role: one that reads as another role, or is open in another way, is not
//! ours, and is never deregistered.

use datamesh_aws::lakeformation::{self, RegisterLocation};

use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::Location;

/// The end of the name of the role that Lake Formation makes for itself.
const SERVICE_LINKED: &str = "/AWSServiceRoleForLakeFormationDataAccess";

/// Registers a location; one that is registered is left as it is.
///
/// # Errors
/// AWS's.
pub(super) async fn put(lake: &Lake<'_>, location: &Location) -> Result<(), ThingError> {
    let role = &location.role_arn;
    let register = RegisterLocation {
        arn: location.arn.clone(),
        role_arn: (!role.is_empty()).then(|| role.clone()),
        hybrid: location.hybrid,
    };
    match lake.lakeformation().register_location(register).await {
        Err(error) if error.is_conflict() => Ok(()),
        other => Ok(other?),
    }
}

/// Deregisters a location that is ours. One of others stays, and that is no failure: nothing of ours is left.
///
/// # Errors
/// AWS's.
pub(super) async fn remove(lake: &Lake<'_>, location: &Location) -> Result<(), ThingError> {
    let lakeformation = lake.lakeformation();
    match find(lake, &location.arn).await? {
        Some(found) if is_as_wanted(&found, location) => {
            match lakeformation.deregister_location(&location.arn).await {
                Err(error) if error.is_not_found() => Ok(()),
                other => Ok(other?),
            }
        }
        _ => Ok(()),
    }
}

/// Whether it is registered, by whomever.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(lake: &Lake<'_>, location: &Location) -> Result<bool, ThingError> {
    Ok(find(lake, &location.arn).await?.is_some())
}

async fn find(lake: &Lake<'_>, arn: &str) -> Result<Option<lakeformation::Location>, ThingError> {
    match lake.lakeformation().describe_location(arn).await {
        Ok(location) => Ok(Some(location)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_as_wanted(found: &lakeformation::Location, wanted: &Location) -> bool {
    let role = found.role_arn.as_deref().unwrap_or_default();
    let same_role = match wanted.role_arn.as_str() {
        "" => role.is_empty() || role.ends_with(SERVICE_LINKED),
        wanted => role == wanted,
    };
    same_role && found.hybrid == wanted.hybrid
}
