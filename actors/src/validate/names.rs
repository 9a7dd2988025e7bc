use super::{
    MAX_ASSET_NAME, MAX_DOMAIN_NAME, MAX_GROUP, MAX_PROJECT_NAME, MAX_STAGE_NAME, MAX_USER, length,
    no_control,
};

/// Endings that S3 keeps for itself in bucket names.
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", "--x-s3", "--table-s3", "-an"];

/// 1 to 53 of a-z, 0-9 and '-', a letter or digit at both ends: what a bucket's name allows.
pub(crate) fn domain_name(name: &str) -> Result<(), String> {
    length(name, MAX_DOMAIN_NAME)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let ends = name.starts_with(plain) && name.ends_with(plain);
    if !ends || !name.chars().all(|c| plain(c) || c == '-') {
        return Err(
            "must be of a-z, 0-9 and '-', and start and end with a letter or digit".to_owned(),
        );
    }
    match RESERVED_SUFFIXES
        .iter()
        .find(|suffix| name.ends_with(*suffix))
    {
        Some(suffix) => Err(format!(
            "must not end with '{suffix}', which S3 keeps for itself"
        )),
        None => Ok(()),
    }
}

/// 1 to 64 letters, digits, spaces, '_' and '-' (DataZone `ProjectName`, `[\w -]+`), no space at the ends.
pub(crate) fn project_name(name: &str) -> Result<(), String> {
    length(name, MAX_PROJECT_NAME)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-');
    if !name.chars().all(fits) {
        return Err("must be of letters A-Z and a-z, digits, spaces, '_' and '-'".to_owned());
    }
    no_space_at_ends(name)
}

/// 1 to 256 characters without control characters, no space at the ends.
pub(crate) fn asset_name(name: &str) -> Result<(), String> {
    length(name, MAX_ASSET_NAME)?;
    no_control(name)?;
    no_space_at_ends(name)
}

/// 1 to 128 visible characters: what Cognito takes as a group's name.
pub(crate) fn group(name: &str) -> Result<(), String> {
    length(name, MAX_GROUP)?;
    no_control(name)?;
    if name.contains(char::is_whitespace) {
        return Err("must not contain a space".to_owned());
    }
    Ok(())
}

/// 1 to 256 visible characters: an e-mail address, or a token's `sub`.
pub(crate) fn user(name: &str) -> Result<(), String> {
    length(name, MAX_USER)?;
    no_control(name)?;
    if name.contains(char::is_whitespace) {
        return Err("must not contain a space".to_owned());
    }
    Ok(())
}

/// 1 to 64 characters without control characters, no space at the ends.
pub(crate) fn stage_name(name: &str) -> Result<(), String> {
    length(name, MAX_STAGE_NAME)?;
    no_control(name)?;
    no_space_at_ends(name)
}

fn no_space_at_ends(name: &str) -> Result<(), String> {
    if name.starts_with(char::is_whitespace) || name.ends_with(char::is_whitespace) {
        return Err("must not start or end with a space".to_owned());
    }
    Ok(())
}
