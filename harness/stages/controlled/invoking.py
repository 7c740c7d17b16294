"""Functions that invoke functions: an event on its way, or a call that is answered.

An asynchronous invocation waits like any delivery. A synchronous one runs at once, while its caller
waits: its time is the caller's as well. A function that has no role of its own works for its
caller: its calls are the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from harness.aws.calls import Call
from harness.core.bus_entry import BusEntry
from harness.functions.events import invocations
from harness.functions.events.invocations import Answer, Refused
from harness.functions.lambda_json import to_json
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.waiting import Delivery, Target, Waiting

DEEPEST = 16
"""Calls of a function by a function after which Lambda takes it for a loop.

Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops".
"""


@dataclass(frozen=True, slots=True)
class Invoking:
    """Answers the requests of Invoke.

    ``names``: the logical ids of functions by their physical names. ``takes_part``: tells if a
    function has a role; an event for another one is beside the way, and goes nowhere. ``published``
    is told of an event that goes on its way.
    """

    names: Mapping[str, str]
    invocations: Invocations
    waiting: Waiting
    identify: Callable[[], str]
    takes_part: Callable[[str], bool]
    published: Callable[[int, BusEntry, int], None]

    def invoke(self, call: Call) -> Answer:
        """Answer a request."""
        try:
            return self._invoked(call)
        except Refused as refused:
            return refused.answer()

    def _invoked(self, call: Call) -> Answer:
        name, kind = function_name(call.resource), call.mode or "RequestResponse"
        function = self.names.get(name)
        event = invocations.payload_of(call.body, kind)
        if function is None or not self.invocations.can_run(function):
            self.invocations.unknown = name
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {call.arns[0]}")
        if kind == invocations.EVENT:
            self._put(name, function, event)
            return invocations.accepted(kind)
        if kind == invocations.DRY_RUN:
            return invocations.accepted(kind)
        if self.invocations.depth >= DEEPEST:
            raise Refused(400, "RecursiveInvocationException",
                          "The function was invoked in a recursive loop")
        if self.invocations.is_busy(function):
            raise Refused(429, "TooManyRequestsException", "Rate Exceeded.")
        outcome = self.invocations.call(function, event)
        if outcome.error is None:
            return invocations.result(outcome.result)
        return invocations.failure(outcome.raised, outcome.message or outcome.error)


    def _put(self, name: str, function: str, event: Any) -> None:
        """Put an event for a function on its way, if it is on the way to a view."""
        if not self.takes_part(function):
            return
        number = self.waiting.number()
        self.waiting.pending.append(Delivery(number, event, Target(function), self.identify()))
        self.published(number, BusEntry(name, "", to_json(event), bus=name), 1)


def function_name(given: str) -> str:
    """The name of a function that is named, or given by an ARN, without a version."""
    name = unquote(given)
    if ":function:" in name:
        name = name.partition(":function:")[2]
    elif name.startswith("function:"):
        name = name.removeprefix("function:")
    return name.partition(":")[0]
