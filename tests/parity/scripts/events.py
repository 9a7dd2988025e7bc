"""EventBridge."""

import datetime
import json

EVENT = {
    "id": "1", "account": "123456789012", "source": "shop", "time": "2024-01-01T00:00:00Z", "region": "eu-west-1",
    "resources": ["arn:a"], "detail-type": "Order", "detail": {"state": "new", "n": 5, "ip": "10.0.0.7", "tags": ["a", "b"]},
}  # fmt: skip


def patterns(aws):
    for name, pattern in {
        "exact": {"source": ["shop"]},
        "no": {"source": ["other"]},
        "prefix": {"detail": {"state": [{"prefix": "n"}]}},
        "prefix of any case": {"detail": {"state": [{"prefix": {"equals-ignore-case": "NE"}}]}},
        "suffix": {"detail": {"state": [{"suffix": "ew"}]}},
        "anything but": {"detail": {"state": [{"anything-but": ["old"]}]}},
        "anything but prefix": {"detail": {"state": [{"anything-but": {"prefix": "n"}}]}},
        "anything but suffix list": {"detail": {"state": [{"anything-but": {"suffix": ["x", "w"]}}]}},
        "anything but wildcard": {"detail": {"state": [{"anything-but": {"wildcard": "n*w"}}]}},
        "numeric": {"detail": {"n": [{"numeric": [">", 1, "<=", 5]}]}},
        "cidr": {"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}},
        "exists": {"detail": {"state": [{"exists": True}], "gone": [{"exists": False}]}},
        "any case": {"detail": {"state": [{"equals-ignore-case": "NEW"}]}},
        "wildcard": {"detail": {"state": [{"wildcard": "n*w"}]}},
        "or": {"$or": [{"source": ["x"]}, {"detail": {"n": [5]}}]},
        "array": {"detail": {"tags": ["b"]}},
        "empty array": {"source": []},
        "not an array": {"source": "shop"},
        "unknown matcher": {"source": [{"sounds-like": "x"}]},
        "two matchers": {"source": [{"prefix": "a", "suffix": "b"}]},
        "bad numeric": {"detail": {"n": [{"numeric": [">", "a"]}]}},
        "bad cidr": {"detail": {"ip": [{"cidr": "10.0.0.0/33"}]}},
        "two stars": {"detail": {"state": [{"wildcard": "a**b"}]}},
    }.items():
        aws("events.test_event_pattern", name, Event=json.dumps(EVENT), EventPattern=json.dumps(pattern))
    aws("events.test_event_pattern", "not JSON", Event=json.dumps(EVENT), EventPattern="{")
    aws("events.test_event_pattern", "event not JSON", Event="{", EventPattern='{"source":["a"]}')


def buses_and_rules(aws):
    aws("events.create_event_bus", Name="orders")
    aws("events.create_event_bus", "again", Name="orders")
    aws("events.create_event_bus", "default", Name="default")
    aws("events.describe_event_bus", Name="orders")
    aws("events.describe_event_bus", "nowhere", Name="nowhere")
    aws("events.list_event_buses", NamePrefix="ord")
    aws("events.put_rule", Name="r", EventBusName="orders", EventPattern='{"source":["shop"]}')
    aws("events.put_rule", "nothing to match", Name="r2", EventBusName="orders")
    aws("events.put_rule", "bad pattern", Name="r2", EventBusName="orders", EventPattern='{"source":"x"}')
    aws("events.put_rule", "schedule on a bus", Name="r3", EventBusName="orders", ScheduleExpression="rate(1 minute)")
    aws("events.put_rule", "bad schedule", Name="r3", ScheduleExpression="rate(1 minutes)")
    aws("events.put_rule", "schedule", Name="r3", ScheduleExpression="cron(0 12 * * ? *)")
    aws("events.describe_rule", Name="r", EventBusName="orders")
    aws("events.describe_rule", "nowhere ", Name="nope", EventBusName="orders")
    aws("events.disable_rule", Name="r", EventBusName="orders")
    aws("events.describe_rule", "disabled", Name="r", EventBusName="orders")
    aws("events.list_rules", EventBusName="orders")
    aws("events.put_targets", Rule="r", EventBusName="orders", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:000000000000:q"}])
    aws("events.put_targets", "bad arn", Rule="r", EventBusName="orders", Targets=[{"Id": "2", "Arn": "nothing"}])
    aws("events.list_targets_by_rule", Rule="r", EventBusName="orders")
    aws("events.delete_rule", "with targets", Name="r", EventBusName="orders")
    aws("events.delete_event_bus", "with rules", Name="orders")
    aws("events.remove_targets", Rule="r", EventBusName="orders", Ids=["1", "9"])
    aws("events.delete_rule", Name="r", EventBusName="orders")
    aws("events.delete_event_bus", Name="orders")
    aws("events.delete_event_bus", "default ", Name="default")


def delivery(aws):
    url = aws("sqs.create_queue", QueueName="from-events")["QueueUrl"]
    arn = aws("sqs.get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("events.put_rule", Name="all", EventPattern='{"source":["shop"]}')
    transformer = {"InputPathsMap": {"s": "$.detail.state"}, "InputTemplate": '{"state": <s>, "rule": "<aws.events.rule-name>"}'}
    targets = [
        {"Id": "whole", "Arn": arn},
        {"Id": "path", "Arn": arn, "InputPath": "$.detail"},
        {"Id": "input", "Arn": arn, "Input": '{"fixed":1}'},
        {"Id": "made", "Arn": arn, "InputTransformer": transformer},
    ]
    aws("events.put_targets", Rule="all", Targets=targets)
    entry = {"Source": "shop", "DetailType": "Order", "Detail": '{"state": "new"}'}
    aws("events.put_events", Entries=[entry, {"Source": "shop", "DetailType": "Order", "Detail": "no JSON"}])
    aws("events.put_events", "nothing missing", Entries=[{"Source": "shop"}])
    aws("events.put_events", "no bus", Entries=[entry | {"EventBusName": "nowhere"}])
    aws("events.put_events", "eleven", Entries=[entry] * 11)
    bodies = []
    for _ in range(4):
        got = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2, MaxNumberOfMessages=10)
        bodies += [message["Body"] for message in got.get("Messages", [])]
        if len(bodies) >= 4:
            break
    aws.steps["events.delivery.bodies"] = {"outcome": "ok"} | {
        f"body {at}": aws.mask(body) for at, body in enumerate(sorted(bodies))
    }


def archives(aws):
    bus = aws("events.create_event_bus", Name="kept")["EventBusArn"]
    aws("events.create_archive", ArchiveName="a", EventSourceArn=bus, RetentionDays=3)
    aws("events.create_archive", "again", ArchiveName="a", EventSourceArn=bus)
    aws("events.create_archive", "no bus", ArchiveName="b", EventSourceArn=bus + "x")
    aws("events.describe_archive", ArchiveName="a")
    aws("events.describe_archive", "nowhere", ArchiveName="zz")
    aws("events.list_archives", EventSourceArn=bus)
    aws("events.update_archive", ArchiveName="a", RetentionDays=5)
    aws("events.delete_archive", ArchiveName="a")
    aws("events.delete_archive", "again ", ArchiveName="a")


def tags_and_permissions(aws):
    bus = aws("events.create_event_bus", Name="tagged", Tags=[{"Key": "a", "Value": "1"}])["EventBusArn"]
    aws("events.tag_resource", ResourceARN=bus, Tags=[{"Key": "b", "Value": "2"}])
    aws("events.list_tags_for_resource", ResourceARN=bus)
    aws("events.untag_resource", ResourceARN=bus, TagKeys=["a"])
    aws("events.list_tags_for_resource", "after", ResourceARN=bus)
    aws("events.put_permission", EventBusName="tagged", Action="events:PutEvents", Principal="111122223333", StatementId="s")
    aws("events.remove_permission", EventBusName="tagged", StatementId="s")
    aws("events.remove_permission", "again", EventBusName="tagged", StatementId="s")


def replays(aws):
    bus = aws("events.create_event_bus", Name="replayed")["EventBusArn"]
    url = aws.client("sqs").create_queue(QueueName="from-replays")["QueueUrl"]
    queue = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("events.put_rule", Name="again", EventBusName="replayed", EventPattern='{"source":["shop"]}')
    aws("events.put_targets", Rule="again", EventBusName="replayed", Targets=[{"Id": "1", "Arn": queue, "InputPath": "$.detail"}])
    archive = aws("events.create_archive", ArchiveName="replayed", EventSourceArn=bus, EventPattern='{"source":["shop"]}')["ArchiveArn"]
    aws("events.create_archive", "bad pattern", ArchiveName="bad", EventSourceArn=bus, EventPattern='{"source":"shop"}')
    aws("events.create_archive", "long name", ArchiveName="a" * 49, EventSourceArn=bus)
    entry = {"Source": "shop", "DetailType": "Order", "EventBusName": "replayed"}
    aws("events.put_events", Entries=[entry | {"Detail": '{"n": 1}'}, entry | {"Source": "other", "Detail": '{"n": 2}'}])
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    window = {"EventSourceArn": archive, "EventStartTime": now - hour, "EventEndTime": now + hour}
    to = {"Arn": bus}
    aws("events.start_replay", "no archive", ReplayName="r0", Destination=to, **window | {"EventSourceArn": archive + "x"})
    aws("events.start_replay", "ends first", ReplayName="r0", Destination=to, **window | {"EventEndTime": now - 2 * hour})
    elsewhere = {"Arn": bus.replace("event-bus/replayed", "event-bus/default")}
    aws("events.start_replay", "to another bus", ReplayName="r0", Destination=elsewhere, **window)
    rules = {"FilterArns": [bus.replace("event-bus/replayed", "rule/replayed/nowhere")]}
    aws("events.start_replay", "no such rule", ReplayName="r0", Destination=to | rules, **window)
    aws("events.start_replay", ReplayName="r", Destination=to, **window)
    aws("events.start_replay", "again", ReplayName="r", Destination=to, **window)
    aws("events.describe_replay", "nowhere", ReplayName="nope")
    aws("events.cancel_replay", "nowhere ", ReplayName="nope")
    aws("events.list_replays", "by prefix", NamePrefix="r")
    aws("events.list_archives", "by prefix ", NamePrefix="repl")
    aws("events.update_archive", "nowhere  ", ArchiveName="nope", RetentionDays=1)
    aws("events.delete_archive", ArchiveName="replayed")
