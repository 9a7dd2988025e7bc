use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

/// What is deployed, as 64 hexadecimal digits: SHA-256 over the JSON, without spaces and with sorted
/// names, of `{"parameters": {…}, "template": "…"}`. The parameters are those that were asked for, without
/// those that datamesh gives, so that the same deployment has the same digest in every environment; hidden
/// values are masked.
pub fn digest(template: &str, parameters: &BTreeMap<String, String>) -> String {
    of_text(&json!({ "parameters": parameters, "template": template }).to_string())
}

/// SHA-256 of a text, in hexadecimal.
pub fn of_text(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_documented_text() {
        let parameters = BTreeMap::from([
            ("b".to_owned(), "2".to_owned()),
            ("a".to_owned(), "1".to_owned()),
        ]);
        assert_eq!(
            digest("t\n", &parameters),
            of_text(r#"{"parameters":{"a":"1","b":"2"},"template":"t\n"}"#)
        );
        assert_eq!(
            of_text(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
