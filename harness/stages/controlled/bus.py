"""The harness as the bus: EventBridge rules, their targets and what is on its way.

PutEvents is answered here, so every accepted entry becomes deliveries that wait until the
scenario asks for them. Delivery is at least once
and in no order, as EventBridge documents ("Amazon EventBridge event retry policy").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.aws.calls import ACCOUNT
from harness.core.bus_entry import BusEntry
from harness.core.clock import utc_text
from harness.core.json_values import parse_object
from harness.functions.events import (
    EventPattern,
    TargetInputError,
    event_bridge_event,
)
from harness.functions.lambda_json import to_json
from harness.functions.python.clock import REAL_TIME
from harness.stages.controlled.waiting import Delivery, Target, Waiting

REQUEST_LIMIT = 1024 * 1024
"""Bytes of all entries of a request: 1 MB, as AWS announced on 29 January 2026 (256 KB before).

"Calculating Amazon EventBridge PutEvents event entry size" says how they are counted.
"""
ENTRIES_LIMIT = 10
REPLAY = "conformance"
"""The name of a replay from an archive, which its events have as ``replay-name``.

A rule may keep replays out: it then gets the event as it was published first.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of one bus; ``buses``: others that it sends events on to.

    ``piped``: targets that are queues from which pipes take messages, and not functions.
    """

    bus: str
    pattern: EventPattern
    targets: tuple[Target, ...]
    buses: tuple[str, ...] = ()
    piped: tuple[Target, ...] = ()


@dataclass
class Bus:
    """All buses of a system. ``published`` is told of every accepted entry.

    ``now``: the functions' clock, in seconds since 1970. ``waiting``: the room in which deliveries
    wait. ``archived``: buses that have an archive. ``sent``: takes what arrives at a queue from
    which pipes take messages: its logical id, the message, and its group.
    """

    rules: tuple[Rule, ...]
    region: str
    published: Callable[[int, BusEntry, int], None]
    identify: Callable[[], str]
    now: Callable[[], float] = REAL_TIME
    waiting: Waiting = field(default_factory=Waiting)
    archived: frozenset[str] = frozenset()
    sent: Callable[[str, str, str | None], None] = lambda queue, text, group: None

    def put_events(self, body: bytes) -> tuple[int, dict[str, str], str]:
        """Answer a PutEvents request."""
        entries = json.loads(body)["Entries"]
        if not 0 < len(entries) <= ENTRIES_LIMIT:
            return self._invalid("Member must have length less than or equal to 10")
        if sum(map(_size, entries)) > REQUEST_LIMIT:
            return self._invalid("Total size of the entries in the request is over the limit.")
        results = [self._put(entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        answer = {"FailedEntryCount": failed, "Entries": results}
        return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer)

    def _invalid(self, message: str) -> tuple[int, dict[str, str], str]:
        error = {"__type": "ValidationException", "message": message}
        return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(error)

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                reason = f"{member} is a required argument."
                message = f"Parameter {member} is not valid. Reason: {reason}"
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
        if str(entry["Source"]).startswith("aws."):
            return {"ErrorCode": "NotAuthorizedForSourceException",
                    "ErrorMessage": "Not authorized for the source."}
        if parse_object(entry["Detail"]) is None:
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        return {"EventId": self.publish(read_entry(entry))}

    def publish(
        self, entry: BusEntry, event_id: str | None = None, event: dict[str, Any] | None = None,
        *, told: bool = True,
    ) -> str:
        """Take an entry in and put its deliveries on their way; gives the event's id.

        ``event`` is what arrives, where another bus than this one has carried it. ``told``: a
        function published it, and not a carrier behind one.
        """
        event_id = event_id or self.identify()
        number = self.waiting.number()
        event = event or self._event(entry, event_id)
        rules = self._fitting(entry, event)
        replayed = {**event, "replay-name": REPLAY}
        if entry.again and entry.bus in self.archived and self._fitting(entry, replayed) == rules:
            event = replayed
        targets = [t for rule in rules for t in rule.targets if _has_input(t, event)]
        self.waiting.pending += [
            Delivery(number, event, target, self.identify()) for target in targets]
        if told:
            self.published(number, entry, len(targets))
        for target in (t for rule in rules for t in rule.piped if _has_input(t, event)):
            self.sent(target.queue or "", to_json(target.receives(event)), target.group)
        return event_id

    def matching(self, entry: BusEntry, event_id: str) -> list[Rule]:
        """The rules that an entry matches."""
        return self._fitting(entry, self._event(entry, event_id))

    def _fitting(self, entry: BusEntry, event: dict[str, Any]) -> list[Rule]:
        """The rules that an event matches, those of a bus that it is sent on to as well.

        From there it goes no further ("Sending and receiving events between event buses in the
        same account and Region").
        """
        fitting = [rule for rule in self.rules if rule.pattern.matches(event)]
        own = [rule for rule in fitting if rule.bus == entry.bus]
        onward = [bus for rule in own for bus in rule.buses]
        return [*own, *(rule for bus in onward for rule in fitting if rule.bus == bus)]

    def _event(self, entry: BusEntry, event_id: str) -> dict[str, Any]:
        return event_bridge_event(entry, event_id=event_id, time=entry.time or utc_text(self.now()),
                                  account=ACCOUNT, region=self.region)


def read_entry(entry: dict[str, Any]) -> BusEntry:
    """An entry of a PutEvents request."""
    bus = str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
    return BusEntry(
        source=entry["Source"],
        detail_type=entry["DetailType"],
        detail=entry["Detail"],
        resources=tuple(entry.get("Resources") or ()),
        bus=bus,
        time=_time(entry.get("Time")),
    )


def _time(given: Any) -> str | None:
    """The time of an entry, in seconds since 1970, as its event has it."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        return utc_text(given)
    except (ValueError, OverflowError, OSError):
        return None


def _has_input(target: Target, event: dict[str, Any]) -> bool:
    """Tell whether the target's input template gives JSON for this event.

    EventBridge does not deliver the event to the target otherwise ("Common issues with
    transforming input").
    """
    try:
        target.receives(event)
    except TargetInputError:
        return False
    return True


def _size(entry: dict[str, Any]) -> int:
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail")]
    texts += entry.get("Resources") or []
    size = sum(len(text.encode("utf-8", "replace")) for text in texts if text)
    return size + (14 if entry.get("Time") else 0)
