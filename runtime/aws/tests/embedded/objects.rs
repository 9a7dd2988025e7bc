use datamesh_aws::s3::{ListObjects, PutObject};

use crate::setup::World;

fn object(key: &str, body: &str) -> PutObject {
    PutObject {
        bucket: "lake".into(),
        key: key.into(),
        body: body.into(),
        content_type: Some("text/csv".into()),
        metadata: [("origin".to_owned(), "test".to_owned())].into(),
        only_if_absent: false,
    }
}

#[tokio::test]
async fn a_bucket_from_creation_to_deletion() {
    let world = World::new();
    let s3 = world.aws.s3(&world.home);
    assert!(s3.head_bucket("lake").await.unwrap_err().is_not_found());
    s3.create_bucket("lake").await.unwrap();
    let again = s3.create_bucket("lake").await.unwrap_err();
    assert_eq!(
        (again.code.as_str(), again.is_conflict()),
        ("BucketAlreadyOwnedByYou", true)
    );
    s3.head_bucket("lake").await.unwrap();

    s3.put_object(object("a", "1")).await.unwrap();
    let error = s3.delete_bucket("lake").await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.is_conflict()),
        ("BucketNotEmpty", true)
    );
    s3.delete_object("lake", "a").await.unwrap();
    s3.delete_object("lake", "a").await.unwrap();
    s3.delete_bucket("lake").await.unwrap();
    assert!(s3.head_bucket("lake").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put() {
    let world = World::new();
    let s3 = world.aws.s3(&world.home);
    s3.create_bucket("lake").await.unwrap();
    let etag = s3
        .put_object(object("raw/ä b+c.csv", "id\n1\n"))
        .await
        .unwrap();
    let got = s3.get_object("lake", "raw/ä b+c.csv").await.unwrap();
    assert_eq!(got.body, b"id\n1\n");
    assert_eq!(got.head.etag, etag);
    assert_eq!(got.head.content_type.as_deref(), Some("text/csv"));
    assert_eq!(got.head.metadata["origin"], "test");
    assert_eq!(
        s3.head_object("lake", "raw/ä b+c.csv").await.unwrap(),
        got.head
    );

    let once = PutObject {
        only_if_absent: true,
        ..object("raw/ä b+c.csv", "other")
    };
    let error = s3.put_object(once).await.unwrap_err();
    assert_eq!(
        (error.code.as_str(), error.is_conflict()),
        ("PreconditionFailed", true)
    );
    assert!(
        s3.get_object("lake", "raw/none")
            .await
            .unwrap_err()
            .is_not_found()
    );
    assert!(
        s3.head_object("lake", "raw/none")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_list_goes_page_by_page_and_rolls_up_prefixes() {
    let world = World::new();
    let s3 = world.aws.s3(&world.home);
    s3.create_bucket("lake").await.unwrap();
    let keys = ["metadata/m", "raw/1", "raw/2", "raw/3", "top"];
    for key in keys {
        s3.put_object(object(key, key)).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut list = ListObjects {
        bucket: "lake".into(),
        max_keys: Some(2),
        ..ListObjects::default()
    };
    loop {
        let page = s3.list_objects(list.clone()).await.unwrap();
        assert!(page.objects.len() <= 2);
        seen.extend(page.objects.into_iter().map(|object| object.key));
        match page.next_token {
            Some(token) => list.token = Some(token),
            None => break,
        }
    }
    assert_eq!(seen, keys);

    let rolled = ListObjects {
        bucket: "lake".into(),
        delimiter: Some("/".into()),
        ..ListObjects::default()
    };
    let page = s3.list_objects(rolled).await.unwrap();
    assert_eq!(page.common_prefixes, ["metadata/", "raw/"]);
    assert_eq!(page.objects.len(), 1);

    let failures = s3.delete_objects("lake", seen).await.unwrap();
    assert_eq!(failures, []);
    s3.delete_bucket("lake").await.unwrap();
}
