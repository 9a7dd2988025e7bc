//! Grants and revokes, one by one.

use super::{Entry, LakeFormation, Permission, principal};
use crate::error::AwsError;

impl LakeFormation<'_> {
    /// `GrantPermissions`. A repeat is harmless. To another account it makes or reuses the
    /// resource shares of Lake Formation's own in RAM.
    pub async fn grant(&self, entry: Entry) -> Result<(), AwsError> {
        self.0
            .call("GrantPermissions", |lakeformation| async move {
                lakeformation
                    .grant_permissions()
                    .principal(principal(entry.principal))
                    .resource(entry.resource.into_sdk()?)
                    .set_permissions(Permission::all_to_sdk(&entry.permissions))
                    .set_permissions_with_grant_option(Permission::all_to_sdk(&entry.grantable))
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `RevokePermissions`. Terminal, an `InvalidInputException`, when there is nothing to
    /// revoke; [`is_nothing_to_revoke`] knows it.
    pub async fn revoke(&self, entry: Entry) -> Result<(), AwsError> {
        self.0
            .call("RevokePermissions", |lakeformation| async move {
                lakeformation
                    .revoke_permissions()
                    .principal(principal(entry.principal))
                    .resource(entry.resource.into_sdk()?)
                    .set_permissions(Permission::all_to_sdk(&entry.permissions))
                    .set_permissions_with_grant_option(Permission::all_to_sdk(&entry.grantable))
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

/// Whether a revoke was refused because the principal has nothing of it on the resource. It proves
/// nothing until a list has shown it: the same words come for a grant that reads do not show yet.
pub fn is_nothing_to_revoke(error: &AwsError) -> bool {
    error.code == "InvalidInputException"
        && error
            .message
            .to_ascii_lowercase()
            .contains("no permissions revoked")
}
