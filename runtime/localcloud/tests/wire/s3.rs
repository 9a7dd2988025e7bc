use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, ChecksumAlgorithm, ChecksumMode, CreateBucketConfiguration, Delete,
    MetadataDirective, ObjectAttributes, ObjectIdentifier, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    StorageClass, TaggingDirective,
};
use datamesh_localcloud::LocalCloud;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, START_MS, cloud, sdk};

/// A path-style client: what a bucket name of any shape needs, and the other style of the two.
fn path_style(cloud: &LocalCloud) -> Client {
    let config = aws_sdk_s3::config::Builder::from(&sdk(cloud, ACCOUNT, REGION));
    Client::from_conf(config.force_path_style(true).build())
}

fn europe() -> CreateBucketConfiguration {
    CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::EuWest1)
        .build()
}

pub async fn bucket(name: &str) -> (Client, LocalCloud) {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let create = client.create_bucket().bucket(name);
    let create = create.create_bucket_configuration(europe());
    create.send().await.unwrap();
    (client, cloud)
}

pub async fn put(client: &Client, key: &str, body: &'static [u8]) {
    let put = client.put_object().bucket("lake").key(key);
    let put = put.body(ByteStream::from_static(body));
    put.send().await.unwrap();
}

pub async fn read(client: &Client, key: &str) -> Vec<u8> {
    let got = client.get_object().bucket("lake").key(key).send().await;
    got.unwrap().body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let (client, _) = bucket("lake").await;
    let key = "raw/größe & <more>/a b+c.json";
    let put = client
        .put_object()
        .bucket("lake")
        .key(key)
        .content_type("application/json")
        .content_encoding("gzip")
        .metadata("source", "sample")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));

    let got = client
        .get_object()
        .bucket("lake")
        .key(key)
        .checksum_mode(ChecksumMode::Enabled);
    let got = got.send().await.unwrap();
    assert_eq!(got.e_tag(), put.e_tag());
    assert_eq!(got.content_type(), Some("application/json"));
    assert_eq!(got.content_encoding(), Some("gzip"));
    assert_eq!(got.metadata().unwrap()["source"], "sample");
    assert_eq!(got.last_modified().unwrap().to_millis().unwrap(), START_MS);
    assert!(got.checksum_crc32().is_some());
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");

    let head = client
        .head_object()
        .bucket("lake")
        .key(key)
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(5));
    assert_eq!(head.e_tag(), put.e_tag());
}

#[tokio::test]
async fn a_streamed_upload_loses_its_framing() {
    let (client, _) = bucket("lake").await;
    let body: Vec<u8> = (0..200_000u32).map(|byte| byte.to_le_bytes()[0]).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &body).unwrap();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        client
            .put_object()
            .bucket("lake")
            .key("big")
            .checksum_algorithm(algorithm)
            .body(ByteStream::from_path(file.path()).await.unwrap())
            .send()
            .await
            .unwrap();
        let got = client
            .get_object()
            .bucket("lake")
            .key("big")
            .send()
            .await
            .unwrap();
        assert_eq!(got.content_encoding(), None);
        assert!(got.body.collect().await.unwrap().to_vec() == body);
    }
}

#[tokio::test]
async fn ranges_are_cut_out() {
    let (client, _) = bucket("lake").await;
    put(&client, "digits", b"0123456789").await;
    let get = |range: &str| {
        client
            .get_object()
            .bucket("lake")
            .key("digits")
            .range(range)
            .send()
    };
    let got = get("bytes=2-4").await.unwrap();
    assert_eq!(got.content_range(), Some("bytes 2-4/10"));
    assert_eq!(got.content_length(), Some(3));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"234");
    let error = get("bytes=10-").await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidRange"));
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let (client, _) = bucket("lake").await;
    let get = client.get_object().bucket("lake").key("no").send().await;
    assert!(get.unwrap_err().into_service_error().is_no_such_key());
    let head = client.head_object().bucket("lake").key("no").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
    let bucket = client.head_bucket().bucket("swamp").send().await;
    assert!(bucket.unwrap_err().into_service_error().is_not_found());
    let list = client.list_objects_v2().bucket("swamp").send().await;
    assert!(list.unwrap_err().into_service_error().is_no_such_bucket());
    let put = client.put_object().bucket("swamp").key("k").send().await;
    assert_eq!(put.unwrap_err().code(), Some("NoSuchBucket"));
}

