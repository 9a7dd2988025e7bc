use aws_sdk_s3::primitives::ByteStream;
use datamesh_localcloud::OpenError;

use crate::setup::{ACCOUNT, open_file, sdk};

#[tokio::test]
async fn a_reopened_file_knows_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let url = {
        let cloud = open_file(&path).unwrap();
        let sdk = sdk(&cloud, ACCOUNT, "us-east-1");
        let (sqs, s3) = (
            aws_sdk_sqs::Client::new(&sdk),
            aws_sdk_s3::Client::new(&sdk),
        );
        let created = sqs
            .create_queue()
            .queue_name("orders")
            .send()
            .await
            .unwrap();
        let url = created.queue_url().unwrap().to_owned();
        let send = sqs.send_message().queue_url(&url).message_body("kept");
        send.send().await.unwrap();
        s3.create_bucket().bucket("lake").send().await.unwrap();
        let put = s3.put_object().bucket("lake").key("k");
        put.body(ByteStream::from_static(b"v"))
            .send()
            .await
            .unwrap();
        url
    };
    let cloud = open_file(&path).unwrap();
    let sdk = sdk(&cloud, ACCOUNT, "us-east-1");
    let (sqs, s3) = (
        aws_sdk_sqs::Client::new(&sdk),
        aws_sdk_s3::Client::new(&sdk),
    );
    let received = sqs.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(received.messages()[0].body(), Some("kept"));
    let got = s3
        .get_object()
        .bucket("lake")
        .key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"v");
}

#[tokio::test]
async fn a_reopened_file_with_the_same_seed_makes_other_ids() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let cloud = open_file(&path).unwrap();
        let sqs = aws_sdk_sqs::Client::new(&sdk(&cloud, ACCOUNT, "us-east-1"));
        let created = sqs
            .create_queue()
            .queue_name("orders")
            .send()
            .await
            .unwrap();
        let send = sqs.send_message().queue_url(created.queue_url().unwrap());
        let sent = send.message_body("m").send().await.unwrap();
        ids.push(sent.message_id().unwrap().to_owned());
    }
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_file_of_another_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    drop(open_file(&path).unwrap());
    let version = || {
        let file = rusqlite::Connection::open(&path).unwrap();
        let version = file.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        (file, version.unwrap())
    };
    version().0.pragma_update(None, "user_version", 1).unwrap();
    let error = open_file(&path).unwrap_err();
    assert!(matches!(
        error,
        OpenError::OlderFormat {
            found: 1,
            supported: 2,
            ..
        }
    ));
    assert_eq!(version().1, 1);
    version().0.pragma_update(None, "user_version", 99).unwrap();
    let error = open_file(&path).unwrap_err();
    assert!(matches!(
        error,
        OpenError::NewerFormat {
            found: 99,
            supported: 2,
            ..
        }
    ));
    assert!(error.to_string().contains("format version 99"));
    assert_eq!(version().1, 99);
}

#[test]
fn files_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    let file = rusqlite::Connection::open(&foreign).unwrap();
    file.execute_batch("CREATE TABLE things (id)").unwrap();
    drop(file);
    let error = open_file(&foreign).unwrap_err();
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");

    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, it is a sentence".repeat(100)).unwrap();
    let error = open_file(&text).unwrap_err();
    assert!(matches!(error, OpenError::Sqlite { .. }), "{error}");

    let error = open_file(&folder.path().join("no/such/folder.db")).unwrap_err();
    assert!(matches!(error, OpenError::Sqlite { .. }), "{error}");
}
