//! The checksums of S3's `x-amz-checksum-*` headers, base64 as they stand there.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// A checksum algorithm of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// CRC-32C (iSCSI).
    Crc32C,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32C,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As it stands behind `x-amz-checksum-`: `crc32`, `crc32c`, `crc64nvme`, `sha1`, `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32C => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// From its name in any case; `None` for an algorithm that is not known here.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The length of a checksum in bytes.
    pub fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// CRC-32, CRC-32C and CRC-64/NVME are one algorithm with different numbers: reflected, all ones
/// before and after.
#[derive(Debug, Clone)]
struct Crc {
    table: &'static [u64; 256],
    ones: u64,
    value: u64,
}

impl Crc {
    fn new(table: &'static [u64; 256], width: u32) -> Self {
        let ones = u64::MAX >> (64 - width);
        Self {
            table,
            ones,
            value: ones,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = usize::from(*byte ^ self.value.to_le_bytes()[0]);
            self.value = self.table[index] ^ (self.value >> 8);
        }
    }

    fn finish(&self) -> [u8; 8] {
        (self.value ^ self.ones).to_be_bytes()
    }
}

fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0u64; 256];
    for (index, entry) in (0u64..).zip(table.iter_mut()) {
        let mut value = index;
        for _ in 0..8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ polynomial
            } else {
                value >> 1
            };
        }
        *entry = value;
    }
    table
}

static CRC32: LazyLock<[u64; 256]> = LazyLock::new(|| table(0xedb8_8320));
static CRC32C: LazyLock<[u64; 256]> = LazyLock::new(|| table(0x82f6_3b78));
static CRC64NVME: LazyLock<[u64; 256]> = LazyLock::new(|| table(0x9a6c_9329_ac4b_c9b5));

/// Takes bytes piece by piece.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Crc32(Crc),
    Crc64(Crc),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    /// Before the first byte.
    pub fn new(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Crc32 => State::Crc32(Crc::new(&CRC32, 32)),
            Algorithm::Crc32C => State::Crc32(Crc::new(&CRC32C, 32)),
            Algorithm::Crc64Nvme => State::Crc64(Crc::new(&CRC64NVME, 64)),
            Algorithm::Sha1 => State::Sha1(Sha1::new()),
            Algorithm::Sha256 => State::Sha256(Sha256::new()),
        })
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc32(crc) | State::Crc64(crc) => crc.update(bytes),
            State::Sha1(sha) => sha.update(bytes),
            State::Sha256(sha) => sha.update(bytes),
        }
    }

    /// The checksum, base64.
    pub fn finish(self) -> String {
        match self.0 {
            State::Crc32(crc) => STANDARD.encode(&crc.finish()[4..]),
            State::Crc64(crc) => STANDARD.encode(crc.finish()),
            State::Sha1(sha) => STANDARD.encode(sha.finalize()),
            State::Sha256(sha) => STANDARD.encode(sha.finalize()),
        }
    }
}

/// The checksum of `bytes`, base64.
pub fn compute(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values that the catalogue of CRC algorithms and FIPS 180 give.
    #[test]
    fn known_values() {
        let check = |algorithm, value: &[u8]| {
            let computed = compute(algorithm, b"123456789");
            assert_eq!(computed, STANDARD.encode(value), "{algorithm:?}");
        };
        check(Algorithm::Crc32, &0xcbf4_3926u32.to_be_bytes());
        check(Algorithm::Crc32C, &0xe306_9283u32.to_be_bytes());
        check(
            Algorithm::Crc64Nvme,
            &0xae8b_1486_0a79_9888u64.to_be_bytes(),
        );
        assert_eq!(
            compute(Algorithm::Sha1, b""),
            "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
        );
    }

    #[test]
    fn pieces_make_the_checksum_of_the_whole() {
        for algorithm in Algorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"1234");
            hasher.update(b"");
            hasher.update(b"56789");
            assert_eq!(hasher.finish(), compute(algorithm, b"123456789"));
            assert_eq!(
                Algorithm::named(&algorithm.name().to_uppercase()),
                Some(algorithm)
            );
        }
        assert_eq!(Algorithm::named("md4"), None);
    }
}