#[tokio::test]
async fn bucket_names_are_global_and_follow_rules() {
    let (client, cloud) = bucket("lake").await;
    let create = |client: &Client, name: &str| {
        let create = client.create_bucket().bucket(name);
        create.create_bucket_configuration(europe()).send()
    };
    let again = create(&client, "lake")
        .await
        .unwrap_err()
        .into_service_error();
    assert!(again.is_bucket_already_owned_by_you());
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    let taken = create(&other, "lake")
        .await
        .unwrap_err()
        .into_service_error();
    assert!(taken.is_bucket_already_exists());
    let bad = create(&path_style(&cloud), "The_Lake").await.unwrap_err();
    assert_eq!(bad.code(), Some("InvalidBucketName"));
    let nowhere = client.create_bucket().bucket("pond").send().await;
    assert_eq!(
        nowhere.unwrap_err().code(),
        Some("IllegalLocationConstraintException")
    );

    let classic = Client::new(&sdk(&cloud, ACCOUNT, "us-east-1"));
    for _ in 0..2 {
        classic
            .create_bucket()
            .bucket("classic")
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_bucket_is_its_accounts_and_its_regions() {
    let (client, cloud) = bucket("lake").await;
    put(&client, "k", b"v").await;
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    let get = other.get_object().bucket("lake").key("k").send().await;
    assert_eq!(get.unwrap_err().code(), Some("AccessDenied"));
    let far = Client::new(&sdk(&cloud, ACCOUNT, "us-east-1"));
    let get = far.get_object().bucket("lake").key("k").send().await;
    assert_eq!(get.unwrap_err().code(), Some("PermanentRedirect"));
    let location = client.get_bucket_location().bucket("lake").send().await;
    assert_eq!(
        location.unwrap().location_constraint(),
        Some(&BucketLocationConstraint::EuWest1)
    );
}

#[tokio::test]
async fn buckets_are_listed_by_their_owner() {
    let (client, cloud) = bucket("lake").await;
    let far = Client::new(&sdk(&cloud, ACCOUNT, "us-east-1"));
    far.create_bucket().bucket("river").send().await.unwrap();
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, "us-east-1"));
    other.create_bucket().bucket("ocean").send().await.unwrap();
    let mut names = Vec::new();
    let mut pages = client.list_buckets().max_buckets(1).into_paginator().send();
    while let Some(page) = pages.next().await {
        let buckets = page.unwrap().buckets.unwrap_or_default();
        names.extend(buckets.into_iter().filter_map(|bucket| bucket.name));
    }
    assert_eq!(names, ["lake", "river"]);
}

#[tokio::test]
async fn a_bucket_is_deleted_when_it_is_empty() {
    let (client, _) = bucket("lake").await;
    put(&client, "k", b"v").await;
    let delete = || client.delete_bucket().bucket("lake").send();
    assert_eq!(delete().await.unwrap_err().code(), Some("BucketNotEmpty"));
    for _ in 0..2 {
        let remove = client.delete_object().bucket("lake").key("k");
        remove.send().await.unwrap();
    }
    delete().await.unwrap();
    assert_eq!(delete().await.unwrap_err().code(), Some("NoSuchBucket"));
}

#[tokio::test]
async fn keys_are_listed_in_pages() {
    let (client, _) = bucket("lake").await;
    for key in ["b", "a/2", "a/1", "c", "ab"] {
        put(&client, key, b"v").await;
    }
    let mut keys = Vec::new();
    let mut sizes = Vec::new();
    let list = client.list_objects_v2().bucket("lake").max_keys(2);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.key_count().unwrap());
        keys.extend(
            page.contents
                .unwrap_or_default()
                .into_iter()
                .filter_map(|object| object.key),
        );
    }
    assert_eq!(keys, ["a/1", "a/2", "ab", "b", "c"]);
    assert_eq!(sizes, [2, 2, 1]);
    let list = client
        .list_objects_v2()
        .bucket("lake")
        .prefix("a")
        .start_after("a/1");
    let listed = list.send().await.unwrap();
    let keys: Vec<_> = listed
        .contents()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    assert_eq!(keys, ["a/2", "ab"]);
}

