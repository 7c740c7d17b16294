"""Scenarios whose keys have become the marks by which a system knows a repetition.

The generators write one scenario for all systems: a command with a key is a repetition if its key
was used before, and a command without a key is a new one. Here that becomes what the contract
names: a member of the command, its content, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from harness.core.bodies import read_sent_body
from harness.core.commands import Acceptance, Command, Reading
from harness.core.contract import Contract, Member
from harness.core.json_values import parse_json
from harness.core.repetition import Mark, Scope, canonical_text
from harness.core.scenario import Scenario, Send, SendBatch, Step, change
from scenarios.generators.commands import other_values, with_members

NUMBERED: tuple[Callable[[int], Any], ...] = (
    "m{}".format, "00000000-0000-4000-8000-{:012d}".format, int, str, "mark{:012d}".format)
"""The forms of values that are made up: texts, UUIDs, numbers and numbers as text."""


def with_marks(contract: Contract, scenario: Scenario, *, apart: bool = True) -> Scenario:
    """The scenario with the contract's marks in place of keys.

    ``apart``: where a mark holds for all aggregates, no two of them get the same.
    """
    marker = _MARKERS[contract.repetition.mark](contract, apart)

    def edit(step: Step) -> Step:
        if isinstance(step, Send):
            return marker.marked(step)
        if isinstance(step, SendBatch):
            return replace(step, bodies=tuple(str(marker.marked(Send(body)).body)
                                              for body in step.bodies))
        return step

    return change(scenario, edit)


@dataclass(slots=True)
class _Marker:
    """Marks the commands of one scenario, in their order; this one takes their keys away."""

    contract: Contract
    apart: bool

    def marked(self, step: Send) -> Send:
        """The command with the contract's mark in place of its key."""
        return _without_key(step)


def _without_key(step: Send) -> Send:
    return Send(step.body, base64=step.base64)


def _plain_command(reading: Reading) -> Command | None:
    """The command, if it has to be accepted as far as its form goes."""
    return reading.command if reading.acceptance is Acceptance.MUST else None


def _text(value: Any) -> str:
    """One text for equal values."""
    return canonical_text({"": value})


@dataclass(slots=True)
class _KeyMarker(_Marker):
    """Gives each aggregate keys of its own, where a key holds for all aggregates."""

    owners: dict[str, str] = field(default_factory=dict)

    def marked(self, step: Send) -> Send:
        command = read_sent_body(self.contract, step).command
        shared = self.contract.repetition.scope is Scope.AGGREGATE or not self.apart
        if step.key is None or command is None or shared:
            return step
        aggregate = self.contract.aggregate(command)
        candidates = (step.key, *(f"key-{n}" for n in range(1000, 1000 + len(self.owners) + 1)))
        return replace(step, key=next(
            key for key in candidates if self.owners.setdefault(key, aggregate) == aggregate))


@dataclass(slots=True)
class _MemberMarker(_Marker):
    """Gives each command a value of the marking member, the same one for the same key."""

    given: dict[tuple[str, str], Any] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)

    def marked(self, step: Send) -> Send:
        plain, reading = _without_key(step), read_sent_body(self.contract, step)
        name, command = self.contract.repetition.member, _plain_command(reading)
        if command is None or step.body is None or name not in self._members(command):
            return plain
        value = self._value(command, step)
        if _text(value) == _text(command.get(name)):
            return plain
        return replace(plain, body=with_members(self.contract, step.body, {name: value}))

    def _members(self, command: Command) -> dict[str, Member]:
        return dict(self.contract.types[str(command["type"])])

    def _value(self, command: Command, step: Send) -> Any:
        place = self._place(command)
        if step.key is not None and (place, step.key) in self.given:
            return self.given[place, step.key]
        value = next(v for v in self._candidates(command, step) if self._is_new(place, v))
        self.used.add((place, _text(value)))
        if step.key is not None:
            self.given[place, step.key] = value
        return value

    def _place(self, command: Command) -> str:
        """The aggregate among whose commands a key is one; empty: all commands."""
        everywhere = self.contract.repetition.scope is Scope.ALL and not self.apart
        return "" if everywhere else self.contract.aggregate(command)

    def _is_new(self, place: str, value: Any) -> bool:
        text = _text(value)
        if self.contract.repetition.scope is Scope.ALL:
            return all(text != used for _, used in self.used)
        return (place, text) not in self.used

    def _candidates(self, command: Command, step: Send) -> Iterator[Any]:
        """Its own value, its key, and values that are made up."""
        name = self.contract.repetition.member
        accepts = self._members(command)[name].accepts
        own = parse_json(str(step.body)).get(name)
        good = [value for value in (own, step.key) if accepts(value) is Acceptance.MUST]
        yield from good
        form = next((form for form in NUMBERED if accepts(form(1)) is Acceptance.MUST), None)
        assert form is not None, f"no values of the member {name} can be made up"
        yield from map(form, count(1))


@dataclass(slots=True)
class _ContentMarker(_Marker):
    """Lets each new command differ from the one before it, where it has a member that may."""

    sent: dict[tuple[str, str], str] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)

    def marked(self, step: Send) -> Send:
        plain = _without_key(step)
        command = _plain_command(read_sent_body(self.contract, step))
        if command is None or step.body is None:
            return plain
        aggregate = self.contract.aggregate(command)
        if step.key is not None and (aggregate, step.key) in self.sent:
            body = self._repeated(aggregate, step.key, step.body)
        else:
            body = self._new(aggregate, step.body, command)
        if step.key is not None:
            self.sent.setdefault((aggregate, step.key), body)
        self.latest[aggregate] = body
        return replace(plain, body=body)

    def _repeated(self, aggregate: str, key: str, body: str) -> str:
        first = self.sent[aggregate, key]
        return first if parse_json(first)["type"] == parse_json(body)["type"] else body

    def _new(self, aggregate: str, body: str, command: Command) -> str:
        if self.latest.get(aggregate) != body:
            return body
        for name, member in self.contract.types[str(command["type"])].items():
            for value in other_values(member, command.get(name)):
                return with_members(self.contract, body, {name: value})
        return body


_MARKERS: dict[Mark, Callable[[Contract, bool], _Marker]] = {
    Mark.KEY: _KeyMarker, Mark.MEMBER: _MemberMarker, Mark.CONTENT: _ContentMarker,
    Mark.NONE: _Marker,
}
