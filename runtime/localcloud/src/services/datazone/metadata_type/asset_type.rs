//! Asset types: `CreateAssetType`, `GetAssetType` and `DeleteAssetType`. One names the forms that its assets may
//! have, and which of them they must.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::form_type::{self, USES};
use super::managed::{self, ManagedAsset};
use super::{AWS, numbered};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named};
use crate::services::datazone::search::index;
use crate::services::datazone::{domain, error, project};
use crate::store::Tx;

/// The latest revisions.
pub(super) const ASSET_TYPES: Kind = Kind::new("datazone.asset-types", "Asset type");
const REVISIONS: Kind = Kind::new("datazone.asset-type-revisions", "Asset type");

/// A form of an asset type, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub(super) type_name: String,
    pub(super) type_revision: String,
    pub(super) required: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AssetType {
    domain_id: String,
    pub(crate) name: String,
    pub(crate) revision: u32,
    pub(super) description: Option<String>,
    pub(super) forms: BTreeMap<String, Entry>,
    owner: String,
    created_by: String,
    pub(super) created_ms: i64,
    updated_by: String,
    updated_ms: i64,
    is_managed: bool,
}

impl AssetType {
    pub(super) fn managed(domain: &str, asset: ManagedAsset) -> Self {
        let entry = |name: &str, required: bool| {
            let form = managed::form_named(name)?;
            let entry = Entry {
                type_name: form.name.to_owned(),
                type_revision: managed::REVISION.to_string(),
                required,
            };
            Some((form.form.to_owned(), entry))
        };
        let others = [
            "AssetCommonDetailsForm",
            "ColumnBusinessMetadataForm",
            "SubscriptionTermsForm",
        ];
        let forms = others.into_iter().filter_map(|name| entry(name, false));
        Self {
            domain_id: domain.to_owned(),
            name: asset.name.to_owned(),
            revision: managed::REVISION,
            description: None,
            forms: forms.chain(entry(asset.required, true)).collect(),
            owner: AWS.to_owned(),
            created_by: AWS.to_owned(),
            created_ms: 0,
            updated_by: AWS.to_owned(),
            updated_ms: 0,
            is_managed: true,
        }
    }

    pub(super) fn shown(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "name": self.name,
            "revision": self.revision.to_string(),
            "description": self.description,
            "formsOutput": self.forms,
            "owningProjectId": self.owner,
            "originDomainId": self.domain_id,
            "originProjectId": self.owner,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "updatedBy": self.updated_by,
            "updatedAt": epoch_seconds(self.updated_ms),
        })
    }
}

/// An asset type, managed or the domain's own; the latest revision if none is named.
pub(crate) fn require(
    domain: &str,
    name: &str,
    revision: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<AssetType, ServiceError> {
    let found = match managed::ASSETS.into_iter().find(|asset| asset.name == name) {
        Some(asset) => Some(AssetType::managed(domain, asset))
            .filter(|found| revision.is_none_or(|wanted| wanted == found.revision.to_string())),
        None => match revision.map(str::parse::<u32>) {
            None => ASSET_TYPES.find(call, tx, &[domain, name])?,
            Some(Ok(number)) => REVISIONS.find(call, tx, &[domain, name, &numbered(number)])?,
            Some(Err(_)) => None,
        },
    };
    found.ok_or_else(|| {
        let named = match revision {
            Some(revision) => format!("{name} and revision {revision}"),
            None => name.to_owned(),
        };
        error::not_found("Asset type", &named)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryInput {
    type_identifier: String,
    type_revision: String,
    #[serde(default)]
    required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    description: Option<String>,
    forms_input: BTreeMap<String, EntryInput>,
    owning_project_identifier: String,
}

/// Its form types must be there and enabled.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(
        &call.scope,
        tx,
        &domain.id,
        &input.owning_project_identifier,
    )?;
    if input.name.starts_with(AWS) {
        return Err(error::validation(format!(
            "The name of an asset type cannot begin with {AWS}"
        )));
    }
    let mut forms = BTreeMap::new();
    for (form, entry) in input.forms_input {
        let revision = Some(entry.type_revision.as_str());
        let of = form_type::require(&domain.id, &entry.type_identifier, revision, call, tx)?;
        if !of.is_enabled() {
            return Err(error::validation(format!(
                "Form type {} is disabled",
                of.name
            )));
        }
        if !of.is_managed {
            USES.put(call, tx, &[&domain.id, &of.name, "type", &input.name], &())?;
        }
        let entry = Entry {
            type_name: of.name,
            type_revision: of.revision.to_string(),
            required: entry.required,
        };
        forms.insert(form, entry);
    }
    let path = [domain.id.as_str(), &input.name];
    let known: Option<AssetType> = ASSET_TYPES.find(call, tx, &path)?;
    if let Some(known) = known.as_ref().filter(|known| known.owner != project.id) {
        return Err(error::conflict(format!(
            "Asset type with name {} already exists and belongs to project {}",
            known.name, known.owner
        )));
    }
    let by = &call.principal.arn;
    let made = AssetType {
        domain_id: domain.id.clone(),
        name: input.name.clone(),
        revision: known.as_ref().map_or(1, |known| known.revision + 1),
        description: input.description,
        forms,
        owner: project.id,
        created_by: known.as_ref().map_or(by, |known| &known.created_by).clone(),
        created_ms: known.as_ref().map_or(call.now_ms, |known| known.created_ms),
        updated_by: by.clone(),
        updated_ms: call.now_ms,
        is_managed: false,
    };
    ASSET_TYPES.put(call, tx, &path, &made)?;
    let number = numbered(made.revision);
    REVISIONS.put(call, tx, &[path[0], path[1], &number], &made)?;
    Ok(made.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    #[serde(flatten)]
    named: Named,
    revision: Option<String>,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.named.domain_identifier)?;
    let (name, revision) = (&input.named.identifier, input.revision.as_deref());
    require(&domain.id, name, revision, call, tx).map(|found| found.shown())
}

/// Refused while there are assets of it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let found = require(&domain.id, &input.identifier, None, call, tx)?;
    if found.is_managed {
        return Err(error::validation(format!(
            "Asset type {} is managed by AWS",
            found.name
        )));
    }
    let assets = index::Catalogue::assets(&domain.id);
    if assets.has(&index::fact("typeIdentifier", &found.name), call, tx)? {
        return Err(error::conflict(format!(
            "Asset type {} cannot be deleted because there are assets of it",
            found.name
        )));
    }
    for revision in REVISIONS.all::<AssetType>(call, tx, &[&domain.id, &found.name])? {
        for entry in revision.forms.values() {
            USES.delete(
                call,
                tx,
                &[&domain.id, &entry.type_name, "type", &found.name],
            )?;
        }
    }
    REVISIONS.delete_all(call, tx, &[&domain.id, &found.name])?;
    ASSET_TYPES
        .delete(call, tx, &[&domain.id, &found.name])
        .map(drop)
}
