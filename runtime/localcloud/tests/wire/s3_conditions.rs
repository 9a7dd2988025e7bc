use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::{ByteStream, DateTime};

use crate::s3::{bucket, put, read};
use crate::setup::START_MS;

const HELLO: &str = "\"5d41402abc4b2a76b9719d911017c592\"";
const OTHER: &str = "\"00000000000000000000000000000000\"";

async fn status(get: GetObjectFluentBuilder) -> u16 {
    match get.bucket("lake").key("k").send().await {
        Ok(_) => 200,
        Err(error) => error.raw_response().unwrap().status().as_u16(),
    }
}

#[tokio::test]
async fn a_read_may_want_another_object_than_there_is() {
    let (client, _) = bucket("lake").await;
    put(&client, "k", b"hello").await;
    let get = || client.get_object();
    let before = DateTime::from_secs(START_MS / 1_000 - 1);
    let now = DateTime::from_secs(START_MS / 1_000);
    assert_eq!(status(get().if_match(HELLO)).await, 200);
    assert_eq!(status(get().if_match(OTHER)).await, 412);
    assert_eq!(status(get().if_none_match(HELLO)).await, 304);
    assert_eq!(status(get().if_none_match(OTHER)).await, 200);
    assert_eq!(status(get().if_modified_since(now)).await, 304);
    assert_eq!(status(get().if_modified_since(before)).await, 200);
    assert_eq!(status(get().if_unmodified_since(now)).await, 200);
    assert_eq!(status(get().if_unmodified_since(before)).await, 412);
    // A tag goes before a time.
    let both = get().if_match(HELLO).if_unmodified_since(before);
    assert_eq!(status(both).await, 200);
    let both = get().if_none_match(OTHER).if_modified_since(now);
    assert_eq!(status(both).await, 200);
}

#[tokio::test]
async fn a_write_may_want_what_is_there() {
    let (client, _) = bucket("lake").await;
    let put_if = |tag: &str| {
        let put = client.put_object().bucket("lake").key("k").if_match(tag);
        put.body(ByteStream::from_static(b"world")).send()
    };
    let absent = put_if(HELLO).await.unwrap_err();
    assert_eq!(absent.code(), Some("NoSuchKey"));
    put(&client, "k", b"hello").await;
    let other = put_if(OTHER).await.unwrap_err();
    assert_eq!(other.code(), Some("PreconditionFailed"));
    put_if(HELLO).await.unwrap();
    assert_eq!(read(&client, "k").await, b"world");
    let tagged = client
        .put_object()
        .bucket("lake")
        .key("k")
        .if_none_match(OTHER);
    assert_eq!(
        tagged.send().await.unwrap_err().code(),
        Some("NotImplemented")
    );
}

#[tokio::test]
async fn a_copy_may_want_its_source_as_it_was() {
    let (client, _) = bucket("lake").await;
    put(&client, "k", b"hello").await;
    let copy = || {
        client
            .copy_object()
            .bucket("lake")
            .key("copy")
            .copy_source("lake/k")
    };
    let refused = copy().copy_source_if_match(OTHER).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("PreconditionFailed"));
    let refused = copy().copy_source_if_none_match(HELLO).send().await;
    assert_eq!(refused.unwrap_err().code(), Some("PreconditionFailed"));
    copy().copy_source_if_match(HELLO).send().await.unwrap();
    let once = copy().if_none_match("*").send().await.unwrap_err();
    assert_eq!(once.code(), Some("PreconditionFailed"));
}

#[tokio::test]
async fn a_deletion_may_want_what_it_deletes() {
    let (client, _) = bucket("lake").await;
    put(&client, "k", b"hello").await;
    let delete = |client: &Client, tag: &str| {
        let delete = client.delete_object().bucket("lake").key("k");
        delete.if_match(tag).send()
    };
    let refused = delete(&client, OTHER).await.unwrap_err();
    assert_eq!(refused.code(), Some("PreconditionFailed"));
    delete(&client, HELLO).await.unwrap();
    let gone = delete(&client, "*").await.unwrap_err();
    assert_eq!(gone.code(), Some("PreconditionFailed"));
}
