//! Key material: 256 bits for each rotation of a symmetric key, made when it is first used.
//!
//! It lies in the cloud's file as it is: this KMS keeps nothing secret from who can read the file.
//! Documents: `kms.materials` by key id.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error;
use super::key::Key;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const MATERIALS: &str = "kms.materials";
/// What a ciphertext starts with.
const FORMAT: u8 = 1;
const TAG: usize = 16;

/// All material that a key has had, in hexadecimal digits, the oldest first. What one encrypted, it
/// decrypts for ever.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Materials {
    rotations: Vec<Rotation>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Rotation {
    material: String,
    pub(super) made_ms: i64,
}

/// The id of the material that a key has after so many rotations; it says nothing of the material.
pub(super) fn id(key_id: &str, rotations: u32) -> String {
    hex::encode(Sha256::digest(format!("{key_id}/{rotations}")))
}

/// The material of a key; empty before its first use.
pub(super) fn of(call: &Call<'_>, tx: &Tx<'_>, key: &Key) -> Result<Materials, ServiceError> {
    Ok(tx.get(&call.scope, MATERIALS, &key.id)?.unwrap_or_default())
}

impl Materials {
    /// Those that came after the first.
    pub(super) fn rotations(&self) -> &[Rotation] {
        self.rotations.get(1..).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rotations.is_empty()
    }

    /// Adds material, which counts from now on.
    pub(super) fn rotate(
        &mut self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        key: &Key,
    ) -> Result<(), ServiceError> {
        self.rotations.push(Rotation {
            material: call.cloud.hex(64),
            made_ms: call.now_ms,
        });
        tx.put(&call.scope, MATERIALS, &key.id, self)
    }
}

fn cipher(rotation: &Rotation) -> Result<LessSafeKey, ServiceError> {
    let broken = |_| ServiceError::internal("the key material is damaged");
    let bytes = hex::decode(&rotation.material)
        .map_err(|_| ServiceError::internal("the key material is damaged"))?;
    UnboundKey::new(&AES_256_GCM, &bytes)
        .map(LessSafeKey::new)
        .map_err(broken)
}

/// Encrypts with the key's latest material: AES-256-GCM, bound to `context`.
pub(super) fn seal(
    call: &Call<'_>,
    tx: &Tx<'_>,
    key: &Key,
    context: &[u8],
    mut plain: Vec<u8>,
) -> Result<Vec<u8>, ServiceError> {
    let mut materials = of(call, tx, key)?;
    if materials.is_empty() {
        materials.rotate(call, tx, key)?;
    }
    let number = materials.rotations.len() - 1;
    let cipher = cipher(&materials.rotations[number])?;
    let nonce = hex::decode(call.cloud.hex(2 * NONCE_LEN))
        .ok()
        .and_then(|bytes| <[u8; NONCE_LEN]>::try_from(bytes).ok())
        .ok_or_else(|| ServiceError::internal("no nonce"))?;
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut plain,
        )
        .map_err(|_| ServiceError::internal("the text cannot be encrypted"))?;
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let id = key.id.as_bytes();
    let mut sealed = vec![FORMAT, u8::try_from(id.len()).unwrap_or(u8::MAX)];
    sealed.extend_from_slice(id);
    sealed.extend_from_slice(&number.to_be_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(tag.as_ref());
    sealed.extend_from_slice(&plain);
    Ok(sealed)
}

/// A ciphertext, taken apart.
pub(super) struct Sealed<'a> {
    pub(super) key_id: &'a str,
    number: usize,
    nonce: [u8; NONCE_LEN],
    tag: [u8; TAG],
    text: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// # Errors
    /// `InvalidCiphertextException` for what [`seal`] did not make.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ServiceError> {
        Self::parts(bytes).ok_or_else(error::bad_ciphertext)
    }

    /// The id of the material that encrypted it, as `CurrentKeyMaterialId` gave it then.
    pub(super) fn material_id(&self) -> String {
        id(self.key_id, u32::try_from(self.number).unwrap_or(u32::MAX))
    }

    fn parts(bytes: &'a [u8]) -> Option<Self> {
        let (&[FORMAT, length], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let (id, rest) = rest.split_at_checked(usize::from(length))?;
        let (number, rest) = rest.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (tag, text) = rest.split_first_chunk()?;
        Some(Self {
            key_id: std::str::from_utf8(id).ok()?,
            number: usize::try_from(u32::from_be_bytes(*number)).ok()?,
            nonce: *nonce,
            tag: *tag,
            text,
        })
    }

    /// # Errors
    /// `InvalidCiphertextException`: it was changed, or `context` is another than when it was made.
    pub(super) fn open(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        key: &Key,
        context: &[u8],
    ) -> Result<Vec<u8>, ServiceError> {
        let materials = of(call, tx, key)?;
        let rotation = materials.rotations.get(self.number);
        let cipher = cipher(rotation.ok_or_else(error::bad_ciphertext)?)?;
        let mut text = self.text.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        cipher
            .open_in_place_separate_tag(
                nonce,
                Aad::from(context),
                Tag::from(self.tag),
                &mut text,
                0..,
            )
            .map(|plain| plain.to_vec())
            .map_err(|_| error::bad_ciphertext())
    }
}
