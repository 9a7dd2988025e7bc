//! How a crawler names tables.

use md5::{Digest as _, Md5};

/// The longest name of a table.
const LONGEST: usize = 255;

/// The name of the table of a folder or a file: in lower case, and with an underscore for everything
/// that is neither a letter, a digit nor an underscore.
pub(super) fn table(prefix: &str, folder: &str) -> String {
    let plain = |letter: char| match letter.to_ascii_lowercase() {
        letter if letter.is_ascii_alphanumeric() || letter == '_' => letter,
        _ => '_',
    };
    let prefix = prefix.to_lowercase();
    let name = folder.chars().map(plain);
    prefix.chars().chain(name).take(LONGEST).collect()
}

/// The name of a second table that would have the same: with the digest of its location.
pub(super) fn apart(name: &str, location: &str) -> String {
    let digest = hex::encode(Md5::digest(location));
    let kept: String = name.chars().take(LONGEST - digest.len() - 1).collect();
    format!("{kept}_{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(table("raw_", "Orders-2026.csv"), "raw_orders_2026_csv");
        assert_eq!(table("", "day=1"), "day_1");
        let apart = apart("orders", "s3://lake/a/orders/");
        assert_eq!(apart.len(), "orders_".len() + 32);
    }
}
