//! Form types: `CreateFormType`, `GetFormType` and `DeleteFormType`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::managed::{self, ManagedForm};
use super::{AWS, numbered, smithy};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::kind::Kind;
use crate::services::datazone::search::index;
use crate::services::datazone::{domain, error, project};
use crate::store::Tx;

/// The latest revisions.
pub(super) const FORM_TYPES: Kind = Kind::new("datazone.form-types", "Form type");
const REVISIONS: Kind = Kind::new("datazone.form-type-revisions", "Form type");
/// The asset types that use a form type: `domain/form type/type/asset type`.
pub(super) const USES: Kind = Kind::new("datazone.form-type-uses", "Use of a form type");

/// How deep content may be nested. It is kept within other documents, and of those no more than 127 levels
/// can be read back.
const DEEPEST: usize = 64;

/// How many levels of objects and arrays a value has.
fn depth(value: &Value) -> usize {
    let below = match value {
        Value::Object(fields) => fields.values().map(depth).max(),
        Value::Array(items) => items.iter().map(depth).max(),
        _ => return 0,
    };
    1 + below.unwrap_or_default()
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FormType {
    pub(super) domain_id: String,
    pub(crate) name: String,
    pub(crate) revision: u32,
    model: String,
    imports: Vec<String>,
    pub(super) description: Option<String>,
    status: String,
    pub(super) owner: String,
    pub(super) created_by: String,
    pub(super) created_ms: i64,
    pub(super) is_managed: bool,
}

impl FormType {
    pub(super) fn managed(domain: &str, form: ManagedForm) -> Self {
        let local = form.name.rsplit('.').next().unwrap_or(form.name);
        Self {
            domain_id: domain.to_owned(),
            name: form.name.to_owned(),
            revision: managed::REVISION,
            model: format!("structure {local} {{ {} }}", form.members),
            imports: Vec::new(),
            description: None,
            status: "ENABLED".to_owned(),
            owner: AWS.to_owned(),
            created_by: AWS.to_owned(),
            created_ms: 0,
            is_managed: true,
        }
    }

    pub(super) fn is_enabled(&self) -> bool {
        self.status == "ENABLED"
    }

    /// Checks the content of a form; of the managed types only that it is an object, nested no deeper
    /// than 64 levels.
    pub(crate) fn check(&self, content: &str) -> Result<(), String> {
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(content) else {
            return Err("it is not a valid JSON object".to_owned());
        };
        if 1 + fields.values().map(depth).max().unwrap_or_default() > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        if self.is_managed {
            return Ok(());
        }
        smithy::read(&self.model)?.check(&self.name, &fields)
    }

    pub(super) fn shown(&self) -> Value {
        let imports: Vec<Value> = self
            .imports
            .iter()
            .map(|name| json!({"name": name, "revision": managed::REVISION.to_string()}))
            .collect();
        json!({
            "domainId": self.domain_id,
            "name": self.name,
            "revision": self.revision.to_string(),
            "model": {"smithy": self.model},
            "status": self.status,
            "description": self.description,
            "imports": (!imports.is_empty()).then_some(imports),
            "owningProjectId": self.owner,
            "originDomainId": self.domain_id,
            "originProjectId": self.owner,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
        })
    }
}

/// A form type, managed or the domain's own; the latest revision if none is named.
pub(crate) fn find(
    domain: &str,
    name: &str,
    revision: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<FormType>, ServiceError> {
    if let Some(form) = managed::FORMS.into_iter().find(|form| form.name == name) {
        let found = FormType::managed(domain, form);
        return Ok(revision
            .is_none_or(|wanted| wanted == found.revision.to_string())
            .then_some(found));
    }
    match revision.map(str::parse::<u32>) {
        None => FORM_TYPES.find(call, tx, &[domain, name]),
        Some(Ok(number)) => REVISIONS.find(call, tx, &[domain, name, &numbered(number)]),
        Some(Err(_)) => Ok(None),
    }
}

pub(crate) fn require(
    domain: &str,
    name: &str,
    revision: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<FormType, ServiceError> {
    find(domain, name, revision, call, tx)?.ok_or_else(|| {
        let named = match revision {
            Some(revision) => format!("{name} and revision {revision}"),
            None => name.to_owned(),
        };
        error::not_found("Form type", &named)
    })
}

#[derive(Debug, Deserialize)]
struct Model {
    smithy: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    model: Model,
    owning_project_identifier: String,
    status: Option<String>,
    description: Option<String>,
}

/// The model must define a structure of the type's name.
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
            "The name of a form type cannot begin with {AWS}"
        )));
    }
    let refused = |reason: String| error::validation(format!("Invalid smithy model: {reason}"));
    let model = smithy::read(&input.model.smithy).map_err(refused)?;
    if !model.defines(&input.name) {
        return Err(refused(format!("it has no structure {}", input.name)));
    }
    for import in &model.imports {
        // Traits are imported as shapes are; those of DataZone are not form types.
        if import.ends_with("FormType") {
            require(&domain.id, import, None, call, tx)?;
        }
    }
    let known: Option<FormType> = FORM_TYPES.find(call, tx, &[&domain.id, &input.name])?;
    if let Some(known) = known.as_ref().filter(|known| known.owner != project.id) {
        return Err(error::conflict(format!(
            "Form type with name {} already exists and belongs to project {}",
            known.name, known.owner
        )));
    }
    let made = FormType {
        domain_id: domain.id,
        name: input.name,
        revision: known.map_or(1, |known| known.revision + 1),
        model: input.model.smithy,
        imports: model.imports,
        description: input.description,
        status: input.status.unwrap_or_else(|| "ENABLED".to_owned()),
        owner: project.id,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
        is_managed: false,
    };
    let path = [made.domain_id.as_str(), &made.name];
    FORM_TYPES.put(call, tx, &path, &made)?;
    let number = numbered(made.revision);
    REVISIONS.put(call, tx, &[path[0], path[1], &number], &made)?;
    Ok(made.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    domain_identifier: String,
    form_type_identifier: String,
    revision: Option<String>,
}

pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let (name, revision) = (&input.form_type_identifier, input.revision.as_deref());
    require(&domain.id, name, revision, call, tx).map(|found| found.shown())
}

/// Refused while an asset type or an asset uses it.
pub(crate) fn delete(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let found = require(&domain.id, &input.form_type_identifier, None, call, tx)?;
    if found.is_managed {
        return Err(error::validation(format!(
            "Form type {} is managed by AWS",
            found.name
        )));
    }
    let path = [domain.id.as_str(), &found.name];
    let assets = index::Catalogue::assets(&domain.id);
    let on_assets = assets.has(&index::fact("formType", &found.name), call, tx)?;
    if on_assets || USES.has_any(call, tx, &path)? {
        return Err(error::conflict(format!(
            "Form type {} cannot be deleted because it is in use",
            found.name
        )));
    }
    REVISIONS.delete_all(call, tx, &path)?;
    FORM_TYPES.delete(call, tx, &path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{FormType, managed};

    #[test]
    fn content_has_a_depth() {
        for form in managed::FORMS {
            let form = FormType::managed("dzd-1", form);
            let check = |deep: usize| {
                let content = "{\"a\":".repeat(deep) + "1" + &"}".repeat(deep);
                form.check(&content)
            };
            assert_eq!(check(64), Ok(()));
            let refused = Err("it is nested deeper than 64 levels".to_owned());
            assert_eq!(check(65), refused);
            assert_eq!(check(126), refused);
        }
    }
}
