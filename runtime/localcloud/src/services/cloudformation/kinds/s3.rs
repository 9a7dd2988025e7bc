//! `AWS::S3::Bucket`, `AWS::S3::BucketPolicy`.

use http::Method;
use serde_json::{Map, Value, json};

use super::{Handler, Kind, Made, Wanted, document, immutable, many, mutable, plain_tags, text};
use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::S3::Bucket",
        properties: &[
            immutable("BucketName"),
            mutable("VersioningConfiguration"),
            mutable("BucketEncryption"),
            mutable("LifecycleConfiguration"),
            mutable("PublicAccessBlockConfiguration"),
            mutable("OwnershipControls"),
            mutable("LoggingConfiguration"),
            mutable("Tags"),
        ],
        attributes: &[
            "Arn",
            "DomainName",
            "RegionalDomainName",
            "DualStackDomainName",
            "WebsiteURL",
        ],
        named_by: Some("BucketName"),
        handler: &Bucket,
    },
    Kind {
        name: "AWS::S3::BucketPolicy",
        properties: &[
            immutable("Bucket").required(),
            mutable("PolicyDocument").required(),
        ],
        attributes: &[],
        named_by: None,
        handler: &BucketPolicy,
    },
];

/// A property that is a sub-resource of the bucket, and the root of its document.
const PARTS: [(&str, &str, &str); 7] = [
    (
        "VersioningConfiguration",
        "versioning",
        "VersioningConfiguration",
    ),
    (
        "BucketEncryption",
        "encryption",
        "ServerSideEncryptionConfiguration",
    ),
    (
        "LifecycleConfiguration",
        "lifecycle",
        "LifecycleConfiguration",
    ),
    (
        "PublicAccessBlockConfiguration",
        "publicAccessBlock",
        "PublicAccessBlockConfiguration",
    ),
    (
        "OwnershipControls",
        "ownershipControls",
        "OwnershipControls",
    ),
    ("LoggingConfiguration", "logging", "BucketLoggingStatus"),
    ("Tags", "tagging", "Tagging"),
];

struct Bucket;

/// A property as S3's document has it.
fn to_document(property: &str, value: &Value) -> Value {
    match property {
        "BucketEncryption" => {
            let rules = many(&value["ServerSideEncryptionConfiguration"]);
            let rules = rules.into_iter().map(|mut rule| {
                json!({
                    "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"].take(),
                    "BucketKeyEnabled": rule["BucketKeyEnabled"].take(),
                })
            });
            json!({"Rule": rules.collect::<Vec<_>>()})
        }
        "LifecycleConfiguration" => {
            let rules = many(&value["Rules"]);
            json!({"Rule": rules.iter().map(lifecycle_rule).collect::<Vec<_>>()})
        }
        "OwnershipControls" => json!({"Rule": value["Rules"]}),
        "LoggingConfiguration" => json!({"LoggingEnabled": {
            "TargetBucket": value["DestinationBucketName"],
            "TargetPrefix": value.get("LogFilePrefix").cloned().unwrap_or_else(|| json!("")),
        }}),
        "Tags" => json!({"TagSet": {"Tag": value}}),
        _ => value.clone(),
    }
}

fn lifecycle_rule(rule: &Value) -> Value {
    let mut made = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            made.insert(name.to_owned(), value);
        }
    };
    put("ID", rule["Id"].clone());
    put("Status", rule["Status"].clone());
    let prefix = rule.get("Prefix").cloned().unwrap_or_else(|| json!(""));
    put("Filter", json!({"Prefix": prefix}));
    if let Some(days) = rule.get("ExpirationInDays") {
        put("Expiration", json!({"Days": days}));
    } else if let Some(date) = rule.get("ExpirationDate") {
        put("Expiration", json!({"Date": date}));
    }
    let mut transitions = many(&rule["Transitions"]);
    transitions.extend(many(&rule["Transition"]));
    let transitions: Vec<Value> = transitions
        .iter()
        .map(|transition| {
            json!({"Days": transition["TransitionInDays"], "StorageClass": transition["StorageClass"]})
        })
        .collect();
    if !transitions.is_empty() {
        put("Transition", Value::Array(transitions));
    }
    put(
        "NoncurrentVersionExpiration",
        rule["NoncurrentVersionExpiration"].clone(),
    );
    if let Some(days) = rule.get("NoncurrentVersionExpirationInDays") {
        put(
            "NoncurrentVersionExpiration",
            json!({"NoncurrentDays": days}),
        );
    }
    put(
        "AbortIncompleteMultipartUpload",
        rule["AbortIncompleteMultipartUpload"].clone(),
    );
    Value::Object(made)
}

/// S3's document as the property; as it stands where the two are too far apart.
fn from_document(property: &str, document: Value) -> Value {
    match property {
        "BucketEncryption" => {
            let rules = many(&document["Rule"]).into_iter().map(|mut rule| {
                json!({
                    "ServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"].take(),
                    "BucketKeyEnabled": rule["BucketKeyEnabled"].take(),
                })
            });
            json!({"ServerSideEncryptionConfiguration": rules.collect::<Vec<_>>()})
        }
        "LifecycleConfiguration" | "OwnershipControls" => json!({"Rules": many(&document["Rule"])}),
        "Tags" => plain_tags(
            many(&document["TagSet"]["Tag"])
                .iter()
                .filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))),
        ),
        _ => document,
    }
}

