use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, Delete, ObjectIdentifier, VersioningConfiguration,
};

use crate::s3::{bucket, put, read};

async fn versioning(client: &Client, status: BucketVersioningStatus) {
    let configuration = VersioningConfiguration::builder().status(status).build();
    let put = client.put_bucket_versioning().bucket("lake");
    put.versioning_configuration(configuration)
        .send()
        .await
        .unwrap();
}

async fn write(client: &Client, body: &'static [u8]) -> Option<String> {
    let put = client.put_object().bucket("lake").key("k");
    let put = put.body(ByteStream::from_static(body));
    put.send().await.unwrap().version_id
}

async fn read_version(client: &Client, version: &str) -> Vec<u8> {
    let get = client.get_object().bucket("lake").key("k");
    let got = get.version_id(version).send().await.unwrap();
    assert_eq!(got.version_id(), Some(version));
    got.body.collect().await.unwrap().to_vec()
}

/// Version ids of the key, the newest first; delete markers with a dash, the latest with a star.
async fn history(client: &Client) -> Vec<String> {
    let list = client.list_object_versions().bucket("lake").send();
    let list = list.await.unwrap();
    let shown = |id: Option<&str>, latest: Option<bool>| {
        let star = if latest == Some(true) { "*" } else { "" };
        format!("{}{star}", id.unwrap())
    };
    let mut all: Vec<String> = list
        .versions()
        .iter()
        .map(|version| shown(version.version_id(), version.is_latest()))
        .collect();
    all.extend(
        list.delete_markers()
            .iter()
            .map(|marker| format!("-{}", shown(marker.version_id(), marker.is_latest()))),
    );
    all
}

#[tokio::test]
async fn every_write_makes_a_version_and_a_deletion_only_a_marker() {
    let (client, _) = bucket("lake").await;
    versioning(&client, BucketVersioningStatus::Enabled).await;
    let first = write(&client, b"first").await.unwrap();
    let second = write(&client, b"second").await.unwrap();
    assert_eq!(read(&client, "k").await, b"second");
    assert_eq!(read_version(&client, &first).await, b"first");

    let delete = client.delete_object().bucket("lake").key("k").send();
    let marker = delete.await.unwrap();
    assert_eq!(marker.delete_marker(), Some(true));
    let marker = marker.version_id.unwrap();
    let gone = client.get_object().bucket("lake").key("k").send().await;
    let gone = gone.unwrap_err();
    let headers = gone.raw_response().unwrap().headers();
    assert_eq!(headers.get("x-amz-delete-marker"), Some("true"));
    assert!(gone.into_service_error().is_no_such_key());
    let of_marker = client
        .get_object()
        .bucket("lake")
        .key("k")
        .version_id(&marker);
    let of_marker = of_marker.send().await.unwrap_err();
    assert_eq!(of_marker.code(), Some("MethodNotAllowed"));
    let listed = client
        .list_objects_v2()
        .bucket("lake")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.key_count(), Some(0));
    assert_eq!(
        history(&client).await,
        [second.clone(), first, format!("-{marker}*")]
    );

    // Without its delete marker, the key is back.
    let delete = client
        .delete_object()
        .bucket("lake")
        .key("k")
        .version_id(&marker);
    assert_eq!(delete.send().await.unwrap().delete_marker(), Some(true));
    assert_eq!(read(&client, "k").await, b"second");
    let delete = client
        .delete_object()
        .bucket("lake")
        .key("k")
        .version_id(&second);
    delete.send().await.unwrap();
    assert_eq!(read(&client, "k").await, b"first");
}

#[tokio::test]
async fn what_was_there_before_is_the_null_version() {
    let (client, _) = bucket("lake").await;
    assert_eq!(write(&client, b"before").await, None);
    versioning(&client, BucketVersioningStatus::Enabled).await;
    let kept = write(&client, b"kept").await.unwrap();
    assert_eq!(read_version(&client, "null").await, b"before");
    assert_eq!(
        history(&client).await,
        [format!("{kept}*"), "null".to_owned()]
    );

    versioning(&client, BucketVersioningStatus::Suspended).await;
    assert_eq!(write(&client, b"after").await.as_deref(), Some("null"));
    assert_eq!(history(&client).await, ["null*".to_owned(), kept.clone()]);
    assert_eq!(read_version(&client, "null").await, b"after");
    assert_eq!(read_version(&client, &kept).await, b"kept");

    let delete = client.delete_object().bucket("lake").key("k").send();
    assert_eq!(delete.await.unwrap().version_id(), Some("null"));
    assert_eq!(history(&client).await, [kept.clone(), "-null*".to_owned()]);
    let restore = client.copy_object().bucket("lake").key("k");
    let restore = restore.copy_source(format!("lake/k?versionId={kept}"));
    let restored = restore.send().await.unwrap();
    assert_eq!(restored.copy_source_version_id(), Some(kept.as_str()));
    assert_eq!(read(&client, "k").await, b"kept");
}

