//! `SearchTypes`: asset types, form types and types of lineage nodes, the managed ones or the domain's own.

use serde::Deserialize;
use serde_json::{Value, json};

use super::asset_type::{ASSET_TYPES, AssetType};
use super::form_type::{FORM_TYPES, FormType};
use super::managed;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::domain;
use crate::services::datazone::kind::Page;
use crate::services::datazone::search::filter::Query;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    domain_identifier: String,
    search_scope: String,
    managed: bool,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    query: Query,
}

pub(crate) fn search(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let below = [domain.id.as_str()];
    let (member, found): (&str, Vec<Value>) = match (input.search_scope.as_str(), input.managed) {
        ("ASSET_TYPE", true) => {
            let all = managed::ASSETS.map(|one| AssetType::managed(&domain.id, one));
            ("assetTypeItem", all.iter().map(AssetType::shown).collect())
        }
        ("ASSET_TYPE", false) => {
            let all: Vec<AssetType> = ASSET_TYPES.all(call, tx, &below)?;
            ("assetTypeItem", all.iter().map(AssetType::shown).collect())
        }
        ("FORM_TYPE", true) => {
            let all = managed::FORMS.map(|one| FormType::managed(&domain.id, one));
            ("formTypeItem", all.iter().map(FormType::shown).collect())
        }
        ("FORM_TYPE", false) => {
            let all: Vec<FormType> = FORM_TYPES.all(call, tx, &below)?;
            ("formTypeItem", all.iter().map(FormType::shown).collect())
        }
        (_, true) => {
            let all = managed::NODES.map(|node| shown(&domain.id, node));
            ("lineageNodeTypeItem", all.into())
        }
        _ => ("lineageNodeTypeItem", Vec::new()),
    };
    let found = input.query.run(found, Value::clone);
    let count = found.len();
    let list = format!(
        "types/{}/{}/{}",
        domain.id, input.search_scope, input.managed
    );
    let (found, next_token) = input.page.of(&list, found)?;
    let items: Vec<Value> = found
        .into_iter()
        .map(|item| json!({member: item}))
        .collect();
    Ok(json!({"items": items, "totalMatchCount": count, "nextToken": next_token}))
}

fn shown(domain: &str, node: managed::ManagedNode) -> Value {
    let form = managed::form_named(node.form).map(|form| form.name);
    let revision = managed::REVISION.to_string();
    json!({
        "domainId": domain,
        "name": node.name,
        "revision": revision,
        "formsOutput": {node.form: {"typeName": form, "typeRevision": revision, "required": true}},
    })
}
