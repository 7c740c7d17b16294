"""Scenarios whose commands send back versions: right ones, stale ones and none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from harness.core.bodies import read_sent_body, with_namespace
from harness.core.commands import Acceptance, Accepted, Command
from harness.core.contract import Contract
from harness.core.scenario import Concurrently, Scenario, Send, SendBatch, Step
from harness.core.version import Version, Versioned
from scenarios.generators.author import Draw
from scenarios.generators.commands import accepted_sequences, with_members

NONE_SENT = None
STALE = (-1, 1, NONE_SENT)
"""Added to the right version: for one that is past, for one to come; None: no version is sent."""
BEYOND = 2
"""Added instead, where there is no version before the first."""
UNCONDITIONAL = 4
"""Every fourth command names no version, where it need not."""


def with_versions(
    contract: Contract, scenario: Scenario, wrong: Iterable[tuple[int, int | None]] = ()
) -> Scenario:
    """The scenario with the right versions in its commands, which do not have any yet.

    ``wrong``: places of commands, counted from 0, with what is added to their version, or None.
    """
    return replace(scenario, steps=_Writer(contract, dict(wrong)).steps(scenario.steps))


@dataclass(slots=True)
class _Writer:
    """Writes versions into the commands of one scenario, and follows what these do."""

    contract: Contract
    wrong: dict[int, int | None]
    states: dict[str, Any] = field(default_factory=dict)
    repeated: dict[tuple[str, str, str], str] = field(default_factory=dict)
    place: int = 0

    @property
    def version(self) -> Version:
        """The version that the contract names."""
        assert self.contract.version is not None
        return self.contract.version

    def steps(self, steps: Iterable[Step]) -> tuple[Step, ...]:
        """The steps, with versions in their commands."""
        return tuple(self._step(step) for step in steps)

    def _step(self, step: Step) -> Step:
        if isinstance(step, Concurrently):
            return self._at_once(step)
        if isinstance(step, SendBatch):
            return replace(step, bodies=tuple(str(self._sent(Send(b)).body) for b in step.bodies))
        return self._sent(step) if isinstance(step, Send) else step

    def _at_once(self, step: Concurrently) -> Concurrently:
        """Each branch names the versions there were before any of them."""
        before = dict(self.states)
        branches = []
        for branch in step.branches:
            self.states = dict(before)
            branches.append(self.steps(branch))
        self.states = before
        for sent in (inner for branch in branches for inner in branch if isinstance(inner, Send)):
            self._follow(sent)
        return replace(step, branches=tuple(branches))

    def _sent(self, step: Send) -> Send:
        reading = read_sent_body(self.contract, step)
        command = reading.command
        if command is None or step.body is None or reading.acceptance is not Acceptance.MUST:
            return step
        use = (self.contract.aggregate(command), step.key or "", step.body)
        if step.key is not None and use in self.repeated:
            return replace(step, body=self.repeated[use])
        sent = replace(step, body=self._body(step.body, command))
        self.repeated[use] = str(sent.body)
        self._follow(sent)
        return sent

    def _body(self, body: str, command: Command) -> str:
        state = self._state(command)
        change = self._change()
        if change is None or self.contract.view(state) is None:
            return body
        right = state.events + self.version.first - 1
        number = right + change if right + change >= 0 else right + BEYOND
        return with_members(self.contract, body, {self.version.member: number})

    def _change(self) -> int | None:
        self.place += 1
        often = self.version.required or self.place % UNCONDITIONAL
        return self.wrong.get(self.place - 1, 0 if often else None)

    def _state(self, command: Command) -> Versioned:
        found = self.states.get(self.contract.aggregate(command), self.contract.initial)
        assert isinstance(found, Versioned)
        return found

    def _follow(self, sent: Send) -> None:
        command = self.contract.read(with_namespace(str(sent.body))).command
        if command is None:
            return
        state: Any = self._state(command)
        if isinstance(self.contract.decide(state, command), Accepted):
            self.states[self.contract.aggregate(command)] = self.contract.after(state, command)


@st.composite
def wrong_versions(
    draw: Draw, contract: Contract, scenarios: st.SearchStrategy[Scenario]
) -> Scenario:
    """Scenarios of which some commands name a version that is stale or to come, or none."""
    wrong = draw(st.dictionaries(st.integers(0, 6), st.sampled_from(STALE), min_size=1, max_size=3))
    return with_versions(contract, draw(scenarios), wrong.items())


def every_wrong_version(base: Contract, contract: Contract) -> tuple[Scenario, ...]:
    """Short lives whose last command comes with each wrong version before the right one."""
    return tuple(
        with_versions(contract, Scenario(tuple(map(Send, (*life[:-1], *life[-1:] * 4)))),
                      ((len(life) - 1 + number, change) for number, change in enumerate(STALE)))
        for life in accepted_sequences(base, 3) if len(life) > 1)
