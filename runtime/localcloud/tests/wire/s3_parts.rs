use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart,
};

use crate::s3::{bucket, put, read};

const MIB: usize = 1024 * 1024;

async fn begin(client: &Client, algorithm: Option<ChecksumAlgorithm>) -> String {
    let create = client.create_multipart_upload().bucket("lake").key("big");
    let create = create
        .set_checksum_algorithm(algorithm)
        .metadata("source", "parts");
    create.send().await.unwrap().upload_id.unwrap()
}

async fn upload(client: &Client, id: &str, number: i32, body: Vec<u8>) -> CompletedPart {
    let part = client.upload_part().bucket("lake").key("big").upload_id(id);
    let part = part.part_number(number).body(ByteStream::from(body));
    let sent = part.send().await.unwrap();
    CompletedPart::builder()
        .part_number(number)
        .set_e_tag(sent.e_tag)
        .set_checksum_crc32(sent.checksum_crc32)
        .set_checksum_sha256(sent.checksum_sha256)
        .build()
}

fn all(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder()
        .set_parts(Some(parts))
        .build()
}

#[tokio::test]
async fn parts_become_one_object() {
    let (client, _) = bucket("lake").await;
    let id = begin(&client, None).await;
    let second = upload(&client, &id, 2, vec![b'b'; 3]).await;
    let first = upload(&client, &id, 1, vec![b'a'; 9 * MIB]).await;
    let listed = client.list_parts().bucket("lake").key("big").upload_id(&id);
    let listed = listed.max_parts(1).into_paginator().items().send();
    let numbers: Vec<_> = listed.collect::<Result<Vec<_>, _>>().await.unwrap();
    let numbers: Vec<_> = numbers.iter().map(|part| part.part_number()).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);

    let complete = || {
        let complete = client.complete_multipart_upload().bucket("lake").key("big");
        complete
            .upload_id(&id)
            .multipart_upload(all(vec![first.clone(), second.clone()]))
    };
    let done = complete().send().await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    let again = complete().send().await.unwrap_err();
    assert_eq!(again.code(), Some("NoSuchUpload"));

    let body = read(&client, "big").await;
    assert_eq!(body.len(), 9 * MIB + 3);
    assert!(body.ends_with(b"aaabbb"));
    let head = client
        .head_object()
        .bucket("lake")
        .key("big")
        .part_number(2);
    let head = head.send().await.unwrap();
    assert_eq!(
        (head.content_length(), head.parts_count()),
        (Some(3), Some(2))
    );
    assert_eq!(head.metadata().unwrap()["source"], "parts");
    let range = format!("bytes={}-{}", 9 * MIB - 1, 9 * MIB);
    let got = client.get_object().bucket("lake").key("big").range(range);
    let got = got.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(got.to_vec(), b"ab");
    let copy = client.copy_object().bucket("lake").key("copy");
    copy.copy_source("lake/big").send().await.unwrap();
    assert!(read(&client, "copy").await == body);
}

#[tokio::test]
async fn checksums_are_of_the_parts_or_of_the_whole() {
    let (client, _) = bucket("lake").await;
    let id = begin(&client, Some(ChecksumAlgorithm::Sha256)).await;
    let part = client
        .upload_part()
        .bucket("lake")
        .key("big")
        .upload_id(&id);
    let part = part
        .part_number(1)
        .checksum_algorithm(ChecksumAlgorithm::Sha256);
    let sent = part
        .body(ByteStream::from_static(b"v"))
        .send()
        .await
        .unwrap();
    let part = CompletedPart::builder()
        .part_number(1)
        .set_e_tag(sent.e_tag);
    let complete = |part: CompletedPart| {
        let complete = client.complete_multipart_upload().bucket("lake").key("big");
        complete
            .upload_id(&id)
            .multipart_upload(all(vec![part]))
            .send()
    };
    let missing = complete(part.clone().build()).await.unwrap_err();
    assert_eq!(missing.code(), Some("InvalidRequest"));
    let part = part.set_checksum_sha256(sent.checksum_sha256).build();
    let done = complete(part).await.unwrap();
    assert!(done.checksum_sha256().unwrap().ends_with("-1"));
    assert_eq!(done.checksum_type(), Some(&ChecksumType::Composite));

    let id = begin(&client, Some(ChecksumAlgorithm::Crc64Nvme)).await;
    let part = client
        .upload_part()
        .bucket("lake")
        .key("big")
        .upload_id(&id);
    let part = part
        .part_number(1)
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let part = part.body(ByteStream::from_static(b"123456789"));
    let part = part.send().await.unwrap();
    let part = CompletedPart::builder()
        .part_number(1)
        .set_e_tag(part.e_tag);
    let complete = client.complete_multipart_upload().bucket("lake").key("big");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(all(vec![part.build()]));
    complete.send().await.unwrap();
    let head = client.head_object().bucket("lake").key("big");
    let head = head
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    // The check value of CRC-64/NVME.
    assert_eq!(head.checksum_crc64_nvme(), Some("rosUhgp5mIg="));
    assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
}

