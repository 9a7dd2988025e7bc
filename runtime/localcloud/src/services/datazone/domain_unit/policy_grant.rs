//! `AddPolicyGrant`, `ListPolicyGrants` and `RemovePolicyGrant`: which principals may do what in a domain unit, with a
//! blueprint's configuration, an environment profile or an asset type. Grants are kept and shown; nothing
//! is refused for want of one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::require;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::datazone::domain::{self, Domain};
use crate::services::datazone::kind::{Kind, Page, listed};
use crate::services::datazone::{environment, error, idempotency, metadata_type};
use crate::store::Tx;

/// `domain/entity type/entity/policy/grant`.
const GRANTS: Kind = Kind::new("datazone.policy-grants", "Policy grant");

#[derive(Debug, Serialize, Deserialize)]
struct Grant {
    id: String,
    principal: Value,
    detail: Value,
    created_by: String,
    created_ms: i64,
}

/// What a grant is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    domain_identifier: String,
    entity_type: String,
    entity_identifier: String,
    policy_type: String,
}

impl Subject {
    /// The path of its grants, if the entity is there.
    fn path(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<[String; 4], ServiceError> {
        let domain = domain::require(call, tx, &self.domain_identifier)?;
        self.exists(&domain, call, tx)?;
        Ok([
            domain.id,
            self.entity_type.clone(),
            self.entity_identifier.clone(),
            self.policy_type.clone(),
        ])
    }

    fn exists(&self, domain: &Domain, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let id = &self.entity_identifier;
        match self.entity_type.as_str() {
            "DOMAIN_UNIT" => require(domain, id, call, tx).map(drop),
            "ENVIRONMENT_PROFILE" => {
                environment::profile::require(&domain.id, id, call, tx).map(drop)
            }
            "ASSET_TYPE" => {
                metadata_type::asset_type::require(&domain.id, id, None, call, tx).map(drop)
            }
            // `account:blueprint`, or the blueprint alone.
            _ => {
                let blueprint = id.rsplit(':').next().unwrap_or(id);
                environment::blueprint::require(&domain.id, blueprint, call, tx).map(drop)
            }
        }
    }
}

fn parts(path: &[String; 4]) -> [&str; 4] {
    path.each_ref().map(String::as_str)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Add {
    #[serde(flatten)]
    subject: Subject,
    principal: Value,
    detail: Value,
    client_token: Option<String>,
}

/// `CREATE_DOMAIN_UNIT` as the member of `detail` that belongs to it: `createDomainUnit`.
fn detail_of(policy: &str) -> String {
    let mut name = String::new();
    for word in policy.split('_') {
        let lower = word.to_ascii_lowercase();
        match lower.chars().next() {
            Some(first) if !name.is_empty() => {
                name.push(first.to_ascii_uppercase());
                name.push_str(lower.get(1..).unwrap_or_default());
            }
            _ => name.push_str(&lower),
        }
    }
    name
}

/// A second grant of the same policy to the same principal is a `ConflictException`.
pub(crate) fn add_grant(input: Add, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let path = input.subject.path(call, tx)?;
        let wanted = detail_of(&input.subject.policy_type);
        if input.detail.get(&wanted).is_none() {
            return Err(error::validation(format!(
                "The detail of a grant of {} must have the member {wanted}",
                input.subject.policy_type
            )));
        }
        let known: Vec<Grant> = GRANTS.all(call, tx, &parts(&path))?;
        if known.iter().any(|grant| grant.principal == input.principal) {
            return Err(error::conflict(format!(
                "The principal has a grant of {} already",
                input.subject.policy_type
            )));
        }
        let grant = Grant {
            id: call.cloud.lower(14),
            principal: input.principal,
            detail: input.detail,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        };
        let [domain, kind, entity, policy] = parts(&path);
        GRANTS.put(call, tx, &[domain, kind, entity, policy, &grant.id], &grant)?;
        Ok(json!({"grantId": grant.id}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    #[serde(flatten)]
    subject: Subject,
    #[serde(flatten)]
    page: Page,
}

pub(crate) fn list_grants(
    input: List,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let path = input.subject.path(call, tx)?;
    let (grants, next_token) =
        GRANTS.page(call, tx, &parts(&path), &input.page, |_: &Grant| true)?;
    let shown = |grant: Grant| {
        json!({
            "grantId": grant.id,
            "principal": grant.principal,
            "detail": grant.detail,
            "createdBy": grant.created_by,
            "createdAt": epoch_seconds(grant.created_ms),
        })
    };
    let grants = grants.into_iter().map(shown).collect();
    Ok(listed("grantList", grants, next_token))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Remove {
    #[serde(flatten)]
    subject: Subject,
    principal: Value,
    grant_identifier: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn remove_grant(
    input: Remove,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let path = input.subject.path(call, tx)?;
        let known: Vec<Grant> = GRANTS.all(call, tx, &parts(&path))?;
        let wanted = input.grant_identifier.as_deref();
        let grant = known
            .iter()
            .find(|grant| {
                grant.principal == input.principal && wanted.is_none_or(|id| id == grant.id)
            })
            .ok_or_else(|| {
                error::not_found("Policy grant", wanted.unwrap_or("of the principal"))
            })?;
        let [domain, kind, entity, policy] = parts(&path);
        GRANTS.delete(call, tx, &[domain, kind, entity, policy, &grant.id])?;
        Ok(json!({}))
    })
}

#[cfg(test)]
mod tests {
    use super::detail_of;

    #[test]
    fn every_policy_has_its_detail() {
        assert_eq!(detail_of("CREATE_DOMAIN_UNIT"), "createDomainUnit");
        assert_eq!(detail_of("USE_ASSET_TYPE"), "useAssetType");
    }
}
