"""The stores, the buses and the functions of a deployed stack, read and changed by boto3.

The event store is read by listing its buckets: whatever appears since the run began and names a
play is the play's. A repeated delivery is made by handing the projection an event that is stored,
as EventBridge would ("at least once", Amazon EventBridge User Guide); a foreign event goes by
PutEvents.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.aws.calls import item_key, item_text
from harness.core.bus_entry import BusEntry
from harness.core.compression import as_text
from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import Delivered, FunctionFacts, System
from harness.core.http import NO_ANSWER, Response
from harness.core.scenario import Poison, Rebuild, Redeliver
from harness.functions.events import (
    EventPattern,
    PatternInvalid,
    event_bridge_event,
    event_pattern,
)
from harness.oracle.stored_events import StoredEvent, read_event
from harness.stages.controlled.bus import Rule
from harness.stages.controlled.put_item import put_item
from harness.stages.controlled.waiting import Target
from harness.stages.deployed.cloud import Cloud, aws_errors
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stack import BUCKET, Stack
from harness.stages.participants import Participants
from harness.template import Template

READERS = 8
SKEW = timedelta(minutes=5)
"""How much another clock may be behind ours."""
EVIDENCE = aws_errors("evidence from the stack")


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Object:
    etag: str
    text: str


class DeployedEvidence:
    """Access to one stack's buckets, tables, buses and functions. See ``Evidence``."""

    def __init__(
        self, cloud: Cloud, stack: Stack, template: Template, contract: Contract,
        parts: Participants,
    ) -> None:
        self._cloud, self._stack, self._contract = cloud, stack, contract
        self._buckets = _physical(stack, stack.of(BUCKET))
        events = _physical(stack, (parts.event_table,) if parts.event_table else ())
        tables = [name for name in _physical(stack, template.tables) if name not in events]
        self._tables = tuple(_table(cloud, name) for name in tables)
        self._rules = _rules(cloud, stack, template)
        self._store = _event_store(cloud, stack, parts, self._buckets)
        able = {"log": (*self._buckets, *events), "table": self._tables, "bus": self._rules}
        self.capabilities = frozenset(name for name, found in able.items() if found)
        self.steps: frozenset[type] = frozenset({Redeliver, Poison} if self._rules else ())
        if self.capabilities == able.keys():
            self.steps |= {Rebuild}
        self.system = System(
            functions=tuple(FunctionFacts(name, role, None)
                            for name, role in parts.roles.items()),
            names=(*self._buckets, *events, *(table.name for table in self._tables)),
            event_tables=events)

    @EVIDENCE
    def objects(self, *marks: str) -> Mapping[str, str]:
        """The event store's objects of a play."""
        return self._store.objects(*marks)

    @EVIDENCE
    def item(self, aggregate: str) -> str | None:
        """The read model's item of an id, as JSON text."""
        for table in self._tables:
            if len(table.keys) == 1:
                found = self._cloud.client("dynamodb").get_item(
                    TableName=table.name, Key={table.keys[0]: {"S": aggregate}},
                    ConsistentRead=True)
                if "Item" in found:
                    return json.dumps(found["Item"], sort_keys=True)
        return None

    @EVIDENCE
    def wipe(self, *marks: str) -> int:
        """Remove a play's items from the read model."""
        return sum(self._wipe(table, mark) for table in self._tables for mark in marks)

    def _wipe(self, table: _Table, mark: str) -> int:
        client = self._cloud.client("dynamodb")
        pages = client.get_paginator("scan").paginate(
            TableName=table.name, ConsistentRead=True, FilterExpression="contains(#key, :play)",
            ExpressionAttributeNames={"#key": table.keys[0]},
            ExpressionAttributeValues={":play": {"S": mark}})
        items = [item for page in pages for item in page["Items"]]
        for item in items:
            client.delete_item(TableName=table.name, Key={key: item[key] for key in table.keys})
        return len(items)

    @EVIDENCE
    def publish(self, entry: BusEntry) -> int:
        """Put an entry on the bus; gives the number of targets it goes to."""
        answer = self._cloud.client("events").put_events(Entries=[{
            "Source": entry.source, "DetailType": entry.detail_type, "Detail": entry.detail,
            "EventBusName": entry.bus}])
        if answer["FailedEntryCount"]:
            raise StageError("PutEvents", str(answer["Entries"][0].get("ErrorMessage")),
                             "see that the bus is there and takes events")
        return len(self._targets(entry, _event(entry)))

    def event_origin(self) -> tuple[str, str]:
        """Source and bus of the implementation's events, as its rule expects them."""
        rule = self._rules[0]
        return (*rule.pattern.texts("source"), "conformance")[0], rule.bus

    @EVIDENCE
    def redeliver(self, objects: Mapping[str, str], pick: int) -> Sequence[Delivered]:
        """Hand a play's stored event to every function that its rules name, once more."""
        read = [read_event(self._contract, key, text) for key, text in objects.items()]
        events = sorted((e for e in read if e is not None), key=_newest_first)
        if not events:
            return ()
        event = events[pick % len(events)]
        source, bus = self.event_origin()
        entry = BusEntry(source, str(event.document["type"]), objects[event.place], bus=bus)
        late = any(_version(e) > _version(event) for e in events
                   if e.aggregate == event.aggregate)
        return self.hand_over(entry, pick, late=late)

    def hand_over(self, entry: BusEntry, pick: int, *, late: bool) -> Sequence[Delivered]:
        """Hand an entry to every function that the rules name."""
        payload = _event(entry)
        return [Delivered(pick, target.function, again=True, late=late, records=0,
                          ok=self._hand(target, payload))
                for target in self._targets(entry, payload)]

    def _targets(self, entry: BusEntry, event: dict[str, Any]) -> list[Target]:
        return [target for rule in self._rules if rule.bus == entry.bus
                and rule.pattern.matches(event)
                for target in rule.targets]

    def _hand(self, target: Target, event: dict[str, Any]) -> bool:
        """Hand an event to a target; whether it took it."""
        body = json.dumps(target.receives(event))
        if target.queue is not None:
            self._cloud.client("sqs").send_message(QueueUrl=target.queue, MessageBody=body)
            return True
        answer = self._cloud.client("lambda").invoke(
            FunctionName=self._stack.physical[target.function], Payload=body.encode())
        return "FunctionError" not in answer

    def invoke(self, function: str, payload: str) -> Response:
        """Invoke a function directly; without an answer nothing is known of it."""
        try:
            answer = self._cloud.client("lambda").invoke(
                FunctionName=self._stack.physical[function], Payload=payload.encode())
            text = answer["Payload"].read().decode("utf-8", "replace")
        except (ClientError, BotoCoreError) as error:
            return _throttled(error)
        if "FunctionError" in answer:
            return Response(502, (("X-Amz-Function-Error", answer["FunctionError"]),), text)
        return Response(200, (), text)

    @EVIDENCE
    def enqueue(self, queue: str, body: str) -> Response:
        """Send a message to a queue."""
        self._cloud.client("sqs").send_message(
            QueueUrl=self._stack.physical[queue], MessageBody=body)
        return Response(200, (("Content-Type", "application/json"),), "{}")

    @EVIDENCE
    def put_item(self, table: str, text: str) -> Response:
        """Put an item into a table, by its logical id."""
        refused = put_item(self._cloud.client("dynamodb"), self._stack.physical[table],
                           json.loads(text))
        return Response(400, (), refused) if refused else Response(200)

    @EVIDENCE
    def send_batch(self, bodies: Sequence[str]) -> None:
        """No stage of this kind has ``invoke``."""
        raise NotImplementedError

    @EVIDENCE
    def restart(self) -> None:
        """No stage of this kind has ``cold``."""
        raise NotImplementedError


