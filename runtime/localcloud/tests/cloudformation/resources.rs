use serde_json::json;

use crate::stage::{Stage, resources};

/// One of each kind, tied to each other.
pub fn everything() -> String {
    let trust = json!({"Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"},
    }]});
    let grant = json!({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["Lake", "Arn"]}}]});
    let open = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]});
    resources(json!({
        "Lake": {"Type": "AWS::S3::Bucket"},
        "LakePolicy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Lake"}, "PolicyDocument": open}},
        "Reader": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Inline": {"Type": "AWS::IAM::Policy", "Properties": {
            "PolicyName": "inline", "PolicyDocument": grant, "Roles": [{"Ref": "Reader"}],
        }},
        "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "PolicyDocument": grant, "Roles": [{"Ref": "Reader"}],
        }},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "of the lake", "EnableKeyRotation": true}},
        "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/lake", "TargetKeyId": {"Ref": "Key"}}},
        "Sales": {"Type": "AWS::Glue::Database", "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "sales"},
        }},
        "Orders": {"Type": "AWS::Glue::Table", "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseName": {"Ref": "Sales"},
            "TableInput": {"Name": "orders", "TableType": "EXTERNAL_TABLE"},
        }},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "events"}},
        "QueuePolicy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": open}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "events"}},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": {
            "TopicArn": {"Ref": "Topic"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            "RawMessageDelivery": true,
        }},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": "locks", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": true},
        }},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "mesh"}},
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {
            "Name": "all", "EventBusName": {"Ref": "Bus"}, "EventPattern": {"source": ["mesh"]},
            "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
        }},
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    }))
}

#[tokio::test]
async fn every_kind_is_made_in_its_service_and_goes_with_the_stack() {
    let stage = Stage::new();
    let id = stage.create("mesh", &everything()).await;
    let status = stage.settled(&id).await;
    assert_eq!(status, "CREATE_COMPLETE", "{:#?}", stage.events(&id).await);

    let (bucket, _) = stage.resource("mesh", "Lake").await;
    assert!(bucket.starts_with("mesh-lake-"), "{bucket}");
    let s3 = aws_sdk_s3::Client::new(&stage.sdk);
    s3.get_bucket_policy().bucket(&bucket).send().await.unwrap();
    let glue = aws_sdk_glue::Client::new(&stage.sdk);
    glue.get_table()
        .database_name("sales")
        .name("orders")
        .send()
        .await
        .unwrap();
    let events = aws_sdk_eventbridge::Client::new(&stage.sdk);
    events
        .describe_rule()
        .event_bus_name("mesh")
        .name("all")
        .send()
        .await
        .unwrap();

    let (url, _) = stage.resource("mesh", "Queue").await;
    let (topic, _) = stage.resource("mesh", "Topic").await;
    let sns = aws_sdk_sns::Client::new(&stage.sdk);
    sns.publish()
        .topic_arn(&topic)
        .message("by the stack")
        .send()
        .await
        .unwrap();
    let sqs = aws_sdk_sqs::Client::new(&stage.sdk);
    let received = sqs.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(received.messages()[0].body(), Some("by the stack"));

    let detected = stage
        .client
        .detect_stack_drift()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    let detected = detected.stack_drift_detection_id().unwrap();
    let status = || {
        stage
            .client
            .describe_stack_drift_detection_status()
            .stack_drift_detection_id(detected)
            .send()
    };
    status().await.unwrap();
    let found = status().await.unwrap();
    assert_eq!(
        found.detection_status().unwrap().as_str(),
        "DETECTION_COMPLETE",
        "{found:?}"
    );
    let drifts = stage
        .client
        .describe_stack_resource_drifts()
        .stack_name("mesh")
        .send()
        .await
        .unwrap();
    assert_eq!(
        found.stack_drift_status().unwrap().as_str(),
        "IN_SYNC",
        "{drifts:#?}"
    );

    let status = stage.delete("mesh").await;
    assert_eq!(status, "DELETE_COMPLETE", "{:#?}", stage.events(&id).await);
    assert!(s3.head_bucket().bucket(&bucket).send().await.is_err());
    assert!(glue.get_database().name("sales").send().await.is_err());
    assert!(
        sqs.get_queue_url()
            .queue_name("events")
            .send()
            .await
            .is_err()
    );
    assert!(sns.list_topics().send().await.unwrap().topics().is_empty());
    assert!(
        events
            .describe_event_bus()
            .name("mesh")
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn unknown_and_missing_properties_fail_the_resource() {
    let stage = Stage::new();
    for (kind, properties, words) in [
        (
            "AWS::S3::Bucket",
            json!({"Colour": "blue"}),
            "extraneous key [Colour] is not permitted",
        ),
        (
            "AWS::KMS::Alias",
            json!({"AliasName": "alias/x"}),
            "required key [TargetKeyId] not found",
        ),
    ] {
        let template = resources(json!({"A": {"Type": kind, "Properties": properties}}));
        stage.create("mesh", &template).await;
        assert_eq!(stage.settled("mesh").await, "ROLLBACK_COMPLETE");
        let events = stage.events("mesh").await;
        assert!(
            events.iter().any(|(_, _, reason)| reason.contains(words)),
            "{events:#?}"
        );
        stage.delete("mesh").await;
    }
}

#[tokio::test]
async fn a_key_waits_for_its_deletion() {
    let stage = Stage::new();
    let template = resources(
        json!({"Key": {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7}}}),
    );
    stage.created("mesh", &template).await;
    let (key, _) = stage.resource("mesh", "Key").await;
    assert_eq!(key.len(), 36, "{key}");
    assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn a_stacks_topics_are_told_of_its_events() {
    let stage = Stage::new();
    let inbox = resources(json!({
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "inbox"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "told", "Subscription": [
            {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]}},
        ]}},
    }));
    stage.created("inbox", &inbox).await;
    let (topic, _) = stage.resource("inbox", "Topic").await;
    let (url, _) = stage.resource("inbox", "Queue").await;
    let template =
        resources(json!({"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}));
    let create = stage.client.create_stack().stack_name("mesh");
    let create = create.template_body(template).notification_arns(topic);
    create.send().await.unwrap();
    stage.settled("mesh").await;
    let sqs = aws_sdk_sqs::Client::new(&stage.sdk);
    let receive = sqs.receive_message().queue_url(url);
    let received = receive.max_number_of_messages(10).send().await.unwrap();
    let told: Vec<&str> = received
        .messages()
        .iter()
        .map(|message| message.body().unwrap())
        .collect();
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(
        told[4].contains("ResourceStatus='CREATE_COMPLETE'"),
        "{}",
        told[4]
    );
}
