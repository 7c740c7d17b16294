"""Tell if a concurrent history is linearizable with respect to a sequential model.

It is generic: it knows nothing of commands, contracts or stages. The oracle uses it with the rules
of a contract as the model, one aggregate at a time (``checks/concurrency``), and
``cqrs_conformance.linearizability`` offers it to any user with a model of their own; splitting a
history into parts (``PartitionedModel``) and long histories are there for them.

Strategy: the depth-first search of Wing and Gong, with Lowe's memory of the configurations
already tried (G. Lowe, "Testing for linearizability", 2017) and P-compositionality (A. Horn and
D. Kroening, "Faster linearizability checking via P-compositionality", 2015) when the model can
split a history into independent parts.

Time. Operation a precedes operation b if and only if ``a.returned < b.called``. Operations that
touch at one instant (``a.returned == b.called``) are concurrent, since a clock that shows the
same instant twice has not told their order. Clients are informational: the operations of one
client are ordered by their times alone, like any others.

Configuration. The completed operations are numbered by the time of their return. ``base`` is the
first one not yet placed. Whatever is placed beyond it was in flight when ``base`` returned, so
a mask with one bit for each operation in flight says the rest: operations that never overlap
share a bit. A configuration is (base, mask, state), with a mask as wide as the greatest number of
operations in flight at once, however long the history is. The memory holds at most
(operations x 2^(in flight - 1) x states) of them; it is never trimmed, since the search may back
up as far as its start.

Pending operations may take effect late or never, which would double the configurations for each
of them. Five rules keep them cheap; each leaves out only what another branch covers:

1. A configuration is covered by an equal one that has used a subset of its pending operations.
2. Pending operations of equal input and output are interchangeable: the earliest goes first.
3. Pending operations are placed in chains just before a completed operation, and only after all
   completed ones were tried. A chain that leads to a state which fewer of them reach is dropped
   (so is, therefore, one without effect on the state), or which another chain has led to before.
4. A chain whose last member commutes with the completed operation that follows it (or is undone
   by it) is dropped: a pending operation has no deadline, so it can be placed later (or left out).
5. The search runs in rounds that admit chains of at most 0, 1, 2, 4, ... members. It ends with
   the first success, or with a failure that the limit had no part in.

The problem is NP-complete. Two things stay exponential: operations in flight at once, and pending
operations whose every selection leads to another state. Hence the budget.

Everything but the budget is deterministic: no order depends on hashes or on the clock.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from time import monotonic

from harness.oracle.linearizability.model import (
    Model,
    Operation,
    PartitionedModel,
    Verdict,
    unhashable_state,
)
from harness.oracle.linearizability.search import Search
from harness.oracle.linearizability.tables import plan_search

_FIRST_QUANTUM = 4096


def check(operations: Sequence[Operation], model: Model, *, budget: float | None = None) -> Verdict:
    """Judge a history, given in any order, against a model.

    ``budget`` is the time for all parts together, in seconds; None sets no limit. A budget of
    zero or less (a deadline already past) gives "unknown", unless the history is empty: an empty
    history is linearizable. The parts take turns, so that one part too hard to judge does not
    hide another that fails; with several failing parts, the first one found is reported.

    Raises ValueError for an operation that returns before its call, for a time or budget that is
    not a number, and for a partition that loses or invents operations; TypeError for a state
    that cannot be hashed.
    """
    deadline = _deadline(budget)
    history = list(operations)
    for position, operation in enumerate(history):
        _validate(position, operation)
    if not history:
        return Verdict("linearizable")
    if budget is not None and budget <= 0:
        return Verdict("unknown")
    split = isinstance(model, PartitionedModel)
    initial = _initial(model)
    searches = [Search(plan_search(part), model, initial) for part in _parts(history, model)]
    return _judge(searches, deadline, split)


def _deadline(budget: float | None) -> float | None:
    if budget is None:
        return None
    if budget != budget:
        raise ValueError(f"budget: expected a number of seconds or None, got {budget!r}")
    return monotonic() + budget


def _validate(position: int, operation: Operation) -> None:
    """Raise ValueError unless the times of an operation are numbers in order."""
    called, returned = operation.called, operation.returned
    subject = f"operation {position} of client {operation.client!r}"
    if called != called:
        raise ValueError(f"{subject}: expected a number for called, got {called!r}")
    if returned is None:
        return
    if returned != returned:
        raise ValueError(f"{subject}: expected a number or None for returned, got {returned!r}")
    if returned < called:
        raise ValueError(
            f"{subject}: expected returned to be at least called ({called!r}), got {returned!r}"
        )


def _initial(model: Model) -> Hashable:
    state = model.init()
    try:
        hash(state)
    except TypeError as error:
        raise unhashable_state("init()", state) from error
    return state


def _parts(history: list[Operation], model: object) -> list[list[Operation]]:
    """Return the parts of a history; raise ValueError if they are not a partition of it."""
    if not isinstance(model, PartitionedModel):
        return [history]
    parts = [list(part) for part in model.partition(list(history))]
    expected = Counter(map(id, history))
    got = Counter(id(operation) for part in parts for operation in part)
    if expected != got:
        raise ValueError(
            "partition() of the model: expected each operation of the history in exactly one "
            f"part ({len(history)} operations), got {(expected - got).total()} lost and "
            f"{(got - expected).total()} invented; regroup the operations, do not copy them"
        )
    return parts


def _judge(searches: list[Search], deadline: float | None, split: bool) -> Verdict:
    """Let the searches take turns, ever longer ones, until one fails or all succeed."""
    waiting = list(enumerate(searches))
    quantum = _FIRST_QUANTUM
    while waiting:
        undecided = []
        for position, search in waiting:
            found = search.run(quantum, deadline)
            if found is False:
                return search.evidence(position if split else None)
            if found is None:
                undecided.append((position, search))
        if undecided and deadline is not None and monotonic() >= deadline:
            return Verdict("unknown")
        waiting = undecided
        quantum *= 2
    return Verdict("linearizable")
