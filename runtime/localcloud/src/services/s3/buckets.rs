//! `CreateBucket`, `HeadBucket`, `GetBucketLocation`, `DeleteBucket`, `ListBuckets`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::address::address;
use super::bucket::{BUCKETS, Bucket, Versioning, find, is_valid_name};
use super::history::VERSIONS;
use super::multipart;
use super::object::OBJECTS;
use crate::error::ServiceError;
use crate::identity::ANY_REGION;
use crate::protocol::{rest_xml, timestamp};
use crate::request::Call;
use crate::services::Reply;
use crate::store::{Scope, Tx};

/// The region whose buckets have no location constraint.
const CLASSIC_REGION: &str = "us-east-1";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateBucketConfiguration {
    location_constraint: Option<String>,
}

/// Creates a bucket in the region of the request's signature.
///
/// Again by its owner: `BucketAlreadyOwnedByYou` (409), but in us-east-1, where AWS answers 200
/// for the sake of old clients. By another account: `BucketAlreadyExists` (409).
pub(super) fn create_bucket(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let name = address(call.headers, call.path).bucket;
    if !is_valid_name(&name) {
        return Err(ServiceError::bad_request(
            "InvalidBucketName",
            "The specified bucket is not valid.",
        )
        .with_field("BucketName", name));
    }
    check_location(call)?;
    let bucket = Bucket {
        name: name.clone(),
        account: call.scope.account.clone(),
        region: region(call).to_owned(),
        created_ms: call.now_ms,
        configuration: serde_json::Map::new(),
    };
    if !tx.insert(&Scope::global(), BUCKETS, &name, &bucket)? {
        let known: Option<Bucket> = tx.get(&Scope::global(), BUCKETS, &name)?;
        let own = known
            .as_ref()
            .is_some_and(|known| known.account == bucket.account);
        let classic = known.is_some_and(|known| known.region == CLASSIC_REGION)
            && region(call) == CLASSIC_REGION;
        if !own {
            return Err(ServiceError::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by \
                 all users of the system. Please select a different name and try again.",
            )
            .with_field("BucketName", name));
        }
        if !classic {
            return Err(ServiceError::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own \
                 it.",
            )
            .with_field("BucketName", name));
        }
    }
    Ok(Reply::status(200).with_header("location", format!("/{name}")))
}

/// Where the request goes: signatures without a region are for the classic one.
fn region<'a>(call: &'a Call<'_>) -> &'a str {
    match call.scope.region.as_str() {
        ANY_REGION => CLASSIC_REGION,
        region => region,
    }
}

fn check_location(call: &Call<'_>) -> Result<(), ServiceError> {
    let wanted = if call.body.is_empty() {
        None
    } else {
        rest_xml::read::<CreateBucketConfiguration>(call)?.location_constraint
    };
    let region = region(call);
    let fits = match wanted.as_deref() {
        None | Some("") => region == CLASSIC_REGION,
        Some(wanted) => wanted == region && region != CLASSIC_REGION,
    };
    if fits {
        return Ok(());
    }
    let wanted = wanted.unwrap_or_else(|| "unspecified".to_owned());
    Err(ServiceError::bad_request(
        "IllegalLocationConstraintException",
        format!(
            "The {wanted} location constraint is incompatible for the region specific endpoint \
             this request was sent to."
        ),
    ))
}

/// Is the bucket there, and the caller's?
pub(super) fn head_bucket(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = find(call, tx)?;
    Ok(Reply::status(200).with_header("x-amz-bucket-region", bucket.region))
}

#[derive(Debug, Serialize)]
struct Location {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    #[serde(rename = "$text")]
    region: Option<String>,
}

/// The bucket's region; nothing for us-east-1.
pub(super) fn get_bucket_location(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = find(call, tx)?;
    let location = Location {
        xmlns: rest_xml::NAMESPACE,
        region: (bucket.region != CLASSIC_REGION).then_some(bucket.region),
    };
    rest_xml::write("LocationConstraint", &location)
}

/// Deletes a bucket without objects and versions, and what was being uploaded into it;
/// `BucketNotEmpty` (409) otherwise.
pub(super) fn delete_bucket(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = find(call, tx)?;
    let prefix = format!("{}/", bucket.name);
    let holds = |collection| {
        let found = tx.scan::<IgnoredAny>(&Scope::global(), collection, &prefix, None, 1)?;
        Ok::<_, ServiceError>(!found.is_empty())
    };
    if holds(OBJECTS)? || holds(VERSIONS)? {
        let message = match bucket.versioning() {
            Versioning::Never => "The bucket you tried to delete is not empty",
            _ => {
                "The bucket you tried to delete is not empty. You must delete all versions in the \
                 bucket."
            }
        };
        let error = ServiceError::new(409, "BucketNotEmpty", message);
        return Err(error.with_field("BucketName", bucket.name));
    }
    multipart::abort_all(&bucket.name, tx)?;
    tx.delete(&Scope::global(), BUCKETS, &bucket.name)?;
    Ok(Reply::status(204))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListAllMyBucketsResult {
    #[serde(rename = "@xmlns")]
    xmlns: &'static str,
    owner: Owner,
    buckets: Buckets,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Owner {
    #[serde(rename = "ID")]
    pub(super) id: String,
}

#[derive(Debug, Serialize)]
struct Buckets {
    #[serde(rename = "Bucket")]
    buckets: Vec<BucketEntry>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct BucketEntry {
    name: String,
    creation_date: String,
    bucket_region: String,
}

/// The caller's buckets in every region, by name; paged for those who set `max-buckets`.
pub(super) fn list_buckets(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let invalid = |name: &str| {
        ServiceError::bad_request("InvalidArgument", format!("{name} is not valid"))
            .with_field("ArgumentName", name)
    };
    let size = match call.query("max-buckets").map(str::parse::<usize>) {
        None => usize::MAX,
        Some(Ok(size @ 1..=10_000)) => size,
        Some(_) => return Err(invalid("max-buckets")),
    };
    let after = call
        .query("continuation-token")
        .map(|token| {
            let bytes = URL_SAFE_NO_PAD.decode(token).ok();
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| invalid("continuation-token"))
        })
        .transpose()?;
    let prefix = call.query("prefix");
    let region = call.query("bucket-region");
    let all: Vec<(String, Bucket)> = tx.scan(
        &Scope::global(),
        BUCKETS,
        prefix.unwrap_or_default(),
        after.as_deref(),
        usize::MAX,
    )?;
    let mut own = all.into_iter().map(|(_, bucket)| bucket).filter(|bucket| {
        bucket.account == call.scope.account && region.is_none_or(|region| region == bucket.region)
    });
    let buckets: Vec<BucketEntry> = own
        .by_ref()
        .take(size)
        .map(|bucket| BucketEntry {
            name: bucket.name,
            creation_date: timestamp::iso8601(bucket.created_ms),
            bucket_region: bucket.region,
        })
        .collect();
    let last = buckets.last().filter(|_| own.next().is_some());
    let output = ListAllMyBucketsResult {
        xmlns: rest_xml::NAMESPACE,
        owner: owner(&call.scope.account),
        continuation_token: last.map(|bucket| URL_SAFE_NO_PAD.encode(&bucket.name)),
        prefix: prefix.map(str::to_owned),
        buckets: Buckets { buckets },
    };
    rest_xml::write("ListAllMyBucketsResult", &output)
}

/// A canonical user id has 64 hexadecimal digits; here they are made of the account.
pub(super) fn owner(account: &str) -> Owner {
    Owner {
        id: format!("{account:0>64}"),
    }
}
