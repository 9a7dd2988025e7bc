//! Outputs, and the exports among them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::deeds::Live;
use super::error;
use super::stack::{self, OutputValue, Stack};
use super::template::Evaluator;
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::services::paging;
use crate::store::Tx;

const PAGE: usize = 100;

/// The outputs of a stack whose resources are there; or why there cannot be any.
pub(super) fn evaluate(
    stack: &Stack,
    inside: &Inside<'_>,
) -> Result<Result<Vec<OutputValue>, String>, ServiceError> {
    let outputs = match values(stack, inside) {
        Ok(outputs) => outputs,
        Err(error) if error.status < 500 => return Ok(Err(error.message)),
        Err(error) => return Err(error),
    };
    for other in stack::all(&inside.call.scope, inside.tx)? {
        if other.key == stack.key || other.is_deleted() {
            continue;
        }
        let taken = outputs.iter().find(|output| {
            output.export.is_some()
                && other
                    .outputs
                    .iter()
                    .any(|known| known.export == output.export)
        });
        if let Some(name) = taken.and_then(|output| output.export.as_deref()) {
            return Ok(Err(format!(
                "Export with name {name} is already exported by stack {}. ",
                other.name
            )));
        }
    }
    let lost = stack
        .outputs
        .iter()
        .filter_map(|known| known.export.as_deref())
        .filter(|name| {
            let still = |output: &OutputValue| output.export.as_deref() == Some(name);
            !outputs.iter().any(still)
        });
    for name in lost {
        if let Some(importer) = importers(name, &stack.key, inside.call, inside.tx)?.first() {
            return Ok(Err(in_use(name, importer)));
        }
    }
    Ok(Ok(outputs))
}

/// Why an export cannot go.
pub(super) fn in_use(name: &str, importer: &str) -> String {
    format!("Export {name} cannot be deleted as it is in use by {importer}")
}

fn values(stack: &Stack, inside: &Inside<'_>) -> Result<Vec<OutputValue>, ServiceError> {
    let template = stack.template()?;
    let parameters = stack.values(&template, &inside.call.scope);
    let live = Live {
        resources: &stack.resources,
        inside,
    };
    let evaluator = Evaluator::new(&template, &parameters, &live);
    let mut values = Vec::new();
    for output in &template.outputs {
        if !evaluator.holds(output.condition.as_deref())? {
            continue;
        }
        let value = evaluator.text(
            &format!("Value field of output {}", output.name),
            &output.value,
        )?;
        let export = output.export.as_ref();
        values.push(OutputValue {
            name: output.name.clone(),
            value,
            description: output.description.clone(),
            export: export
                .map(|export| evaluator.text("name of an export", export))
                .transpose()?,
        });
    }
    Ok(values)
}

/// What a stack of this account and region exports under this name.
pub(super) fn exported(name: &str, inside: &Inside<'_>) -> Result<Option<Value>, ServiceError> {
    let stacks = stack::all(&inside.call.scope, inside.tx)?;
    let outputs = stacks
        .iter()
        .filter(|stack| !stack.is_deleted())
        .flat_map(|stack| &stack.outputs);
    let mut found = outputs.filter(|output| output.export.as_deref() == Some(name));
    Ok(found
        .next()
        .map(|output| Value::from(output.value.as_str())))
}

/// The names of the stacks that import this, but for the exporter.
pub(super) fn importers(
    name: &str,
    exporter: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<String>, ServiceError> {
    let mut importers = Vec::new();
    for stack in stack::all(&call.scope, tx)? {
        if stack.key == exporter || stack.is_deleted() || stack.resources.is_empty() {
            continue;
        }
        let Ok(template) = stack.template() else {
            continue;
        };
        let parameters = stack.values(&template, &call.scope);
        let inside = Inside { call, tx };
        let live = Live {
            resources: &stack.resources,
            inside: &inside,
        };
        let evaluator = Evaluator::new(&template, &parameters, &live);
        let mut names = Vec::new();
        for resource in &template.resources {
            import_names(&resource.properties, &mut names);
        }
        for output in &template.outputs {
            import_names(&output.value, &mut names);
        }
        let imports = |argument: &Value| {
            evaluator
                .text("import", argument)
                .is_ok_and(|text| text == name)
        };
        if names.iter().any(|argument| imports(argument)) {
            importers.push(stack.name.clone());
        }
    }
    Ok(importers)
}

fn import_names<'v>(value: &'v Value, names: &mut Vec<&'v Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| import_names(item, names)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == "Fn::ImportValue" {
                    names.push(member);
                }
                import_names(member, names);
            }
        }
        _ => {}
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    next_token: Option<String>,
}

/// `ListExports`.
pub(super) fn list_exports(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut exports: Vec<(String, Value)> = Vec::new();
    for stack in stack::all(&call.scope, tx)? {
        if stack.is_deleted() {
            continue;
        }
        for output in &stack.outputs {
            if let Some(name) = &output.export {
                let export = json!({
                    "ExportingStackId": stack.id, "Name": name, "Value": output.value,
                });
                exports.push((name.clone(), export));
            }
        }
    }
    exports.sort_by(|left, right| left.0.cmp(&right.0));
    let exports = exports.into_iter().map(|(_, export)| export).collect();
    let (page, next) = paging::slice(
        "exports",
        exports,
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
    )?;
    Ok(json!({"Exports": page, "NextToken": next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ImportsInput {
    #[serde(default)]
    export_name: String,
    next_token: Option<String>,
}

/// `ListImports`.
pub(super) fn list_imports(
    input: ImportsInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let names = importers(&input.export_name, "", call, tx)?;
    if names.is_empty() {
        return Err(error::validation(format!(
            "Export '{}' is not imported by any stack.",
            input.export_name
        )));
    }
    let (page, next) = paging::slice(
        "imports",
        names,
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
    )?;
    Ok(json!({"Imports": page, "NextToken": next}))
}
