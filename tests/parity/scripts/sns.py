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


def filters(aws):
    """Each policy has a queue of its own; what reached it, by the messages' texts."""
    arn = aws("sns.create_topic", Name="filtered")["TopicArn"]
    policies = {
        "exact": {"kind": ["a"]},
        "anything but": {"kind": [{"anything-but": ["a"]}]},
        "anything but prefix": {"kind": [{"anything-but": {"prefix": "a"}}]},
        "prefix": {"kind": [{"prefix": "a"}]},
        "suffix": {"kind": [{"suffix": "c"}]},
        "any case": {"kind": [{"equals-ignore-case": "A"}]},
        "wildcard": {"kind": [{"wildcard": "a*c"}]},
        "numeric": {"price": [{"numeric": [">", 1, "<=", 5]}]},
        "cidr": {"address": [{"cidr": "10.0.0.0/24"}]},
        "exists": {"price": [{"exists": True}]},
        "missing": {"price": [{"exists": False}]},
        "array": {"colors": ["red"]},
        "or": {"$or": [{"kind": ["abc"]}, {"price": [{"numeric": ["=", 9]}]}]},
        "both": {"kind": ["a"], "price": [5]},
    }
    bodies = {
        "body": {"order": {"state": ["new"]}},
        "body numeric": {"order": {"n": [{"numeric": [">=", 2]}]}},
        "body array": {"tags": ["x"]},
    }
    queues = {}
    for name, policy in (policies | bodies).items():
        url = aws.client("sqs").create_queue(QueueName="filtered-" + name.replace(" ", "-"))["QueueUrl"]
        queue = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        attributes = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps(policy)}
        if name in bodies:
            attributes["FilterPolicyScope"] = "MessageBody"
        aws("sns.subscribe", name, TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes=attributes)
        queues[name] = url
    text = lambda value: {"DataType": "String", "StringValue": value}  # noqa: E731
    number = lambda value: {"DataType": "Number", "StringValue": value}  # noqa: E731
    for message, attributes in {
        "one": {"kind": text("a"), "price": number("5")},
        "two": {"kind": text("abc"), "price": number("9"), "address": text("10.0.0.7")},
        "three": {"kind": text("B"), "address": text("10.0.1.7")},
        "four": {"colors": {"DataType": "String.Array", "StringValue": '["red", "blue"]'}},
        "five": {"kind": text("A"), "price": number("1")},
        '{"order": {"state": "new", "n": 2}}': {},
        '{"order": {"state": "old", "n": 1}, "tags": ["x", "y"]}': {},
    }.items():
        aws.client("sns").publish(TopicArn=arn, Message=message, MessageAttributes=attributes)
    for name, url in queues.items():
        got = []
        while messages := aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10).get("Messages"):
            got += [message["Body"] for message in messages]
        aws.steps[f"sns.filters.{name} reached"] = {"outcome": "ok", "bodies": " ".join(sorted(got))}
    for name, policy in {
        "nested in attributes": {"a": {"b": ["c"]}},
        "unknown matcher": {"a": [{"sounds-like": "x"}]},
        "bad numeric": {"a": [{"numeric": ["<", "x"]}]},
        "bad exists": {"a": [{"exists": "yes"}]},
        "empty array": {"a": []},
        "six keys": {key: ["x"] for key in "abcdef"},
    }.items():
        attributes = {"FilterPolicy": json.dumps(policy)}
        aws("sns.subscribe", name, TopicArn=arn, Protocol="sqs", Endpoint=queue + "-x", Attributes=attributes)
    attributes = {"FilterPolicy": '{"a": ["b"]}', "FilterPolicyScope": "Nothing"}
    aws("sns.subscribe", "bad scope", TopicArn=arn, Protocol="sqs", Endpoint=queue + "-x", Attributes=attributes)


def refusals(aws):
    arn = aws("sns.create_topic", Name="refusals", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    aws("sns.create_topic", "other tags", Name="refusals", Tags=[{"Key": "b", "Value": "1"}])
    aws("sns.tag_resource", "same key twice", ResourceArn=arn, Tags=[{"Key": "c", "Value": "1"}, {"Key": "c", "Value": "2"}])
    aws("sns.get_topic_attributes", "no ARN", TopicArn="refusals")
    aws("sns.publish", "no ARN ", TopicArn="refusals", Message="m")
    aws("sns.publish", "empty subject", TopicArn=arn, Message="m", Subject="")
    aws("sns.publish", "structure is no JSON", TopicArn=arn, Message="{", MessageStructure="json")
    aws("sns.publish", "too long", TopicArn=arn, Message="x" * 262_145)
    empty = {"a": {"DataType": "String", "StringValue": ""}}
    aws("sns.publish", "empty attribute", TopicArn=arn, Message="m", MessageAttributes=empty)
    odd = {"a": {"DataType": "Text", "StringValue": "x"}}
    aws("sns.publish", "unknown type", TopicArn=arn, Message="m", MessageAttributes=odd)
    aws("sns.publish", "deduplicated without FIFO", TopicArn=arn, Message="m", MessageDeduplicationId="d")
    entries = [{"Id": "1", "Message": '{"sqs": "x"}', "MessageStructure": "json"}]
    aws("sns.publish_batch", "batch without default", TopicArn=arn, PublishBatchRequestEntries=entries)
    entries = [{"Id": "1", "Message": "m", "MessageAttributes": empty}]
    aws("sns.publish_batch", "batch with an empty attribute", TopicArn=arn, PublishBatchRequestEntries=entries)
    aws("sns.confirm_subscription", "bad token", TopicArn=arn, Token="x")
    aws("sns.get_subscription_attributes", "no subscription", SubscriptionArn=arn + ":00000000-0000-0000-0000-000000000000")
