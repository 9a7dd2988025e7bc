//! `GetDataLakeSettings` and `PutDataLakeSettings`: one object an account and region, written whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use super::principal::{IAM_ALLOWED, Principal, PrincipalInput};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

const SETTINGS: &str = "lakeformation.settings";
const KEY: &str = "settings";
const VERSION: &str = "CROSS_ACCOUNT_VERSION";
/// Lake Formation's limit on admins.
const MOST_ADMINS: usize = 30;

/// The settings, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    pub(super) data_lake_admins: Vec<PrincipalInput>,
    read_only_admins: Vec<PrincipalInput>,
    pub(super) create_database_default_permissions: Vec<DefaultPermissions>,
    pub(super) create_table_default_permissions: Vec<DefaultPermissions>,
    parameters: BTreeMap<String, String>,
    trusted_resource_owners: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_external_data_filtering: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_full_table_external_data_access: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_data_filtering_allow_list: Vec<PrincipalInput>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorized_session_tag_value_list: Vec<String>,
}

/// `PrincipalPermissions`: what a principal gets on whatever is created.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DefaultPermissions {
    pub(super) principal: PrincipalInput,
    #[serde(default)]
    pub(super) permissions: Vec<String>,
}

impl Default for Settings {
    /// Of an object without members: nobody gets anything on what is created.
    fn default() -> Self {
        Self {
            data_lake_admins: Vec::new(),
            read_only_admins: Vec::new(),
            create_database_default_permissions: Vec::new(),
            create_table_default_permissions: Vec::new(),
            parameters: parameters("1"),
            trusted_resource_owners: Vec::new(),
            allow_external_data_filtering: None,
            allow_full_table_external_data_access: None,
            external_data_filtering_allow_list: Vec::new(),
            authorized_session_tag_value_list: Vec::new(),
        }
    }
}

impl Settings {
    /// Of an account that never wrote any: whatever is created is open to whom IAM lets in.
    fn fresh() -> Self {
        let open = vec![DefaultPermissions {
            principal: PrincipalInput::of(IAM_ALLOWED),
            permissions: vec!["ALL".to_owned()],
        }];
        Self {
            create_database_default_permissions: open.clone(),
            create_table_default_permissions: open,
            ..Self::default()
        }
    }

    /// The version of cross-account sharing: 1 to 4.
    pub(super) fn sharing_version(&self) -> u8 {
        self.parameters
            .get(VERSION)
            .and_then(|version| version.parse().ok())
            .unwrap_or(1)
    }

    pub(super) fn is_admin(&self, principal: &str) -> bool {
        self.data_lake_admins
            .iter()
            .any(|admin| admin.data_lake_principal_identifier == principal)
    }
}

fn parameters(version: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        (VERSION.to_owned(), version.to_owned()),
        ("SET_CONTEXT".to_owned(), "TRUE".to_owned()),
    ])
}

/// The settings of an account in a region.
pub(super) fn of(tx: &Tx<'_>, scope: &Scope) -> Result<Settings, ServiceError> {
    Ok(tx
        .get(scope, SETTINGS, KEY)?
        .unwrap_or_else(Settings::fresh))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    catalog_id: Option<String>,
}

/// `GetDataLakeSettings`.
pub(super) fn get(input: GetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    super::own_catalog(input.catalog_id.as_deref(), call)?;
    Ok(json!({"DataLakeSettings": of(tx, &call.scope)?}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    catalog_id: Option<String>,
    data_lake_settings: Option<Settings>,
}

/// `PutDataLakeSettings`. What the object does not name is reset, the sharing version to 1.
pub(super) fn put(input: PutInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    super::own_catalog(input.catalog_id.as_deref(), call)?;
    let mut settings = input
        .data_lake_settings
        .ok_or_else(|| error::invalid("DataLakeSettings is mandatory."))?;
    if settings.data_lake_admins.len() > MOST_ADMINS {
        return Err(error::invalid(format!(
            "There can be at most {MOST_ADMINS} data lake administrators."
        )));
    }
    for admin in settings
        .data_lake_admins
        .iter()
        .chain(&settings.read_only_admins)
    {
        let name = &admin.data_lake_principal_identifier;
        match Principal::parse(name)? {
            Principal::Iam { .. } => {}
            _ => return Err(error::invalid(format!("Invalid principal, {name}"))),
        }
    }
    let defaults = settings
        .create_database_default_permissions
        .iter()
        .chain(&settings.create_table_default_permissions);
    for default in defaults {
        Principal::parse(&default.principal.data_lake_principal_identifier)?;
    }
    let version = settings.parameters.get(VERSION).map_or("1", String::as_str);
    if !["1", "2", "3", "4"].contains(&version) {
        return Err(error::invalid(format!(
            "Invalid value {version} of {VERSION}: 1, 2, 3 and 4 are accepted."
        )));
    }
    settings.parameters = parameters(version);
    tx.put(&call.scope, SETTINGS, KEY, &settings)?;
    Ok(json!({}))
}
