//! An account's settings. They are put as a whole: who changes one of them reads all of them
//! first, and must be the only one who does so.

use std::collections::BTreeMap;

use aws_sdk_lakeformation::types::{self, DataLakePrincipal, DataLakeSettings};

use super::{LakeFormation, Permission, absent, identifier, principal};
use crate::error::AwsError;

/// What new databases or tables are open to at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultPermissions {
    /// Who: `IAM_ALLOWED_PRINCIPALS`, where it is not set otherwise.
    pub principal: String,
    /// What.
    pub permissions: Vec<Permission>,
}

/// Lake Formation's settings of an account and a region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The administrators' ARNs.
    pub admins: Vec<String>,
    /// The ARNs of those who see all and change nothing.
    pub read_only_admins: Vec<String>,
    /// What a new database is open to.
    pub database_defaults: Vec<DefaultPermissions>,
    /// What a new table is open to.
    pub table_defaults: Vec<DefaultPermissions>,
    /// `CROSS_ACCOUNT_VERSION` and others.
    pub parameters: BTreeMap<String, String>,
    /// Accounts whose own record of who asked is believed.
    pub trusted_resource_owners: Vec<String>,
    /// Whether engines of others may filter.
    pub allow_external_data_filtering: Option<bool>,
    /// Whether engines of others may read a whole table without filtering.
    pub allow_full_table_external_data_access: Option<bool>,
    /// The accounts whose engines may filter.
    pub external_data_filtering_allow_list: Vec<String>,
    /// The session tags by which such an engine is known.
    pub authorized_session_tag_values: Vec<String>,
}

impl LakeFormation<'_> {
    /// `GetDataLakeSettings`.
    pub async fn get_settings(&self) -> Result<Settings, AwsError> {
        self.0
            .call("GetDataLakeSettings", |lakeformation| async move {
                let out = lakeformation.get_data_lake_settings().send().await?;
                let settings = out.data_lake_settings.ok_or_else(absent)?;
                Ok(Settings {
                    admins: identifiers(settings.data_lake_admins),
                    read_only_admins: identifiers(settings.read_only_admins),
                    database_defaults: defaults(settings.create_database_default_permissions),
                    table_defaults: defaults(settings.create_table_default_permissions),
                    parameters: settings
                        .parameters
                        .unwrap_or_default()
                        .into_iter()
                        .collect(),
                    trusted_resource_owners: settings.trusted_resource_owners.unwrap_or_default(),
                    allow_external_data_filtering: settings.allow_external_data_filtering,
                    allow_full_table_external_data_access: settings
                        .allow_full_table_external_data_access,
                    external_data_filtering_allow_list: identifiers(
                        settings.external_data_filtering_allow_list,
                    ),
                    authorized_session_tag_values: settings
                        .authorized_session_tag_value_list
                        .unwrap_or_default(),
                })
            })
            .await
    }

    /// `PutDataLakeSettings`: all of them. What is left out is gone.
    pub async fn put_settings(&self, settings: Settings) -> Result<(), AwsError> {
        self.0
            .call("PutDataLakeSettings", |lakeformation| async move {
                let settings = DataLakeSettings::builder()
                    .set_data_lake_admins(Some(principals(settings.admins)))
                    .set_read_only_admins(Some(principals(settings.read_only_admins)))
                    .set_create_database_default_permissions(Some(to_sdk(
                        settings.database_defaults,
                    )))
                    .set_create_table_default_permissions(Some(to_sdk(settings.table_defaults)))
                    .set_parameters(Some(settings.parameters.into_iter().collect()))
                    .set_trusted_resource_owners(Some(settings.trusted_resource_owners))
                    .set_allow_external_data_filtering(settings.allow_external_data_filtering)
                    .set_allow_full_table_external_data_access(
                        settings.allow_full_table_external_data_access,
                    )
                    .set_external_data_filtering_allow_list(Some(principals(
                        settings.external_data_filtering_allow_list,
                    )))
                    .set_authorized_session_tag_value_list(Some(
                        settings.authorized_session_tag_values,
                    ))
                    .build();
                lakeformation
                    .put_data_lake_settings()
                    .data_lake_settings(settings)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

fn identifiers(principals: Option<Vec<DataLakePrincipal>>) -> Vec<String> {
    principals
        .unwrap_or_default()
        .into_iter()
        .map(|principal| identifier(Some(principal)))
        .collect()
}

fn principals(identifiers: Vec<String>) -> Vec<DataLakePrincipal> {
    identifiers.into_iter().map(principal).collect()
}

fn defaults(permissions: Option<Vec<types::PrincipalPermissions>>) -> Vec<DefaultPermissions> {
    permissions
        .unwrap_or_default()
        .into_iter()
        .map(|default| DefaultPermissions {
            principal: identifier(default.principal),
            permissions: Permission::all_from_sdk(default.permissions),
        })
        .collect()
}

fn to_sdk(defaults: Vec<DefaultPermissions>) -> Vec<types::PrincipalPermissions> {
    defaults
        .into_iter()
        .map(|default| {
            types::PrincipalPermissions::builder()
                .principal(principal(default.principal))
                .set_permissions(Some(
                    default.permissions.iter().map(Permission::to_sdk).collect(),
                ))
                .build()
        })
        .collect()
}
