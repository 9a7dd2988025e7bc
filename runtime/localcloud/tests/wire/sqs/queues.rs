//! Queues: creating, listing, purging, deleting, tags.

use super::*;

#[tokio::test]
async fn creating_a_queue_again_is_no_error_unless_it_differs() {
    let (client, url, ..) = queue("orders").await;
    assert_eq!(create(&client, "orders").await, url);
    let with_timeout = |seconds: &str| {
        let create = client.create_queue().queue_name("orders");
        create.attributes(QueueAttributeName::VisibilityTimeout, seconds)
    };
    with_timeout("30").send().await.unwrap();
    let error = with_timeout("31").send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_name_exists());
    assert_eq!(error.code(), Some("QueueAlreadyExists"));
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_said_so_in_both_codes() {
    let (client, url, ..) = queue("orders").await;
    let delete = client.delete_queue().queue_url(&url);
    delete.send().await.unwrap();
    let send = client.send_message().queue_url(&url).message_body("m");
    let error = send.send().await.unwrap_err();
    assert!(error.as_service_error().unwrap().is_queue_does_not_exist());
    assert_eq!(
        error.code(),
        Some("AWS.SimpleQueueService.NonExistentQueue")
    );
    let error = client.get_queue_url().queue_name("orders").send().await;
    assert!(
        error
            .unwrap_err()
            .into_service_error()
            .is_queue_does_not_exist()
    );
}

#[tokio::test]
async fn a_deleted_queue_takes_its_messages_along_and_its_name_rests_for_a_minute() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let again = client.create_queue().queue_name("orders").send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(error.is_queue_deleted_recently());
    clock.advance(Duration::from_secs(60));
    create(&client, "orders").await;
    assert!(receive(&client, &url).await.is_empty());
}

#[tokio::test]
async fn queues_are_listed_in_pages_of_one_account_and_region() {
    let (client, _, cloud, _) = queue("a-0").await;
    for name in ["a-1", "a-2", "b-0"] {
        create(&client, name).await;
    }
    let mut names = Vec::new();
    let mut pages = 0;
    let mut list = client
        .list_queues()
        .queue_name_prefix("a-")
        .max_results(2)
        .into_paginator()
        .send();
    while let Some(page) = list.next().await {
        pages += 1;
        names.extend(page.unwrap().queue_urls.unwrap_or_default());
    }
    assert_eq!(pages, 2);
    let expected = ["a-0", "a-1", "a-2"]
        .map(|name| format!("https://sqs.eu-west-1.amazonaws.com/111122223333/{name}"));
    assert_eq!(names, expected);
    for (account, region) in [(OTHER_ACCOUNT, REGION), (ACCOUNT, "us-east-1")] {
        let elsewhere = Client::new(&sdk(&cloud, account, region));
        assert!(
            elsewhere
                .list_queues()
                .send()
                .await
                .unwrap()
                .queue_urls()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn another_accounts_queue_is_out_of_reach() {
    let (_, url, cloud, _) = queue("orders").await;
    let other = Client::new(&sdk(&cloud, OTHER_ACCOUNT, REGION));
    let send = other.send_message().queue_url(&url).message_body("m");
    assert_eq!(send.send().await.unwrap_err().code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_purged_queue_is_empty_and_is_not_purged_twice_a_minute() {
    let (client, url, _cloud, clock) = queue("orders").await;
    send(&client, &url, "m").await;
    let purge = || client.purge_queue().queue_url(&url).send();
    purge().await.unwrap();
    assert_eq!(counts(&client, &url).await, ["0", "0", "0"]);
    let error = purge().await.unwrap_err().into_service_error();
    assert!(error.is_purge_queue_in_progress());
    clock.advance(Duration::from_secs(60));
    purge().await.unwrap();
}

#[tokio::test]
async fn tags_are_kept() {
    let (client, url, ..) = queue("orders").await;
    let tag = client.tag_queue().queue_url(&url);
    tag.tags("team", "mesh")
        .tags("cost", "7")
        .send()
        .await
        .unwrap();
    let untag = client.untag_queue().queue_url(&url).tag_keys("cost");
    untag.send().await.unwrap();
    let tags = client
        .list_queue_tags()
        .queue_url(&url)
        .send()
        .await
        .unwrap();
    let tags = tags.tags().unwrap();
    assert_eq!((tags.len(), tags["team"].as_str()), (1, "mesh"));
}

#[tokio::test]
async fn permissions_are_statements_of_the_policy() {
    let (client, url, ..) = queue("orders").await;
    let add = |label: &str, action: &str| {
        let add = client.add_permission().queue_url(&url).label(label);
        add.aws_account_ids(OTHER_ACCOUNT).actions(action).send()
    };
    add("readers", "ReceiveMessage").await.unwrap();
    let error = add("readers", "SendMessage").await.unwrap_err();
    assert!(error.message().unwrap().ends_with("Already exists."));
    let error = add("owners", "DeleteQueue").await.unwrap_err();
    assert!(error.message().unwrap().contains("Only the queue owner"));
    for label in 2..=7 {
        add(&label.to_string(), "SendMessage").await.unwrap();
    }
    let error = add("8", "SendMessage").await.unwrap_err();
    assert!(error.into_service_error().is_over_limit());
    let policy = || async {
        let get = client.get_queue_attributes().queue_url(&url);
        let get = get.attribute_names(QueueAttributeName::Policy);
        let attributes = get.send().await.unwrap().attributes;
        attributes.map(|found| found[&QueueAttributeName::Policy].clone())
    };
    let policy_text = policy().await.unwrap();
    let statement: serde_json::Value = serde_json::from_str(&policy_text).unwrap();
    assert_eq!(
        statement["Statement"][0],
        serde_json::json!({
            "Sid": "readers",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{OTHER_ACCOUNT}:root")},
            "Action": "SQS:ReceiveMessage",
            "Resource": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:orders"),
        })
    );
    let remove = |label: &str| {
        let remove = client.remove_permission().queue_url(&url);
        remove.label(label).send()
    };
    for label in ["readers", "2", "3", "4", "5", "6", "7"] {
        remove(label).await.unwrap();
    }
    assert_eq!(policy().await, None);
    assert_eq!(
        remove("readers").await.unwrap_err().code(),
        Some("InvalidParameterValue")
    );
}

#[tokio::test]
async fn a_queue_is_encrypted_in_one_way() {
    let (client, url, ..) = queue("orders").await;
    let key = QueueAttributeName::KmsMasterKeyId;
    let managed = QueueAttributeName::SqsManagedSseEnabled;
    let shown = || async {
        let get = client.get_queue_attributes().queue_url(&url);
        let get = get.attribute_names(QueueAttributeName::All);
        let found = get.send().await.unwrap().attributes.unwrap();
        (found.get(&key).cloned(), found[&managed].clone())
    };
    assert_eq!(shown().await, (None, "true".to_owned()));
    set(&client, &url, key.clone(), "alias/mine").await;
    let with_key = (Some("alias/mine".to_owned()), "false".to_owned());
    assert_eq!(shown().await, with_key);
    let both = client.set_queue_attributes().queue_url(&url);
    let both = both
        .attributes(key.clone(), "x")
        .attributes(managed.clone(), "true");
    let error = both.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_name());
    assert_eq!(shown().await, with_key);
    set(&client, &url, managed.clone(), "true").await;
    assert_eq!(shown().await, (None, "true".to_owned()));
}
