"""Lives of aggregates: plays whose steps come when the load says so, several at once.

A life is a drawn scenario's commands and queries, in a namespace of its own. When its steps are
used up it settles, and its history is judged by every check, like that of any play.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, cycle, islice

from harness.core.contract import Contract
from harness.core.errors import UndecidedError
from harness.core.history import History, Queried, Sent, Settled
from harness.core.history_json import to_lines
from harness.core.scenario import Query, Scenario, Send, flat
from harness.core.stage import Stage
from harness.explore.drawing import drawn
from harness.oracle.checks import judge
from harness.play.runner import Player
from harness.soak.figures import Figures, Wrong

FIRST_CHOICE = "PRJ-01"
"""The requirement whose scenarios are whole lives of aggregates, in every domain of ours."""
SCRIPTS = 60
STEPS = 24
"""Steps of a life; what the oracle can judge soon, however they overlap."""
Sendable = Send | Query


def scripts(contract: Contract, seed: int) -> Iterator[tuple[Sendable, ...]]:
    """Steps of one life after another, without end; a seed gives the same ones."""
    exploration = contract.explorations.get(FIRST_CHOICE) or next(
        iter(contract.explorations.values()))
    strategy = exploration.generator(contract)
    found = [steps for scenario in drawn(strategy, SCRIPTS, seed) if (steps := _sendable(scenario))]
    return _of_a_length(chain.from_iterable(cycle(found)))


def _of_a_length(steps: Iterator[Sendable]) -> Iterator[tuple[Sendable, ...]]:
    while life := tuple(islice(steps, STEPS)):
        yield life


def _sendable(scenario: Scenario) -> tuple[Sendable, ...]:
    return tuple(step for step in flat(scenario) if isinstance(step, Send | Query))


class Life:
    """One life on a stage of its own. Its steps may be taken by several threads."""

    def __init__(self, stage: Stage, contract: Contract, steps: Sequence[Sendable]) -> None:
        self._stage, self._contract, self._steps = stage, contract, steps
        self._namespace = stage.start(fresh=False, always_cold=False)
        self._player = Player(stage, contract, self._namespace, at_once=True)
        self._lock = threading.Lock()
        self._begun = self._done = 0

    def begin(self) -> Callable[[], str] | None:
        """The next step, to be taken once; None if all have begun. It returns a status."""
        with self._lock:
            if self._begun == len(self._steps):
                return None
            number = self._begun
            self._begun += 1
        return lambda: self._take(number)

    def is_command(self) -> bool:
        """Tell if the step that has begun last sends a command."""
        return isinstance(self._steps[self._begun - 1], Send)

    @property
    def over(self) -> bool:
        """Tell if no step that has begun is under way."""
        with self._lock:
            return self._done == self._begun

    def _take(self, number: int) -> str:
        try:
            self._player.step(number, self._steps[number])
            return self._status(number)
        finally:
            with self._lock:
                self._done += 1

    def _status(self, number: int) -> str:
        """The status that a step's request got."""
        for record in reversed(self._stage.records):
            if isinstance(record, Sent | Queried) and record.step == number:
                return str(record.response.status) if record.response.answered else "no answer"
        return "not sent"  # an earlier command on the aggregate may still take effect

    def conclude(self, figures: Figures) -> None:
        """Let the views converge, read them, and judge all that happened.

        Raises:
            StageError: the stage is broken.
        """
        self._player.finish(len(self._steps))
        history = History(self._namespace, self._stage.system, tuple(self._stage.records))
        for record in history.records:
            if isinstance(record, Settled) and record.seconds >= 0:
                figures.convergence.add(record.seconds)
        try:
            _, violations = judge(self._contract, history)
        except UndecidedError:
            figures.undecided += 1
            return
        figures.lives += 1
        for found in violations:
            figures.violated(Wrong(found.kind.value, found.aggregate, found.expected,
                                   found.observed, tuple(to_lines(history))))


