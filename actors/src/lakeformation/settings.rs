//! An account's settings: the version of cross-account sharing, and the administrators.
//!
//! They are written whole. All that is wanted of them in one batch is one read and one write; nobody but the
//! account's ledger writes them, and what others wrote is written back as it was read.

use std::collections::BTreeMap;

use datamesh_aws::lakeformation::Settings;

use super::lake::Lake;
use super::thing_error::ThingError;

const VERSION: &str = "CROSS_ACCOUNT_VERSION";

/// Something of the settings.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting<'a> {
    /// At least this version of cross-account sharing.
    Sharing(u8),
    /// This administrator.
    Admin(&'a str),
}

/// Puts settings. A higher version of sharing stays.
///
/// # Errors
/// When they cannot be read or written; nothing is changed then, or all of it.
pub(super) async fn put(lake: &Lake<'_>, wanted: &[Setting<'_>]) -> Result<(), ThingError> {
    let lakeformation = lake.lakeformation();
    let mut settings = lakeformation.get_settings().await?;
    let missing: Vec<_> = wanted.iter().filter(|it| !has(&settings, **it)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for setting in missing {
        match setting {
            // Two of one batch may differ: the higher one counts.
            Setting::Sharing(version) if version_of(&settings.parameters) < *version => {
                settings
                    .parameters
                    .insert(VERSION.to_owned(), version.to_string());
            }
            Setting::Sharing(_) => {}
            Setting::Admin(principal) => settings.admins.push((*principal).to_owned()),
        }
    }
    Ok(lakeformation.put_settings(settings).await?)
}

/// Takes administrators away. The version of sharing stays: others may rely on it.
///
/// # Errors
/// When they cannot be read or written; nothing is changed then, or all of it.
pub(super) async fn remove(lake: &Lake<'_>, unwanted: &[Setting<'_>]) -> Result<(), ThingError> {
    let is_unwanted = |admin: &String| {
        let mut unwanted = unwanted.iter();
        unwanted.any(|setting| matches!(setting, Setting::Admin(who) if who == admin))
    };
    let lakeformation = lake.lakeformation();
    let mut settings = lakeformation.get_settings().await?;
    if !settings.admins.iter().any(is_unwanted) {
        return Ok(());
    }
    settings.admins.retain(|admin| !is_unwanted(admin));
    Ok(lakeformation.put_settings(settings).await?)
}

/// The settings as they are.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn read(lake: &Lake<'_>) -> Result<Settings, ThingError> {
    Ok(lake.lakeformation().get_settings().await?)
}

/// Whether the settings say so.
pub(super) fn has(settings: &Settings, wanted: Setting<'_>) -> bool {
    match wanted {
        Setting::Sharing(version) => version_of(&settings.parameters) >= version,
        Setting::Admin(principal) => settings.admins.iter().any(|admin| admin == principal),
    }
}

/// An account that says nothing is at version 1.
fn version_of(parameters: &BTreeMap<String, String>) -> u8 {
    let version = parameters.get(VERSION);
    version.and_then(|text| text.parse().ok()).unwrap_or(1)
}
