"""Listed scenarios of events that are delivered twice, late, out of order or in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, permutations

from harness.core.contract import Contract
from harness.core.faults import ANY_OPERATION, HAVE_ENTRIES, FaultKind
from harness.core.history import Role
from harness.core.scenario import (
    Batch,
    ColdStart,
    Deliver,
    Expire,
    Fault,
    Hold,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    TimePasses,
)
from harness.explore.sweep import in_turn
from scenarios.generators.commands import (
    accepted_sequences,
    all_accepted,
    creations,
    is_accepted,
    repeatable,
    simplest_bodies,
    state_after,
    with_tricky_values,
)
from scenarios.generators.hostile import poisons
from scenarios.generators.lifetimes import (
    LONGEST_SHORT_LIFE,
    lives_begun_again,
    lives_to_the_end,
    on_separate_aggregates,
    redelivered_backwards,
    short_lives,
)

RECORDS = 7
"""The records of one batch: more than half a dozen."""
FEW_RECORDS, MANY_RECORDS = 3, 27
"""The fewest with one in the middle; and more than a request takes: ten entries of PutEvents, 25
items of a batch."""
SECOND_REQUEST = 12
"""Aggregates whose events need two requests of PutEvents."""
WAITING = 12
"""Events of which all but the first come early: more than ten."""
OUTAGE, COME_AGAIN = 27, 3
"""More commands than a page of 25 entries, and those that come again."""
MOST_WAITS = 3
"""Times that the clocks of functions are set ahead in one play, to less than an hour."""


def poisoned(contract: Contract) -> tuple[Scenario, ...]:
    """Every event that no projection can handle, between two valid events.

    They are of one aggregate, or of two where an aggregate has but one event.
    """
    lives = (tuple(map(Send, life)) for life in accepted_sequences(contract, 2) if len(life) == 2)
    before, after = next(lives, tuple(creations(contract, "~a", "~b")))
    return (Scenario((before, *poisons(contract), after)),
            Scenario((*poisons(contract), before, Settle())))


def expiries(contract: Contract) -> tuple[Scenario, ...]:
    """A short life whose items all expire, the first one first, and then another aggregate."""
    other = creations(contract, "~b")
    return tuple(
        Scenario((*map(Send, life), Settle(), *[Expire(len(life) - 1)] * len(life), *other))
        for life in short_lives(contract, LONGEST_SHORT_LIFE))


def event_batches(contract: Contract) -> tuple[Scenario, ...]:
    """Events of several aggregates in one batch, with a bad record first, last or in the middle.

    In a batch whose calls are slow the rest must not be lost, nor what is left undone of a
    request. The bad record is redelivered, with all that was reported back, until the queue sets it
    aside. Or one of the good records fails once, with an error that no SDK retries; or all fail.
    Behind one that fails is the next event of its aggregate, which must not overtake it where the
    carrier keeps their order. At last there are more records than one request takes, or some
    entries of the second one fail.
    """
    many = creations(contract, *(f"~{number}" for number in range(100, 100 + MANY_RECORDS)))
    sent = many[:RECORDS]
    poisoned = [Batch(RECORDS, place, aside=True) for place in (0, RECORDS // 2, RECORDS)]
    few = sent[:FEW_RECORDS]
    some = Fault(Role.PROJECTION.value, "BatchWriteItem", 0, FaultKind.SOME_ENTRIES)
    failed = [_denied(nth, lasting=nth == 0) for nth in range(FEW_RECORDS)]
    return (*(Scenario((*sent, batch)) for batch in poisoned),
            *(Scenario((*few, fault, Batch(FEW_RECORDS))) for fault in failed),
            *(Scenario((first, *between, second, _denied(0), Batch(FEW_RECORDS)))
              for first, second in _pairs(contract) for between in ((), sent[:1])),
            Scenario((*sent, _slow(Role.PROJECTION), Batch(RECORDS))),
            Scenario((*sent, some, Batch(RECORDS, RECORDS // 2, aside=True))),
            Scenario((*many, Batch(MANY_RECORDS))),
            Scenario((*many, replace(some, nth=1), Batch(MANY_RECORDS))))


def batches_to_pass_on(contract: Contract) -> tuple[Scenario, ...]:
    """The batches of events, and four of which some entries of a request are not published.

    In one it is the second request: places in it are not those in the batch. In two of them the
    first event of an aggregate is not, and the second one is: it overtakes, in one request, or in a
    request of its own that does not wait for the first one.
    """
    many = creations(contract, *(f"~{number}" for number in range(100, 100 + MANY_RECORDS)))
    sent = many[:RECORDS]
    some = Fault(Role.PROJECTION.value, "PutEvents", 0, FaultKind.SOME_ENTRIES)
    overtaken = [Scenario((*before, *pair, some, Batch(RECORDS)))
                 for pair in _pairs(contract) for before in (sent[:1], ())]
    return (*event_batches(contract), Scenario((*sent, some, Batch(RECORDS))),
            Scenario((*many, replace(some, nth=1), Batch(MANY_RECORDS))), *overtaken)


def _pairs(contract: Contract) -> list[tuple[Send, ...]]:
    """The simplest two commands on one aggregate, if a life has two."""
    lives = [life for life in accepted_sequences(contract, 2) if len(life) == 2]
    return [tuple(map(Send, life)) for life in lives[:1]]


def _denied(nth: int, *, lasting: bool = False) -> Fault:
    """A call of the projection is denied: an error that no SDK repeats."""
    return Fault(Role.PROJECTION.value, ANY_OPERATION, nth, FaultKind.ACCESS_DENIED, lasting)


def _slow(role: Role) -> Fault:
    """The calls of an invocation take long, until little time is left."""
    return Fault(role.value, ANY_OPERATION, 0, FaultKind.NEARLY_LATE, lasting=True)


def command_batches(contract: Contract) -> tuple[Scenario, ...]:
    """Commands on two aggregates in one batch, with a bad one at each place; and one twice.

    Or the first one, the middle one or all fail with an error that no SDK retries: they have to be
    reported back, and the others take effect. So do those of every second entry of a request, be it
    the second one, and those that slow calls leave no time for. Or the rules refuse the first one,
    which must not be reported back. One of each kind comes before its likes, the shortest first.
    """
    one, other, third = (str(sent.body) for sent in creations(contract, "~a", "~b", "~d"))
    bad = '{"type": "Nothing"}'
    rows = ((bad, one, other), (one, bad, other), (one, other, bad))
    mixed = tuple(Scenario((SendBatch(row),)) for row in rows)
    twice = tuple(Scenario((*map(Send, prefix), SendBatch((body, body))))
                  for prefix, body in repeatable(contract))
    failed = [Fault(Role.COMMAND.value, "PutEvents", nth, FaultKind.PARTIAL, lasting)
              for nth, lasting in ((0, False), (1, False), (0, True))]
    refused = [body for body in simplest_bodies(contract, "~c")
               if not all_accepted(contract, (body,))]
    many = SendBatch(tuple(str(sent.body) for sent in creations(
        contract, *(f"~{number}" for number in range(100, 100 + RECORDS)))))
    all_kinds = SendBatch((*refused[:1], one, bad, other, third))
    some = [Fault(Role.COMMAND.value, operation, 0, FaultKind.SOME_ENTRIES)
            for operation in sorted(HAVE_ENTRIES - {"BatchGetItem"})]
    partly = [Scenario((fault, SendBatch((one, other, third)))) for fault in failed]
    return (*mixed[:1], Scenario((SendBatch((*refused[:1], one, other)),)), *twice, *partly[:1],
            Scenario((_slow(Role.COMMAND), many)), Scenario((*some, all_kinds)), *mixed[1:],
            *partly[1:], Scenario((many,)), *_second_request_fails_partly(contract))


def _second_request_fails_partly(contract: Contract) -> Iterator[Scenario]:
    """Second commands, whose events need two requests: alone, or with those before them."""
    some = Fault(Role.COMMAND.value, "PutEvents", 1, FaultKind.SOME_ENTRIES)
    for life in islice((each for each in accepted_sequences(contract, 2) if len(each) == 2), 1):
        first, second = zip(*on_separate_aggregates([life] * SECOND_REQUEST), strict=True)
        yield Scenario((*first, some, SendBatch(tuple(str(sent.body) for sent in second))))


def outage(contract: Contract) -> tuple[Scenario, ...]:
    """No event gets through for more commands than a page has; then the last of them come again.

    An outbox that is emptied page by page must not take the first page for all of it.
    """
    sent = [replace(each, key="k") for each in creations(
        contract, *(f"~{number}" for number in range(100, 100 + OUTAGE)))]
    failing = Fault(Role.COMMAND.value, "PutEvents", 0, FaultKind.PARTIAL, lasting=True)
    return (Scenario((*(step for each in sent for step in (failing, each)), *sent[-COME_AGAIN:])),)


def reorderings(contract: Contract) -> tuple[Scenario, ...]:
    """The events of a short life in every order; or environments end between deliveries.

    At last those of a longer life come backwards: more early events wait than a page has.
    """
    backwards = [Scenario((*map(Send, life), *map(Deliver, range(WAITING - 1, -1, -1))))
                 for prefix, body in islice(repeatable(contract), 1)
                 for last in [with_tricky_values(contract, body)]
                 for life in [(*prefix, *[body] * (WAITING - 1 - len(prefix)), last)]
                 if all_accepted(contract, life)]
    lives = [life for life in short_lives(contract, LONGEST_SHORT_LIFE) if len(life) > 1]
    return tuple(
        Scenario((*map(Send, life), *map(Deliver, _event_numbers(order))))
        for life in lives for order in permutations(range(len(life)))
        if list(order) != sorted(order)
    ) + tuple(map(_memory_lost, (life for life in lives if len(life) == LONGEST_SHORT_LIFE))) + (
        *backwards,)


def _event_numbers(order: tuple[int, ...]) -> Iterator[int]:
    """The number of each event among those that are not delivered yet."""
    left = sorted(order)
    for event in order:
        yield left.index(event)
        left.remove(event)


def duplicates(contract: Contract) -> tuple[Scenario, ...]:
    """The events of a short life, all redelivered at the end; longer lives first.

    Or environments end and minutes pass before that, and the latest event is redelivered first,
    because all of them in their own order would build the view anew. Or each event is delivered
    twice in a row, in every order.
    """
    lives = short_lives(contract, LONGEST_SHORT_LIFE)[::-1]
    again = [Scenario((*map(Send, life), Settle(), *reversed(redelivered_backwards(life))))
             for life in lives]
    longest = [life for life in lives if len(life) == LONGEST_SHORT_LIFE]
    lost = [
        Scenario((*map(Send, life), Settle(), ColdStart(), TimePasses(),
                  *redelivered_backwards(life)))
        for life in longest
    ]
    most = len(longest)
    return (*in_turn([iter(again[:most]), iter(lost)]), *map(_each_order_twice, longest),
            *again[most:])


def refused_again(contract: Contract) -> tuple[Scenario, ...]:
    """The message of a refused command, delivered again when the rules would accept it.

    Where commands wait in a queue for the function that stores, it comes as often as it likes, and
    the client has been told. Behind another command at first: where the server makes ids, none is
    known before.
    """
    lives = [life for life in accepted_sequences(contract, 3) if len(life) > 1]
    for *before, enabling, last in sorted(lives, key=len, reverse=True):
        if not is_accepted(contract, state_after(contract, tuple(before)), last):
            return (Scenario((*map(Send, (*before, last, enabling)), Settle(), Redeliver(1))),)
    return ()


def _each_order_twice(life: tuple[str, ...]) -> Scenario:
    """Every order of a life's events, each event twice in a row, on aggregates side by side."""
    orders = list(permutations(range(len(life))))
    steps: list[Step] = []
    for order, sent in zip(orders, on_separate_aggregates([life] * len(orders)), strict=True):
        twice = (step for pick in _event_numbers(order) for step in (Deliver(pick), Redeliver()))
        steps += [*sent, *twice, Settle()]
    return Scenario(tuple(steps))


