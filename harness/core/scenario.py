"""Scenarios: immutable sequences of steps, in JSON and back without loss.

A scenario is data, so what Hypothesis found on one stage replays on another. In every id
and body ``~`` stands for the namespace of one play: each play gets a namespace of its own,
so aggregates are fresh without any reset, while prefixes and case stay as drawn. (A literal
tilde in a text is written ``\u007e`` in its JSON.)

``pick`` arguments are positions taken modulo what there is, so that any step is playable at
any place and shrinks towards 0. A step that finds nothing to act on does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from harness.core.faults import FaultKind

NAMESPACE_MARK = "~"


@dataclass(frozen=True, slots=True)
class Send:
    """A client sends a command: ``body`` is the JSON text as sent (or whatever else).

    ``key`` is the Idempotency-Key, ``header`` the spelling of its header's name;
    ``base64`` has API Gateway pass the body base64-encoded.
    """

    body: str | None
    key: str | None = None
    header: str = "Idempotency-Key"
    base64: bool = False


@dataclass(frozen=True, slots=True)
class SendBatch:
    """A queue hands the command function several commands at once, as records."""

    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A client asks for one aggregate's view; ``id`` is not percent-encoded."""

    id: str


@dataclass(frozen=True, slots=True)
class Settle:
    """The bus delivers everything that is on its way (except what is held or lost)."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """The bus delivers the pending event at position ``pick`` now, before the others."""

    pick: int = 0


@dataclass(frozen=True, slots=True)
class Redeliver:
    """The bus delivers an event again that was delivered before: the ``pick``-th latest."""

    pick: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A pending event is held back: the next Settle delivers it after all the others."""

    pick: int = 0


@dataclass(frozen=True, slots=True)
class Drop:
    """A pending event's delivery is lost; it is redelivered only after the last step."""

    pick: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to ``size`` pending events reach the projection as records of one invocation.

    ``poison`` puts a record that cannot be handled at that position. ``aside``: it comes again with
    those that come back, until the queue sets all that is left of the batch aside for good; where
    order is kept, which lets nothing pass, it does not.
    """

    size: int
    poison: int | None = None
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that nobody can handle is published: ``detail_type`` and ``detail`` as given.

    ``source`` None means the implementation's own event source.
    """

    detail_type: str
    detail: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The next invocation of every function runs in a new environment."""


@dataclass(frozen=True, slots=True)
class TimePasses:
    """Sixteen minutes pass by the clocks of functions, where all of them can be set."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The time to live of the ``pick``-th latest stored item that has one runs out."""

    pick: int = 0


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The read model is wiped and the stored events are delivered again, oldest first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The ``nth`` AWS call from now (counted from 0) of a function goes wrong.

    ``role``: command, relay, projection or query. ``operation``: S3's, DynamoDB's or EventBridge's
    own name of it, or ``*`` for any; PutEvents stands for every way to publish. ``lasting``: every
    further such call of that invocation
    goes wrong too.
    """

    role: str
    operation: str
    nth: int
    what: FaultKind
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Concurrently:
    """Branches run at the same time; AWS calls are interleaved as the schedule says.

    The first branch goes first; at every decision (before an AWS call, counted from 0) whose
    number is in ``schedule`` the branch that is about to call lets all others go first.
    """

    branches: tuple[tuple[Step, ...], ...]
    schedule: tuple[int, ...] = ()


Step = (
    Send | SendBatch | Query | Settle | Deliver | Redeliver | Hold | Drop | Batch | Poison
    | ColdStart | TimePasses | Expire | Rebuild | Fault | Concurrently
)
STEP_NAMES: dict[type, str] = {
    kind: "Later" if kind is TimePasses else kind.__name__
    for kind in (Send, SendBatch, Query, Settle, Deliver, Redeliver, Hold, Drop, Batch, Poison,
                 ColdStart, TimePasses, Expire, Rebuild, Fault, Concurrently)
}
"""The name of each step in JSON."""
STEPS: dict[str, type] = {name: kind for kind, name in STEP_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in order; after the last the runner settles, redelivers what was lost and reads.

    ``fresh``: starts on an empty system, for ids that cannot carry a namespace.
    ``always_cold``: every invocation runs in an environment of its own. ``at_relays``: steps about
    deliveries act on those to relays; else relays pass on at once what reaches them.
    """

    steps: tuple[Step, ...]
    fresh: bool = False
    always_cold: bool = False
    at_relays: bool = False


def change(scenario: Scenario, edit: Callable[[Step], Step | None]) -> Scenario:
    """The scenario with every step, also in branches, replaced or (None) left out."""
    return replace(scenario, steps=_changed(scenario.steps, edit))


def _changed(steps: Iterable[Step], edit: Callable[[Step], Step | None]) -> tuple[Step, ...]:
    kept: list[Step] = []
    for step in steps:
        new = edit(step)
        if isinstance(new, Concurrently):
            new = replace(new, branches=tuple(_changed(b, edit) for b in new.branches))
        if new is not None:
            kept.append(new)
    return tuple(kept)


def without(scenario: Scenario, kinds: Iterable[type]) -> Scenario:
    """The scenario less the steps of those kinds, also in branches."""
    left_out = tuple(kinds)
    return change(scenario, lambda step: None if isinstance(step, left_out) else step)


def flat(scenario: Scenario) -> Iterator[Step]:
    """All steps, those of branches in their place."""
    for step in scenario.steps:
        if isinstance(step, Concurrently):
            yield from (inner for branch in step.branches for inner in branch)
        else:
            yield step
