"""The ledger: a history as the contract sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.core.commands import Reading, State
from harness.core.history import Queried, Sent


class OtherUse(StrEnum):
    """The use of a command's mark for another aggregate, where a mark holds for all of them."""

    UNUSED = "unused"
    PERHAPS = "perhaps used"
    USED = "used"


@dataclass(frozen=True, slots=True)
class Submission:
    """A command as it was submitted: how the contract reads it, and the mark that it came with."""

    reading: Reading
    mark: str | None = None
    other_use: OtherUse = OtherUse.UNUSED


class Expect(StrEnum):
    """The reply that the contract asks for in one world."""

    ACCEPT = "accept"
    REPEAT = "repeat the first reply"
    REFUSE = "refuse"
    REFUSE_REUSE = "refuse the reused key"
    REFUSE_INVALID = "refuse as invalid"


@dataclass(frozen=True, slots=True)
class World:
    """One possible past of an aggregate: its events in order, and the state after each.

    ``effects`` are the events as text. ``marks`` are the marks of commands with the command they
    took effect with (None: refused). ``marks_without_effect`` are (mark, command) of commands that
    failed without being refused: an implementation may have noted the mark before it failed.
    ``latest`` is the command that took effect last, where its content marks a repetition.
    """

    states: tuple[State, ...]
    effects: tuple[str, ...] = ()
    marks: tuple[tuple[str, str | None], ...] = ()
    marks_without_effect: frozenset[tuple[str, str]] = frozenset()
    latest: str = ""

    @property
    def state(self) -> State:
        """The state after everything that happened."""
        return self.states[-1]


@dataclass(frozen=True, slots=True)
class JudgedCommand:
    """A command that was sent: how the contract reads it, and what was expected of the reply.

    ``at`` is the record's place in the history. ``agrees``: some world allows the reply.
    ``overlapped``: another command on the aggregate was under way at the same time.
    """

    at: int
    sent: Sent
    submission: Submission
    aggregate: str | None
    expected: frozenset[Expect]
    agrees: bool
    overlapped: bool = False

    @property
    def reading(self) -> Reading:
        """How the contract reads it."""
        return self.submission.reading


@dataclass(frozen=True, slots=True)
class Read:
    """A query, and the worlds of its aggregate at that time."""

    at: int
    query: Queried
    worlds: tuple[World, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """A history as the contract sees it.

    ``contradicted``: aggregates whose overlapping commands got replies that no order of them
    explains. ``unrepaired``: aggregates with a command that may or may not have taken effect,
    because it got an indefinite reply and was not repeated with success; the contract promises
    nothing about their view. ``narrowed``: aggregates with so many possible worlds that only some
    are looked at: if these allow what was observed it is right, and otherwise nothing is known.
    """

    commands: tuple[JudgedCommand, ...]
    reads: tuple[Read, ...]
    worlds: dict[str, tuple[World, ...]]
    contradicted: frozenset[str] = frozenset()
    unrepaired: frozenset[str] = frozenset()
    narrowed: frozenset[str] = frozenset()
