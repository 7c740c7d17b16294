"""A contract whose commands send back the version of the aggregate that their client has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st

from harness.core.commands import Acceptance, Command, Decision, Refused, View
from harness.core.contract import Contract, Member
from harness.core.version import Version, Versioned

NOT_VERSIONS: tuple[Any, ...] = (None, "x", "", -1, 1.5, True, [], {})


def with_version(base: Contract, version: Version) -> Contract:
    """The contract with a version in its commands and, where it is shown, in its views."""
    rules = _Rules(base, version)
    number = Member(_accepts, st.just(version.first), st.sampled_from(NOT_VERSIONS), required=False)
    types = {kind: {**members, version.member: number} for kind, members in base.types.items()}
    return replace(
        base, version=version, types=MappingProxyType(types), event_types=base.stored_types,
        initial=Versioned(0, base.initial), decide=rules.decide, events=rules.events,
        evolve=rules.evolve, view=rules.view, boundaries=rules.boundaries)


def _accepts(value: Any) -> Acceptance:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return Acceptance.MUST if whole else Acceptance.MUST_NOT


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a contract, with those of the version before them."""

    base: Contract
    version: Version

    def decide(self, before: Versioned, command: Command) -> Decision:
        """Refuse a version that is not the latest, or is missing; then the base decides."""
        sent = command.get(self.version.member)
        if sent is not None and sent != before.events + self.version.first - 1:
            return Refused("the version is stale")
        visible = self.base.view(before.state) is not None
        if sent is None and visible and self.version.required:
            return Refused("the version is missing")
        return self.base.decide(before.state, self._without_version(command))

    def events(self, before: Versioned, command: Command) -> tuple[Command, ...]:
        """The events of the base, which say nothing of the version that was sent."""
        return self.base.events_of(before.state, self._without_version(command))

    def evolve(self, before: Versioned, event: Command) -> Versioned:
        """Each event is a new version."""
        return Versioned(before.events + 1, self.base.evolve(before.state, event))

    def view(self, state: Versioned) -> View:
        """The view of the base, with the version if it is shown."""
        found = self.base.view(state.state)
        if found is None or not self.version.shown:
            return found
        return {**found, self.version.shown: state.events + self.version.first - 1}

    def boundaries(self, state: Versioned, kind: str) -> Mapping[str, tuple[Any, ...]]:
        """The boundaries of the base."""
        return self.base.boundaries(state.state, kind)

    def _without_version(self, command: Command) -> Command:
        return {name: value for name, value in command.items() if name != self.version.member}


