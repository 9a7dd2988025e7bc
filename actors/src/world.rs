use std::collections::BTreeMap;
use std::sync::Arc;

use datamesh_aws::{Aws, CallCx};
use serde::{Deserialize, Serialize};

use crate::access::AccessOptions;
use crate::mesh::Mesh;
use crate::workflow::WorkflowOptions;

/// The names that the mesh uses in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The event bus, in the home account and region.
    pub bus: String,
    /// The ARN of the role that DataZone acts as in a domain; `{account}` stands for the domain's account.
    pub domain_execution_role: String,
    /// The account in which an environment of every project is, by the environment's name: `prod`. The others
    /// are where their project lives.
    pub environment_accounts: BTreeMap<String, String>,
    /// How workflows run: settings of their own section.
    #[serde(skip)]
    pub workflows: WorkflowOptions,
    /// How access is given and taken: settings of their own section.
    #[serde(skip)]
    pub access: AccessOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bus: "datamesh-events".to_owned(),
            domain_execution_role:
                "arn:aws:iam::{account}:role/service-role/AmazonDataZoneDomainExecution".to_owned(),
            environment_accounts: BTreeMap::new(),
            workflows: WorkflowOptions::default(),
            access: AccessOptions::default(),
        }
    }
}

/// What effects reach: AWS, and the other actors.
pub struct World {
    /// The way to AWS.
    pub aws: Aws,
    /// The way to the other actors.
    pub mesh: Arc<dyn Mesh>,
    /// The names in use.
    pub options: Options,
}

impl World {
    pub(crate) fn domain_execution_role(&self, account: &str) -> String {
        self.options
            .domain_execution_role
            .replace("{account}", account)
    }
}

/// An account and a region of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// 12 digits.
    pub account: String,
    /// `eu-central-1`.
    pub region: String,
}

impl Place {
    pub(crate) fn call(&self) -> CallCx {
        CallCx::in_account(&self.account).region(&self.region)
    }
}
