//! Organizations: `CreateOrganization`, `DescribeOrganization`, `EnableAWSServiceAccess`,
//! `ListRoots`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::{Joined, Member};
use super::{error, member_of};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

pub(super) const ORGANIZATIONS: &str = "organizations.organizations";

/// An organization. Its management account names it in ARNs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) root_id: String,
    pub(super) management_account: String,
    feature_set: String,
    /// The service principals with trusted access, and since when.
    pub(super) trusted: BTreeMap<String, i64>,
}

impl Organization {
    /// `arn:aws:organizations::<management account>:<kind>/<organization>/<id>`.
    pub(super) fn arn_of(&self, kind: &str, id: &str) -> String {
        let (management, own) = (&self.management_account, &self.id);
        format!("arn:aws:organizations::{management}:{kind}/{own}/{id}")
    }

    pub(super) fn arn(&self) -> String {
        let (management, own) = (&self.management_account, &self.id);
        format!("arn:aws:organizations::{management}:organization/{own}")
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&Scope::global(), ORGANIZATIONS, &self.id, self)
    }

    fn show(&self) -> Value {
        let management = &self.management_account;
        json!({
            "Id": self.id,
            "Arn": self.arn(),
            "FeatureSet": self.feature_set,
            "MasterAccountId": management,
            "MasterAccountArn": self.arn_of("account", management),
            "MasterAccountEmail": email(management),
            "AvailablePolicyTypes": [],
        })
    }
}

/// The address of an account that gave none.
pub(super) fn email(account: &str) -> String {
    format!("aws+{account}@example.com")
}

/// The caller's organization.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`.
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>) -> Result<Organization, ServiceError> {
    member_of(tx, &call.scope.account)?.ok_or_else(error::not_in_use)
}

/// The caller's organization, if the caller manages it.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`; `AccessDeniedException` for a member.
pub(super) fn require_managed(call: &Call<'_>, tx: &Tx<'_>) -> Result<Organization, ServiceError> {
    let organization = require(call, tx)?;
    if organization.management_account == call.scope.account {
        return Ok(organization);
    }
    Err(error::denied())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    feature_set: Option<String>,
}

/// `CreateOrganization`: the caller becomes its management account.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let feature_set = input.feature_set.unwrap_or_else(|| "ALL".to_owned());
    if !matches!(feature_set.as_str(), "ALL" | "CONSOLIDATED_BILLING") {
        return Err(error::invalid(
            "You specified an invalid value for FeatureSet: ALL or CONSOLIDATED_BILLING is wanted.",
        ));
    }
    let account = &call.scope.account;
    if member_of(tx, account)?.is_some() {
        return Err(ServiceError::bad_request(
            "AlreadyInOrganizationException",
            "The AWS account is already a member of an organization.",
        ));
    }
    let organization = Organization {
        id: format!("o-{}", call.cloud.lower(10)),
        root_id: format!("r-{}", call.cloud.lower(4)),
        management_account: account.clone(),
        feature_set,
        trusted: BTreeMap::new(),
    };
    organization.save(tx)?;
    Member {
        account: account.clone(),
        organization: organization.id.clone(),
        name: account.clone(),
        email: email(account),
        joined: Joined::Invited,
        joined_ms: call.now_ms,
        parent: organization.root_id.clone(),
    }
    .join(tx)?;
    Ok(json!({"Organization": organization.show()}))
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// `DescribeOrganization`, for every member.
pub(super) fn describe(_: Nothing, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    Ok(json!({"Organization": require(call, tx)?.show()}))
}

/// `ListRoots`: there is one.
pub(super) fn list_roots(_: Nothing, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let organization = require_managed(call, tx)?;
    Ok(json!({"Roots": [{
        "Id": organization.root_id,
        "Arn": organization.arn_of("root", &organization.root_id),
        "Name": "Root",
        "PolicyTypes": [],
    }]}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrustInput {
    #[serde(default)]
    service_principal: String,
}

/// `EnableAWSServiceAccess`; doing it twice is fine.
pub(super) fn enable_service_access(
    input: TrustInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    if !input.service_principal.ends_with(".amazonaws.com") {
        return Err(error::invalid(
            "You specified an unrecognized service principal.",
        ));
    }
    trust(&input.service_principal, call, tx)?;
    Ok(json!({}))
}

/// Gives a service trusted access to the organization that the caller manages.
///
/// # Errors
/// `AWSOrganizationsNotInUseException`; `AccessDeniedException` for a member.
pub(super) fn trust(service: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let mut organization = require_managed(call, tx)?;
    organization
        .trusted
        .entry(service.to_owned())
        .or_insert(call.now_ms);
    organization.save(tx)
}
