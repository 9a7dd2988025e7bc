//! Who may do what on what.

use aws_sdk_lakeformation::types::BatchPermissionsRequestEntry;

use super::{Permission, Resource, principal};
use crate::classify::Failure;

/// Permissions of one principal on one resource, to give or to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// An IAM role's or user's ARN, an account id, an organization's or unit's ARN,
    /// `<account>:IAMPrincipals` or `IAM_ALLOWED_PRINCIPALS`.
    pub principal: String,
    /// On what.
    pub resource: Resource,
    /// What; not empty.
    pub permissions: Vec<Permission>,
    /// Those of them that it may give on. Granted, they are given with the permission itself;
    /// revoked, the permission itself stays unless it is in `permissions`.
    pub grantable: Vec<Permission>,
}

impl Entry {
    /// As an entry of a batch, known in its answer by `id`.
    pub(super) fn into_sdk(self, id: usize) -> Result<BatchPermissionsRequestEntry, Failure> {
        let entry = BatchPermissionsRequestEntry::builder()
            .id(id.to_string())
            .principal(principal(self.principal))
            .resource(self.resource.into_sdk()?)
            .set_permissions(Permission::all_to_sdk(&self.permissions))
            .set_permissions_with_grant_option(Permission::all_to_sdk(&self.grantable))
            .build()?;
        Ok(entry)
    }
}