def _memory_lost(life: tuple[str, ...]) -> Scenario:
    """The latest event is delivered first, and environments end before the others are."""
    return Scenario((*map(Send, life), Deliver(len(life) - 1), ColdStart()))


def resurrections(contract: Contract) -> tuple[Scenario, ...]:
    """Aggregates that end, and begin again if the rules allow it, with late and repeated events.

    Each event of such a life is delivered last once, after the events before it were delivered
    before it existed. Then all are redelivered, the latest first, after every environment ended; or
    long after the end.
    """
    told = list(lives_begun_again(contract)) or list(lives_to_the_end(contract))
    late = [(life, last) for life in told for last in range(len(life) - 1)]
    steps: list[Step] = []
    apart = on_separate_aggregates([life for life, _ in late])
    for sent, (life, last) in zip(apart, late, strict=True):
        steps += [*sent[:last], *[Deliver()] * last, *sent[last:],
                  *[Deliver(1)] * (len(life) - last - 1), Deliver()]
    repeated = (Scenario((*map(Send, life), Settle(), ColdStart(), *redelivered_backwards(life)))
                for life in told)
    return (Scenario(tuple(steps)), *repeated, *_long_after(contract)) if steps else ()


def _long_after(contract: Contract) -> Iterator[Scenario]:
    """Deliveries of an aggregate that has ended, later than anything that lasts for minutes.

    Its last event but one comes for the first time, or all of its events come again.
    """
    later = [TimePasses()] * MOST_WAITS
    for life in islice(lives_to_the_end(contract), 1):
        sent = [*map(Send, life)]
        yield Scenario((*sent, Settle(), *later, *redelivered_backwards(life)))
        others = [Deliver()] * (len(life) - 1)
        yield Scenario((*sent, Hold(len(life) - 2), *others, *later, Settle()))
