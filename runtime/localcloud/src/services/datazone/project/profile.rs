//! Project profiles, under `domain/profile`: which environments a project of a V2 domain begins with.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named, Page, SortOrder, listed};
use crate::services::datazone::{domain, domain_unit, environment, error};
use crate::store::Tx;

const PROFILES: Kind = Kind::new("datazone.project-profiles", "Project profile");
const NAMES: Kind = Kind::new("datazone.project-profile-names", "Project profile");

/// What a request says of a profile; kept as it came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    description: Option<String>,
    status: Option<String>,
    project_resource_tags: Option<Value>,
    allow_custom_project_resource_tags: Option<bool>,
    project_resource_tags_description: Option<String>,
    environment_configurations: Option<Vec<Value>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProjectProfile {
    pub(crate) id: String,
    domain_id: String,
    domain_unit_id: String,
    name: String,
    settings: Settings,
    created_by: String,
    created_ms: i64,
    updated_ms: i64,
}

impl ProjectProfile {
    pub(crate) fn is_enabled(&self) -> bool {
        self.settings.status.as_deref() == Some("ENABLED")
    }

    /// The environments that a project begins with, those that are deployed first before the others.
    pub(crate) fn deployed_on_creation(&self) -> Vec<Value> {
        let all = self.settings.environment_configurations.iter().flatten();
        let mut first: Vec<Value> = all
            .filter(|one| one["deploymentMode"] == "ON_CREATE")
            .cloned()
            .collect();
        first.sort_by_key(|one| one["deploymentOrder"].as_i64().unwrap_or(0));
        first
    }

    fn summary(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "name": self.name,
            "description": self.settings.description,
            "status": self.settings.status,
            "createdBy": self.created_by,
            "createdAt": iso8601(self.created_ms),
            "lastUpdatedAt": iso8601(self.updated_ms),
            "domainUnitId": self.domain_unit_id,
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.summary();
        let settings = &self.settings;
        shown["projectResourceTags"] = json!(settings.project_resource_tags);
        shown["allowCustomProjectResourceTags"] =
            json!(settings.allow_custom_project_resource_tags);
        shown["projectResourceTagsDescription"] = json!(settings.project_resource_tags_description);
        shown["environmentConfigurations"] = json!(settings.environment_configurations);
        shown
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        PROFILES.put(call, tx, &[&self.domain_id, &self.id], self)
    }

    fn take_name(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        if NAMES.insert(call, tx, &[&self.domain_id, &self.name], &self.id)? {
            return Ok(());
        }
        Err(error::conflict(format!(
            "Project profile with name {} already exists in domain {}",
            self.name, self.domain_id
        )))
    }

    /// Gives every configuration an id, and checks that its blueprint is there.
    fn check_environments(&mut self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let mut names = Vec::new();
        for one in self
            .settings
            .environment_configurations
            .iter_mut()
            .flatten()
        {
            let blueprint = one["environmentBlueprintId"].as_str().unwrap_or_default();
            environment::blueprint::require(&self.domain_id, blueprint, call, tx)?;
            let name = one["name"].as_str().unwrap_or_default().to_owned();
            if names.contains(&name) {
                return Err(error::validation(format!(
                    "There are two environment configurations with the name {name}"
                )));
            }
            names.push(name);
            if one.get("id").is_none() {
                one["id"] = json!(call.cloud.lower(14));
            }
        }
        Ok(())
    }
}

pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<ProjectProfile, ServiceError> {
    PROFILES.require(call, tx, &[domain, id])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    domain_unit_identifier: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// Only V2 domains have them.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    if domain.domain_version != "V2" {
        return Err(error::validation(format!(
            "Domain {} is not a V2 domain: it has no project profiles",
            domain.id
        )));
    }
    let unit = input.domain_unit_identifier;
    let unit = unit.unwrap_or_else(|| domain.root_domain_unit_id.clone());
    let mut profile = ProjectProfile {
        id: call.cloud.lower(14),
        domain_unit_id: domain_unit::require(&domain, &unit, call, tx)?.id,
        domain_id: domain.id,
        name: input.name,
        settings: input.settings,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    let status = &mut profile.settings.status;
    status.get_or_insert_with(|| "DISABLED".to_owned());
    profile.check_environments(call, tx)?;
    profile.take_name(call, tx)?;
    profile.write(call, tx)?;
    Ok(profile.shown())
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|profile| profile.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    domain_unit_identifier: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// What the request leaves out stays as it is.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut profile = require(&domain.id, &input.identifier, call, tx)?;
    if let Some(name) = input.name.filter(|name| *name != profile.name) {
        NAMES.delete(call, tx, &[&domain.id, &profile.name])?;
        profile.name = name;
        profile.take_name(call, tx)?;
    }
    if let Some(unit) = input.domain_unit_identifier {
        profile.domain_unit_id = domain_unit::require(&domain, &unit, call, tx)?.id;
    }
    let (new, old) = (input.settings, profile.settings);
    profile.settings = Settings {
        description: new.description.or(old.description),
        status: new.status.or(old.status),
        project_resource_tags: new.project_resource_tags.or(old.project_resource_tags),
        allow_custom_project_resource_tags: new
            .allow_custom_project_resource_tags
            .or(old.allow_custom_project_resource_tags),
        project_resource_tags_description: new
            .project_resource_tags_description
            .or(old.project_resource_tags_description),
        environment_configurations: new
            .environment_configurations
            .or(old.environment_configurations),
    };
    profile.updated_ms = call.now_ms;
    profile.check_environments(call, tx)?;
    profile.write(call, tx)?;
    Ok(profile.shown())
}

pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let profile = require(&domain.id, &input.identifier, call, tx)?;
    NAMES.delete(call, tx, &[&domain.id, &profile.name])?;
    PROFILES
        .delete(call, tx, &[&domain.id, &profile.id])
        .map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    name: Option<String>,
    sort_order: Option<SortOrder>,
    #[serde(flatten)]
    page: Page,
}

/// In the order of their names; `name` is compared whole.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut profiles: Vec<ProjectProfile> = PROFILES.all(call, tx, &[&domain.id])?;
    profiles.retain(|profile| input.name.as_ref().is_none_or(|name| *name == profile.name));
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    if input.sort_order == Some(SortOrder::Descending) {
        profiles.reverse();
    }
    let list = format!("project-profiles/{}", domain.id);
    let (profiles, next_token) = input.page.of(&list, profiles)?;
    let items = profiles.iter().map(ProjectProfile::summary).collect();
    Ok(listed("items", items, next_token))
}