#[tokio::test]
async fn versions_are_listed_in_pages_and_folders() {
    let (client, _) = bucket("lake").await;
    put(&client, "a/1", b"0").await;
    versioning(&client, BucketVersioningStatus::Enabled).await;
    for key in ["a/1", "b", "b", "c", "a/2"] {
        put(&client, key, b"v").await;
    }
    let delete = client.delete_object().bucket("lake").key("c");
    delete.send().await.unwrap();
    let all = async |size: i32, delimiter: Option<&str>| {
        let mut found = Vec::new();
        let (mut key, mut version) = (None, None);
        loop {
            let list = client.list_object_versions().bucket("lake").max_keys(size);
            let list = list.set_key_marker(key).set_version_id_marker(version);
            let page = list
                .set_delimiter(delimiter.map(str::to_owned))
                .send()
                .await;
            let page = page.unwrap();
            let prefixes = page.common_prefixes().iter();
            found.extend(prefixes.map(|prefix| prefix.prefix().unwrap().to_owned()));
            let shown = |key: Option<&str>, latest: Option<bool>| {
                format!("{}{}", key.unwrap(), if latest.unwrap() { "*" } else { "" })
            };
            let versions = page.versions().iter();
            found.extend(versions.map(|version| shown(version.key(), version.is_latest())));
            let markers = page.delete_markers().iter();
            found.extend(markers.map(|marker| shown(marker.key(), marker.is_latest())));
            (key, version) = (page.next_key_marker, page.next_version_id_marker);
            if page.is_truncated != Some(true) {
                break;
            }
        }
        found.sort();
        found
    };
    for size in [1, 2, 3, 1_000] {
        let expected = ["a/1", "a/1*", "a/2*", "b", "b*", "c", "c*"];
        assert_eq!(all(size, None).await, expected, "{size} a page");
        let expected = ["a/", "b", "b*", "c", "c*"];
        assert_eq!(all(size, Some("/")).await, expected, "{size} a page");
    }
}

#[tokio::test]
async fn a_bucket_with_versions_is_not_empty() {
    let (client, _) = bucket("lake").await;
    versioning(&client, BucketVersioningStatus::Enabled).await;
    put(&client, "k", b"v").await;
    let delete = client.delete_object().bucket("lake").key("k");
    delete.send().await.unwrap();
    let refused = client.delete_bucket().bucket("lake").send().await;
    assert_eq!(refused.unwrap_err().code(), Some("BucketNotEmpty"));
    let list = client.list_object_versions().bucket("lake").send();
    let list = list.await.unwrap();
    let version = list.versions().iter().map(|version| version.version_id());
    let markers = list
        .delete_markers()
        .iter()
        .map(|marker| marker.version_id());
    let mut delete = Delete::builder();
    for id in version.chain(markers) {
        let identifier = ObjectIdentifier::builder().key("k").version_id(id.unwrap());
        delete = delete.objects(identifier.build().unwrap());
    }
    let deleted = client.delete_objects().bucket("lake");
    let deleted = deleted
        .delete(delete.build().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.deleted().len(), 2);
    assert_eq!(deleted.deleted()[1].delete_marker(), Some(true));
    client.delete_bucket().bucket("lake").send().await.unwrap();
}

#[tokio::test]
async fn what_is_no_version_is_said_so() {
    let (client, _) = bucket("lake").await;
    versioning(&client, BucketVersioningStatus::Enabled).await;
    let known = write(&client, b"v").await.unwrap();
    let get = |version: String| {
        let get = client.get_object().bucket("lake").key("k");
        get.version_id(version).send()
    };
    let nonsense = get("nonsense".to_owned()).await.unwrap_err();
    assert_eq!(nonsense.code(), Some("InvalidArgument"));
    let absent = get(format!("{}ffffffffff", &known[..22]))
        .await
        .unwrap_err();
    assert_eq!(absent.code(), Some("NoSuchVersion"));
    let null = get("null".to_owned()).await.unwrap_err();
    assert_eq!(null.code(), Some("NoSuchVersion"));
}

/// Keys, versions and groups of all pages of this size, in their order: `key@version`, `group/`.
async fn pages(client: &Client, size: i32) -> Vec<String> {
    let mut all = Vec::new();
    let (mut key, mut version) = (None, None);
    loop {
        let list = client.list_object_versions().bucket("lake").delimiter("/");
        let list = list.max_keys(size).set_key_marker(key);
        let page = list.set_version_id_marker(version).send().await.unwrap();
        let mut shown: Vec<String> = Vec::new();
        for one in page.versions() {
            let latest = if one.is_latest() == Some(true) {
                "*"
            } else {
                ""
            };
            let id = one.version_id().unwrap();
            shown.push(format!("{}@{id}{latest}", one.key().unwrap()));
        }
        for group in page.common_prefixes() {
            shown.push(group.prefix().unwrap().to_owned());
        }
        all.extend(shown);
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
        if page.is_truncated != Some(true) {
            all.sort();
            return all;
        }
    }
}

#[tokio::test]
async fn groups_and_versions_are_listed_alike_whatever_the_page() {
    let (client, _) = bucket("lake").await;
    versioning(&client, BucketVersioningStatus::Enabled).await;
    let mut expected = Vec::new();
    for (key, versions) in [
        ("a", 1),
        ("b/x", 3),
        ("b/y", 1),
        ("c", 7),
        ("d/x", 1),
        ("e", 2),
    ] {
        for number in 1..=versions {
            let put = client.put_object().bucket("lake").key(key);
            let id = put.send().await.unwrap().version_id.unwrap();
            let latest = if number == versions { "*" } else { "" };
            if !key.contains('/') {
                expected.push(format!("{key}@{id}{latest}"));
            }
        }
    }
    for number in 0..40 {
        let put = client.put_object().bucket("lake");
        let put = put.key(format!("f{number:02}"));
        let id = put.send().await.unwrap().version_id.unwrap();
        expected.push(format!("f{number:02}@{id}*"));
    }
    expected.extend(["b/", "d/"].map(str::to_owned));
    expected.sort();
    for size in [1, 2, 3, 7, 50, 1_000] {
        assert_eq!(pages(&client, size).await, expected, "pages of {size}");
    }
}
