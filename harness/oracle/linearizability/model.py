"""Operations, sequential models and verdicts: the types of the checker."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Outcome = Literal["linearizable", "not linearizable", "unknown"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a history, as its client saw it.

    Times are ordered numbers of any one unit and origin (int, float, Fraction, ...).
    ``returned`` is None while the operation is pending, or if its result is indefinite: it may
    take effect at any time from ``called`` on, or never.
    """

    client: object
    called: float
    returned: float | None
    input: Any
    output: Any


class Model(Protocol):
    """A sequential specification. Its methods must be pure: the search calls them in any order.

    States that compare equal are one state; inputs and outputs that compare equal are
    interchangeable.
    """

    def init(self) -> Hashable:
        """Return the state before the first operation."""

    def step(self, state: Any, input: Any, output: Any) -> tuple[bool, Hashable]:
        """Return whether ``output`` answers ``input`` in ``state``, and the state afterwards.

        The state is ignored where a completed operation is not ok. For a pending operation it is
        the ok that is ignored, so the state must be right whatever the output.
        """


@runtime_checkable
class PartitionedModel(Protocol):
    """A model that can split a history into parts which are independent of one another."""

    def partition(self, operations: list[Operation]) -> list[list[Operation]]:
        """Return the given operations, each of these very objects in exactly one part."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of `check`. All fields but ``outcome`` are evidence of "not linearizable".

    ``longest_prefix`` is the first linearization found among those that place the most completed
    operations, with the pending ones that it needs. ``blocking`` is the completed operation that
    has to be placed next, and cannot. ``partition`` is the position of the failing part in what
    the model's ``partition`` returned, None if the model has none.
    """

    outcome: Outcome
    longest_prefix: tuple[Operation, ...] = ()
    blocking: Operation | None = None
    partition: int | None = None


def unhashable_state(method: str, state: object) -> TypeError:
    """Return the error about a model that gives a state which cannot be hashed."""
    return TypeError(
        f"{method} of the model: expected a hashable state, got {type(state).__name__} "
        f"{state!r:.80}; return a tuple, a frozenset or a frozen dataclass"
    )
