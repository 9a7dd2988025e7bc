use std::collections::BTreeMap;
use std::time::Duration;

use datamesh_aws::PageRequest;
use datamesh_aws::sns::Publish;
use datamesh_aws::sqs::ReceiveMessages;

use crate::setup::World;

#[tokio::test]
async fn what_is_published_reaches_the_queue_that_subscribed() {
    let world = World::new();
    let (sns, sqs) = (world.aws.sns(&world.home), world.aws.sqs(&world.home));
    let tags = BTreeMap::from([("team".to_owned(), "sales".to_owned())]);
    let topic = sns.create_topic("events", tags.clone()).await.unwrap();
    assert_eq!(sns.create_topic("events", tags).await.unwrap(), topic);
    let listed = sns.list_topics(PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&topic));

    let queue = sqs.create_queue("inbox", Default::default()).await.unwrap();
    let queue_arn = sqs.get_queue_attributes(&queue).await.unwrap()["QueueArn"].clone();
    let subscription = sns.subscribe_queue(&topic, &queue_arn, true).await.unwrap();
    let again = sns.subscribe_queue(&topic, &queue_arn, true).await.unwrap();
    assert_eq!(again, subscription);

    sns.publish(Publish {
        topic_arn: topic.clone(),
        message: "hello".into(),
        attributes: BTreeMap::from([("kind".to_owned(), "greeting".to_owned())]),
        ..Publish::default()
    })
    .await
    .unwrap();
    let receive = ReceiveMessages {
        queue_url: queue,
        max: 10,
        wait: Duration::from_secs(5),
        visibility_s: None,
    };
    let message = sqs.receive_messages(receive).await.unwrap().remove(0);
    assert_eq!(message.body, "hello");
    assert_eq!(message.attributes["kind"], "greeting");

    for _ in 0..2 {
        sns.delete_topic(&topic).await.unwrap();
    }
    let gone = sns
        .publish(Publish {
            topic_arn: topic,
            message: "nobody".into(),
            ..Publish::default()
        })
        .await
        .unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
}
