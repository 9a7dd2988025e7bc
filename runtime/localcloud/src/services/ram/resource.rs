//! Which resources can be shared.

use super::error;
use crate::error::ServiceError;

/// A type that can be shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    /// `glue:Table`.
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// What an ARN's resource part starts with.
    prefix: &'static str,
    /// The managed permission that RAM attaches.
    pub(super) permission: &'static str,
}

/// Those of the services that the embedded cloud has.
pub(super) const TYPES: [Type; 4] = [
    Type {
        name: "glue:Catalog",
        service: "glue",
        prefix: "catalog",
        permission: "AWSRAMDefaultPermissionGlueCatalog",
    },
    Type {
        name: "glue:Database",
        service: "glue",
        prefix: "database/",
        permission: "AWSRAMDefaultPermissionGlueDatabase",
    },
    Type {
        name: "glue:Table",
        service: "glue",
        prefix: "table/",
        permission: "AWSRAMDefaultPermissionGlueTable",
    },
    Type {
        name: "datazone:Domain",
        service: "datazone",
        prefix: "domain/",
        permission: "AWSRAMDefaultPermissionsAmazonDataZoneDomain",
    },
];

/// The type of a resource.
///
/// # Errors
/// `MalformedArnException` for what cannot be shared.
pub(super) fn type_of(arn: &str) -> Result<Type, ServiceError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, _, resource] = parts.as_slice() else {
        return Err(error::malformed(arn));
    };
    TYPES
        .into_iter()
        .find(|known| known.service == *service && resource.starts_with(known.prefix))
        .ok_or_else(|| error::malformed(arn))
}

/// Can this account share this resource? Whether it exists is not asked.
///
/// # Errors
/// `MalformedArnException` for what cannot be shared, `UnknownResourceException` for another's.
pub(super) fn check(arn: &str, owner: &str) -> Result<(), ServiceError> {
    type_of(arn)?;
    if arn.split(':').nth(4) == Some(owner) {
        return Ok(());
    }
    Err(error::unknown("Resource", arn))
}
