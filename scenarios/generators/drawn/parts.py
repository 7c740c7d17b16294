"""Parts that several drawn scenarios share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.scenario import Query, Scenario, Send, Step
from scenarios.generators.author import Author, Draw
from scenarios.generators.values import ORDINARY_IDS

EVENT_NUMBERS = st.integers(0, 3)


def repetitions(draw: Draw, low: int, high: int) -> range:
    """A range whose length is drawn between two limits."""
    return range(draw(st.integers(low, high)))


def sometimes(draw: Draw, steps: st.SearchStrategy[Step]) -> list[Step]:
    """One drawn step, or none."""
    return [draw(steps)] if draw(st.booleans()) else []


def queries(ids: Sequence[str]) -> st.SearchStrategy[Step]:
    """Queries for any of the ids."""
    return st.sampled_from(tuple(ids)).map(Query)


def one_or_two_ids(draw: Draw) -> tuple[str, ...]:
    """The first ordinary id, or the first two."""
    return ORDINARY_IDS[: draw(st.integers(1, 2))]


def accepted_commands(
    draw: Draw,
    contract: Contract,
    between: st.SearchStrategy[Step],
    *,
    ids: Sequence[str] = ORDINARY_IDS[:2],
    size: tuple[int, int] = (1, 6),
    tail: st.SearchStrategy[Step] | None = None,
) -> Scenario:
    """Accepted commands with steps between them, and some more after the last."""
    author = Author(draw, contract, ids)
    steps: list[Step] = []
    for _ in repetitions(draw, *size):
        steps.append(Send(author.accepted()))
        steps += sometimes(draw, between)
    for _ in repetitions(draw, 0, 3 if tail is not None else 0):
        steps.append(draw(tail))
    return Scenario(tuple(steps))


def with_odd_steps(draw: Draw, contract: Contract, odd: Callable[[Author], Step]) -> Scenario:
    """Up to three accepted commands, with odd steps among and after them."""
    author = Author(draw, contract, ORDINARY_IDS[:2])
    steps: list[Step] = []
    for _ in repetitions(draw, 0, 3):
        steps.append(Send(author.accepted()))
        if draw(st.booleans()):
            steps.append(odd(author))
    steps.append(odd(author))
    return Scenario(tuple(steps))


def lifetime(draw: Draw, contract: Contract, author: Author) -> list[str]:
    """Commands that create an aggregate and, where the rules allow it, end it."""
    bodies: list[str] = []
    for _ in range(8):
        bodies.append(author.accepted("~a"))
        if len(bodies) > 1 and author.gone("~a"):
            return bodies
        ending = author.ending("~a") if draw(st.integers(0, 2)) else []
        if ending:
            return [*bodies, *ending]
    return bodies


@st.composite
def schedules(draw: Draw) -> tuple[int, ...]:
    """Change points of a priority-based scheduler; one or two find most bugs, three the rest."""
    points = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True))
    return tuple(sorted(points))
