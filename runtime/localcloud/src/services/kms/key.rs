//! Keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tags::{self, Tag};
use super::{alias, error, material, policy};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

pub(super) const KEYS: &str = "kms.keys";

const SPECS: [&str; 13] = [
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
];
const USAGES: [&str; 4] = [
    "SIGN_VERIFY",
    "ENCRYPT_DECRYPT",
    "GENERATE_VERIFY_MAC",
    "KEY_AGREEMENT",
];

/// What can be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Everything.
    Enabled,
    /// Nothing cryptographic.
    Disabled,
    /// It is gone at its deletion date, unless that is cancelled.
    PendingDeletion,
}

/// A key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) arn: String,
    created_ms: i64,
    pub(super) description: String,
    pub(super) spec: String,
    usage: String,
    multi_region: bool,
    pub(super) state: State,
    pub(super) deletion_ms: Option<i64>,
    pub(super) rotation: bool,
    /// Days.
    pub(super) rotation_period: u32,
    /// How often it got new material.
    #[serde(default)]
    pub(super) rotations: u32,
    pub(super) policy: String,
    pub(super) tags: BTreeMap<String, String>,
}

impl Key {
    pub(super) fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, KEYS, &self.id, self)
    }

    /// Refuses a key that is pending deletion.
    pub(super) fn alive(&self) -> Result<(), ServiceError> {
        if self.state == State::PendingDeletion {
            return Err(error::bad_state(format!(
                "{} is pending deletion.",
                self.arn
            )));
        }
        Ok(())
    }

    /// Refuses a key that may not be used.
    pub(super) fn enabled(&self) -> Result<(), ServiceError> {
        self.alive()?;
        match self.state {
            State::Disabled => Err(ServiceError::bad_request(
                "DisabledException",
                format!("{} is disabled.", self.arn),
            )),
            State::Enabled | State::PendingDeletion => Ok(()),
        }
    }

    fn show(&self, call: &Call<'_>) -> Value {
        let mut shown = json!({
            "AWSAccountId": call.scope.account,
            "KeyId": self.id,
            "Arn": self.arn,
            "CreationDate": epoch_seconds(self.created_ms),
            "Enabled": self.state == State::Enabled,
            "Description": self.description,
            "KeyUsage": self.usage,
            "KeyState": self.state,
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": self.spec,
            "KeySpec": self.spec,
            "MultiRegion": self.multi_region,
        });
        if self.spec == "SYMMETRIC_DEFAULT" {
            shown["CurrentKeyMaterialId"] = json!(material::id(&self.id, self.rotations));
            shown["EncryptionAlgorithms"] = json!(["SYMMETRIC_DEFAULT"]);
        }
        if let Some(at) = self.deletion_ms {
            shown["DeletionDate"] = json!(epoch_seconds(at));
        }
        shown
    }
}

/// The key behind an id, an ARN, an alias' name or an alias' ARN. One whose deletion date has come
/// is not there any more.
///
/// # Errors
/// `NotFoundException` (400).
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Key, ServiceError> {
    let arn_of = |kind: &str| {
        format!(
            "arn:aws:kms:{}:{}:{kind}",
            call.scope.region, call.scope.account
        )
    };
    let local = name.strip_prefix(&arn_of("")).unwrap_or(name);
    let id = if local.starts_with("alias/") {
        alias::target(call, tx, local)?
            .ok_or_else(|| error::not_found(format!("Alias {} is not found.", arn_of(local))))?
    } else {
        local.strip_prefix("key/").unwrap_or(local).to_owned()
    };
    tx.get(&call.scope, KEYS, &id)?
        .filter(|key: &Key| key.deletion_ms.is_none_or(|at| call.now_ms < at))
        .ok_or_else(|| {
            error::not_found(format!(
                "Key '{}' does not exist",
                arn_of(&format!("key/{id}"))
            ))
        })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    description: Option<String>,
    key_spec: Option<String>,
    customer_master_key_spec: Option<String>,
    key_usage: Option<String>,
    #[serde(default)]
    multi_region: bool,
    policy: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// `CreateKey`.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let description = input.description.unwrap_or_default();
    check_description(&description)?;
    let text = match input.policy {
        Some(text) => {
            policy::check(&text)?;
            text
        }
        None => policy::of_account(call),
    };
    let spec = input.key_spec.or(input.customer_master_key_spec);
    let mut constraints = Constraints::new();
    constraints.one_of("keySpec", spec.as_deref(), &SPECS);
    constraints.one_of("keyUsage", input.key_usage.as_deref(), &USAGES);
    constraints.check("ValidationException")?;
    let uuid = call.cloud.uuid();
    let id = if input.multi_region {
        format!("mrk-{}", uuid.replace('-', ""))
    } else {
        uuid
    };
    let key = Key {
        arn: format!(
            "arn:aws:kms:{}:{}:key/{id}",
            call.scope.region, call.scope.account
        ),
        id,
        created_ms: call.now_ms,
        description,
        spec: spec.unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()),
        usage: input
            .key_usage
            .unwrap_or_else(|| "ENCRYPT_DECRYPT".to_owned()),
        multi_region: input.multi_region,
        state: State::Enabled,
        deletion_ms: None,
        rotation: false,
        rotation_period: 365,
        rotations: 0,
        policy: text,
        tags: tags::collect(input.tags),
    };
    key.save(call, tx)?;
    Ok(json!({"KeyMetadata": key.show(call)}))
}

fn check_description(description: &str) -> Result<(), ServiceError> {
    if description.chars().count() <= 8_192 {
        return Ok(());
    }
    Err(error::validation(
        "1 validation error detected: Value at 'description' failed to satisfy constraint: Member \
         must have length less than or equal to 8192",
    ))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneKey {
    pub(super) key_id: String,
}

/// `DescribeKey`.
pub(super) fn describe(input: OneKey, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    Ok(json!({"KeyMetadata": require(call, tx, &input.key_id)?.show(call)}))
}

/// How many a page holds: `usual` if nothing is said, `most` at most.
pub(super) fn page_size(
    wanted: Option<i64>,
    usual: usize,
    most: i64,
) -> Result<usize, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("limit", wanted, 1, most);
    constraints.check("ValidationException")?;
    let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
    Ok(wanted.unwrap_or(usual))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    limit: Option<i64>,
    marker: Option<String>,
}

/// `ListKeys`, by id.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (keys, marker) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: KEYS,
            prefix: "",
        },
        input.marker.as_deref(),
        page_size(input.limit, 100, 1_000)?,
        error::bad_marker,
        |key: &Key| key.deletion_ms.is_none_or(|at| call.now_ms < at),
    )?;
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| json!({"KeyId": key.id, "KeyArn": key.arn}))
        .collect();
    let mut output = json!({"Keys": keys, "Truncated": marker.is_some()});
    if let Some(marker) = marker {
        output["NextMarker"] = Value::from(marker);
    }
    Ok(output)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescriptionInput {
    key_id: String,
    description: String,
}

/// `UpdateKeyDescription`.
pub(super) fn update_description(
    input: DescriptionInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut key = require(call, tx, &input.key_id)?;
    key.alive()?;
    check_description(&input.description)?;
    key.description = input.description;
    key.save(call, tx)?;
    Ok(json!({}))
}
