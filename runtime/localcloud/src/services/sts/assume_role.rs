//! `AssumeRole`.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::ServiceError;
use crate::identity::{Session, is_account};
use crate::protocol::{query, rest_json, timestamp};
use crate::request::Call;
use crate::services::iam::{Said, Verdict, longest_session, may_assume, role_deleted};
use crate::services::organizations::is_closed;
use crate::store::Tx;

const DEFAULT_SECONDS: i64 = 3_600;
const SHORTEST_SECONDS: i64 = 900;
const LONGEST_SECONDS: i64 = 43_200;
/// A session that assumes another role ("role chaining") gets at most an hour.
const LONGEST_CHAINED_SECONDS: i64 = 3_600;
/// The longest session policy, in characters.
const LONGEST_POLICY: usize = 2_048;
/// The most managed policies of a session.
const MOST_POLICIES: usize = 10;

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
    source_identity: Option<String>,
    policy: Option<String>,
    #[serde(default, deserialize_with = "query::list")]
    policy_arns: Vec<PolicyArn>,
}

#[derive(Debug, Deserialize)]
struct PolicyArn {
    arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AssumeRoleOutput {
    assumed_role_user: AssumedRoleUser,
    credentials: Credentials,
    #[serde(skip_serializing_if = "Option::is_none")]
    packed_policy_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    arn: String,
    assumed_role_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

impl Credentials {
    /// Records the session, and makes its keys.
    pub(super) fn of(
        session: &Session,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Self, ServiceError> {
        let access_key_id = format!("LSIA{}", call.cloud.upper(16));
        session.record(tx, &access_key_id)?;
        Ok(Self {
            access_key_id,
            secret_access_key: call.cloud.secret(40),
            expiration: timestamp::iso8601(session.expires_ms),
            session_token: session.token.clone(),
        })
    }
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
    check_name("roleSessionName", &input.role_session_name)?;
    let source_identity = source_identity(&input, call, tx)?;
    let policies = policies(&input)?;
    check_trust(&account, &input, source_identity.as_deref(), call, tx)?;
    let seconds = check_duration(&input, call, tx)?;
    let session = Session {
        account,
        role_id: role_id(&input.role_arn),
        role_name,
        session_name: input.role_session_name,
        token: call.cloud.secret(128),
        expires_ms: call.now_ms + seconds * 1_000,
        role_arn: input.role_arn,
        source_identity: source_identity.clone(),
        policies,
    };
    let credentials = Credentials::of(&session, call, tx)?;
    Ok(AssumeRoleOutput {
        assumed_role_user: AssumedRoleUser {
            arn: session.arn(),
            assumed_role_id: session.user_id(),
        },
        credentials,
        packed_policy_size: packed_size(&session.policies),
        source_identity,
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
    source_identity: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let role = &input.role_arn;
    let said = Said {
        external_id: input.external_id.as_deref(),
        source_identity,
        session_name: Some(&input.role_session_name),
    };
    let open = !is_closed(tx, account)?
        && !role_deleted(tx, role)?
        && may_assume(tx, &call.principal, role, said)? != Verdict::Denied;
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

/// Names of sessions, and of who is behind them.
fn check_name(member: &str, name: &str) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_=,.@-+".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{name}' at '{member}' failed to satisfy \
             constraint: Member must have length between 2 and 64 and satisfy regular expression \
             pattern: [\\w+=,.@-]*"
        ),
    ))
}

/// Who is behind the session: who was behind the caller's, or whom the request names. Nobody changes it.
fn source_identity(
    input: &AssumeRoleInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<String>, ServiceError> {
    if let Some(named) = &input.source_identity {
        check_name("sourceIdentity", named)?;
    }
    let session = match &call.principal.session {
        Some(_) => Session::find(tx, &call.principal.access_key)?,
        None => None,
    };
    let known = session.and_then(|session| session.source_identity);
    match (&input.source_identity, known) {
        (Some(named), Some(known)) if *named != known => Err(ServiceError::new(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:SetSourceIdentity: the source identity \
                 of a session cannot be changed",
                call.principal.arn
            ),
        )),
        (_, Some(known)) => Ok(Some(known)),
        (named, None) => Ok(named.clone()),
    }
}

/// The session policies: the document, and the ARNs of managed ones.
fn policies(input: &AssumeRoleInput) -> Result<Vec<String>, ServiceError> {
    let mut policies = Vec::new();
    if let Some(policy) = &input.policy {
        if policy.is_empty() || policy.chars().count() > LONGEST_POLICY {
            return Err(ServiceError::bad_request(
                "ValidationError",
                format!(
                    "1 validation error detected: Value at 'policy' failed to satisfy constraint: \
                     Member must have length between 1 and {LONGEST_POLICY}"
                ),
            ));
        }
        let document = serde_json::from_str::<Value>(policy).unwrap_or_default();
        if document["Statement"].is_null() {
            return Err(ServiceError::bad_request(
                "MalformedPolicyDocument",
                "The policy is not in the valid JSON format.",
            ));
        }
        policies.push(policy.clone());
    }
    if input.policy_arns.len() > MOST_POLICIES {
        return Err(ServiceError::bad_request(
            "ValidationError",
            format!(
                "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
                 Member must have length less than or equal to {MOST_POLICIES}"
            ),
        ));
    }
    policies.extend(input.policy_arns.iter().map(|policy| policy.arn.clone()));
    Ok(policies)
}

/// How much of the room for session policies is used, in percent.
fn packed_size(policies: &[String]) -> Option<usize> {
    let bytes = policies.iter().map(String::len).sum::<usize>();
    (!policies.is_empty()).then(|| (bytes * 100).div_ceil(LONGEST_POLICY).min(100))
}

fn check_duration(
    input: &AssumeRoleInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<i64, ServiceError> {
    let seconds = input.duration_seconds.unwrap_or(DEFAULT_SECONDS);
    check_seconds(seconds, LONGEST_SECONDS)?;
    let too_long = |what: &str| {
        let message = format!("The requested DurationSeconds exceeds the {what}");
        Err(ServiceError::bad_request("ValidationError", message))
    };
    if call.principal.session.is_some() && seconds > LONGEST_CHAINED_SECONDS {
        return too_long("1 hour session limit for roles assumed by role chaining");
    }
    match longest_session(tx, &input.role_arn)? {
        Some(longest) if seconds > longest => too_long("MaxSessionDuration set for this role."),
        _ => Ok(seconds),
    }
}

/// # Errors
/// `ValidationError` (400).
pub(super) fn check_seconds(seconds: i64, longest: i64) -> Result<(), ServiceError> {
    if (SHORTEST_SECONDS..=longest).contains(&seconds) {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "ValidationError",
        format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy \
             constraint: Member must have value between {SHORTEST_SECONDS} and {longest}"
        ),
    ))
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