def _throttled(error: Exception) -> Response:
    """The response of an invocation that AWS refused, or that was not answered."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return Response(429, (), "{}") if code == "TooManyRequestsException" else NO_ANSWER


def _event_store(
    cloud: Cloud, stack: Stack, parts: Participants, buckets: tuple[str, ...]
) -> _Store | _TableStore:
    """The event store: the table or the bucket that a dialect names, or any bucket."""
    if parts.event_table is not None:
        return _TableStore(cloud, _table(cloud, stack.physical[parts.event_table]))
    if parts.event_bucket is not None:
        buckets = _physical(stack, (parts.event_bucket,))
    return _Store(cloud, buckets, datetime.now(UTC) - SKEW)


@dataclass(frozen=True, slots=True)
class _TableStore:
    """The items of a table of events."""

    cloud: Cloud
    table: _Table

    def objects(self, *marks: str) -> dict[str, str]:
        """The items that have one of the marks, as DynamoDB JSON by key."""
        pages = self.cloud.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.table.name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        texts = {item_key(item, self.table.keys): item_text(item) for item in items}
        return {key: texts[key] for key in sorted(texts) if any(m in texts[key] for m in marks)}


class _Store:
    """The objects of some buckets, each read once, and again when it has changed.

    One listing serves everybody who asked before it began.
    """

    def __init__(self, cloud: Cloud, buckets: Sequence[str], since: datetime) -> None:
        self._cloud, self._buckets, self._since = cloud, buckets, since
        self._seen: dict[tuple[str, str], _Object] = {}
        self._listing = threading.Lock()
        self._begun = 0

    def objects(self, *marks: str) -> dict[str, str]:
        wanted = self._begun + 1
        with self._listing:
            if self._begun < wanted:
                self._begun += 1
                self._refresh()
            return {key: found.text for (_, key), found in self._seen.items()
                    if any(mark in key or mark in found.text for mark in marks)}

    def _refresh(self) -> None:
        listed = {place: etag for bucket in self._buckets for place, etag in self._list(bucket)}
        kept = {place: found for place, found in self._seen.items()
                if listed.get(place) == found.etag}
        new = [place for place in listed if place not in kept]
        texts = side_by_side([partial(self._text, *place) for place in new], READERS)
        read = {place: _Object(listed[place], text)
                for place, text in zip(new, texts, strict=True) if text is not None}
        self._seen = kept | read

    def _list(self, bucket: str) -> list[tuple[tuple[str, str], str]]:
        pages = self._cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [((bucket, o["Key"]), o["ETag"]) for page in pages
                for o in page.get("Contents", []) if o["LastModified"] >= self._since]

    def _text(self, bucket: str, key: str) -> str | None:
        s3 = self._cloud.client("s3")
        try:
            found = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None
        return as_text(found)


def _physical(stack: Stack, logical_ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(stack.physical[name] for name in logical_ids if name in stack.physical)


def _table(cloud: Cloud, name: str) -> _Table:
    schema = cloud.client("dynamodb").describe_table(TableName=name)["Table"]["KeySchema"]
    by_kind = sorted(schema, key=lambda key: str(key["KeyType"]))  # HASH before RANGE
    return _Table(name, tuple(key["AttributeName"] for key in by_kind))


def _rules(cloud: Cloud, stack: Stack, template: Template) -> tuple[Rule, ...]:
    """The rules that lead to a function of the stack, directly or by a queue."""
    try:
        return tuple(_found_rules(cloud, stack, template))
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"stack {stack.name}", f"its rules cannot be read: {error}",
                         "see that EventBridge and Lambda can be read there") from error


def _found_rules(cloud: Cloud, stack: Stack, template: Template) -> list[Rule]:
    by_arn = _reachable(cloud, stack, template)
    client = cloud.client("events")
    buses = ["default", *_physical(stack, stack.of("AWS::Events::EventBus"))]
    rules = []
    for bus in buses:
        for rule in client.list_rules(EventBusName=bus)["Rules"]:
            if rule.get("EventPattern") and rule["State"] == "ENABLED":
                found = client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)
                targets = tuple(_target(rule, t, *by_arn[_unqualified(t["Arn"])])
                                for t in found["Targets"] if _unqualified(t["Arn"]) in by_arn)
                if targets:
                    rules.append(Rule(bus, _pattern(rule), targets))
    return rules


def _pattern(rule: Mapping[str, Any]) -> EventPattern:
    try:
        return event_pattern(rule["EventPattern"])
    except PatternInvalid as refused:
        raise StageError(f"rule {rule['Name']}", f"its pattern cannot be read: {refused}",
                         "report this with the pattern") from None


def _reachable(
    cloud: Cloud, stack: Stack, template: Template
) -> dict[str, tuple[str, str | None]]:
    """The targets of events: ARN -> function and, where it has one, the URL of its queue."""
    found: dict[str, tuple[str, str | None]] = {}
    for function in template.functions:
        if function.logical_id in stack.physical:
            configuration = cloud.client("lambda").get_function_configuration(
                FunctionName=stack.physical[function.logical_id])
            found[_unqualified(configuration["FunctionArn"])] = function.logical_id, None
    for feed in template.feeds:
        url = stack.physical.get(feed.queue)
        if url is not None:
            attributes = cloud.client("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
            found[attributes["QueueArn"]] = feed.function, url
    return found


def _target(
    rule: Mapping[str, Any], target: Mapping[str, Any], function: str, queue: str | None
) -> Target:
    return Target(function=function, queue=queue, input=target.get("Input"),
                  input_path=target.get("InputPath"),
                  input_transformer=target.get("InputTransformer"),
                  rule_arn=rule["Arn"], rule_name=rule["Name"])


def _unqualified(arn: str) -> str:
    """A function's ARN without its alias or version."""
    parts = arn.split(":")
    return ":".join(parts[:7]) if parts[2:3] == ["lambda"] else arn


def _event(entry: BusEntry) -> dict[str, Any]:
    return event_bridge_event(
        entry, event_id=str(uuid.uuid4()), time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        account="000000000000", region="us-east-1")


def _version(event: StoredEvent) -> float:
    return event.version if isinstance(event.version, int) else 0


def _newest_first(event: StoredEvent) -> tuple[float, str]:
    return -_version(event), event.place
