use std::collections::BTreeMap;

use datamesh_actor::Rejection;

use super::{
    MAX_DESCRIPTION, MAX_METADATA, MAX_METADATA_KEY, MAX_METADATA_VALUE, Violations, length,
    no_control,
};

/// Most characters of what an approval is about.
const MAX_SUBJECT: usize = 256;
/// Most characters of a digest.
const MAX_DIGEST: usize = 128;

/// The formats that an asset's files can have.
pub const FORMATS: [&str; 6] = ["csv", "json", "parquet", "orc", "avro", "iceberg"];

/// Up to 2,048 characters; line breaks and tabs are the only control characters.
pub(crate) fn description(text: &str) -> Result<(), String> {
    if !text.is_empty() {
        length(text, MAX_DESCRIPTION)?;
    }
    no_control(&text.replace(['\n', '\r', '\t'], " "))
}

/// What somebody says with a decision: as a description. Refused as the field `comment`.
pub(crate) fn comment(text: &str) -> Result<(), Rejection> {
    let mut found = Violations::default();
    found.check("comment", description(text));
    found.refuse()
}

/// 1 to 256 characters without control characters.
pub(crate) fn subject(text: &str) -> Result<(), String> {
    length(text, MAX_SUBJECT)?;
    no_control(text)
}

/// Up to 128 letters, digits and `-_:+/=`: a digest as somebody writes it, or none.
pub(crate) fn digest(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    length(text, MAX_DIGEST)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:+/=".contains(c);
    match text.chars().all(plain) {
        true => Ok(()),
        false => Err("is not a digest: letters, digits and -_:+/= only".to_owned()),
    }
}

/// One of [`FORMATS`].
pub(crate) fn format(text: &str) -> Result<(), String> {
    if FORMATS.contains(&text) {
        Ok(())
    } else {
        Err(format!("must be one of {}", FORMATS.join(", ")))
    }
}

/// Business metadata: up to 50 entries, keys of 1 to 128 and values of up to 1,024 characters.
pub(crate) fn metadata(field: &str, entries: &BTreeMap<String, String>, found: &mut Violations) {
    if entries.len() > MAX_METADATA {
        found.check(
            field,
            Err(format!(
                "has {} entries, of {MAX_METADATA} at most",
                entries.len()
            )),
        );
        return;
    }
    for (key, value) in entries {
        let rule = length(key, MAX_METADATA_KEY)
            .map_err(|error| format!("has a key that {error}"))
            .and_then(|()| no_control(key).map_err(|error| format!("has a key that {error}")));
        let rule = rule.and_then(|()| {
            if value.is_empty() {
                return Ok(());
            }
            length(value, MAX_METADATA_VALUE)
                .and_then(|()| no_control(&value.replace(['\n', '\r', '\t'], " ")))
                .map_err(|error| format!("has a value that {error}"))
        });
        let shown: String = key.chars().filter(|c| !c.is_control()).take(40).collect();
        found.check(&format!("{field}[\"{shown}\"]"), rule);
    }
}
