//! `RemoveTargets`: an id that the rule does not have is a failed entry, not an error.

use serde::{Deserialize, Serialize};

use super::target::{self, FailedEntry};
use super::{bus, error, rule};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
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
    let mut faults = BatchFaults::of(call);
    for id in ids {
        if let Some(injected) = faults.injected() {
            failed_entries.push(FailedEntry::new(id, injected));
        } else if !target::remove(&call.scope, tx, &bus, &name, &id)? {
            let message = format!("Rule {name} does not have a target with the Id {id}.");
            let error = ServiceError::bad_request("ResourceNotFoundException", message);
            failed_entries.push(FailedEntry::new(id, error));
        }
    }
    Ok(Output {
        failed_entry_count: failed_entries.len(),
        failed_entries,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use crate::stage::Stage;
    use crate::{Fault, FaultEffect};

    #[test]
    fn half_of_the_targets_can_fail_to_be_put_and_to_be_removed() {
        let stage = Stage::new();
        let (_, queue) = stage.queue("q");
        let ask = |operation, input| stage.json("events", operation, input);
        let listed = || {
            let targets = ask("ListTargetsByRule", json!({"Rule": "r"}));
            targets["Targets"].as_array().map_or(0, Vec::len)
        };
        let pattern = r#"{"source":["s"]}"#;
        ask("PutRule", json!({"Name": "r", "EventPattern": pattern}));
        let half = |operation: &str| Fault {
            operation: Some(operation.to_owned()),
            ..Fault::once(FaultEffect::HalfBatch {
                share: 0.5,
                error: None,
            })
        };
        let targets: Vec<_> = ["a", "b", "c", "d"]
            .map(|id| json!({"Id": id, "Arn": queue}))
            .into();
        let put = || ask("PutTargets", json!({"Rule": "r", "Targets": targets}));
        stage.cloud.faults().inject(half("PutTargets"));
        let answer = put();
        assert_eq!(answer["FailedEntryCount"], 2, "{answer}");
        assert_eq!(answer["FailedEntries"][0]["TargetId"], "b", "{answer}");
        assert_eq!(listed(), 2);
        assert_eq!(put()["FailedEntryCount"], 0);
        stage.cloud.faults().inject(half("RemoveTargets"));
        let ids = json!(["a", "b", "c", "d"]);
        let answer = ask("RemoveTargets", json!({"Rule": "r", "Ids": ids}));
        assert_eq!(answer["FailedEntryCount"], 2, "{answer}");
        assert_eq!(listed(), 2);
    }
}
