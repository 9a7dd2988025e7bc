//! One crawl: lists the targets, looks into their files, and hands what it found to `write`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::classify::classify;
use super::exclusions::Exclusions;
use super::folders::{self, File, Found, Grouping};
use super::history::Summary;
use super::targets::S3Target;
use super::{Crawler, error, write};
use crate::error::ServiceError;
use crate::request::{Call, Principal, RoleSession};
use crate::services::glue::s3::{self, Listed};
use crate::services::role_deleted;
use crate::store::Tx;

/// A table that was found, and where.
pub(super) struct Located {
    pub(super) found: Found,
    /// The last folder of its path, or the bucket.
    pub(super) folder: String,
    /// `s3://…`, with a slash at the end if it is a folder.
    pub(super) location: String,
}

/// The crawler's role, as whom it lists, reads and writes.
pub(super) fn role(crawler: &Crawler, account: &str) -> Principal {
    let role = &crawler.definition.role;
    let role_arn = match role.starts_with("arn:") {
        true => role.clone(),
        false => format!("arn:aws:iam::{account}:role/{role}"),
    };
    let name = role_arn.rsplit('/').next().unwrap_or_default();
    Principal {
        access_key: String::new(),
        arn: format!("arn:aws:sts::{account}:assumed-role/{name}/AWS-Crawler"),
        account: account.to_owned(),
        user_id: name.to_owned(),
        session: Some(RoleSession {
            role_arn,
            session_name: "AWS-Crawler".to_owned(),
        }),
    }
}

/// Crawls all targets and writes what was found, in the name of the crawler's role.
///
/// # Errors
/// Why the crawl fails: the role is gone, or a bucket is not there.
pub(super) fn crawl(
    crawler: &Crawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Summary, ServiceError> {
    let session = call.principal.session.as_ref();
    let role_arn = session.map_or("", |session| &session.role_arn);
    if role_deleted(tx, role_arn)? {
        return Err(error::invalid(format!(
            "Service is unable to assume provided role {role_arn}."
        )));
    }
    let mut located = Vec::new();
    for target in &crawler.definition.targets.s3_targets {
        located.extend(look(crawler, target, call, tx)?);
    }
    // Targets may overlap: a place is looked at once.
    let mut seen = BTreeSet::new();
    located.retain(|table| seen.insert(table.location.clone()));
    write::write(crawler, &located, call, tx)
}

/// The tables of one target.
fn look(
    crawler: &Crawler,
    target: &S3Target,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Located>, ServiceError> {
    let (bucket, path) = s3::address(&target.path)
        .ok_or_else(|| error::invalid(format!("{} is not in S3.", target.path)))?;
    let exclusions = Exclusions::new(&target.exclusions)?;
    let folder = match path.trim_end_matches('/') {
        "" => String::new(),
        path => format!("{path}/"),
    };
    let mut root = folder.as_str();
    let mut listed = s3::list(call, tx, bucket, &folder)?;
    if listed.is_empty() && !path.is_empty() && !path.ends_with('/') {
        // The target is one object.
        listed = s3::list(call, tx, bucket, path)?;
        listed.retain(|object| object.key == path);
        root = path.rfind('/').map_or("", |slash| &path[..=slash]);
    }
    listed.retain(|object| {
        let name = object.key.rsplit('/').next().unwrap_or_default();
        let hidden = name.is_empty() || name.starts_with(['_', '.']) || name.ends_with("_$folder$");
        !hidden && object.size > 0 && !exclusions.take(&object.key[root.len()..])
    });
    let files = read(bucket, root, &listed, target.sample_size, call, tx)?;
    let within: Vec<&str> = root.split('/').filter(|part| !part.is_empty()).collect();
    let grouping = grouping(crawler, within.len());
    let found = folders::tables(&files, grouping);
    Ok(found
        .into_iter()
        .map(|found| {
            let parts = within
                .iter()
                .copied()
                .chain(found.path.iter().map(String::as_str));
            let folder = parts.last().unwrap_or(bucket).to_owned();
            let slash = if found.is_file || found.path.is_empty() {
                ""
            } else {
                "/"
            };
            let location = format!("s3://{bucket}/{root}{}{slash}", found.path.join("/"));
            Located {
                found,
                folder,
                location,
            }
        })
        .collect())
}

/// Looks into the files: all of a folder, or so many of each.
fn read(
    bucket: &str,
    root: &str,
    listed: &[Listed],
    sample: Option<usize>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<File>, ServiceError> {
    let mut looked_at: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = Vec::with_capacity(listed.len());
    for object in listed {
        let folder = object
            .key
            .rfind('/')
            .map_or("", |slash| &object.key[..slash]);
        let count = looked_at.entry(folder).or_default();
        *count += 1;
        let classified = match sample.is_none_or(|most| *count <= most) {
            true => {
                let location = format!("s3://{bucket}/{}", object.key);
                Some(classify(&s3::get(call, tx, &location)?))
            }
            false => None,
        };
        files.push(File {
            path: object.key[root.len()..]
                .split('/')
                .map(str::to_owned)
                .collect(),
            size: object.size,
            classified,
        });
    }
    Ok(files)
}

/// `Grouping` of the crawler's configuration. Its levels count from the bucket, which is the first.
fn grouping(crawler: &Crawler, target_depth: usize) -> Grouping {
    let configuration = crawler.configuration();
    let wanted = &configuration["Grouping"];
    let level = wanted["TableLevelConfiguration"]
        .as_u64()
        .and_then(|level| usize::try_from(level).ok());
    Grouping {
        combine: wanted["TableGroupingPolicy"] == "CombineCompatibleSchemas",
        level: level.map(|level| level.saturating_sub(1 + target_depth)),
    }
}

impl Crawler {
    /// The configuration, or null where there is none.
    pub(super) fn configuration(&self) -> Value {
        let text = self.definition.configuration.as_deref();
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}
