"""Plays scripts of boto3 calls and records what came back, without what differs from run to run."""

import datetime
import re

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

REGION = "eu-west-1"
# One try and short waits: what an emulator does not have must not hold up the rest.
CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30, region_name=REGION)

MASKS = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"https?://[^/\s\"<]+"), "<host>"),
    (re.compile(r"\b\d{12}\b"), "<account>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<moment>"),
]
# Fields whose values are made up anew each time.
MADE_UP = {
    "ReceiptHandle", "MessageId", "SequenceNumber", "VersionId", "UploadId", "NextToken", "RoleId", "KeyId",
    "RequestId", "HostId", "SubscriptionArn", "EventId", "Date", "CreatedTimestamp", "LastModifiedTimestamp",
    "SentTimestamp", "ApproximateFirstReceiveTimestamp", "SenderId", "NextContinuationToken", "VersionIdMarker",
    "AccessKeyId", "SecretAccessKey", "SessionToken", "AssumedRoleId", "UserId", "PolicyId", "TaskHandle",
    "CurrentKeyMaterialId", "KeyMaterialId", "ReplayArn", "NextUploadIdMarker", "NextKeyMarker", "QueryExecutionId", "CopySourceVersionId",
}  # fmt: skip
# Texts for people: they are compared with recordings of AWS itself (`make conformance`).
TEXTS = {"Message", "ErrorMessage"}


class Aws:
    """The clients of one emulator for one script."""

    def __init__(self, url: str, script: str):
        self.url, self.script, self.steps = url, script, {}
        self.scenario = ""
        self.clients = {}

    def client(self, service: str):
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=CONFIG,
            )
        return self.clients[service]

    def mask(self, text: str) -> str:
        return masked("", text)

    def __call__(self, call: str, step: str = "", **parameters):
        """Makes `service.operation` and records its outcome under `step`; {} where it failed."""
        service, operation = call.split(".")
        name = f"{self.script}.{self.scenario}.{step or operation}"
        while name in self.steps:
            name += "'"
        try:
            answer = getattr(self.client(service), operation)(**parameters)
        except ClientError as error:
            found = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            self.steps[name] = {"outcome": f"error {found.get('Code')} {status}"}
            return {}
        except (BotoCoreError, ResponseParserError) as error:
            self.steps[name] = {"outcome": f"no answer that boto3 understands: {type(error).__name__}"}
            return {}
        answer.get("Body") and answer.update(Body=answer["Body"].read())
        meta = answer.pop("ResponseMetadata", {})
        fields = {"outcome": "ok", "status": meta.get("HTTPStatusCode")}
        flatten("", answer, fields)
        self.steps[name] = fields
        return answer


def flatten(path: str, value, fields: dict) -> None:
    """Every leaf under its path; the leaves of a list's entries together, since their order is seldom promised.
    What is empty is as if it were left out: clients see no difference."""
    if isinstance(value, dict):
        for key, inner in value.items():
            flatten(f"{path}.{key}" if path else key, inner, fields)
    elif isinstance(value, list):
        for inner in value:
            flatten(f"{path}[]", inner, fields)
    elif path.rsplit(".", 1)[-1] in TEXTS:
        return
    elif value not in (None, "", b""):
        found = masked(path.rsplit(".", 1)[-1].rstrip("[]"), value)
        if "[]" in path:
            found = sorted([*fields.get(path, []), found], key=str)
        fields[path] = found


def masked(name: str, value):
    if name in MADE_UP and value is not None:
        return "<made up>"
    if isinstance(value, datetime.datetime):
        return "<moment>"
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        for pattern, mask in MASKS:
            value = pattern.sub(mask, value)
    return value


def play(url: str, script: str, module) -> dict:
    """Each function of the script whose name does not begin with `_` is a scenario: by their order."""
    aws = Aws(url, script)
    for name, scenario in vars(module).items():
        if callable(scenario) and not name.startswith("_") and scenario.__module__ == module.__name__:
            aws.scenario = name
            try:
                scenario(aws)
            except (KeyError, IndexError, TypeError) as error:
                # What an earlier call did not give.
                aws.steps[f"{script}.{name}.goes on"] = {"outcome": f"no: {type(error).__name__} {error}"}
            except (ClientError, BotoCoreError, ResponseParserError) as error:
                # What the scenario stands on was refused.
                aws.steps[f"{script}.{name}.goes on"] = {"outcome": f"no: {type(error).__name__}"}
    return aws.steps
