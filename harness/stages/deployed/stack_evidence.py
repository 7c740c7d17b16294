"""The stores, the buses and the functions of a deployed stack, read and changed by boto3.

A repeated delivery is made by handing the projection an event that is stored, as EventBridge would
("at least once", Amazon EventBridge User Guide); a foreign event goes by PutEvents.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.core.bus_entry import BusEntry
from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import Delivered, FunctionFacts, System
from harness.core.http import NO_ANSWER, Response
from harness.core.scenario import Poison, Rebuild, Redeliver
from harness.functions.events import (
    event_bridge_event,
)
from harness.oracle.stored_events import StoredEvent, read_event
from harness.stages.controlled.put_item import put_item
from harness.stages.controlled.waiting import Target
from harness.stages.deployed.cloud import Cloud, aws_errors
from harness.stages.deployed.stack import BUCKET, Stack
from harness.stages.deployed.stack_rules import rules_of
from harness.stages.deployed.stack_stores import Table, event_store, table_of
from harness.stages.participants import Participants
from harness.template import Template

READERS = 8
SKEW = timedelta(minutes=5)
"""How much another clock may be behind ours."""
EVIDENCE = aws_errors("evidence from the stack")


class DeployedEvidence:
    """Access to one stack's buckets, tables, buses and functions. See ``Evidence``."""

    def __init__(
        self, cloud: Cloud, stack: Stack, template: Template, contract: Contract,
        parts: Participants,
    ) -> None:
        self._cloud, self._stack, self._contract = cloud, stack, contract
        self._buckets = stack.named(stack.of(BUCKET))
        events = stack.named((parts.event_table,) if parts.event_table else ())
        tables = [name for name in stack.named(template.tables) if name not in events]
        self._tables = tuple(table_of(cloud, name) for name in tables)
        self._rules = rules_of(cloud, stack, template)
        self._store = event_store(cloud, stack, parts, self._buckets)
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

    def _wipe(self, table: Table, mark: str) -> int:
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


def _event(entry: BusEntry) -> dict[str, Any]:
    return event_bridge_event(
        entry, event_id=str(uuid.uuid4()), time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        account="000000000000", region="us-east-1")


def _version(event: StoredEvent) -> float:
    return event.version if isinstance(event.version, int) else 0


def _newest_first(event: StoredEvent) -> tuple[float, str]:
    return -_version(event), event.place
