"""Simple Notification Service."""

import json


def topics(aws):
    arn = aws("sns.create_topic", Name="news", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    aws("sns.create_topic", "again", Name="news")
    aws("sns.create_topic", "bad name", Name="no spaces")
    aws("sns.get_topic_attributes", TopicArn=arn)
    aws("sns.get_topic_attributes", "nowhere", TopicArn=arn + "x")
    aws("sns.set_topic_attributes", TopicArn=arn, AttributeName="DisplayName", AttributeValue="N")
    aws("sns.set_topic_attributes", "no such", TopicArn=arn, AttributeName="Nope", AttributeValue="N")
    aws("sns.list_tags_for_resource", ResourceArn=arn)
    aws("sns.publish", TopicArn=arn, Message="m", Subject="s")
    aws("sns.publish", "empty", TopicArn=arn, Message="")
    aws("sns.publish", "nowhere ", TopicArn=arn + "x", Message="m")
    aws("sns.publish", "structure without default", TopicArn=arn, Message="{}", MessageStructure="json")
    aws("sns.delete_topic", TopicArn=arn)
    aws("sns.delete_topic", "again ", TopicArn=arn)


def to_a_queue(aws):
    arn = aws("sns.create_topic", Name="to-queue")["TopicArn"]
    url = aws("sqs.create_queue", QueueName="from-topic")["QueueUrl"]
    queue = aws("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["a", {"prefix": "b"}]})}
    made = aws("sns.subscribe", TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes, ReturnSubscriptionArn=True)
    aws("sns.subscribe", "bad protocol", TopicArn=arn, Protocol="pigeon", Endpoint=queue)
    aws("sns.subscribe", "bad endpoint", TopicArn=arn, Protocol="sqs", Endpoint="nothing")
    aws("sns.get_subscription_attributes", SubscriptionArn=made["SubscriptionArn"])
    aws("sns.list_subscriptions_by_topic", TopicArn=arn)
    for kind in ["a", "bcd", "c"]:
        attribute = {"kind": {"DataType": "String", "StringValue": kind}}
        aws("sns.publish", kind, TopicArn=arn, Message=kind, MessageAttributes=attribute)
    bodies = []
    for _ in range(3):
        got = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in got.get("Messages", [])]
    aws.steps["sns.to_a_queue.bodies"] = {"outcome": "ok", "bodies": ",".join(sorted(bodies))}
    policy = {"AttributeName": "FilterPolicy", "AttributeValue": '{"kind": "a"}'}
    aws("sns.set_subscription_attributes", "bad policy", SubscriptionArn=made["SubscriptionArn"], **policy)
    entries = [{"Id": "1", "Message": "x"}, {"Id": "2", "Message": ""}]
    aws("sns.publish_batch", TopicArn=arn, PublishBatchRequestEntries=entries)
    twice = [{"Id": "1", "Message": "x"}, {"Id": "1", "Message": "y"}]
    aws("sns.publish_batch", "not distinct", TopicArn=arn, PublishBatchRequestEntries=twice)
    aws("sns.unsubscribe", SubscriptionArn=made["SubscriptionArn"])
    aws("sns.unsubscribe", "again", SubscriptionArn=made["SubscriptionArn"])


def fifo(aws):
    aws("sns.create_topic", "no suffix", Name="f", Attributes={"FifoTopic": "true"})
    arn = aws("sns.create_topic", Name="f.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    aws("sns.publish", "no group", TopicArn=arn, Message="x")
    aws("sns.publish", "no deduplication", TopicArn=arn, Message="x", MessageGroupId="g")
    aws("sns.publish", TopicArn=arn, Message="x", MessageGroupId="g", MessageDeduplicationId="d")
