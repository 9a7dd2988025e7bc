//! `GetSessionToken` and `GetAccessKeyInfo`.

use serde::{Deserialize, Serialize};

use super::assume_role::{Credentials, check_seconds};
use crate::error::ServiceError;
use crate::identity::{Session, owner};
use crate::protocol::rest_json;
use crate::request::Call;
use crate::store::Tx;

const LONGEST_SECONDS: i64 = 129_600;
/// Long-term keys are an account's own, whose sessions last an hour at most, whatever was asked for.
const LONGEST_OF_OWNER_SECONDS: i64 = 3_600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSessionTokenInput {
    #[serde(default, deserialize_with = "rest_json::from_text")]
    duration_seconds: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSessionTokenOutput {
    credentials: Credentials,
}

/// Temporary keys for who asks with long-term ones.
///
/// # Errors
/// `ValidationError` (400), `AccessDenied` (403) for temporary keys.
pub(super) fn get_session_token(
    input: &GetSessionTokenInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<GetSessionTokenOutput, ServiceError> {
    let seconds = input.duration_seconds.unwrap_or(LONGEST_OF_OWNER_SECONDS);
    check_seconds(seconds, LONGEST_SECONDS)?;
    if Session::find(tx, &call.principal.access_key)?.is_some() {
        return Err(ServiceError::new(
            403,
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let session = Session {
        account: call.principal.account.clone(),
        token: call.cloud.secret(128),
        expires_ms: call.now_ms + seconds.min(LONGEST_OF_OWNER_SECONDS) * 1_000,
        ..Session::default()
    };
    Ok(GetSessionTokenOutput {
        credentials: Credentials::of(&session, call, tx)?,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAccessKeyInfoInput {
    #[serde(default)]
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAccessKeyInfoOutput {
    account: String,
}

/// The account of an access key id.
///
/// # Errors
/// `ValidationError` (400) for one that nobody was given.
pub(super) fn get_access_key_info(
    input: &GetAccessKeyInfoInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<GetAccessKeyInfoOutput, ServiceError> {
    let key = &input.access_key_id;
    let account = match owner(key, &call.cloud.default_account) {
        Some(account) => Some(account.to_owned()),
        None => Session::find(tx, key)?.map(|session| session.account),
    };
    let account = account.ok_or_else(|| {
        ServiceError::bad_request("ValidationError", format!("Invalid AccessKeyId: {key}"))
    })?;
    Ok(GetAccessKeyInfoOutput { account })
}