#[tokio::test]
async fn a_wrong_list_of_parts_is_refused_and_the_upload_stays() {
    let (client, _) = bucket("lake").await;
    let id = begin(&client, None).await;
    let first = upload(&client, &id, 1, vec![b'a'; 10]).await;
    let second = upload(&client, &id, 2, vec![b'b'; 10]).await;
    let complete = |parts: Vec<CompletedPart>| {
        let complete = client.complete_multipart_upload().bucket("lake").key("big");
        complete.upload_id(&id).multipart_upload(all(parts)).send()
    };
    let code = async |parts| {
        complete(parts)
            .await
            .unwrap_err()
            .code()
            .unwrap()
            .to_owned()
    };
    assert_eq!(code(vec![]).await, "MalformedXML");
    assert_eq!(
        code(vec![first.clone(), second.clone()]).await,
        "EntityTooSmall"
    );
    assert_eq!(
        code(vec![second.clone(), first.clone()]).await,
        "InvalidPartOrder"
    );
    let other = CompletedPart::builder()
        .part_number(3)
        .e_tag("\"00\"")
        .build();
    assert_eq!(code(vec![other]).await, "InvalidPart");
    let taken = client
        .upload_part()
        .bucket("lake")
        .key("big")
        .upload_id(&id);
    let taken = taken.part_number(10_001).send().await.unwrap_err();
    assert_eq!(taken.code(), Some("InvalidArgument"));
    complete(vec![second]).await.unwrap();
    assert_eq!(read(&client, "big").await, b"b".repeat(10));
}

#[tokio::test]
async fn parts_are_taken_from_objects() {
    let (client, _) = bucket("lake").await;
    put(&client, "digits", b"0123456789").await;
    let id = begin(&client, None).await;
    let copy = |range: &str| {
        let copy = client.upload_part_copy().bucket("lake").key("big");
        let copy = copy
            .upload_id(&id)
            .part_number(1)
            .copy_source("lake/digits");
        copy.copy_source_range(range).send()
    };
    for wrong in ["bytes=5-10", "bytes=-3", "5-6"] {
        let error = copy(wrong).await.unwrap_err();
        assert_eq!(error.code(), Some("InvalidArgument"), "{wrong}");
    }
    let copied = copy("bytes=2-4").await.unwrap();
    let copied = copied.copy_part_result.unwrap();
    let part = CompletedPart::builder()
        .part_number(1)
        .set_checksum_crc32(copied.checksum_crc32)
        .set_e_tag(copied.e_tag);
    let complete = client.complete_multipart_upload().bucket("lake").key("big");
    let complete = complete
        .upload_id(&id)
        .multipart_upload(all(vec![part.build()]));
    complete.send().await.unwrap();
    assert_eq!(read(&client, "big").await, b"234");
}

#[tokio::test]
async fn uploads_are_listed_until_they_are_aborted() {
    let (client, _) = bucket("lake").await;
    let id = begin(&client, None).await;
    let other = begin(&client, None).await;
    upload(&client, &id, 1, vec![b'a'; 10]).await;
    let list = client
        .list_multipart_uploads()
        .bucket("lake")
        .max_uploads(1);
    let page = list.send().await.unwrap();
    assert_eq!(page.is_truncated(), Some(true));
    let next = client.list_multipart_uploads().bucket("lake");
    let next = next
        .set_key_marker(page.next_key_marker)
        .set_upload_id_marker(page.next_upload_id_marker);
    assert_eq!(next.send().await.unwrap().uploads().len(), 1);

    let abort = |id: &str| {
        let abort = client.abort_multipart_upload().bucket("lake").key("big");
        abort.upload_id(id).send()
    };
    abort(&id).await.unwrap();
    assert_eq!(abort(&id).await.unwrap_err().code(), Some("NoSuchUpload"));
    let left = client.list_multipart_uploads().bucket("lake").send();
    let left = left.await.unwrap();
    assert_eq!(left.uploads()[0].upload_id(), Some(other.as_str()));
    // What is only being uploaded does not keep a bucket.
    client.delete_bucket().bucket("lake").send().await.unwrap();
}
