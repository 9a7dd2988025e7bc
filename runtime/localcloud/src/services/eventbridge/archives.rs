//! `CreateArchive`, `UpdateArchive`, `DescribeArchive`, `DeleteArchive`, `ListArchives`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::archive::{ARCHIVED, ARCHIVES, Archive, OF_BUS, SINCE, SWEEP, require};
use super::filtered::{self, Filtered};
use super::pattern::Pattern;
use super::{arn, bus, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    archive_name: Option<String>,
    event_source_arn: Option<String>,
    description: Option<String>,
    event_pattern: Option<String>,
    retention_days: Option<i64>,
    kms_key_identifier: Option<String>,
}

impl Input {
    /// Its name.
    fn check(&self) -> Result<String, ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("archiveName", self.archive_name.clone());
        constraints.length("archiveName", Some(&name), 1, 48);
        constraints.pattern("archiveName", Some(&name), r"[\.\-_A-Za-z0-9]+");
        constraints.length("description", self.description.as_deref(), 0, 512);
        constraints.length("eventPattern", self.event_pattern.as_deref(), 0, 4096);
        constraints.range("retentionDays", self.retention_days, 0, i64::from(i32::MAX));
        constraints.check(error::VALIDATION)?;
        if let Some(text) = self
            .event_pattern
            .as_deref()
            .filter(|text| !text.is_empty())
        {
            Pattern::new(text).map_err(|e| error::bad_pattern(&e))?;
        }
        Ok(name)
    }
}

/// `CreateArchive`.
pub(super) fn create_archive(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.check()?;
    let mut constraints = Constraints::new();
    let source_arn = constraints.required("eventSourceArn", input.event_source_arn);
    constraints.length("eventSourceArn", Some(&source_arn), 1, 1600);
    constraints.check(error::VALIDATION)?;
    let bus = bus::named(call, Some(&source_arn))?;
    bus::require(&call.scope, tx, &bus)?;
    let archive = Archive {
        source_arn: arn::of_bus(&call.scope, &bus),
        description: input.description,
        pattern: input.event_pattern.filter(|text| !text.is_empty()),
        retention_days: input.retention_days.unwrap_or_default(),
        kms_key_identifier: input.kms_key_identifier,
        created_ms: call.now_ms,
        event_count: 0,
        size_bytes: 0,
        name: name.clone(),
        bus,
    };
    if !tx.insert(&call.scope, ARCHIVES, &name, &archive)? {
        return Err(ServiceError::bad_request(
            "ResourceAlreadyExistsException",
            format!("Archive {name} already exists."),
        ));
    }
    let key = format!("{}/{name}", archive.bus);
    tx.put(&call.scope, OF_BUS, &key, &name)?;
    Ok(archive.put_answer(&call.scope))
}

/// `UpdateArchive`: what the request does not name stays.
pub(super) fn update_archive(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.check()?;
    let mut archive = require(&call.scope, &name, call.now_ms, tx)?;
    archive.description = input.description.or(archive.description);
    archive.pattern = input.event_pattern.or(archive.pattern);
    archive.retention_days = input.retention_days.unwrap_or(archive.retention_days);
    archive.kms_key_identifier = input.kms_key_identifier.or(archive.kms_key_identifier);
    archive.save(&call.scope, tx)?;
    Ok(archive.put_answer(&call.scope))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneArchive {
    archive_name: Option<String>,
}

impl OneArchive {
    fn name(self) -> Result<String, ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("archiveName", self.archive_name);
        constraints.length("archiveName", Some(&name), 1, 48);
        constraints.check(error::VALIDATION)?;
        Ok(name)
    }
}

/// `DescribeArchive`.
pub(super) fn describe_archive(
    input: OneArchive,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let archive = require(&call.scope, &input.name()?, call.now_ms, tx)?;
    let mut shown = archive.shown();
    shown["ArchiveArn"] = json!(arn::of_archive(&call.scope, &archive.name));
    for (name, value) in [
        ("Description", archive.description),
        ("EventPattern", archive.pattern),
        ("KmsKeyIdentifier", archive.kms_key_identifier),
    ] {
        if let Some(value) = value {
            shown[name] = json!(value);
        }
    }
    Ok(shown)
}

/// `DeleteArchive`, with all that it keeps.
pub(super) fn delete_archive(
    input: OneArchive,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let archive = require(&call.scope, &input.name()?, call.now_ms, tx)?;
    let prefix = format!("{}/", archive.name);
    for collection in [ARCHIVED, SINCE] {
        loop {
            let page: Vec<(String, Value)> =
                tx.scan(&call.scope, collection, &prefix, None, SWEEP)?;
            for (key, _) in &page {
                tx.delete(&call.scope, collection, key)?;
            }
            if page.len() < SWEEP {
                break;
            }
        }
    }
    tx.delete(
        &call.scope,
        OF_BUS,
        &format!("{}/{}", archive.bus, archive.name),
    )?;
    tx.delete(&call.scope, ARCHIVES, &archive.name)?;
    Ok(json!({}))
}

const LIST: Filtered = Filtered {
    operation: "ListArchives",
    collection: ARCHIVES,
    states: &[
        "ENABLED",
        "DISABLED",
        "CREATING",
        "UPDATING",
        "CREATE_FAILED",
        "UPDATE_FAILED",
    ],
};

/// `ListArchives`, by name.
pub(super) fn list_archives(
    input: filtered::Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (archives, next_token) = LIST.page(&input, call, tx, |archive: &Archive| {
        (&archive.source_arn, json!("ENABLED"))
    })?;
    let shown: Vec<Value> = archives.iter().map(Archive::shown).collect();
    let mut answer = json!({"Archives": shown});
    if let Some(token) = next_token {
        answer["NextToken"] = json!(token);
    }
    Ok(answer)
}
