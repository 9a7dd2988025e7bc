//! Blueprints: those that AWS manages, the same in every domain, and a domain's own, under
//! `domain/blueprint`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ENVIRONMENTS, Environment, PROVIDER};
use crate::error::ServiceError;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Named, Page, listed};
use crate::services::datazone::{domain, error};
use crate::store::Tx;

const BLUEPRINTS: Kind = Kind::new("datazone.environment-blueprints", "Environment blueprint");
const NAMES: Kind = Kind::new(
    "datazone.environment-blueprint-names",
    "Environment blueprint",
);

/// What AWS manages: the name, and what it is for.
const MANAGED: [(&str, &str); 11] = [
    (
        "CustomAwsService",
        "Use the AWS services that you have already",
    ),
    (
        "DefaultDataLake",
        "Build a data lake with Glue, Lake Formation and Athena",
    ),
    ("DefaultDataWarehouse", "Work with Redshift"),
    ("AmazonSageMaker", "Build models with SageMaker"),
    ("Tooling", "The tools that a project works with"),
    ("DataLake", "A lakehouse database"),
    ("LakehouseCatalog", "A lakehouse catalog on managed storage"),
    ("RedshiftServerless", "A Redshift Serverless workgroup"),
    ("EmrServerless", "An EMR Serverless application"),
    ("EmrOnEc2", "An EMR cluster on EC2"),
    ("Workflows", "Workflows with MWAA"),
];

/// A parameter as a request gives it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Parameter {
    name: Option<String>,
    value: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Blueprint {
    pub(crate) id: String,
    name: String,
    description: Option<String>,
    provisioning: Value,
    /// What may be set, each a `CustomParameter`.
    parameters: Vec<Value>,
    category: Option<String>,
    is_managed: bool,
    created_ms: i64,
    updated_ms: i64,
}

