//! Cryptographic operations of symmetric keys: `Encrypt`, `Decrypt`, `ReEncrypt`, `GenerateDataKey`,
//! `GenerateDataKeyWithoutPlaintext`, `GenerateRandom`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error;
use super::key::{Key, require};
use super::material::{self, Sealed};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const ALGORITHM: &str = "SYMMETRIC_DEFAULT";
/// The most bytes that are encrypted at once.
const LONGEST: usize = 4_096;
/// The longest data key, and the most random bytes at once.
const LARGEST: i64 = 1_024;

type Context = BTreeMap<String, String>;

fn bytes(member: &str, text: Option<&str>) -> Result<Vec<u8>, ServiceError> {
    let mut constraints = Constraints::new();
    let text = constraints.required(member, text);
    constraints.check("ValidationException")?;
    STANDARD
        .decode(text)
        .map_err(|broken| ServiceError::bad_request("SerializationException", broken.to_string()))
}

/// The context, in the one form that is authenticated.
fn bound(context: &Context) -> Result<Vec<u8>, ServiceError> {
    serde_json::to_vec(context).map_err(|error| ServiceError::internal(error.to_string()))
}

/// A symmetric key that may be used.
fn usable(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Key, ServiceError> {
    let key = require(call, tx, name)?;
    key.enabled()?;
    if key.spec != ALGORITHM {
        return Err(ServiceError::bad_request(
            "InvalidKeyUsageException",
            format!(
                "{} has the key spec {}: the embedded KMS encrypts with {ALGORITHM} keys.",
                key.arn, key.spec
            ),
        ));
    }
    Ok(key)
}

fn check_algorithm(algorithm: Option<&str>) -> Result<(), ServiceError> {
    match algorithm {
        None | Some(ALGORITHM) => Ok(()),
        Some(other) => Err(ServiceError::bad_request(
            "InvalidKeyUsageException",
            format!("Algorithm {other} is incompatible with key spec {ALGORITHM}."),
        )),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EncryptInput {
    key_id: String,
    plaintext: Option<String>,
    #[serde(default)]
    encryption_context: Context,
    encryption_algorithm: Option<String>,
}

/// `Encrypt`.
pub(super) fn encrypt(
    input: EncryptInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let plain = bytes("plaintext", input.plaintext.as_deref())?;
    if !(1..=LONGEST).contains(&plain.len()) {
        let (bound, limit) = if plain.is_empty() {
            ("greater", 1)
        } else {
            ("less", LONGEST)
        };
        return Err(error::validation(format!(
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member \
             must have length {bound} than or equal to {limit}"
        )));
    }
    check_algorithm(input.encryption_algorithm.as_deref())?;
    let key = usable(call, tx, &input.key_id)?;
    let context = bound(&input.encryption_context)?;
    let sealed = material::seal(call, tx, &key, &context, plain)?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(sealed),
        "KeyId": key.arn,
        "EncryptionAlgorithm": ALGORITHM,
    }))
}

/// What a ciphertext held.
struct Opened {
    plain: Vec<u8>,
    /// What it was encrypted with.
    key: Key,
    material_id: String,
}

