//! The checksums of S3's `x-amz-checksum-*` headers, base64 as they stand there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

/// CRC-32 (ISO-HDLC), CRC-32C (iSCSI) and CRC-64/NVME are one algorithm with different numbers:
/// reflected, all ones before and after.
fn crc(bytes: &[u8], polynomial: u64, width: u32) -> u64 {
    let ones = u64::MAX >> (64 - width);
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
    let mut value = ones;
    for byte in bytes {
        let index = usize::from(*byte ^ value.to_le_bytes()[0]);
        value = table[index] ^ (value >> 8);
    }
    value ^ ones
}

/// The checksum of `bytes`; `None` for an algorithm that is not known here.
///
/// `algorithm` is what stands behind `x-amz-checksum-`: `crc32`, `crc32c`, `crc64nvme`, `sha256`.
pub fn compute(algorithm: &str, bytes: &[u8]) -> Option<String> {
    let crc32 = |polynomial| {
        let value = crc(bytes, polynomial, 32);
        STANDARD.encode(&value.to_be_bytes()[4..])
    };
    match algorithm {
        "crc32" => Some(crc32(0xedb8_8320)),
        "crc32c" => Some(crc32(0x82f6_3b78)),
        "crc64nvme" => Some(STANDARD.encode(crc(bytes, 0x9a6c_9329_ac4b_c9b5, 64).to_be_bytes())),
        "sha256" => Some(STANDARD.encode(sha2::Sha256::digest(bytes))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values that the catalogue of CRC algorithms gives for "123456789".
    #[test]
    fn known_values() {
        let check = |algorithm, value: &[u8]| {
            assert_eq!(
                compute(algorithm, b"123456789"),
                Some(STANDARD.encode(value)),
                "{algorithm}"
            );
        };
        check("crc32", &0xcbf4_3926u32.to_be_bytes());
        check("crc32c", &0xe306_9283u32.to_be_bytes());
        check("crc64nvme", &0xae8b_1486_0a79_9888u64.to_be_bytes());
        assert_eq!(compute("sha1", b""), None);
    }
}
