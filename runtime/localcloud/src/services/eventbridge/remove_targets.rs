//! `RemoveTargets`: an id that the rule does not have is a failed entry, not an error.

use serde::{Deserialize, Serialize};

use super::{bus, error, rule, target};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: Option<String>,
    event_bus_name: Option<String>,
    ids: Option<Vec<String>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    failed_entry_count: usize,
    failed_entries: Vec<FailedEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FailedEntry {
    target_id: String,
    error_code: &'static str,
    error_message: String,
}

pub(super) fn remove_targets(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("rule", input.rule);
    rule::check_name(&mut constraints, "rule", &name);
    let ids = constraints.required("ids", input.ids);
    constraints.count("ids", Some(&ids), 1, 100);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, input.event_bus_name.as_deref())?;
    rule::require(&call.scope, tx, &bus, &name)?;
    let mut failed_entries = Vec::new();
    for id in ids {
        if !target::remove(&call.scope, tx, &bus, &name, &id)? {
            failed_entries.push(FailedEntry {
                error_code: "ResourceNotFoundException",
                error_message: format!("Rule {name} does not have a target with the Id {id}."),
                target_id: id,
            });
        }
    }
    Ok(Output {
        failed_entry_count: failed_entries.len(),
        failed_entries,
    })
}
