//! Which resources a workflow can call.

use serde_json::Value;

use super::fault::Fault;

/// What every service integration's ARN begins with.
const INTEGRATION: &str = "arn:aws:states:::";

/// Something that a task can call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// `http:invoke`: datamesh's own API.
    HttpInvoke,
    /// `sqs:sendMessage.waitForTaskToken`: an approval.
    Approval,
    /// `sqs:sendMessage`.
    SendMessage,
    /// `sns:publish`, with or without `.waitForTaskToken`.
    Publish,
    /// `events:putEvents`, with or without `.waitForTaskToken`.
    PutEvents,
}

impl Resource {
    const SUPPORTED: [(&'static str, Self); 7] = [
        ("http:invoke", Self::HttpInvoke),
        ("sqs:sendMessage.waitForTaskToken", Self::Approval),
        ("sqs:sendMessage", Self::SendMessage),
        ("sns:publish", Self::Publish),
        ("sns:publish.waitForTaskToken", Self::Publish),
        ("events:putEvents", Self::PutEvents),
        ("events:putEvents.waitForTaskToken", Self::PutEvents),
    ];

    /// The resource that an ARN names; `None` if it is not supported.
    pub(crate) fn named(arn: &str) -> Option<Self> {
        let name = arn.strip_prefix(INTEGRATION)?;
        Self::SUPPORTED
            .iter()
            .find(|(supported, _)| *supported == name)
            .map(|(_, resource)| *resource)
    }

    /// What is supported, for a message.
    pub(crate) fn supported() -> String {
        Self::SUPPORTED.map(|(name, _)| name).join(", ")
    }
}

/// The tasks of a document that call what is not supported, wherever they are: found before anything
/// begins.
pub(crate) fn unsupported(document: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    if let Ok(document) = serde_json::from_str(document) {
        walk(&document, "", &mut found);
    }
    found
}

fn walk(flow: &Value, place: &str, found: &mut Vec<Fault>) {
    let Some(states) = flow.get("States").and_then(Value::as_object) else {
        return;
    };
    for (name, state) in states {
        let place = format!("{place}/States/{name}");
        if let Some(arn) = state.get("Resource").and_then(Value::as_str)
            && state.get("Type").and_then(Value::as_str) == Some("Task")
            && Resource::named(arn).is_none()
        {
            found.push(Fault {
                place: format!("{place}/Resource"),
                message: format!("{arn} is not supported: use {}", Resource::supported()),
            });
        }
        for inner in ["Iterator", "ItemProcessor"] {
            if let Some(flow) = state.get(inner) {
                walk(flow, &format!("{place}/{inner}"), found);
            }
        }
        let branches = state.get("Branches").and_then(Value::as_array);
        for (at, branch) in branches.into_iter().flatten().enumerate() {
            walk(branch, &format!("{place}/Branches[{at}]"), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_supported_is_found_in_the_depth() {
        let lambda = "arn:aws:states:::lambda:invoke";
        let document = json!({"States": {
            "Ask": {"Type": "Task", "Resource": "arn:aws:states:::http:invoke"},
            "Each": {"Type": "Map", "ItemProcessor": {"States": {
                "Both": {"Type": "Parallel", "Branches": [
                    {"States": {"Deep": {"Type": "Task", "Resource": lambda}}},
                ]},
            }}},
            "Old": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:1:function:f"},
        }});
        let places: Vec<String> = unsupported(&document.to_string())
            .into_iter()
            .map(|fault| fault.place)
            .collect();
        assert_eq!(
            places,
            [
                "/States/Each/ItemProcessor/States/Both/Branches[0]/States/Deep/Resource",
                "/States/Old/Resource"
            ]
        );
    }
}
