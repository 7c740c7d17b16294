"""Sample commands of a contract: one of each type, with plain values that the rules accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.commands import Acceptance, Accepted, Decision
from harness.core.contract import Contract, Member
from harness.core.plain_values import plain_value, simplest
from harness.core.version import Versioned


@dataclass(frozen=True, slots=True)
class Sample:
    """A command, the decision that the contract takes on it, its events, and the state after."""

    id: str
    key: str
    command: Mapping[str, Any]
    decision: Decision
    state: Any
    events: tuple[Mapping[str, Any], ...] = ()


def samples(contract: Contract) -> Iterator[Sample]:
    """A sample of each command type; others come before it where only they make it acceptable."""
    made = _Maker(contract)
    for kind in contract.types:
        yield from made.with_accepted(kind)


class _Maker:
    """Makes commands on one aggregate, and on a new one where that takes no more of a type."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made = self._aggregates = 0
        self._begin()

    def _begin(self) -> None:
        self._aggregates += 1
        self._id = _id(self._contract, self._aggregates)
        self._state = self._contract.initial

    def with_accepted(self, kind: str) -> Iterator[Sample]:
        """A sample of a type, with a creation before it if there has to be a new aggregate."""
        found = self._sample(kind)
        creation = next(iter(self._contract.types))
        if not isinstance(found.decision, Accepted) and self._state is not self._contract.initial:
            self._begin()
            if kind != creation:
                yield self._keep(self._sample(creation))
            found = self._sample(kind)
        yield self._keep(found)

    def _keep(self, sample: Sample) -> Sample:
        self._made += 1
        self._state = sample.state
        return sample

    def _sample(self, kind: str) -> Sample:
        """A command of a type: the first of some variants that the rules accept."""
        variants = [self._decided(values) for values in self._variants(kind)]
        return next((v for v in variants if isinstance(v.decision, Accepted)), variants[0])

    def _decided(self, values: Mapping[str, Any]) -> Sample:
        decision = self._contract.decide(self._state, values)
        state = self._state
        events: tuple[Mapping[str, Any], ...] = ()
        if isinstance(decision, Accepted):
            events = self._contract.events_of(state, values)
            state = self._contract.after(state, values)
        return Sample(self._id, f"try-{self._made + 1}", values, decision, state, events)

    def _variants(self, kind: str) -> Iterator[dict[str, Any]]:
        members = dict(self._contract.types[kind])
        if self._contract.version is not None:
            members.pop(self._contract.version.member, None)
        plain = {"type": kind, self._contract.id_member: self._id,
                 **{name: plain_value(member) for name, member in members.items()},
                 **self._mark(members), **self._version()}
        yield plain
        for name, values in self._contract.boundaries(self._state, kind).items():
            yield from ({**plain, name: value} for value in values)

    def _mark(self, members: Mapping[str, Member]) -> dict[str, Any]:
        """A value of its own for the member that marks a repetition: a sample is a new command."""
        name, number = self._contract.repetition.member, self._made + 1
        if name not in members:
            return {}
        others = (f"try-{number}", number, f"00000000-0000-4000-8000-{number:012d}")
        fitting = [each for each in others if members[name].accepts(each) is Acceptance.MUST]
        return {name: fitting[0]} if fitting else {}

    def _version(self) -> dict[str, int]:
        """The version that a client sends back, where a view has shown it one."""
        version = self._contract.version
        if version is None or self._contract.view(self._state) is None:
            return {}
        assert isinstance(self._state, Versioned)
        return {version.member: self._state.events + version.first - 1}


def _id(contract: Contract, number: int) -> str:
    plain = f"try-{number}"
    if contract.ids.accepts(plain) is Acceptance.MUST:
        return plain
    return str(simplest(contract.ids.valid, contract.ids))
