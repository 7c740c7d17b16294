"""Drawn scenarios of events that are delivered twice, late, out of order, in batches or never."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.scenario import (
    Batch,
    Deliver,
    Drop,
    Expire,
    Hold,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
)
from scenarios.generators.author import Author, Draw
from scenarios.generators.drawn.parts import (
    EVENT_NUMBERS,
    accepted_commands,
    lifetime,
    one_or_two_ids,
    repetitions,
    sometimes,
)
from scenarios.generators.hostile import poisons
from scenarios.generators.values import ORDINARY_IDS


@st.composite
def duplicates(draw: Draw, contract: Contract) -> Scenario:
    """Events redelivered at once, and after newer ones."""
    between = st.one_of(st.just(Settle()), st.builds(Redeliver, EVENT_NUMBERS), st.just(Deliver()))
    again = st.builds(Redeliver, EVENT_NUMBERS)
    scenario = accepted_commands(draw, contract, between, ids=one_or_two_ids(draw), size=(1, 4))
    return Scenario((*scenario.steps, Settle(), draw(again), *sometimes(draw, again)))


@st.composite
def reorderings(draw: Draw, contract: Contract) -> Scenario:
    """Several events on their way at once, delivered in another order than published."""
    out_of_order = st.one_of(st.builds(Deliver, EVENT_NUMBERS), st.builds(Hold, EVENT_NUMBERS))
    ids = one_or_two_ids(draw)
    scenario = accepted_commands(draw, contract, out_of_order, ids=ids, size=(2, 5))
    late = tuple(draw(out_of_order) for _ in repetitions(draw, 1, 3))
    return Scenario((*scenario.steps, Deliver(draw(st.integers(1, 3))), *late))


@st.composite
def resurrections(draw: Draw, contract: Contract) -> Scenario:
    """Late and repeated events of aggregates that end, and perhaps begin again."""
    author = Author(draw, contract, ("~a",))
    disturb = st.one_of(st.builds(Deliver, EVENT_NUMBERS), st.builds(Redeliver, EVENT_NUMBERS),
                        st.builds(Hold, EVENT_NUMBERS), st.just(Settle()))
    steps: list[Step] = []
    for body in lifetime(draw, contract, author):
        steps.append(Send(body))
        steps += sometimes(draw, disturb)
    steps += [draw(disturb), *sometimes(draw, st.just(Settle()))]
    steps += [draw(st.builds(Redeliver, EVENT_NUMBERS)) for _ in repetitions(draw, 1, 2)]
    if draw(st.integers(0, 3)) == 0:
        steps.append(Send(author.any("~a")))
    return Scenario(tuple(steps))


@st.composite
def losses(draw: Draw, contract: Contract) -> Scenario:
    """Deliveries that are lost for a while."""
    between = st.one_of(st.just(Settle()), st.builds(Drop, EVENT_NUMBERS),
                        st.builds(Deliver, EVENT_NUMBERS))
    author = Author(draw, contract, one_or_two_ids(draw))
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 4):
        steps.append(Send(author.accepted()))
        steps += sometimes(draw, between)
    steps += [Send(author.accepted()), Drop(draw(EVENT_NUMBERS)), *sometimes(draw, between)]
    return Scenario(tuple(steps))


@st.composite
def poisoned(draw: Draw, contract: Contract) -> Scenario:
    """Events that no projection can handle, among valid ones."""
    poison = st.sampled_from(poisons(contract))
    between = st.one_of(poison, poison, st.just(Settle()))
    scenario = accepted_commands(draw, contract, between, size=(1, 3))
    return Scenario((*scenario.steps, draw(poison), *sometimes(draw, st.just(Settle()))))


@st.composite
def expiries(draw: Draw, contract: Contract) -> Scenario:
    """Stored items whose time to live runs out, after their events were delivered."""
    scenario = accepted_commands(draw, contract, st.just(Settle()), size=(1, 4))
    return Scenario((*scenario.steps, Settle(), Expire(draw(EVENT_NUMBERS)), Expire()))


@st.composite
def rebuilds(draw: Draw, contract: Contract) -> Scenario:
    """The read model is wiped and rebuilt from the store; commands follow."""
    between = st.one_of(st.just(Settle()), st.just(Rebuild()))
    scenario = accepted_commands(draw, contract, between, ids=ORDINARY_IDS, size=(1, 5))
    author = Author(draw, contract, ("~c",))
    after = [Send(author.accepted("~c"))] if draw(st.integers(0, 3)) == 0 else []
    return Scenario((*scenario.steps, Rebuild(), *after))


@st.composite
def event_batches(draw: Draw, contract: Contract) -> Scenario:
    """Several events in one batch, with a record that cannot be handled now and then.

    An event may be missing before them, so that a record fails for a while.
    """
    author = Author(draw, contract, one_or_two_ids(draw))
    steps: list[Step] = [Send(author.accepted()) for _ in range(draw(st.integers(2, 5)))]
    steps += sometimes(draw, st.builds(Hold, EVENT_NUMBERS))
    size = draw(st.integers(2, 5))
    poison = draw(st.one_of(st.none(), st.integers(0, size)))
    return Scenario((*steps, Batch(size, poison), *sometimes(draw, st.just(Batch(2)))))


@st.composite
def single_event(draw: Draw, contract: Contract) -> Scenario:
    """One good event as the only record of a batch."""
    return Scenario((Send(Author(draw, contract).accepted("~a")), Batch(1)))


@st.composite
def reads_on_the_way(draw: Draw, contract: Contract) -> Scenario:
    """Queries while events are still on their way, delivered in any order."""
    ids = one_or_two_ids(draw)
    author = Author(draw, contract, ids)
    move = st.one_of(st.just(Deliver()), st.builds(Deliver, EVENT_NUMBERS),
                     st.builds(Redeliver, EVENT_NUMBERS), st.just(Settle()))
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 4):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps += [draw(move), Query(author.id())]
    for _ in repetitions(draw, 1, 3):
        steps += [draw(move), Query(author.id())]
    return Scenario(tuple(steps))