impl Blueprint {
    fn managed((name, description): (&str, &str)) -> Self {
        let digest = hex::encode(Sha256::digest(name));
        Self {
            id: digest.chars().take(14).collect(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            provisioning: json!({"cloudFormation": {"templateUrl": ""}}),
            parameters: Vec::new(),
            category: None,
            is_managed: true,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    fn summary(&self) -> Value {
        let written = |ms: i64| (!self.is_managed).then(|| iso8601(ms));
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "provider": if self.is_managed { PROVIDER } else { "Custom" },
            "provisioningProperties": self.provisioning,
            "blueprintCategory": self.category,
            "createdAt": written(self.created_ms),
            "updatedAt": written(self.updated_ms),
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.summary();
        shown["userParameters"] = json!(self.parameters);
        shown
    }

    /// The parameters of an environment or a profile: what was known of them, with what is given now. A managed
    /// blueprint takes any parameter, one of the domain's own those that it states; all that it wants
    /// must have a value in the end.
    pub(crate) fn fill(
        &self,
        known: Vec<Value>,
        given: Vec<Parameter>,
    ) -> Result<Vec<Value>, ServiceError> {
        let mut filled = known;
        let stated = self.parameters.iter();
        for parameter in stated {
            if !filled
                .iter()
                .any(|one| one["keyName"] == parameter["keyName"])
            {
                filled.push(parameter.clone());
            }
        }
        for parameter in given {
            let name = parameter.name.unwrap_or_default();
            match filled
                .iter_mut()
                .find(|one| one["keyName"] == name.as_str())
            {
                Some(one) if one["isEditable"] == false => {
                    return Err(error::validation(format!(
                        "Parameter {name} cannot be edited"
                    )));
                }
                Some(one) => one["defaultValue"] = json!(parameter.value),
                None if self.is_managed => filled.push(json!({
                    "keyName": name, "fieldType": "string", "defaultValue": parameter.value,
                })),
                None => {
                    return Err(error::validation(format!(
                        "Blueprint {} has no parameter {name}",
                        self.name
                    )));
                }
            }
        }
        let wanting = |one: &&Value| one["isOptional"] != true && one["defaultValue"].is_null();
        match filled.iter().find(wanting) {
            Some(one) => Err(error::validation(format!(
                "Parameter {} of blueprint {} must have a value",
                one["keyName"].as_str().unwrap_or_default(),
                self.name
            ))),
            None => Ok(filled),
        }
    }
}

pub(crate) fn require(
    domain: &str,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Blueprint, ServiceError> {
    match MANAGED
        .map(Blueprint::managed)
        .into_iter()
        .find(|one| one.id == id)
    {
        Some(blueprint) => Ok(blueprint),
        None => BLUEPRINTS.require(call, tx, &[domain, id]),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    description: Option<String>,
    provisioning_properties: Value,
    user_parameters: Option<Vec<Value>>,
    blueprint_category: Option<String>,
}

/// `CreateEnvironmentBlueprint`: a name is taken once in a domain, by the managed ones too.
pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let blueprint = Blueprint {
        id: call.cloud.lower(14),
        name: input.name,
        description: input.description,
        provisioning: input.provisioning_properties,
        parameters: input.user_parameters.unwrap_or_default(),
        category: input.blueprint_category,
        is_managed: false,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    let managed = MANAGED.iter().any(|(name, _)| *name == blueprint.name);
    if managed || !NAMES.insert(call, tx, &[&domain.id, &blueprint.name], &blueprint.id)? {
        return Err(error::conflict(format!(
            "Environment blueprint with name {} already exists in domain {}",
            blueprint.name, domain.id
        )));
    }
    BLUEPRINTS.put(call, tx, &[&domain.id, &blueprint.id], &blueprint)?;
    Ok(blueprint.shown())
}

/// `GetEnvironmentBlueprint`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain.id, &input.identifier, call, tx).map(|blueprint| blueprint.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    identifier: String,
    description: Option<String>,
    provisioning_properties: Option<Value>,
    user_parameters: Option<Vec<Value>>,
    blueprint_category: Option<String>,
}

/// `UpdateEnvironmentBlueprint`, of a domain's own.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut blueprint = own(&domain.id, &input.identifier, call, tx)?;
    blueprint.description = input.description.or(blueprint.description);
    blueprint.provisioning = input
        .provisioning_properties
        .unwrap_or(blueprint.provisioning);
    blueprint.parameters = input.user_parameters.unwrap_or(blueprint.parameters);
    blueprint.category = input.blueprint_category.or(blueprint.category);
    blueprint.updated_ms = call.now_ms;
    BLUEPRINTS.put(call, tx, &[&domain.id, &blueprint.id], &blueprint)?;
    Ok(blueprint.shown())
}

/// `DeleteEnvironmentBlueprint`, of a domain's own that no environment is made from.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let blueprint = own(&domain.id, &input.identifier, call, tx)?;
    let environments: Vec<Environment> = ENVIRONMENTS.all(call, tx, &[&domain.id])?;
    let used = environments.iter().any(|one| {
        one.blueprint_id.as_ref() == Some(&blueprint.id) && one.status(call.now_ms).is_some()
    });
    if used {
        return Err(error::conflict(format!(
            "Environment blueprint {} cannot be deleted because environments are made from it",
            blueprint.id
        )));
    }
    NAMES.delete(call, tx, &[&domain.id, &blueprint.name])?;
    BLUEPRINTS
        .delete(call, tx, &[&domain.id, &blueprint.id])
        .map(drop)
}

fn own(domain: &str, id: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Blueprint, ServiceError> {
    let blueprint = require(domain, id, call, tx)?;
    if blueprint.is_managed {
        return Err(error::validation(format!(
            "Environment blueprint {} is managed by AWS",
            blueprint.name
        )));
    }
    Ok(blueprint)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    name: Option<String>,
    managed: Option<bool>,
    #[serde(flatten)]
    page: Page,
}

/// `ListEnvironmentBlueprints`: the managed ones first; `name` is compared whole.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let own: Vec<Blueprint> = BLUEPRINTS.all(call, tx, &[&domain.id])?;
    let wanted = |one: &Blueprint| {
        input
            .managed
            .is_none_or(|managed| managed == one.is_managed)
            && input.name.as_ref().is_none_or(|name| *name == one.name)
    };
    let all = MANAGED.map(Blueprint::managed).into_iter().chain(own);
    let found: Vec<Blueprint> = all.filter(wanted).collect();
    let (found, next_token) = input.page.of(&format!("blueprints/{}", domain.id), found)?;
    let items = found.iter().map(Blueprint::summary).collect();
    Ok(listed("items", items, next_token))
}
