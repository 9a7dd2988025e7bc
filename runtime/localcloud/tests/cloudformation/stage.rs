//! A cloud with its CloudFormation client, and what tests ask of it again and again.

use std::sync::Arc;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use aws_sdk_cloudformation::types::{Capability, Parameter, Stack, StackEvent};
use aws_types::SdkConfig;
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud, ManualClock, Times};

use crate::setup::{ACCOUNT, REGION, cloud, sdk};

pub struct Stage {
    pub cloud: LocalCloud,
    pub clock: Arc<ManualClock>,
    pub sdk: SdkConfig,
    pub client: Client,
}

impl Stage {
    pub fn new() -> Self {
        let (cloud, clock) = cloud();
        let sdk = sdk(&cloud, ACCOUNT, REGION);
        Self {
            client: Client::new(&sdk),
            cloud,
            clock,
            sdk,
        }
    }

    /// Begins to create a stack; its ARN.
    pub async fn create(&self, name: &str, template: &str) -> String {
        let create = self.client.create_stack().stack_name(name);
        let create = create.template_body(template);
        let create = create.capabilities(Capability::CapabilityNamedIam);
        let created = create.send().await.unwrap();
        created.stack_id().unwrap().to_owned()
    }

    /// Creates a stack and waits for its end.
    pub async fn created(&self, name: &str, template: &str) -> String {
        let id = self.create(name, template).await;
        assert_eq!(self.settled(&id).await, "CREATE_COMPLETE");
        id
    }

    /// Updates a stack and returns how it ended.
    pub async fn updated(&self, name: &str, template: &str) -> String {
        let update = self.client.update_stack().stack_name(name);
        let update = update.template_body(template);
        let update = update.capabilities(Capability::CapabilityNamedIam);
        update.send().await.unwrap();
        self.settled(name).await
    }

    pub async fn stack(&self, name: &str) -> Stack {
        let described = self.client.describe_stacks().stack_name(name);
        let described = described.send().await.unwrap();
        described.stacks()[0].clone()
    }

    /// Reads the stack until nothing goes on any more: each read is a step.
    pub async fn settled(&self, name: &str) -> String {
        for _ in 0..200 {
            let stack = self.stack(name).await;
            let status = stack.stack_status().unwrap().as_str().to_owned();
            if !status.ends_with("_IN_PROGRESS") {
                return status;
            }
        }
        panic!(
            "the stack {name} does not settle: {:?}",
            self.stack(name).await
        );
    }

    pub async fn delete(&self, name: &str) -> String {
        let id = self.stack(name).await.stack_id().unwrap().to_owned();
        let delete = self.client.delete_stack().stack_name(name);
        delete.send().await.unwrap();
        self.settled(&id).await
    }

    /// Oldest first: logical id, status, reason.
    pub async fn events(&self, name: &str) -> Vec<(String, String, String)> {
        let mut events: Vec<StackEvent> = Vec::new();
        let mut token = None;
        loop {
            let page = self.client.describe_stack_events().stack_name(name);
            let page = page.set_next_token(token).send().await.unwrap();
            events.extend(page.stack_events().iter().cloned());
            token = page.next_token().map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        let told = |event: &StackEvent| {
            (
                event.logical_resource_id().unwrap().to_owned(),
                event.resource_status().unwrap().as_str().to_owned(),
                event
                    .resource_status_reason()
                    .unwrap_or_default()
                    .to_owned(),
            )
        };
        events.iter().rev().map(told).collect()
    }

    /// Logical id, type, physical id and status of every resource.
    pub async fn resource(&self, stack: &str, id: &str) -> (String, String) {
        let described = self.client.describe_stack_resource().stack_name(stack);
        let described = described.logical_resource_id(id).send().await.unwrap();
        let detail = described.stack_resource_detail().unwrap();
        (
            detail.physical_resource_id().unwrap_or_default().to_owned(),
            detail.resource_status().unwrap().as_str().to_owned(),
        )
    }

    /// Every request of this operation fails from now on.
    pub fn fail(&self, service: &str, operation: &str) {
        self.cloud.faults().inject(Fault {
            service: Some(service.to_owned()),
            operation: Some(operation.to_owned()),
            times: Times::Always,
            ..Fault::once(FaultEffect::Error {
                status: 403,
                code: "AccessDenied".to_owned(),
                message: "not today".to_owned(),
            })
        });
    }
}

pub fn parameter(key: &str, value: &str) -> Parameter {
    Parameter::builder()
        .parameter_key(key)
        .parameter_value(value)
        .build()
}

/// Code and words of a refusal.
#[track_caller]
pub fn refusal<O: std::fmt::Debug, E: ProvideErrorMetadata>(
    outcome: Result<O, E>,
) -> (String, String) {
    let error = match outcome {
        Ok(output) => panic!("not refused: {output:?}"),
        Err(error) => error,
    };
    (
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}

/// A template of these resources, as JSON.
pub fn resources(resources: serde_json::Value) -> String {
    serde_json::json!({"Resources": resources}).to_string()
}
