"""Drawn scenarios of crashes, failing AWS calls and simultaneous invocations."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.faults import FaultKind
from harness.core.scenario import (
    Concurrently,
    Deliver,
    Fault,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
)
from scenarios.generators.author import Author, Draw
from scenarios.generators.drawn.deliveries import reads_on_the_way
from scenarios.generators.drawn.parts import one_or_two_ids, repetitions, schedules, sometimes

FAULTS = (FaultKind.THROTTLING, FaultKind.SERVICE_ERROR, FaultKind.TIMEOUT,
          FaultKind.LOST_RESPONSE, FaultKind.SLOW)
CRASHES = (FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER, FaultKind.FUNCTION_TIMEOUT)
NTH = st.integers(0, 5)


def _keyed(body: str, number: int) -> Send:
    return Send(body, key=f"key-{number}")


def _disturbed(draw: Draw, contract: Contract, fault: st.SearchStrategy[Fault]) -> Scenario:
    """Commands of which some meet a fault; those are repeated until they are acknowledged."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for number in repetitions(draw, 1, 3):
        sent = _keyed(author.accepted(), number)
        if draw(st.integers(0, 2)):
            steps += [draw(fault), sent, *sometimes(draw, st.just(Settle())), sent, sent]
        else:
            steps += [sent, *sometimes(draw, st.just(Settle()))]
    return Scenario(tuple(steps))


@st.composite
def crashed_commands(draw: Draw, contract: Contract) -> Scenario:
    """Crashes of the command function at any AWS call, and the command again."""
    crash = st.builds(Fault, st.just("command"), st.just("*"), NTH, st.sampled_from(CRASHES))
    return _disturbed(draw, contract, crash)


@st.composite
def failed_publishing(draw: Draw, contract: Contract) -> Scenario:
    """PutEvents that fails, in part or as a whole, and the command again."""
    kinds = st.sampled_from((FaultKind.PARTIAL, *FAULTS[:3]))
    fault = st.builds(Fault, st.just("command"), st.just("PutEvents"), st.just(0), kinds,
                      st.booleans())
    return _disturbed(draw, contract, fault)


@st.composite
def failed_calls(draw: Draw, contract: Contract) -> Scenario:
    """Throttling, errors, time-outs and lost responses of any call of the command function."""
    fault = st.builds(Fault, st.just("command"), st.just("*"), NTH, st.sampled_from(FAULTS),
                      st.booleans())
    return _disturbed(draw, contract, fault)


@st.composite
def failed_projections(draw: Draw, contract: Contract) -> Scenario:
    """Crashes and failing calls of the projection; the bus delivers again."""
    author = Author(draw, contract, one_or_two_ids(draw))
    fault = st.builds(Fault, st.just("projection"), st.just("*"), NTH,
                      st.sampled_from((*FAULTS, *CRASHES)), st.booleans())
    move = st.sampled_from((Settle(), Deliver(), Deliver(1), Redeliver()))
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 3):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps += [draw(fault), draw(move)]
    return Scenario((*steps, draw(fault), Settle()))


@st.composite
def concurrent_commands(draw: Draw, contract: Contract) -> Scenario:
    """Commands on one aggregate at the same time, some of them the same command twice."""
    author = Author(draw, contract, ("~a",))
    before: list[Step] = [Send(author.accepted()) for _ in repetitions(draw, 0, 2)]
    branches = [(_concurrent_command(draw, contract, author, number),)
                for number in range(draw(st.integers(2, 3)))]
    if draw(st.integers(0, 4)) == 0:
        branches[-1] = branches[0]
    block = Concurrently(tuple(branches), draw(schedules()))
    after = sometimes(draw, st.just(Send(author.any())))
    return Scenario((*before, block, *after))


def _concurrent_command(draw: Draw, contract: Contract, author: Author, number: int) -> Step:
    kind = draw(st.sampled_from(tuple(contract.types)))
    body = author.body(author.document(kind, "~a"))
    return Send(body, key=f"c{number}") if draw(st.booleans()) else Send(body)


@st.composite
def concurrent_deliveries(draw: Draw, contract: Contract) -> Scenario:
    """Events of one aggregate delivered at the same time, old ones among them."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 3):
        steps += [Send(author.accepted()), *sometimes(draw, st.just(Deliver()))]
    steps.append(Send(author.accepted()))
    move = st.sampled_from((Deliver(), Deliver(1), Redeliver(), Redeliver(1)))
    branches = tuple((draw(move),) for _ in range(draw(st.integers(2, 3))))
    return Scenario((*steps, Concurrently(branches, draw(schedules()))))


@st.composite
def concurrent_reads(draw: Draw, contract: Contract) -> Scenario:
    """Queries beside deliveries and commands."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = [Send(author.accepted()) for _ in repetitions(draw, 1, 3)]
    other = draw(st.sampled_from((Deliver(), Deliver(1), Redeliver())))
    branches: list[tuple[Step, ...]] = [(other,), (Query("~a"),)]
    if draw(st.booleans()):
        branches.append((Send(author.accepted()),))
    return Scenario((*steps, Concurrently(tuple(branches), draw(schedules())), Query("~a")))


def all_reads(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Reads during delivery, in sequence and under schedules."""
    return st.one_of(reads_on_the_way(contract), concurrent_reads(contract))


@st.composite
def failed_reads(draw: Draw, contract: Contract) -> Scenario:
    """Queries whose AWS calls fail, of aggregates that were seen before."""
    author = Author(draw, contract, ("~a",))
    fault = st.builds(Fault, st.just("query"), st.just("*"), st.just(0),
                      st.sampled_from(FAULTS), st.booleans())
    steps: list[Step] = [Send(author.accepted()) for _ in repetitions(draw, 1, 2)]
    steps += [Settle(), Query("~a"), draw(fault), Query("~a")]
    return Scenario((*steps, *sometimes(draw, st.just(Query("~a")))))


def reads_and_failed_reads(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Reads during delivery, reads beside deliveries, and reads whose AWS calls fail."""
    return st.one_of(all_reads(contract), failed_reads(contract))