#[tokio::test]
async fn a_delimiter_makes_folders_in_every_page() {
    let (client, _) = bucket("lake").await;
    for key in [
        "p/raw/1",
        "p/raw/2",
        "p/readme",
        "p/processed/x",
        "p/metadata/",
        "q/z",
    ] {
        put(&client, key, b"v").await;
    }
    for max_keys in [1, 2, 1_000] {
        let mut found = Vec::new();
        let list = client
            .list_objects_v2()
            .bucket("lake")
            .prefix("p/")
            .delimiter("/");
        let mut pages = list.max_keys(max_keys).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            let folders = page.common_prefixes.unwrap_or_default();
            found.extend(folders.into_iter().filter_map(|folder| folder.prefix));
            let files = page.contents.unwrap_or_default();
            found.extend(files.into_iter().filter_map(|file| file.key));
        }
        found.sort();
        let expected = ["p/metadata/", "p/processed/", "p/raw/", "p/readme"];
        assert_eq!(found, expected, "{max_keys} a page");
    }
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let (client, _) = bucket("lake").await;
    put(&client, "a", b"v").await;
    put(&client, "b", b"v").await;
    let identifier = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder()
        .objects(identifier("a"))
        .objects(identifier("gone"));
    let deleted = client
        .delete_objects()
        .bucket("lake")
        .delete(delete.build().unwrap())
        .send()
        .await
        .unwrap();
    let keys: Vec<_> = deleted
        .deleted()
        .iter()
        .filter_map(|object| object.key())
        .collect();
    assert_eq!(keys, ["a", "gone"]);
    let left = client
        .list_objects_v2()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    assert_eq!(left.contents()[0].key(), Some("b"));
}

#[tokio::test]
async fn conditional_writes_do_not_overwrite() {
    let (client, _) = bucket("lake").await;
    let create = |body: &'static [u8]| {
        let put = client
            .put_object()
            .bucket("lake")
            .key("k")
            .if_none_match("*");
        put.body(ByteStream::from_static(body)).send()
    };
    let first = create(b"first").await.unwrap();
    let error = create(b"second").await.unwrap_err();
    assert_eq!(error.code(), Some("PreconditionFailed"));
    assert_eq!(read(&client, "k").await, b"first");
    let replace = client.put_object().bucket("lake").key("k");
    let replace = replace.if_match(first.e_tag().unwrap());
    replace
        .body(ByteStream::from_static(b"third"))
        .send()
        .await
        .unwrap();
    assert_eq!(read(&client, "k").await, b"third");
}

#[tokio::test]
async fn a_body_that_does_not_fit_its_digest_is_refused() {
    let (client, _) = bucket("lake").await;
    let put = client.put_object().bucket("lake").key("k");
    let put = put.content_md5("1B2M2Y8AsgTpgAmY7PhCfg==");
    let error = put
        .body(ByteStream::from_static(b"v"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("BadDigest"));
    let put = client
        .put_object()
        .bucket("lake")
        .key("k")
        .checksum_crc32("AAAAAA==");
    let error = put
        .body(ByteStream::from_static(b"v"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("BadDigest"));
    let get = client.get_object().bucket("lake").key("k").send().await;
    assert!(get.unwrap_err().into_service_error().is_no_such_key());
}

#[tokio::test]
async fn path_style_reaches_the_same_objects() {
    let (client, cloud) = bucket("lake").await;
    put(&client, "raw/a b", b"v").await;
    assert_eq!(read(&path_style(&cloud), "raw/a b").await, b"v");
}

#[tokio::test]
async fn objects_are_copied() {
    let (client, _) = bucket("lake").await;
    put(&client, "raw/a", b"v").await;
    let copy = client.copy_object().bucket("lake").key("processed/a");
    copy.copy_source("lake/raw/a").send().await.unwrap();
    assert_eq!(read(&client, "processed/a").await, b"v");
}

#[tokio::test]
async fn what_is_not_here_is_named() {
    let (client, _) = bucket("lake").await;
    let error = client.get_bucket_website().bucket("lake").send().await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), Some("NotImplemented"));
    assert!(error.message().unwrap().contains("GET bucket?website"));
}

