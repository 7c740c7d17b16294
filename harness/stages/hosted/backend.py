"""Functions hosted by the harness, on the services of any endpoint (LocalStack, for one).

The template is resolved on moto, and what it needs is created at the endpoint under the same names.
Each rule feeds a queue there, which the harness reads as an event source mapping does: an event is
on its way when its message has arrived. Processes reach the endpoint through the harness, so every
fault and every schedule works on it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from moto import mock_aws

from harness.aws.calls import REGION, KeyNames, item_key, item_text
from harness.aws.s3_chunks import plain
from harness.aws.sdk_requests import AwsRequest
from harness.core.bus_entry import BusEntry
from harness.core.compression import as_text
from harness.core.errors import StageError
from harness.seams.botocore import S3SigV4Auth, SigV4Auth, URLLib3Session
from harness.stages.controlled.bus import Bus, read_entry
from harness.stages.controlled.past import ItemStore
from harness.stages.controlled.process_variables import UNCONFIGURED, variables
from harness.stages.controlled.provisioning import Deployment, deploy
from harness.stages.controlled.put_item import put_item
from harness.stages.controlled.runtime_variables import CREDENTIALS
from harness.stages.hosted.endpoint_resources import (
    EndpointResources,
    empty_bucket,
    keys_of,
    tables_again,
)
from harness.template import Template

ARRIVAL = 20.0
"""Seconds until an event that the endpoint took counts as lost there."""
KEYS = ("test", "test")
"""An emulator never gets a user's; some take the account from the key, so it is cleanup's, too."""
CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard"},
                s3={"addressing_style": "path"})
SERVICES = ("s3", "dynamodb", "events", "sqs")
JSON = "application/x-amz-json-1.1"
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
            tables = tables_again(deployment.names(template.tables))
        self._key_names = deployment.keys
        with variables(UNCONFIGURED):
            session = boto3.Session(*KEYS, region_name=REGION)
            self._clients = {name: session.client(name, endpoint_url=self.endpoint, config=CONFIG)
                             for name in SERVICES}
        self._http = URLLib3Session(timeout=(5, 30))
        try:
            made = EndpointResources(self.endpoint, self._clients, resources)
            self._queue = made.create(deployment, tables)
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
            empty_bucket(self.client("s3"), bucket)
        for table in tables:
            for item in self._items(table):
                self._delete(table, item)

    def forget_messages(self) -> None:
        """Nothing to forget: messages that nobody receives are not in the way at an endpoint."""

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        return keys_of(self.client("s3"), bucket)

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


def _refusal(error: Exception) -> tuple[int, dict[str, str], str]:
    """The endpoint's refusal, in its own words."""
    if isinstance(error, ClientError):
        told = error.response
        status = int(told["ResponseMetadata"]["HTTPStatusCode"])
        code, message = told["Error"]["Code"], told["Error"].get("Message", "")
    else:
        status, code, message = 400, "ValidationException", str(error)
    return status, {"Content-Type": JSON}, json.dumps({"__type": code, "message": message})
