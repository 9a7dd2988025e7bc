//! A cloud that is reset, copied and put back, and reads that are stale.

use std::time::Duration;

use datamesh_localcloud::{FileError, LocalCloud, Options};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk};

fn sqs(cloud: &LocalCloud, account: &str) -> aws_sdk_sqs::Client {
    aws_sdk_sqs::Client::new(&sdk(cloud, account, REGION))
}

async fn make(cloud: &LocalCloud, account: &str, queue: &str) -> String {
    let create = sqs(cloud, account).create_queue().queue_name(queue);
    let created = create.send().await.unwrap();
    created.queue_url().unwrap().to_owned()
}

async fn queues(cloud: &LocalCloud, account: &str) -> Vec<String> {
    let listed = sqs(cloud, account).list_queues().send().await.unwrap();
    let names = listed.queue_urls().iter();
    names
        .map(|url| url.rsplit('/').next().unwrap().to_owned())
        .collect()
}

async fn put(cloud: &LocalCloud, account: &str, bucket: &str) {
    let s3 = aws_sdk_s3::Client::new(&sdk(cloud, account, "us-east-1"));
    s3.create_bucket().bucket(bucket).send().await.unwrap();
    let put = s3.put_object().bucket(bucket).key("a/b");
    put.body(b"v".to_vec().into()).send().await.unwrap();
}

async fn buckets(cloud: &LocalCloud, account: &str) -> Vec<String> {
    let s3 = aws_sdk_s3::Client::new(&sdk(cloud, account, "us-east-1"));
    let listed = s3.list_buckets().send().await.unwrap();
    let names = listed.buckets().iter();
    names.map(|it| it.name().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_reset_leaves_nothing_and_wakes_who_waits() {
    let (cloud, _) = cloud();
    let url = make(&cloud, ACCOUNT, "orders").await;
    put(&cloud, ACCOUNT, "lake-of-one").await;
    let waiting = {
        let receive = sqs(&cloud, ACCOUNT).receive_message().queue_url(&url);
        tokio::spawn(receive.wait_time_seconds(20).send())
    };
    while !waiting.is_finished() {
        cloud.reset().unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let gone = waiting.await.unwrap().unwrap_err().into_service_error();
    assert!(gone.is_queue_does_not_exist(), "{gone}");
    assert!(queues(&cloud, ACCOUNT).await.is_empty());
    assert!(buckets(&cloud, ACCOUNT).await.is_empty());
    put(&cloud, OTHER_ACCOUNT, "lake-of-one").await;
}

#[tokio::test]
async fn who_was_let_in_before_a_reset_is_not_let_in_after_it() {
    let (cloud, _) = cloud();
    let sts = aws_sdk_sts::Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let token = sts.get_session_token().send().await.unwrap();
    let credentials = token.credentials().unwrap();
    let credentials = aws_credential_types::Credentials::from_keys(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
    );
    let config = sdk(&cloud, ACCOUNT, REGION).into_builder();
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    let config = config.credentials_provider(provider).build();
    let sqs = aws_sdk_sqs::Client::new(&config);
    sqs.list_queues().send().await.unwrap();
    cloud.reset().unwrap();
    assert!(sqs.list_queues().send().await.is_err());
}

#[tokio::test]
async fn a_reset_of_one_account_leaves_the_others_alone() {
    let (cloud, _) = cloud();
    for (account, bucket) in [(ACCOUNT, "lake"), (OTHER_ACCOUNT, "lake-2")] {
        make(&cloud, account, "orders").await;
        put(&cloud, account, bucket).await;
    }
    cloud.reset_account(ACCOUNT).unwrap();
    assert!(queues(&cloud, ACCOUNT).await.is_empty());
    assert!(buckets(&cloud, ACCOUNT).await.is_empty());
    assert_eq!(queues(&cloud, OTHER_ACCOUNT).await, ["orders"]);
    let s3 = aws_sdk_s3::Client::new(&sdk(&cloud, OTHER_ACCOUNT, "us-east-1"));
    let got = s3.get_object().bucket("lake-2").key("a/b").send().await;
    let bytes = got.unwrap().body.collect().await.unwrap().to_vec();
    assert_eq!(bytes, b"v");
    put(&cloud, ACCOUNT, "lake").await;
    assert!(cloud.reset_account("12").is_err());
}

#[tokio::test]
async fn a_snapshot_is_put_back_and_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.snapshot");
    let (cloud, _) = cloud();
    make(&cloud, ACCOUNT, "orders").await;
    put(&cloud, ACCOUNT, "lake").await;
    cloud.snapshot(&path).unwrap();
    assert!(matches!(
        cloud.snapshot(&path),
        Err(FileError::Exists { .. })
    ));

    make(&cloud, ACCOUNT, "later").await;
    cloud.reset_account(OTHER_ACCOUNT).unwrap();
    cloud.restore(&path).unwrap();
    assert_eq!(queues(&cloud, ACCOUNT).await, ["orders"]);
    assert_eq!(buckets(&cloud, ACCOUNT).await, ["lake"]);

    let copy = LocalCloud::open(Options {
        path: Some(path.clone()),
        ..Options::in_memory()
    });
    assert_eq!(queues(&copy.unwrap(), ACCOUNT).await, ["orders"]);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    let parts = left.into_iter().map(|entry| entry.unwrap().file_name());
    assert!(
        parts
            .into_iter()
            .all(|name| !name.to_string_lossy().contains(".part"))
    );
}

#[tokio::test]
async fn what_is_no_snapshot_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (cloud, _) = cloud();
    make(&cloud, ACCOUNT, "orders").await;
    let missing = folder.path().join("missing");
    let refused = cloud.restore(&missing).unwrap_err();
    assert!(matches!(refused, FileError::Missing { .. }), "{refused}");
    assert!(!missing.exists());
    let foreign = folder.path().join("foreign");
    std::fs::write(&foreign, "this is a text, and long enough to be one").unwrap();
    let refused = cloud.restore(&foreign).unwrap_err();
    assert!(matches!(refused, FileError::Foreign { .. }), "{refused}");
    let nowhere = folder.path().join("no/such/folder/x");
    assert!(matches!(
        cloud.snapshot(&nowhere),
        Err(FileError::File { .. })
    ));
    assert_eq!(queues(&cloud, ACCOUNT).await, ["orders"]);
}
