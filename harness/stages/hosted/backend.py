"""Functions hosted by the harness, on the services of any endpoint (LocalStack, for one).

The template is resolved on moto, and what it needs is created at the endpoint under the same names.
Each rule feeds a queue there, which the harness reads as an event source mapping does: an event is
on its way when its message has arrived. Processes reach the endpoint through the harness, so every
fault and every schedule works on it. Nothing that the run has not made is touched: what exists
already under a name it needs is an error. All that it makes carries the run's tag, by which
``cleanup`` finds what a killed run left.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from moto import mock_aws

from harness.aws.calls import ACCOUNT, REGION, KeyNames, item_key, item_text
from harness.aws.s3_chunks import plain
from harness.aws.sdk_requests import AwsRequest
from harness.core.bus_entry import BusEntry
from harness.core.compression import as_text
from harness.core.errors import StageError
from harness.seams.botocore import S3SigV4Auth, SigV4Auth, URLLib3Session
from harness.stages.controlled.bus import Bus, Rule, read_entry
from harness.stages.controlled.past import ItemStore
from harness.stages.controlled.process_variables import UNCONFIGURED, variables
from harness.stages.controlled.provisioning import Deployment, deploy
from harness.stages.controlled.put_item import put_item
from harness.stages.controlled.runtime_variables import CREDENTIALS
from harness.stages.deployed.stack import TAG, new_name
from harness.stages.deployed.taken_names import refuse_taken
from harness.template import Template

ARRIVAL = 20.0
"""Seconds until an event that the endpoint took counts as lost there."""
KEYS = ("test", "test")
"""An emulator never gets a user's; some take the account from the key, so it is cleanup's, too."""
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"},
                s3={"addressing_style": "path"})
SERVICES = ("s3", "dynamodb", "events", "sqs")
JSON = "application/x-amz-json-1.1"
DELETED_AT_ONCE = 1000
"""Objects that DeleteObjects takes."""
INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
RESIGNED = frozenset({"authorization", "x-amz-date", "x-amz-security-token", "content-length",
                      "x-amz-content-sha256"})


@dataclass
class HostedBackend:
    """Services at an endpoint; see ``Backend``. ``name`` is the stage's."""

    endpoint: str
    name: str
    in_process: bool = False
    past: ItemStore | None = None
    _clients: dict[str, Any] = field(default_factory=dict)
    _key_names: KeyNames = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)
    _arrived: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def open(self, template: Template, resources: ExitStack) -> Deployment:
        """Create the template's resources at the endpoint.

        Raises:
            NameTaken: the endpoint has one already.
            StageError: one of them cannot be created.
        """
        with variables({**UNCONFIGURED, **CREDENTIALS}), mock_aws():
            boto3.DEFAULT_SESSION = None
            deployment = deploy(template, seed=secrets.randbits(64))
            tables = _tables(deployment.names(template.tables))
        self._key_names = deployment.keys
        with variables(UNCONFIGURED):
            session = boto3.Session(*KEYS, region_name=REGION)
            self._clients = {name: session.client(name, endpoint_url=self.endpoint, config=CONFIG)
                             for name in SERVICES}
        self._http = URLLib3Session(timeout=(5, 30))
        try:
            self._create(deployment, tables, resources)
        except (BotoCoreError, ClientError) as error:
            raise StageError(
                self.endpoint, f"a resource could not be created: {error}",
                "see that S3, DynamoDB, EventBridge and SQS answer there, and that the names "
                "in the template are free (cleanup --endpoint-url removes what a killed run "
                "left)") from None
        return deployment

    def client(self, service: str) -> Any:
        """The client of a service; see ``Clients``."""
        return self._clients[service]

    def _refuse_taken(self, deployment: Deployment) -> None:
        template = deployment.template
        wanted = {"AWS::S3::Bucket": template.buckets, "AWS::DynamoDB::Table": template.tables,
                  "AWS::SQS::Queue": template.queues}
        for type_, logical in wanted.items():
            refuse_taken(self, type_, deployment.names(logical), self.endpoint)
        buses = sorted({rule.bus for rule in deployment.rules} - {"default"})
        refuse_taken(self, "AWS::Events::EventBus", buses, self.endpoint)

    # -- what the run makes, and what ends it --------------------------------------------

    def _create(
        self, deployment: Deployment, tables: list[dict[str, Any]], resources: ExitStack
    ) -> None:
        template = deployment.template
        self._refuse_taken(deployment)
        self._tags = {TAG: new_name()}
        for bucket in deployment.names(template.buckets):
            self._create_bucket(bucket, resources)
        for table in tables:
            self.client("dynamodb").create_table(**table, Tags=_pairs(self._tags))
            resources.callback(_removed, self.client("dynamodb").delete_table,
                               TableName=table["TableName"])
        for queue in deployment.names(template.queues):
            self._create_queue(queue, resources)
        self._queue = self._create_queue(f"conformance-{secrets.token_hex(6)}", resources)
        for bus in {rule.bus for rule in deployment.rules} - {"default"}:
            self.client("events").create_event_bus(Name=bus, Tags=_pairs(self._tags))
            resources.callback(_removed, self.client("events").delete_event_bus, Name=bus)
        for number, rule in enumerate(deployment.rules):
            self._create_rule(f"{self._queue_name}-{number}", rule, resources)

    def _create_bucket(self, bucket: str, resources: ExitStack) -> None:
        self.client("s3").create_bucket(Bucket=bucket)
        resources.callback(_removed, self._remove_bucket, bucket)
        self.client("s3").put_bucket_tagging(
            Bucket=bucket, Tagging={"TagSet": _pairs(self._tags)})

    def _remove_bucket(self, bucket: str) -> None:
        self.clear([bucket], [])
        self.client("s3").delete_bucket(Bucket=bucket)

    def _create_queue(self, name: str, resources: ExitStack) -> str:
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url: str = self.client("sqs").create_queue(
            QueueName=name, Attributes=fifo, tags=self._tags)["QueueUrl"]
        resources.callback(_removed, self.client("sqs").delete_queue, QueueUrl=url)
        self._queue_name = name
        return url

    def _create_rule(self, name: str, rule: Rule, resources: ExitStack) -> None:
        events = self.client("events")
        named = {"Name": name, "EventBusName": rule.bus}
        events.put_rule(**named, EventPattern=rule.pattern.text,
                        Tags=_pairs(self._tags))
        resources.callback(_removed, events.delete_rule, **named)
        arn = f"arn:aws:sqs:{REGION}:{self._account()}:{self._queue_name}"
        events.put_targets(Rule=name, EventBusName=rule.bus,
                           Targets=[{"Id": "conformance", "Arn": arn}])
        resources.callback(_removed, events.remove_targets, Rule=name, EventBusName=rule.bus,
                           Ids=["conformance"])

    def _account(self) -> str:
        asked = self.client("sqs").get_queue_attributes(
            QueueUrl=self._queue, AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"].split(":")[4] or ACCOUNT)

    # -- calls of functions --------------------------------------------------------------

    def perform(self, asked: AwsRequest) -> AWSResponse | None:
        """Pass a request on to the endpoint, signed with the run's credentials."""
        headers, body = plain(asked.prepared.headers, asked.prepared.body or b"")
        target = asked.prepared.url.split("/", 3)[3]
        kept = {name: value for name, value in headers.items() if name.lower() not in RESIGNED}
        request = AWSRequest(method=asked.prepared.method, data=body, headers=kept,
                             url=f"{self.endpoint.rstrip('/')}/{target}")
        signer = S3SigV4Auth if asked.service == "s3" else SigV4Auth
        signer(Credentials(*KEYS), asked.service, REGION).add_auth(request)
        try:
            response: AWSResponse = self._http.send(request.prepare())
        except BotoCoreError as error:
            raise self._broken(error) from None
        return response

    def _broken(self, error: Exception) -> StageError:
        return StageError(self.endpoint, f"does not answer: {error}", "see that it still runs")

    # -- the bus -------------------------------------------------------------------------

    def put_events(self, bus: Bus, body: bytes) -> tuple[int, dict[str, str], str]:
        """Let the endpoint publish, and wait until what it publishes has arrived."""
        request = json.loads(body)
        try:
            answer = self.client("events").put_events(**request)
        except (ClientError, ParamValidationError) as error:
            return _refusal(error)
        for entry, result in zip(request["Entries"], answer["Entries"], strict=True):
            self._take_in(bus, entry, result)
        told = {"FailedEntryCount": answer["FailedEntryCount"], "Entries": answer["Entries"]}
        return 200, {"Content-Type": JSON}, json.dumps(told)

    def publish(self, bus: Bus, entry: BusEntry) -> None:
        """Put an entry of our own on the endpoint's bus."""
        sent = {"Source": entry.source, "DetailType": entry.detail_type, "Detail": entry.detail,
                "EventBusName": entry.bus}
        [result] = self.client("events").put_events(Entries=[sent])["Entries"]
        self._take_in(bus, sent, result)

    def _take_in(self, bus: Bus, entry: dict[str, Any], result: dict[str, str]) -> None:
        """Put what has arrived of an entry on its way."""
        event_id = result.get("EventId")
        if not event_id:
            return
        copies = len(bus.matching(read_entry(entry), event_id))
        event = self._arrival(event_id, copies) if copies else None
        bus.publish(read_entry(entry), event_id, event)

    def _arrival(self, event_id: str, copies: int) -> dict[str, Any]:
        """The event as the endpoint's rules have sent it, one message for each."""
        end = time.monotonic() + ARRIVAL
        while len(self._arrived.get(event_id, ())) < copies:
            if time.monotonic() > end:
                raise StageError(f"the bus at {self.endpoint}",
                                 f"took event {event_id} and did not deliver it to a queue",
                                 "see its log")
            self._receive()
        return self._arrived.pop(event_id)[0]

    def _receive(self) -> None:
        sqs = self.client("sqs")
        found = sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10,
                                    WaitTimeSeconds=1).get("Messages", [])
        for message in found:
            event = json.loads(message["Body"])
            self._arrived.setdefault(event["id"], []).append(event)
            sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])

    # -- looking into the stores ---------------------------------------------------------

    def crowded(self, buckets: Iterable[str], tables: Iterable[str] = ()) -> bool:
        """Never: an endpoint lists as fast as it did at first."""
        return False

    def clear(self, buckets: Iterable[str], tables: Iterable[str]) -> None:
        """Empty buckets and tables, which are the run's own."""
        for bucket in buckets:
            keys = self.keys(bucket)
            for at in range(0, len(keys), DELETED_AT_ONCE):
                found = [{"Key": key} for key in keys[at : at + DELETED_AT_ONCE]]
                self.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": found})
        for table in tables:
            for item in self._items(table):
                self._delete(table, item)

    def forget_messages(self) -> None:
        """Nothing to forget: messages that nobody receives are not in the way at an endpoint."""

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def text(self, bucket: str, key: str) -> str | None:
        """An object's content, None where there is no object."""
        try:
            found = self.client("s3").get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchBucket", "404"):
                return None
            raise self._broken(error) from None
        content: bytes = found["Body"].read()
        return as_text(content)

    def items(self, table: str, keys: frozenset[str]) -> dict[str, str]:
        """The items of a table with those keys, or all, as DynamoDB JSON by key."""
        names = self._key_names[table]
        found = {item_key(item, names): item_text(item) for item in self._items(table)}
        return {key: text for key, text in found.items() if key in keys or not keys}

    def item(self, table: str, key: str) -> str | None:
        """The item whose only key attribute has that text, as DynamoDB JSON."""
        names = self._key_names[table]
        if len(names) > 1:
            return None
        found = self.client("dynamodb").get_item(
            TableName=table, Key={names[0]: {"S": key}}, ConsistentRead=True).get("Item")
        return None if found is None else item_text(found)

    def put_item(self, table: str, item: dict[str, Any]) -> str:
        """Put an item into a table; gives the reason why it is refused."""
        return put_item(self.client("dynamodb"), table, item)

    def remove_items(self, table: str, keys: frozenset[str]) -> int:
        """Remove the items whose key text is among ``keys``; gives their number."""
        names = self._key_names[table]
        found = [item for item in self._items(table) if item_key(item, names) in keys]
        for item in found:
            self._delete(table, item)
        return len(found)

    def _items(self, table: str) -> list[dict[str, Any]]:
        pages = self.client("dynamodb").get_paginator("scan").paginate(
            TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def _delete(self, table: str, item: dict[str, Any]) -> None:
        key = {name: item[name] for name in self._key_names[table]}
        self.client("dynamodb").delete_item(TableName=table, Key=key)


def _removed(remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Remove a resource; one that is gone, or whose service is, needs no more of it."""
    with suppress(ClientError, BotoCoreError):
        remove(*arguments, **named)


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tables(names: Iterable[str]) -> list[dict[str, Any]]:
    """The requests that create tables again that moto has; capacity is on demand."""
    client = boto3.client("dynamodb", region_name=REGION)
    described = [client.describe_table(TableName=name)["Table"] for name in names]
    return [{
        **{key: table[key] for key in ("TableName", "KeySchema", "AttributeDefinitions")},
        **{key: [_index(index) for index in table[key]] for key in INDEXES if table.get(key)},
        "BillingMode": "PAY_PER_REQUEST",
    } for table in described]


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}


def _refusal(error: Exception) -> tuple[int, dict[str, str], str]:
    """The endpoint's refusal, in its own words."""
    if isinstance(error, ClientError):
        told = error.response
        status = int(told["ResponseMetadata"]["HTTPStatusCode"])
        code, message = told["Error"]["Code"], told["Error"].get("Message", "")
    else:
        status, code, message = 400, "ValidationException", str(error)
    return status, {"Content-Type": JSON}, json.dumps({"__type": code, "message": message})
