"""The baseline that the harness is measured against: a plain Hypothesis state machine.

It sends commands that the rules accept and commands that they refuse, delivers every event once
and in order, and compares the replies and the final views with a model's. It makes no faults, no
duplicates and no bad requests, and looks neither at the event store nor at the AWS calls.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, NoReturn

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from harness.core.commands import Accepted, Command
from harness.core.contract import Contract
from harness.core.errors import NotSayableError
from harness.core.http import Request, Response
from harness.core.json_values import to_json
from harness.core.stage import Stage
from harness.oracle.views import MALFORMED, observed_view, shows
from harness.play.runner import JSON_TYPE
from harness.seams.hypothesis import without_local_constants

EXAMPLES, STEPS = 500, 10
"""In all as many steps as Hypothesis takes by default (100 times 50).

Its 50 in one example would leave it two or three examples in a hunt's time, because every command
on one aggregate takes longer than the one before.
"""
LETTERS = st.sampled_from(("a", "b", "c"))


@dataclass(frozen=True, slots=True)
class BaselineKill:
    """The first violation that the machine saw; times as of ``hunt.Kill``."""

    reason: str
    examples: int
    seconds: float
    cpu_seconds: float


class _Over(BaseException):
    """Ends the machine; Hypothesis may raise something else on the way, which is no matter."""


class BaselineMachine:
    """Runs the machine on a stage.

    ``examples``: those it has begun so far; ``out_of_time``: there were more of them than time.
    """

    def __init__(self, contract: Contract, stage: Stage, seed_value: int) -> None:
        self._contract, self._stage, self._seed = contract, stage, seed_value
        self._kill: BaselineKill | None = None
        self._over = False
        self.examples = 0
        self.out_of_time = False

    def run(self, seconds: float) -> BaselineKill | None:
        """The first violation within some seconds and the given number of examples."""
        self._began, self._cpu, self._most = time.perf_counter(), time.process_time(), seconds
        machine = seed(self._seed)(_machine(self))
        configured = settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, database=None, deadline=None,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
        try:
            with without_local_constants():
                run_state_machine_as_test(machine, settings=configured)
        except BaseException:
            if not self._over:
                raise
        return self._kill

    @property
    def contract(self) -> Contract:
        """The contract that the implementation is judged by."""
        return self._contract

    def begin(self) -> str:
        """Begin an example; gives the beginning of its ids."""
        if time.perf_counter() - self._began > self._most:
            self.out_of_time = True
            self._end()
        self.examples += 1
        return self._stage.start(fresh=False, always_cold=False)

    def send(self, command: Command) -> Response | None:
        """Send a command; None if no client of the system could."""
        body = to_json(command)
        try:
            return self._stage.send(Request("POST", self._contract.path, (JSON_TYPE,), body))
        except NotSayableError:
            return None

    def view(self, aggregate: str) -> Any:
        """Read a view when everything is delivered."""
        self._stage.settle(final=True)
        return observed_view(self._stage.send(Request("GET", self._contract.view_path(aggregate))))

    def expect(self, holds: bool, reason: str) -> None:
        """End the machine if something is not as it should be."""
        if not holds:
            self._kill = BaselineKill(reason, self.examples, time.perf_counter() - self._began,
                                   time.process_time() - self._cpu)
            self._end()

    def _end(self) -> NoReturn:
        self._over = True
        raise _Over


def _machine(plain: BaselineMachine) -> type[RuleBasedStateMachine]:
    contract = plain.contract
    commands = st.fixed_dictionaries({kind: _members(contract, kind) for kind in contract.types})
    choices = st.integers(0, len(contract.types) - 1)

    class Machine(RuleBasedStateMachine):
        """Aggregates come, change and go; in the end every view is as the commands say."""

        def __init__(self) -> None:
            super().__init__()
            self._namespace = plain.begin()
            self._states: dict[str, Any] = {}

        @rule(letter=LETTERS, choice=choices, values=commands)
        def accepted(self, letter: str, choice: int, values: dict[str, Any]) -> None:
            id, state = self._aggregate(letter)
            legal = [c for c in _sorted_out(id, values) if _accepts(state, c)]
            if legal:
                command = legal[choice % len(legal)]
                response = plain.send(command)
                if response is not None:
                    plain.expect(response.status // 100 == 2, "a command was not accepted")
                    self._states[id] = contract.after(state, command)

        @rule(letter=LETTERS, choice=choices, values=commands)
        def refused(self, letter: str, choice: int, values: dict[str, Any]) -> None:
            id, state = self._aggregate(letter)
            illegal = [c for c in _sorted_out(id, values) if not _accepts(state, c)]
            if illegal:
                response = plain.send(illegal[choice % len(illegal)])
                refused = response is None or response.status // 100 == 4
                plain.expect(refused, "a command was not refused")

        def _aggregate(self, letter: str) -> tuple[str, Any]:
            id = self._namespace + letter
            return id, self._states.get(id, contract.initial)

        def teardown(self) -> None:
            for id, state in self._states.items():
                shown = plain.view(id)
                right = shown is not MALFORMED and shows(contract, shown, contract.view(state))
                plain.expect(right, "a view is not the fold of the commands")

    def _sorted_out(id: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": kind, contract.id_member: id, **own} for kind, own in values.items()]

    def _accepts(state: Any, command: Command) -> bool:
        return isinstance(contract.decide(state, command), Accepted)

    return Machine


def _members(contract: Contract, kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Valid values for a command's own members."""
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, member in contract.types[kind].items():
        (required if member.required else optional)[name] = member.valid
    return st.fixed_dictionaries(required, optional=optional)
