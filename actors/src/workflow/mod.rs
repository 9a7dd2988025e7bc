//! The workflows of an installation: documents in the Amazon States Language, shipped or an operator's own.

mod fault;
mod options;
mod resource;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::world::Place;

pub use fault::Fault;
pub(crate) use fault::compile;
pub use options::WorkflowOptions;
pub(crate) use resource::{Resource, unsupported};

/// The name of the workflow that promotes projects.
pub const PROMOTION: &str = "promotion";

/// What [`Workflow::source`] says of a shipped document.
const SHIPPED: &str = "shipped";

/// The shipped document that promotes projects.
const PROMOTION_DOCUMENT: &str = include_str!("../../workflows/promotion.asl.json");

/// A workflow, ready to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// What it does, from its `Comment`.
    pub description: String,
    /// The document.
    pub document: String,
    /// SHA-256 of the document, in hexadecimal.
    pub digest: String,
    /// `shipped`, or the file that replaces the shipped one.
    pub source: String,
}

/// The document of a workflow cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the workflow {name} ({source_file}) has errors:\n{}", lines(.faults))]
pub struct WorkflowError {
    /// The workflow's name.
    pub name: String,
    /// Where its document comes from.
    pub source_file: String,
    /// All that is wrong with it.
    pub faults: Vec<Fault>,
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}")).collect();
    lines.join("\n")
}

impl Workflow {
    /// A workflow with this document, in which `${Account}` and `${Region}` are filled in.
    ///
    /// # Errors
    /// All that is wrong with the document, and every task that calls what is not supported.
    pub fn new(
        name: &str,
        document: &str,
        source: &str,
        home: &Place,
    ) -> Result<Self, WorkflowError> {
        let document = filled_in(document, home);
        let refuse = |faults| WorkflowError {
            name: name.to_owned(),
            source_file: source.to_owned(),
            faults,
        };
        let machine = compile(&document).map_err(refuse)?;
        let faults = unsupported(&document);
        if !faults.is_empty() {
            return Err(refuse(faults));
        }
        Ok(Self {
            name: name.to_owned(),
            description: comment(&document),
            digest: machine.digest().to_owned(),
            source: source.to_owned(),
            document,
        })
    }

    /// The shipped workflow that promotes projects.
    ///
    /// # Errors
    /// None, as the tests of this crate see to.
    pub fn shipped_promotion(home: &Place) -> Result<Self, WorkflowError> {
        Self::new(PROMOTION, PROMOTION_DOCUMENT, SHIPPED, home)
    }
}

/// A document with the account and the region that it leaves open (in the manner of the definition
/// substitutions of CloudFormation's `AWS::StepFunctions::StateMachine`).
pub fn filled_in(document: &str, home: &Place) -> String {
    document
        .replace("${Account}", &home.account)
        .replace("${Region}", &home.region)
}

/// The text of the shipped document of this name, with what it leaves open; `None` if there is none.
pub fn shipped(name: &str) -> Option<&'static str> {
    (name == PROMOTION).then_some(PROMOTION_DOCUMENT)
}

fn comment(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let comment = document.get("Comment").and_then(Value::as_str);
    comment.unwrap_or_default().to_owned()
}

/// All workflows of an installation, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workflows(BTreeMap<String, Workflow>);

impl Workflows {
    /// These workflows.
    pub fn new(workflows: impl IntoIterator<Item = Workflow>) -> Self {
        let named = workflows.into_iter().map(|w| (w.name.clone(), w));
        Self(named.collect())
    }

    /// The workflow of this name.
    pub fn get(&self, name: &str) -> Option<&Workflow> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Workflow> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn home() -> Place {
        Place {
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
        }
    }

    #[test]
    fn the_shipped_document_is_valid_and_filled_in() {
        let workflow = Workflow::shipped_promotion(&home()).unwrap();
        assert!(!workflow.description.is_empty());
        assert!(!workflow.document.contains("${"), "{}", workflow.document);
        let topic = "arn:aws:sns:eu-central-1:123456789012:promotion-notifications";
        assert!(workflow.document.contains(topic));
    }

    #[test]
    fn every_task_of_the_shipped_document_can_fail_and_is_caught() {
        let document: Value = serde_json::from_str(PROMOTION_DOCUMENT).unwrap();
        for (name, state) in document["States"].as_object().unwrap() {
            if state["Type"] == "Task" {
                let catch = state["Catch"].as_array().unwrap();
                let last = &catch.last().unwrap()["ErrorEquals"];
                assert_eq!(last, &serde_json::json!(["States.ALL"]), "{name}");
                assert!(
                    state.get("Retry").is_some() || name == "ApprovalGate",
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let document = r#"{"StartAt": "A", "States": {
            "A": {"Type": "Pass", "Next": "Nowhere"},
            "B": {"Type": "Wait"}
        }}"#;
        let error = Workflow::new("w", document, "w.json", &home()).unwrap_err();
        assert!(error.faults.len() >= 2, "{error}");
        let lambda = r#"{"StartAt": "A", "States": {"A": {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true
        }}}"#;
        let error = Workflow::new("w", lambda, "w.json", &home()).unwrap_err();
        assert!(error.to_string().contains("/States/A/Resource"), "{error}");
    }
}
