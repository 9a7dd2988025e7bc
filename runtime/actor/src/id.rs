use rand::Rng;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An id that is the same for the same parts: `prefix` and 20 characters (100 bits) of a digest.
///
/// So a create command that is repeated with its request id lands on the entity that the first one made.
pub fn derive_id(prefix: &str, parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let bytes: [u8; 32] = digest.finalize().into();
    write_id(prefix, &bytes)
}

/// A random id: `prefix` and 20 characters (100 bits).
pub(crate) fn random_id(prefix: &str, rng: &mut impl Rng) -> String {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    write_id(prefix, &bytes)
}

fn write_id(prefix: &str, bytes: &[u8; 32]) -> String {
    let mut id = String::with_capacity(prefix.len() + 20);
    id.push_str(prefix);
    for byte in &bytes[..20] {
        id.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    id
}

/// A digest of a command, to tell a repeat from another command under the same id.
pub(crate) fn fingerprint(name: &str, json: &[u8]) -> u64 {
    let mut digest = Sha256::new();
    digest.update(name.as_bytes());
    digest.update([0]);
    digest.update(json);
    let bytes: [u8; 32] = digest.finalize().into();
    let mut head = [0; 8];
    head.copy_from_slice(&bytes[..8]);
    u64::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_depend_on_every_part_and_on_where_it_ends() {
        let id = derive_id("proj-", &["ann", "CreateProject", "r1"]);
        assert_eq!(id, derive_id("proj-", &["ann", "CreateProject", "r1"]));
        assert_ne!(id, derive_id("proj-", &["annC", "reateProject", "r1"]));
        assert_eq!(id.len(), "proj-".len() + 20);
    }
}
