//! User profiles, under `domain/user`: `CreateUserProfile`, `GetUserProfile`, `UpdateUserProfile` and
//! `SearchUserProfiles`.
//!
//! A user of IAM is an ARN, one of the identity centre a name or an id. Both are found by what they were
//! created with and by the profile's id. There is no identity centre here: every name in it exists.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, listed};
use crate::services::datazone::{domain, error, idempotency};
use crate::store::Tx;

const USERS: Kind = Kind::new("datazone.user-profiles", "User profile");
/// The ids of profiles by what they were created with.
const IDENTIFIERS: Kind = Kind::new("datazone.user-identifiers", "User profile");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    domain_id: String,
    /// The ARN, or the name in the identity centre.
    identifier: String,
    session_name: Option<String>,
    is_iam: bool,
    status: String,
}

impl User {
    /// `details` of a profile.
    pub(crate) fn details(&self) -> Value {
        if self.is_iam {
            return json!({"iam": {"arn": self.identifier, "sessionName": self.session_name}});
        }
        json!({"sso": {"username": self.identifier}})
    }

    fn shown(&self) -> Value {
        json!({
            "domainId": self.domain_id,
            "id": self.id,
            "type": if self.is_iam { "IAM" } else { "SSO" },
            "status": self.status,
            "details": self.details(),
        })
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        USERS.put(call, tx, &[&self.domain_id, &self.id], self)
    }
}

/// By id, ARN or name.
pub(crate) fn find(
    domain: &str,
    identifier: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<User>, ServiceError> {
    let id: Option<String> = IDENTIFIERS.find(call, tx, &[domain, identifier])?;
    USERS.find(call, tx, &[domain, id.as_deref().unwrap_or(identifier)])
}

/// By id, ARN or name.
pub(crate) fn require(
    domain: &str,
    identifier: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<User, ServiceError> {
    find(domain, identifier, call, tx)?.ok_or_else(|| error::not_found("User profile", identifier))
}

/// The id of the caller's profile, which is made at need: who creates something in a domain is known to
/// it from then on. A session stands for its role.
pub(crate) fn of_caller(
    domain: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<String, ServiceError> {
    let arn = match &call.principal.session {
        Some(session) => &session.role_arn,
        None => &call.principal.arn,
    };
    if let Some(user) = find(domain, arn, call, tx)? {
        return Ok(user.id);
    }
    enrol(domain, arn, None, true, call, tx).map(|user| user.id)
}

fn enrol(
    domain: &str,
    identifier: &str,
    session_name: Option<String>,
    is_iam: bool,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<User, ServiceError> {
    let user = User {
        id: call.cloud.uuid(),
        domain_id: domain.to_owned(),
        identifier: identifier.to_owned(),
        session_name,
        is_iam,
        status: if is_iam { "ACTIVATED" } else { "ASSIGNED" }.to_owned(),
    };
    if !IDENTIFIERS.insert(call, tx, &[domain, identifier], &user.id)? {
        return Err(error::validation(format!(
            "A user profile for {identifier} already exists"
        )));
    }
    user.write(call, tx)?;
    Ok(user)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    user_identifier: String,
    user_type: Option<String>,
    session_name: Option<String>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let is_arn = input.user_identifier.starts_with("arn:");
        let is_iam = match input.user_type.as_deref() {
            Some(kind) => kind != "SSO_USER",
            None => is_arn,
        };
        if is_iam != is_arn {
            return Err(error::validation(
                "userIdentifier must be an ARN for a user of IAM, and a name or an id for an SSO_USER",
            ));
        }
        let session = input.session_name;
        let user = enrol(
            &domain.id,
            &input.user_identifier,
            session,
            is_iam,
            call,
            tx,
        )?;
        Ok(user.shown())
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Get {
    domain_identifier: String,
    user_identifier: String,
    r#type: Option<String>,
}

pub(crate) fn get(input: Get, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let user = require(&domain.id, &input.user_identifier, call, tx)?.shown();
    match input.r#type {
        Some(kind) if user["type"] != kind.as_str() => {
            Err(error::not_found("User profile", &input.user_identifier))
        }
        _ => Ok(user),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    domain_identifier: String,
    user_identifier: String,
    status: String,
}

/// `ACTIVATED` and `DEACTIVATED` are for users of IAM, `ASSIGNED` and `NOT_ASSIGNED` for the others.
pub(crate) fn update(input: Update, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut user = require(&domain.id, &input.user_identifier, call, tx)?;
    if input.status.ends_with("ASSIGNED") == user.is_iam {
        return Err(error::validation(format!(
            "The status of user profile {} cannot be {}",
            user.id, input.status
        )));
    }
    user.status = input.status;
    user.write(call, tx)?;
    Ok(user.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    domain_identifier: String,
    user_type: String,
    search_text: Option<String>,
    #[serde(flatten)]
    page: Page,
}

/// Those whose ARN or name has the text in it.
pub(crate) fn search(input: Search, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let text = input.search_text.unwrap_or_default().to_lowercase();
    let (users, next_token) = USERS.page(call, tx, &[&domain.id], &input.page, |user: &User| {
        let kind = match input.user_type.as_str() {
            "SSO_USER" | "DATAZONE_SSO_USER" => !user.is_iam,
            "DATAZONE_IAM_USER" => user.is_iam,
            _ => true,
        };
        kind && user.identifier.to_lowercase().contains(&text)
    })?;
    let items = users.iter().map(User::shown).collect();
    Ok(listed("items", items, next_token))
}
