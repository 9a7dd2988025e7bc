//! `[mesh]` and `[workflows]`: names in AWS, and how workflows run.

use super::setting;
use crate::config::setting::{Kind, Setting};

pub(super) const MESH: &[Setting] = &[
    setting(
        "mesh.bus",
        Kind::Text,
        "\"datamesh-events\"",
        "The event bus, in the home account and region.",
    ),
    setting(
        "mesh.domain_execution_role",
        Kind::Text,
        "\"arn:aws:iam::{account}:role/service-role/AmazonDataZoneDomainExecution\"",
        "The ARN of the role that DataZone acts as in a domain; `{account}` is the domain's account.",
    ),
    setting(
        "mesh.environment_accounts",
        Kind::Texts,
        "{}",
        "The account of an environment of every project, by its name, `{ \"prod\" = \"…\" }`; the others are \
         where their project is.",
    ),
];

pub(super) const WORKFLOWS: &[Setting] = &[
    setting(
        "workflows.promotion",
        Kind::Path,
        "",
        "A document in the Amazon States Language that promotes projects in place of the shipped one, which \
         `datamesh workflow export promotion` writes. ${Account} and ${Region} are filled in. A document with \
         errors stops the start.",
    ),
    setting(
        "workflows.own_hosts",
        Kind::List,
        "[\"internal-alb.vpc.local\", \"localhost\", \"127.0.0.1\"]",
        "The hosts in a document's `http:invoke` that are this API. Workflows call no other.",
    ),
    setting(
        "workflows.approval_deadline",
        Kind::Duration,
        "\"7d\"",
        "How long an approval is open for which a document names no deadline.",
    ),
];
