//! The constraints that many operations' members share.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::services::constraints::Constraints;

/// Results of one page if the request does not say.
const DEFAULT_PAGE: usize = 50;

/// `dzd_` or `dzd-` and a name.
pub(super) fn domain_id(constraints: &mut Constraints, member: &str, id: &str) {
    constraints.pattern(member, Some(id), r"dzd[-_][a-zA-Z0-9_-]{1,36}");
}

/// Of a project, an asset or a listing.
pub(super) fn id(constraints: &mut Constraints, member: &str, id: &str) {
    constraints.pattern(member, Some(id), r"[a-zA-Z0-9_-]{1,36}");
}

pub(super) fn client_token(constraints: &mut Constraints, token: Option<&str>) {
    constraints.length("clientToken", token, 1, 128);
    constraints.pattern("clientToken", token, r"[\x21-\x7E]+");
}

pub(super) fn description(constraints: &mut Constraints, text: Option<&str>) {
    constraints.length("description", text, 0, 2048);
}

pub(super) fn role(constraints: &mut Constraints, member: &str, arn: Option<&str>) {
    constraints.pattern(
        member,
        arn,
        r"arn:aws[^:]*:iam::\d{12}:(role|role/service-role)/[\w+=,.@-]*",
    );
}

/// Checks `maxResults` and says how many a page holds.
pub(super) fn page_size(constraints: &mut Constraints, wanted: Option<i64>, max: i64) -> usize {
    constraints.range("maxResults", wanted, 1, max);
    wanted
        .and_then(|wanted| usize::try_from(wanted).ok())
        .unwrap_or(DEFAULT_PAGE)
}

/// A thing of a domain, by its id.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identified {
    pub(super) domain_identifier: String,
    pub(super) identifier: String,
}

impl Identified {
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let mut constraints = Constraints::new();
        domain_id(
            &mut constraints,
            "domainIdentifier",
            &self.domain_identifier,
        );
        id(&mut constraints, "identifier", &self.identifier);
        constraints.check(error::VALIDATION)
    }
}

/// A page of a list.
pub(super) fn items(items: Vec<Value>, next_token: Option<String>) -> Value {
    match next_token {
        Some(next_token) => json!({"items": items, "nextToken": next_token}),
        None => json!({"items": items}),
    }
}
