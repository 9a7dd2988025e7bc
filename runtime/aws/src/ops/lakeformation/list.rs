//! The grants that there are.

use super::{LakeFormation, Permission, Resource, identifier, principal};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// What `ListPermissions` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListPermissions {
    /// Only what this principal has.
    pub principal: Option<String>,
    /// Only what is on this resource. Columns cannot be asked for: they are listed with their
    /// table. A resource link is refused.
    pub resource: Option<Resource>,
    /// Shows the grants on a table's data cells filters too. Not together with a principal.
    pub include_related: bool,
    /// Which page.
    pub page: PageRequest,
}

/// One row of the list. A grant of SELECT with other permissions comes as two rows, one on the
/// table and one on its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGrant {
    /// Who.
    pub principal: String,
    /// On what.
    pub resource: Resource,
    /// What.
    pub permissions: Vec<Permission>,
    /// What of it it may give on.
    pub grantable: Vec<Permission>,
    /// The condition under which the grant counts.
    pub condition: Option<String>,
    /// The RAM shares through which it came from, or goes to, another account.
    pub resource_shares: Vec<String>,
    /// Milliseconds since the Unix epoch; none for what an administrator may do by being one.
    pub updated_at_ms: Option<i64>,
    /// Who changed it last; none for what an administrator may do by being one.
    pub updated_by: Option<String>,
}

impl LakeFormation<'_> {
    /// `ListPermissions`. A page can be empty and still not be the last.
    pub async fn list_permissions(
        &self,
        input: ListPermissions,
    ) -> Result<Page<ListedGrant>, AwsError> {
        self.0
            .call("ListPermissions", |lakeformation| async move {
                let resource = input.resource.map(Resource::into_sdk).transpose()?;
                let out = lakeformation
                    .list_permissions()
                    .set_principal(input.principal.map(principal))
                    .set_resource(resource)
                    .set_include_related(input.include_related.then(|| "TRUE".to_owned()))
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let rows = out.principal_resource_permissions.unwrap_or_default();
                Ok(Page {
                    items: rows
                        .into_iter()
                        .map(|row| ListedGrant {
                            principal: identifier(row.principal),
                            resource: Resource::from_sdk(row.resource),
                            permissions: Permission::all_from_sdk(row.permissions),
                            grantable: Permission::all_from_sdk(row.permissions_with_grant_option),
                            condition: row.condition.and_then(|condition| condition.expression),
                            resource_shares: row
                                .additional_details
                                .and_then(|details| details.resource_share)
                                .unwrap_or_default(),
                            updated_at_ms: millis(row.last_updated),
                            updated_by: row.last_updated_by,
                        })
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
