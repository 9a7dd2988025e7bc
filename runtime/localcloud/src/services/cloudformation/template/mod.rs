//! Templates: reading them, checking them, evaluating them.

mod capabilities;
mod evaluate;
mod parameters;
mod parse;
mod references;

use serde_json::{Map, Value};

pub(super) use capabilities::Capabilities;
pub(super) use evaluate::{Evaluator, KNOWN_AFTER_APPLY, Resources};
pub(super) use parameters::{Declaration, HIDDEN, Values};
pub(super) use references::{Reference, references};

use crate::error::ServiceError;

/// The most bytes of a template that is sent with a request.
pub(super) const LARGEST_BODY: usize = 51_200;

/// The functions and resources that CloudFormation evaluates.
#[derive(Debug, Clone)]
pub(super) struct Template {
    pub(super) description: Option<String>,
    pub(super) metadata: Option<Value>,
    pub(super) parameters: Vec<Declaration>,
    pub(super) mappings: Map<String, Value>,
    pub(super) conditions: Map<String, Value>,
    /// In the order of the template.
    pub(super) resources: Vec<Resource>,
    pub(super) outputs: Vec<Output>,
}

/// A resource as the template states it.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) condition: Option<String>,
    pub(super) depends_on: Vec<String>,
    /// `Delete` unless it says otherwise.
    pub(super) deletion_policy: Policy,
    pub(super) update_replace_policy: Policy,
    pub(super) metadata: Value,
    /// An object.
    pub(super) properties: Value,
}

/// What becomes of a resource that the stack gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Policy {
    /// It is deleted.
    Delete,
    /// It is left behind.
    Retain,
    /// It is left behind, unless the operation that made it fails.
    RetainExceptOnCreate,
    /// It is deleted; none of the kinds that are here leaves a snapshot.
    Snapshot,
}

impl Policy {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }

    /// Whether the resource is left behind; `made_now` if the operation that made it is undone.
    pub(super) fn retains(self, made_now: bool) -> bool {
        match self {
            Self::Retain => true,
            Self::RetainExceptOnCreate => !made_now,
            Self::Delete | Self::Snapshot => false,
        }
    }
}

/// What a stack puts out.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) name: String,
    pub(super) condition: Option<String>,
    pub(super) description: Option<String>,
    pub(super) value: Value,
    pub(super) export: Option<Value>,
}

impl Template {
    /// Reads and checks a template: its form, its resource types and everything that it refers to.
    ///
    /// # Errors
    /// `ValidationError` (400), in AWS's words.
    pub(super) fn parse(text: &str) -> Result<Self, ServiceError> {
        let template = parse::parse(text)?;
        references::check(&template)?;
        Ok(template)
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }
}
