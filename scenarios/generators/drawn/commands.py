"""Drawn scenarios of valid commands: accepted, refused, repeated with a key, many in a row."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.scenario import (
    ColdStart,
    Concurrently,
    Deliver,
    Query,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
)
from scenarios.generators.author import Author, Draw
from scenarios.generators.drawn.parts import (
    EVENT_NUMBERS,
    accepted_commands,
    lifetime,
    one_or_two_ids,
    queries,
    repetitions,
    schedules,
    sometimes,
)
from scenarios.generators.hostile import HEADERS, KEYS
from scenarios.generators.values import LONG_ID, LOOKALIKE_IDS, ORDINARY_IDS


def plain(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Accepted commands and nothing else that could go wrong."""
    return st.one_of(_read_now_and_then(contract), _lives(contract))


@st.composite
def _lives(draw: Draw, contract: Contract) -> Scenario:
    """An aggregate that ends, if the rules allow it, and commands after its end."""
    author = Author(draw, contract, ("~a",))
    first = lifetime(draw, contract, author)
    return Scenario(tuple(map(Send, [*first, *lifetime(draw, contract, author)])))


@st.composite
def _read_now_and_then(draw: Draw, contract: Contract) -> Scenario:
    """Accepted commands, settled and read now and then."""
    between = st.one_of(st.just(Settle()), queries(ORDINARY_IDS[:2]))
    return accepted_commands(draw, contract, between, ids=one_or_two_ids(draw), size=(1, 7))


@st.composite
def any_commands(draw: Draw, contract: Contract) -> Scenario:
    """Valid commands, accepted or not, also on ids that are known to cause bugs.

    Now and then the same body comes twice: without a key that is two commands.
    """
    special = draw(st.integers(0, 5)) == 0
    ids = (draw(st.sampled_from((LONG_ID, *contract.special_ids))),) if special else ORDINARY_IDS
    author = Author(draw, contract, ids)
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 6):
        body = author.any() if draw(st.booleans()) else author.accepted()
        again = draw(st.integers(0, 4)) == 0 and author.note(body)
        steps += [Send(body)] * (2 if again else 1)
        steps += sometimes(draw, st.one_of(st.just(Settle()), queries(ids)))
    return Scenario(tuple(steps), fresh=special)


@st.composite
def refusals(draw: Draw, contract: Contract) -> Scenario:
    """Commands that the rules refuse, among some that they accept."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in repetitions(draw, 1, 5):
        steps.append(Send(author.refused() if draw(st.booleans()) else author.accepted()))
    steps.append(Send(author.refused()))
    return Scenario(tuple(steps))


@st.composite
def retries(draw: Draw, contract: Contract) -> Scenario:
    """Commands sent again with their Idempotency-Key, at once, later, and after a deletion."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for number in repetitions(draw, 1, 4):
        key = f"{draw(st.sampled_from(KEYS))[:60]}{number}"
        sent = Send(author.accepted(), key=key, header=draw(st.sampled_from(HEADERS)))
        steps.append(sent)
        steps += sometimes(draw, st.sampled_from((Settle(), ColdStart(), sent)))
    keyed = [step for step in steps if isinstance(step, Send)]
    for _ in repetitions(draw, 1, 2):
        again = draw(st.sampled_from(keyed))
        steps.append(Send(again.body, key=again.key, header=draw(st.sampled_from(HEADERS))))
        steps += sometimes(draw, st.just(Send(author.accepted())))
    return Scenario(tuple(steps))


@st.composite
def repeated_at_once(draw: Draw, contract: Contract) -> Scenario:
    """Commands sent again before any other command on their aggregate, at once or later."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for number in repetitions(draw, 1, 4):
        sent = Send(author.accepted(), key=f"key-{number}")
        between = sometimes(draw, st.sampled_from((Settle(), ColdStart())))
        steps += [sent, *between, *[sent] * draw(st.integers(1, 2))]
    return Scenario(tuple(steps))


@st.composite
def reused_keys(draw: Draw, contract: Contract) -> Scenario:
    """One Idempotency-Key for two different commands on one aggregate; on two it is free."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = [Send(author.accepted("~a"), key="k")]
    steps += [Send(author.accepted()) for _ in repetitions(draw, 0, 2)]
    other = author.accepted("~b")
    if draw(st.booleans()):
        steps.append(Send(other, key="k"))
    first = steps[0]
    assert isinstance(first, Send)
    for _ in repetitions(draw, 1, 2):
        body = author.any("~a")
        if body != first.body:
            steps.append(Send(body, key="k", header=draw(st.sampled_from(HEADERS))))
    return Scenario(tuple(steps))


