//! AWS CloudFormation: stacks, by way of change sets.
//!
//! Everything that changes a stack takes a [`Token`](crate::Token): a repeat is
//! answered as the first was, and done once. What a call begins goes on in AWS
//! after the answer; poll [`CloudFormation::describe_change_set`] and
//! [`CloudFormation::describe_stack`] for its end.
//!
//! Most refusals are a `ValidationError`, told apart by their words only: a
//! stack that is not there is not-found, a stack whose state does not allow the
//! call is a conflict, and [`is_no_change`] knows a change without changes.

mod change_set;
mod drift;
mod event;
mod resource;
mod stack;
mod template;

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types;

use crate::aws::Via;
use crate::classify::{Failure, refused};
use crate::connector::Base;
use crate::error::ErrorClass;
use crate::pool::{self, Registries, Registry};

pub use change_set::{
    Change, ChangeAction, ChangeDetail, ChangeSet, ChangeSetKind, CreateChangeSet,
    CreatedChangeSet, Replacement,
};
pub use drift::{DriftDetection, PropertyDifference, ResourceDrift};
pub use event::StackEvent;
pub use resource::StackResource;
pub use stack::{OnFailure, Stack};
pub use template::{Template, TemplateParameter, TemplateSummary};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "cloudformation";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.cloudformation
    }
}

/// CloudFormation, as one caller sees it. A stack is named by its name, or by
/// its ARN, which also finds it after it was deleted.
pub struct CloudFormation<'a>(pub(crate) Via<'a, Service>);

/// Whether an update was refused, or a change set failed, because it would change nothing.
/// `reason` is an error's message or a change set's status reason.
pub fn is_no_change(reason: &str) -> bool {
    reason.contains("No updates are to be performed") || reason.contains("didn't contain changes")
}

fn parameters(values: BTreeMap<String, String>) -> Option<Vec<types::Parameter>> {
    let parameters = values.into_iter().map(|(key, value)| {
        types::Parameter::builder()
            .parameter_key(key)
            .parameter_value(value)
            .build()
    });
    Some(parameters.collect())
}

fn parameter_values(parameters: Option<Vec<types::Parameter>>) -> BTreeMap<String, String> {
    let values = parameters.unwrap_or_default().into_iter();
    values
        .filter_map(|parameter| Some((parameter.parameter_key?, parameter.parameter_value?)))
        .collect()
}

fn tags(tags: BTreeMap<String, String>) -> Option<Vec<types::Tag>> {
    let tags = tags
        .into_iter()
        .map(|(key, value)| types::Tag::builder().key(key).value(value).build());
    Some(tags.collect())
}

fn tag_values(tags: Option<Vec<types::Tag>>) -> BTreeMap<String, String> {
    let tags = tags.unwrap_or_default().into_iter();
    tags.filter_map(|tag| Some((tag.key?, tag.value?)))
        .collect()
}

fn capabilities(names: Vec<String>) -> Option<Vec<types::Capability>> {
    let names = names
        .iter()
        .map(|name| types::Capability::from(name.as_str()));
    Some(names.collect())
}

/// The model allows a successful answer without its content.
fn absent() -> Failure {
    Failure::new(
        "ValidationError",
        "the answer was empty",
        refused(ErrorClass::NotFound),
    )
}
