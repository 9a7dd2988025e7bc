//! What a caller must acknowledge before a template may make it.

use super::Template;
use crate::error::ServiceError;

/// What a template asks for.
#[derive(Debug, Default)]
pub(in super::super) struct Capabilities {
    /// `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`.
    pub(in super::super) name: Option<&'static str>,
    /// The resources' types that ask for it.
    kinds: Vec<String>,
}

impl Capabilities {
    pub(in super::super) fn of(template: &Template) -> Self {
        let mut needed = Self::default();
        for resource in &template.resources {
            let name = match resource.kind.as_str() {
                "AWS::IAM::Role" => "RoleName",
                "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
                "AWS::IAM::Policy" => "",
                _ => continue,
            };
            let named = resource.properties.get(name).is_some();
            if named || needed.name.is_none() {
                needed.name = Some(if named {
                    "CAPABILITY_NAMED_IAM"
                } else {
                    "CAPABILITY_IAM"
                });
            }
            if !needed.kinds.contains(&resource.kind) {
                needed.kinds.push(resource.kind.clone());
            }
        }
        needed
    }

    pub(in super::super) fn reason(&self) -> Option<String> {
        self.name.map(|_| {
            format!(
                "The following resource(s) require capabilities: [{}]",
                self.kinds.join(", ")
            )
        })
    }

    /// # Errors
    /// `InsufficientCapabilitiesException` (400).
    pub(in super::super) fn check(&self, given: &[String]) -> Result<(), ServiceError> {
        let Some(name) = self.name else { return Ok(()) };
        let has = |wanted: &str| given.iter().any(|given| given == wanted);
        if has("CAPABILITY_NAMED_IAM") || has(name) {
            return Ok(());
        }
        Err(ServiceError::bad_request(
            "InsufficientCapabilitiesException",
            format!("Requires capabilities : [{name}]"),
        ))
    }
}
