"""Simple Queue Service."""


def queue_life(aws):
    url = aws("sqs.create_queue", QueueName="life", Attributes={"VisibilityTimeout": "5"}, tags={"team": "a"})
    aws("sqs.create_queue", "same again", QueueName="life", Attributes={"VisibilityTimeout": "5"})
    aws("sqs.create_queue", "other attributes", QueueName="life", Attributes={"VisibilityTimeout": "6"})
    aws("sqs.create_queue", "bad name", QueueName="no spaces")
    aws("sqs.create_queue", "bad attribute", QueueName="life2", Attributes={"NoSuch": "6"})
    aws("sqs.create_queue", "attribute too big", QueueName="life3", Attributes={"VisibilityTimeout": "43201"})
    url = url["QueueUrl"]
    aws("sqs.get_queue_url", QueueName="life")
    aws("sqs.get_queue_url", "no queue", QueueName="nowhere")
    aws("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    aws("sqs.get_queue_attributes", "no such attribute", QueueUrl=url, AttributeNames=["NoSuch"])
    aws("sqs.set_queue_attributes", QueueUrl=url, Attributes={"DelaySeconds": "0"})
    aws("sqs.set_queue_attributes", "too long", QueueUrl=url, Attributes={"DelaySeconds": "901"})
    aws("sqs.list_queue_tags", QueueUrl=url)
    aws("sqs.untag_queue", QueueUrl=url, TagKeys=["team"])
    aws("sqs.list_queue_tags", "after", QueueUrl=url)
    aws("sqs.list_queues", QueueNamePrefix="lif")
    aws("sqs.delete_queue", QueueUrl=url)
    aws("sqs.send_message", "deleted", QueueUrl=url, MessageBody="x")


def messages(aws):
    url = aws("sqs.create_queue", QueueName="messages")["QueueUrl"]
    aws(
        "sqs.send_message",
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={
            "text": {"DataType": "String", "StringValue": "a"},
            "number": {"DataType": "Number.int", "StringValue": "7"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )
    got = aws("sqs.receive_message", QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"])
    aws("sqs.receive_message", "hidden", QueueUrl=url)
    handle = got["Messages"][0]["ReceiptHandle"]
    aws("sqs.change_message_visibility", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    aws("sqs.receive_message", "visible", QueueUrl=url, MessageAttributeNames=["te.*"])
    aws("sqs.delete_message", QueueUrl=url, ReceiptHandle=handle)
    aws("sqs.delete_message", "no handle", QueueUrl=url, ReceiptHandle="garbage")
    aws("sqs.send_message", "empty", QueueUrl=url, MessageBody="")
    aws("sqs.send_message", "bad character", QueueUrl=url, MessageBody="a\u0001b")
    aws("sqs.send_message", "delay too long", QueueUrl=url, MessageBody="a", DelaySeconds=901)
    aws("sqs.receive_message", "too many", QueueUrl=url, MaxNumberOfMessages=11)
    aws("sqs.receive_message", "wait too long", QueueUrl=url, WaitTimeSeconds=21)
    aws("sqs.change_message_visibility", "too long", QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43201)
    aws("sqs.purge_queue", QueueUrl=url)
    aws("sqs.purge_queue", "again", QueueUrl=url)


def batches(aws):
    url = aws("sqs.create_queue", QueueName="batches")["QueueUrl"]
    entries = [{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}]
    aws("sqs.send_message_batch", QueueUrl=url, Entries=entries)
    aws("sqs.send_message_batch", "empty", QueueUrl=url, Entries=[])
    twice = [{"Id": "a", "MessageBody": "1"}, {"Id": "a", "MessageBody": "2"}]
    aws("sqs.send_message_batch", "not distinct", QueueUrl=url, Entries=twice)
    eleven = [{"Id": str(n), "MessageBody": "1"} for n in range(11)]
    aws("sqs.send_message_batch", "too many", QueueUrl=url, Entries=eleven)
    aws("sqs.send_message_batch", "bad id", QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": "1"}])
    big = [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)]
    aws("sqs.send_message_batch", "too long", QueueUrl=url, Entries=big)
    handles = [{"Id": "a", "ReceiptHandle": "garbage"}]
    aws("sqs.delete_message_batch", "bad handle", QueueUrl=url, Entries=handles)
    hide = [{"Id": "a", "ReceiptHandle": "garbage", "VisibilityTimeout": 1}]
    aws("sqs.change_message_visibility_batch", "bad handle ", QueueUrl=url, Entries=hide)


def fifo(aws):
    aws("sqs.create_queue", "no suffix", QueueName="without-suffix", Attributes={"FifoQueue": "true"})
    aws("sqs.create_queue", "suffix only", QueueName="suffix-only.fifo")
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = aws("sqs.create_queue", QueueName="f.fifo", Attributes=attributes)["QueueUrl"]
    aws("sqs.send_message", "no group", QueueUrl=url, MessageBody="a")
    aws("sqs.send_message", QueueUrl=url, MessageBody="a", MessageGroupId="g")
    aws("sqs.send_message", "the same", QueueUrl=url, MessageBody="a", MessageGroupId="g")
    aws("sqs.send_message", "second", QueueUrl=url, MessageBody="b", MessageGroupId="g")
    aws("sqs.send_message", "other group", QueueUrl=url, MessageBody="c", MessageGroupId="h")
    aws("sqs.send_message", "delayed", QueueUrl=url, MessageBody="d", MessageGroupId="h", DelaySeconds=1)
    got = aws("sqs.receive_message", QueueUrl=url, MaxNumberOfMessages=1, AttributeNames=["All"])
    aws("sqs.receive_message", "group is locked", QueueUrl=url, MaxNumberOfMessages=10)
    aws("sqs.delete_message", QueueUrl=url, ReceiptHandle=got["Messages"][0]["ReceiptHandle"])
    aws("sqs.receive_message", "next of the group", QueueUrl=url, MaxNumberOfMessages=10)
    aws("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["All"])


def dead_letters(aws):
    dead = aws("sqs.create_queue", "dead", QueueName="dead")["QueueUrl"]
    arn = aws("sqs.get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}'
    url = aws("sqs.create_queue", "live", QueueName="live", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    aws("sqs.list_dead_letter_source_queues", QueueUrl=dead)
    aws("sqs.send_message", QueueUrl=url, MessageBody="x")
    aws("sqs.receive_message", "once", QueueUrl=url, VisibilityTimeout=0)
    aws("sqs.receive_message", "twice", QueueUrl=url, VisibilityTimeout=0)
    names = ["ApproximateReceiveCount", "DeadLetterQueueSourceArn"]
    aws("sqs.receive_message", "from the dead", QueueUrl=dead, AttributeNames=names, VisibilityTimeout=0)
    aws("sqs.start_message_move_task", SourceArn=arn)
    aws("sqs.list_message_move_tasks", SourceArn=arn)
    aws("sqs.start_message_move_task", "not dead", SourceArn=arn.replace("dead", "live"))
    bad = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":0}}'
    aws("sqs.set_queue_attributes", "count too small", QueueUrl=url, Attributes={"RedrivePolicy": bad})
    gone = f'{{"deadLetterTargetArn":"{arn}x","maxReceiveCount":2}}'
    aws("sqs.set_queue_attributes", "no such queue", QueueUrl=url, Attributes={"RedrivePolicy": gone})