#[tokio::test]
async fn the_older_list_goes_on_behind_a_key() {
    let (client, _) = bucket("lake").await;
    for key in ["a/1", "a/2", "b", "c/1", "d"] {
        put(&client, key, b"v").await;
    }
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let list = client
            .list_objects()
            .bucket("lake")
            .delimiter("/")
            .max_keys(2);
        let page = list.set_marker(marker).send().await.unwrap();
        let folders = page.common_prefixes.unwrap_or_default();
        found.extend(folders.into_iter().filter_map(|folder| folder.prefix));
        let files = page.contents.unwrap_or_default();
        assert!(files.iter().all(|file| file.owner.is_some()));
        found.extend(files.into_iter().filter_map(|file| file.key));
        marker = page.next_marker;
        if page.is_truncated != Some(true) {
            break;
        }
    }
    assert_eq!(found, ["a/", "b", "c/", "d"]);
    let none = client.list_objects_v2().bucket("lake").max_keys(0).send();
    let none = none.await.unwrap();
    assert_eq!((none.key_count, none.is_truncated), (Some(0), Some(false)));
}

#[tokio::test]
async fn a_copy_takes_or_replaces_metadata_and_tags() {
    let (client, _) = bucket("lake").await;
    let put = client.put_object().bucket("lake").key("a");
    let put = put
        .metadata("source", "sample")
        .tagging("team=sales&kind=raw");
    put.content_type("text/csv").send().await.unwrap();
    let copy = |key: &str| {
        client
            .copy_object()
            .bucket("lake")
            .key(key)
            .copy_source("lake/a")
    };
    copy("same").send().await.unwrap();
    let replaced = copy("other").metadata_directive(MetadataDirective::Replace);
    let replaced = replaced.metadata("source", "copy");
    let replaced = replaced
        .tagging_directive(TaggingDirective::Replace)
        .tagging("team=hr");
    replaced
        .storage_class(StorageClass::StandardIa)
        .send()
        .await
        .unwrap();
    let head = |key: &str| client.head_object().bucket("lake").key(key).send();
    let same = head("same").await.unwrap();
    assert_eq!(same.content_type(), Some("text/csv"));
    assert_eq!(same.metadata().unwrap()["source"], "sample");
    assert_eq!(same.storage_class(), None);
    let other = head("other").await.unwrap();
    assert_eq!(other.content_type(), Some("binary/octet-stream"));
    assert_eq!(other.metadata().unwrap()["source"], "copy");
    assert_eq!(other.storage_class(), Some(&StorageClass::StandardIa));
    let tags = |key: &str| client.get_object_tagging().bucket("lake").key(key).send();
    assert_eq!(tags("same").await.unwrap().tag_set().len(), 2);
    assert_eq!(tags("other").await.unwrap().tag_set()[0].value(), "hr");
    let itself = copy("a").send().await.unwrap_err();
    assert_eq!(itself.code(), Some("InvalidRequest"));
}

#[tokio::test]
async fn an_object_is_encrypted_as_its_bucket_says() {
    let (client, _) = bucket("lake").await;
    let by = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id("alias/lake");
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by.build().unwrap());
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule.build());
    let put = client.put_bucket_encryption().bucket("lake");
    let put = put.server_side_encryption_configuration(configuration.build().unwrap());
    put.send().await.unwrap();
    self::put(&client, "a", b"v").await;
    let head = client.head_object().bucket("lake").key("a").send();
    let head = head.await.unwrap();
    assert_eq!(
        head.server_side_encryption(),
        Some(&ServerSideEncryption::AwsKms)
    );
    assert_eq!(head.ssekms_key_id(), Some("alias/lake"));
}

#[tokio::test]
async fn answers_can_be_told_what_they_are() {
    let (client, _) = bucket("lake").await;
    put(&client, "a", b"v").await;
    let get = client.get_object().bucket("lake").key("a");
    let get = get.response_content_type("text/plain");
    let got = get
        .response_content_disposition("attachment")
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.content_disposition(), Some("attachment"));
}

#[tokio::test]
async fn attributes_are_those_that_were_asked_for() {
    let (client, _) = bucket("lake").await;
    put(&client, "a", b"hello").await;
    let asked = client.get_object_attributes().bucket("lake").key("a");
    let asked = asked
        .object_attributes(ObjectAttributes::Etag)
        .object_attributes(ObjectAttributes::ObjectSize);
    let found = asked.send().await.unwrap();
    assert_eq!(found.e_tag(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(found.object_size(), Some(5));
    assert_eq!(found.storage_class(), None);
}