/// `named`: the key that the caller expects.
fn open(
    blob: &[u8],
    named: Option<&str>,
    context: &Context,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Opened, ServiceError> {
    let sealed = Sealed::read(blob)?;
    let key = usable(call, tx, sealed.key_id)?;
    if let Some(named) = named
        && require(call, tx, named)?.id != key.id
    {
        return Err(ServiceError::bad_request(
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.",
        ));
    }
    let plain = sealed.open(call, tx, &key, &bound(context)?)?;
    Ok(Opened {
        plain,
        key,
        material_id: sealed.material_id(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DecryptInput {
    ciphertext_blob: Option<String>,
    #[serde(default)]
    encryption_context: Context,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
}

/// `Decrypt`. The ciphertext says which key it is of.
pub(super) fn decrypt(
    input: DecryptInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let blob = bytes("ciphertextBlob", input.ciphertext_blob.as_deref())?;
    check_algorithm(input.encryption_algorithm.as_deref())?;
    let named = input.key_id.as_deref();
    let opened = open(&blob, named, &input.encryption_context, call, tx)?;
    Ok(json!({
        "KeyId": opened.key.arn,
        "KeyMaterialId": opened.material_id,
        "Plaintext": STANDARD.encode(opened.plain),
        "EncryptionAlgorithm": ALGORITHM,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReEncryptInput {
    ciphertext_blob: Option<String>,
    #[serde(default)]
    source_encryption_context: Context,
    source_key_id: Option<String>,
    destination_key_id: String,
    #[serde(default)]
    destination_encryption_context: Context,
}

/// `ReEncrypt`.
pub(super) fn re_encrypt(
    input: ReEncryptInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let blob = bytes("ciphertextBlob", input.ciphertext_blob.as_deref())?;
    let named = input.source_key_id.as_deref();
    let source = open(&blob, named, &input.source_encryption_context, call, tx)?;
    let key = usable(call, tx, &input.destination_key_id)?;
    let context = bound(&input.destination_encryption_context)?;
    let sealed = material::seal(call, tx, &key, &context, source.plain)?;
    Ok(json!({
        "CiphertextBlob": STANDARD.encode(&sealed),
        "SourceKeyId": source.key.arn,
        "SourceKeyMaterialId": source.material_id,
        "KeyId": key.arn,
        "DestinationKeyMaterialId": Sealed::read(&sealed)?.material_id(),
        "SourceEncryptionAlgorithm": ALGORITHM,
        "DestinationEncryptionAlgorithm": ALGORITHM,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DataKeyInput {
    key_id: String,
    #[serde(default)]
    encryption_context: Context,
    number_of_bytes: Option<i64>,
    key_spec: Option<String>,
}

/// `GenerateDataKey`, and the same without the plain key.
pub(super) fn generate_data_key(
    input: DataKeyInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("numberOfBytes", input.number_of_bytes, 1, LARGEST);
    let spec = input.key_spec.as_deref();
    constraints.one_of("keySpec", spec, &["AES_256", "AES_128"]);
    constraints.check("ValidationException")?;
    let length = match (spec, input.number_of_bytes) {
        (Some("AES_128"), None) => 16,
        (Some(_), None) => 32,
        (None, Some(length)) => usize::try_from(length).unwrap_or_default(),
        _ => {
            return Err(error::validation(
                "Please specify either number of bytes or key spec.",
            ));
        }
    };
    let key = usable(call, tx, &input.key_id)?;
    let plain = random(call, length)?;
    let context = bound(&input.encryption_context)?;
    let sealed = material::seal(call, tx, &key, &context, plain.clone())?;
    let mut output = json!({
        "CiphertextBlob": STANDARD.encode(&sealed),
        "KeyId": key.arn,
        "KeyMaterialId": Sealed::read(&sealed)?.material_id(),
    });
    if call.operation == "GenerateDataKey" {
        output["Plaintext"] = Value::from(STANDARD.encode(plain));
    }
    Ok(output)
}

fn random(call: &Call<'_>, length: usize) -> Result<Vec<u8>, ServiceError> {
    hex::decode(call.cloud.hex(2 * length)).map_err(|_| ServiceError::internal("no random bytes"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RandomInput {
    number_of_bytes: Option<i64>,
}

/// `GenerateRandom`.
pub(super) fn generate_random(
    input: RandomInput,
    call: &Call<'_>,
    _: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let length = constraints.required("numberOfBytes", input.number_of_bytes);
    constraints.range("numberOfBytes", Some(length), 1, LARGEST);
    constraints.check("ValidationException")?;
    let bytes = random(call, usize::try_from(length).unwrap_or_default())?;
    Ok(json!({"Plaintext": STANDARD.encode(bytes)}))
}