/// Scalars as text, and lists of one as the one: what XML leaves of a value.
fn flat(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.len() == 1 => flat(&items[0]),
        Value::Array(items) => items.iter().map(flat).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), flat(member)))
            .collect(),
        scalar => text(scalar).map_or(Value::Null, Value::from),
    }
}

fn made(name: &str, inside: &Inside<'_>) -> Made {
    let region = &inside.call.scope.region;
    Made::new(
        name,
        json!({
            "Arn": format!("arn:aws:s3:::{name}"),
            "DomainName": format!("{name}.s3.amazonaws.com"),
            "RegionalDomainName": format!("{name}.s3.{region}.amazonaws.com"),
            "DualStackDomainName": format!("{name}.s3.dualstack.{region}.amazonaws.com"),
            "WebsiteURL": format!("http://{name}.s3-website-{region}.amazonaws.com"),
        }),
    )
}

fn configure(
    name: &str,
    old: &Value,
    wanted: &Wanted<'_>,
    inside: &Inside<'_>,
) -> Result<(), InsideError> {
    for (property, sub_resource, root) in PARTS {
        let path = format!("/{name}?{sub_resource}");
        let value = match property {
            "Tags" => Some(wanted.tag_list()),
            other => wanted.get(other).cloned(),
        };
        match value {
            Some(value) => {
                inside.s3(
                    &Method::PUT,
                    &path,
                    Some((root, &to_document(property, &value))),
                )?;
            }
            None if old.get(property).is_none() => {}
            // Versioning cannot be taken back, and logging is switched off by an empty document.
            None if property == "VersioningConfiguration" => {
                inside.s3(
                    &Method::PUT,
                    &path,
                    Some((root, &json!({"Status": "Suspended"}))),
                )?;
            }
            None if property == "LoggingConfiguration" => {
                inside.s3(&Method::PUT, &path, Some((root, &json!({}))))?;
            }
            None => {
                inside.s3(&Method::DELETE, &path, None)?;
            }
        }
    }
    Ok(())
}

impl Handler for Bucket {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let mut name = wanted.name.clone();
        if wanted.get("BucketName").is_none() {
            name = name.to_lowercase();
            let tail = name.split_off(name.len() - 13);
            name.truncate(50);
            name.push_str(&tail);
        }
        // In us-east-1, S3 answers an owner who creates a bucket again as if it had: a stack must
        // not take a bucket over.
        if inside.s3(&Method::HEAD, &format!("/{name}"), None).is_ok() {
            return Err(ServiceError::new(
                409,
                "BucketAlreadyExists",
                format!("{name} already exists"),
            )
            .into());
        }
        let region = &inside.call.scope.region;
        let location = json!({"LocationConstraint": region});
        let body = (region != "us-east-1").then_some(("CreateBucketConfiguration", &location));
        inside.s3(&Method::PUT, &format!("/{name}"), body)?;
        configure(&name, &Value::Null, wanted, inside)?;
        Ok(made(&name, inside))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        configure(physical_id, old, wanted, inside)?;
        Ok(made(physical_id, inside))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.s3(&Method::DELETE, &format!("/{physical_id}"), None)?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        inside.s3(&Method::HEAD, &format!("/{physical_id}"), None)?;
        let mut actual = Map::new();
        for (property, sub_resource, _) in PARTS {
            let Some(expected) = properties.get(property) else {
                continue;
            };
            let found = match inside.s3(
                &Method::GET,
                &format!("/{physical_id}?{sub_resource}"),
                None,
            ) {
                Err(InsideError::Refused(error)) if error.status == 404 => continue,
                other => other?,
            };
            let empty = !found.is_object();
            let same = property != "Tags" && flat(&to_document(property, expected)) == flat(&found);
            if same {
                actual.insert(property.to_owned(), expected.clone());
            } else if !empty {
                actual.insert(property.to_owned(), from_document(property, found));
            }
        }
        if properties.get("BucketName").is_some() {
            actual.insert("BucketName".to_owned(), Value::from(physical_id));
        }
        Ok(Some(Value::Object(actual)))
    }
}

struct BucketPolicy;

impl BucketPolicy {
    fn put(wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let bucket = wanted.text("Bucket").unwrap_or_default();
        let policy = document(&wanted.properties["PolicyDocument"]);
        inside.s3_text(&Method::PUT, &format!("/{bucket}?policy"), &policy)?;
        Ok(Made::new(bucket, json!({})))
    }
}

impl Handler for BucketPolicy {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let bucket = wanted.text("Bucket").unwrap_or_default();
        if inside
            .s3_text(&Method::GET, &format!("/{bucket}?policy"), "")
            .is_ok()
        {
            return Err(ServiceError::new(
                409,
                "AlreadyExists",
                format!("The bucket policy already exists on bucket {bucket}."),
            )
            .into());
        }
        Self::put(wanted, inside)
    }

    fn update(
        &self,
        _physical_id: &str,
        _old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        Self::put(wanted, inside)
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.s3(&Method::DELETE, &format!("/{physical_id}?policy"), None)?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let text = inside.s3_text(&Method::GET, &format!("/{physical_id}?policy"), "")?;
        let policy: Value = serde_json::from_slice(&text).unwrap_or_default();
        Ok(Some(
            json!({"Bucket": physical_id, "PolicyDocument": policy}),
        ))
    }
}
