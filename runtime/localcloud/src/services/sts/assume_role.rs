//! `AssumeRole`.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::ServiceError;
use crate::identity::{Session, is_account};
use crate::protocol::{rest_json, timestamp};
use crate::request::Call;
use crate::services::iam::{Verdict, may_assume, role_deleted};
use crate::services::organizations::is_closed;
use crate::store::Tx;

const DEFAULT_SECONDS: i64 = 3_600;
const LONGEST_SECONDS: i64 = 43_200;
/// A session that assumes another role ("role chaining") gets at most an hour.
const LONGEST_CHAINED_SECONDS: i64 = 3_600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRoleInput {
    #[serde(default)]
    role_arn: String,
    #[serde(default)]
    role_session_name: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    duration_seconds: Option<i64>,
    external_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRoleOutput {
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    arn: String,
    assumed_role_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

/// Records a session and hands its keys out.
pub(super) fn assume_role(
    input: AssumeRoleInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<AssumeRoleOutput, ServiceError> {
    let (account, role_name) = parse_role(&input.role_arn).ok_or_else(|| {
        ServiceError::bad_request("ValidationError", format!("{} is invalid", input.role_arn))
    })?;
    check_session_name(&input.role_session_name)?;
    let seconds = check_duration(input.duration_seconds, call)?;
    check_trust(&account, &input, call, tx)?;
    let session = Session {
        account,
        role_id: role_id(&input.role_arn),
        role_name,
        session_name: input.role_session_name,
        token: call.cloud.secret(128),
        expires_ms: call.now_ms + seconds * 1_000,
        role_arn: input.role_arn,
    };
    let access_key_id = format!("LSIA{}", call.cloud.upper(16));
    session.record(tx, &access_key_id)?;
    Ok(AssumeRoleOutput {
        assumed_role_user: AssumedRoleUser {
            arn: session.arn(),
            assumed_role_id: session.user_id(),
        },
        credentials: Credentials {
            access_key_id,
            secret_access_key: call.cloud.secret(40),
            expiration: timestamp::iso8601(session.expires_ms),
            session_token: session.token,
        },
    })
}

/// Account and name of `arn:aws:iam::<account>:role/<path…>/<name>`.
pub(crate) fn parse_role(arn: &str) -> Option<(String, String)> {
    let mut parts = arn.splitn(6, ':');
    let known = parts.next()? == "arn" && parts.next()?.starts_with("aws");
    let known = known && parts.next()? == "iam" && parts.next()?.is_empty();
    let account = parts.next()?;
    let name = parts.next()?.strip_prefix("role/")?.rsplit('/').next()?;
    (known && is_account(account) && (1..=64).contains(&name.len()))
        .then(|| (account.to_owned(), name.to_owned()))
}

/// A role that is gone, of a closed account, or whose trust policy does not name the caller: one
/// answer, as on AWS.
fn check_trust(
    account: &str,
    input: &AssumeRoleInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let role = &input.role_arn;
    let open = !is_closed(tx, account)?
        && !role_deleted(tx, role)?
        && may_assume(tx, &call.principal, role, input.external_id.as_deref())? != Verdict::Denied;
    if open {
        return Ok(());
    }
    Err(ServiceError::new(
        403,
        "AccessDenied",
        format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {role}",
            call.principal.arn
        ),
    ))
}

fn check_session_name(name: &str) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_=,.@-+".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy \
             constraint: Member must have length between 2 and 64 and satisfy regular expression \
             pattern: [\\w+=,.@-]*"
        ),
    ))
}

fn check_duration(wanted: Option<i64>, call: &Call<'_>) -> Result<i64, ServiceError> {
    let seconds = wanted.unwrap_or(DEFAULT_SECONDS);
    if !(900..=LONGEST_SECONDS).contains(&seconds) {
        return Err(ServiceError::bad_request(
            "ValidationError",
            format!(
                "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to \
                 satisfy constraint: Member must have value between 900 and {LONGEST_SECONDS}"
            ),
        ));
    }
    if call.principal.session.is_some() && seconds > LONGEST_CHAINED_SECONDS {
        return Err(ServiceError::bad_request(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining",
        ));
    }
    Ok(seconds)
}

/// One role always has the same unique id.
pub(crate) fn role_id(role_arn: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(role_arn.as_bytes());
    let unique = digest
        .iter()
        .take(17)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]));
    format!("AROA{}", unique.collect::<String>())
}
