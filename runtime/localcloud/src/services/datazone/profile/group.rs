//! Group profiles, under `domain/group`: `CreateGroupProfile`, `GetGroupProfile`, `UpdateGroupProfile` and
//! `SearchGroupProfiles`. Every group of an identity centre exists here; a group of sessions is its role.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, listed};
use crate::services::datazone::{domain, error, idempotency};
use crate::store::Tx;

const GROUPS: Kind = Kind::new("datazone.group-profiles", "Group profile");
/// The ids of profiles by what they were created with.
const IDENTIFIERS: Kind = Kind::new("datazone.group-identifiers", "Group profile");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    domain_id: String,
    /// The group's name or id, or the role's ARN.
    pub(crate) identifier: String,
    is_role: bool,
    status: String,
}

impl Group {
    fn shown(&self) -> Value {
        let role = self.is_role.then_some(&self.identifier);
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "status": self.status,
            "groupName": self.identifier,
            "rolePrincipalArn": role,
        })
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        GROUPS.put(call, tx, &[&self.domain_id, &self.id], self)
    }
}

/// By id, name or ARN.
pub(crate) fn require(
    domain: &str,
    identifier: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Group, ServiceError> {
    let id: Option<String> = IDENTIFIERS.find(call, tx, &[domain, identifier])?;
    GROUPS
        .find(call, tx, &[domain, id.as_deref().unwrap_or(identifier)])?
        .ok_or_else(|| error::not_found("Group profile", identifier))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    group_identifier: Option<String>,
    role_principal_arn: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let is_role = input.role_principal_arn.is_some();
        let identifier = match (input.group_identifier, input.role_principal_arn) {
            (Some(one), None) | (None, Some(one)) => one,
            _ => {
                return Err(error::validation(
                    "One of groupIdentifier and rolePrincipalArn must be set",
                ));
            }
        };
        let group = Group {
            id: call.cloud.uuid(),
            domain_id: domain.id,
            identifier,
            is_role,
            status: "ASSIGNED".to_owned(),
        };
        let path = [group.domain_id.as_str(), &group.identifier];
        if !IDENTIFIERS.insert(call, tx, &path, &group.id)? {
            return Err(error::validation(format!(
                "A group profile for {} already exists",
                group.identifier
            )));
        }
        group.write(call, tx)?;
        Ok(group.shown())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    domain_identifier: String,
    group_identifier: String,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.group_identifier, call, tx).map(|group| group.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    group_identifier: String,
    status: String,
}

pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut group = require(&domain.id, &input.group_identifier, call, tx)?;
    group.status = input.status;
    group.write(call, tx)?;
    Ok(group.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    domain_identifier: String,
    group_type: String,
    search_text: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Those whose name has the text in it.
pub(crate) fn search(input: Search, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let text = input.search_text.unwrap_or_default().to_lowercase();
    let roles = input.group_type == "IAM_ROLE_SESSION_GROUP";
    let (groups, next_token) =
        GROUPS.page(call, tx, &[&domain.id], &input.page, |group: &Group| {
            group.is_role == roles && group.identifier.to_lowercase().contains(&text)
        })?;
    let items = groups.iter().map(Group::shown).collect();
    Ok(listed("items", items, next_token))
}