def retries_and_endings(contract: Contract) -> st.SearchStrategy[Scenario]:
    """Scenarios that might rewrite history: retries, ends, and commands after an end."""
    return st.one_of(retries(contract), endings(contract), reused_keys(contract))


@st.composite
def long_histories(draw: Draw, contract: Contract, length: int) -> Scenario:
    """Many commands on one aggregate, beside another one."""
    kinds = draw(st.integers(0, 1))
    author = Author(draw, contract, ("~a",), lasting=True)
    steps: list[Step] = [Send(author.accepted("~a")) for _ in range(length)]
    steps.insert(len(steps) // 2, Send(author.accepted("~b")))
    if kinds:
        steps.insert(draw(st.integers(9, length)), Settle())
    return Scenario(tuple(steps))


@st.composite
def lookalikes(draw: Draw, contract: Contract) -> Scenario:
    """Aggregates whose ids are prefixes of each other, or differ by case or padding only."""
    longer = draw(st.lists(st.sampled_from(LOOKALIKE_IDS), min_size=1, max_size=3, unique=True))
    ids = tuple(dict.fromkeys(("~a", *longer)))
    author = Author(draw, contract, ids)
    order = draw(st.permutations(ids))
    steps: list[Step] = [Send(author.accepted(id)) for id in order]
    for _ in repetitions(draw, 0, 4):
        steps += sometimes(draw, st.one_of(st.just(Settle()), queries(ids)))
        steps.append(Send(author.accepted()))
    return Scenario(tuple(steps))


@st.composite
def neighbours(draw: Draw, contract: Contract) -> Scenario:
    """Several aggregates side by side, their commands interleaved."""
    ids = ORDINARY_IDS
    between = st.one_of(st.builds(Deliver, EVENT_NUMBERS), st.just(Settle()), queries(ids))
    author = Author(draw, contract, ids)
    first: list[Step] = [Send(author.accepted(id)) for id in ids[:2]]
    more = accepted_commands(draw, contract, between, ids=ids, size=(0, 4))
    return Scenario((*first, *more.steps))


@st.composite
def endings(draw: Draw, contract: Contract) -> Scenario:
    """Aggregates that end, queried before and after."""
    author = Author(draw, contract, ("~a",))
    steps: list[Step] = []
    for body in lifetime(draw, contract, author):
        steps.append(Send(body))
        steps += sometimes(draw, st.just(Settle()))
    return Scenario((*steps, Settle(), Query("~a")))


@st.composite
def warm_and_cold(draw: Draw, contract: Contract) -> Scenario:
    """Commands of every kind in environments that stay warm or start cold."""
    author = Author(draw, contract, ORDINARY_IDS)
    steps: list[Step] = []
    if draw(st.integers(0, 2)) == 0:
        steps += _two_environments(draw, contract)
    for _ in repetitions(draw, 2, 6):
        good = draw(st.integers(0, 3)) > 0
        steps.append(Send(author.accepted() if good else author.refused()))
        between = (Settle(), ColdStart(), Query(author.id()), Deliver(1))
        steps += sometimes(draw, st.sampled_from(between))
    return Scenario(tuple(steps))


def _two_environments(draw: Draw, contract: Contract) -> list[Step]:
    """Two simultaneous commands, and later ones on the same aggregate."""
    author = Author(draw, contract, ("~e",))
    both = ((Send(author.accepted()),), (Send(author.any("~e")),))
    later = [Send(author.any("~e")) for _ in repetitions(draw, 1, 3)]
    return [Concurrently(both, draw(schedules())), *later]


@st.composite
def command_batches(draw: Draw, contract: Contract) -> Scenario:
    """Commands on different aggregates in one batch; some invalid, some refused."""
    ids = ("~a", "~b", "~c", "~d", "~e")
    author = Author(draw, contract, ids)
    steps: list[Step] = [Send(author.accepted(id)) for id in ids if draw(st.integers(0, 2)) == 0]
    size = draw(st.integers(2, len(ids)))
    bodies = [author.accepted(id) for id in draw(st.permutations(ids))[:size]]
    if draw(st.booleans()):
        odd = draw(st.sampled_from(("null", "{", '{"type": "Nothing"}', "[]", "")))
        bodies.insert(draw(st.integers(0, size)), odd)
    return Scenario((*steps, SendBatch(tuple(bodies))))


@st.composite
def single_command(draw: Draw, contract: Contract) -> Scenario:
    """One good command as the only record of a batch."""
    return Scenario((SendBatch((Author(draw, contract).accepted("~a"),)),))
