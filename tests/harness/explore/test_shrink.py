"""Making a failing scenario small."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.bodies import with_namespace, write_body
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Poison,
    Query,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
)
from harness.explore.shrink import ATTEMPTS, shrink
from scenarios.domains.orders import CONTRACT
from tests.harness.drawn import steps

CREATED: dict[str, Any] = {
    "type": "OrderCreated", "orderId": "~c", "customer": "Ada Lovelace",
    "createdAt": "2029-05-06T07:08:09.123Z",
}
PLAIN = {"type": "OrderCreated", "orderId": "~a", "customer": "x",
         "createdAt": "2026-01-01T00:00:00Z"}
DELETED = {"type": "OrderDeleted", "orderId": "~a"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab~\\\"", max_size=5),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text("a~", max_size=2), v, max_size=3),
    max_leaves=6,
)


def send(document: dict[str, Any], **more: Any) -> Send:
    return Send(write_body(document, "orderId"), **more)


def smallest(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    return shrink(CONTRACT, scenario, fails)


def has(*kinds: type) -> Callable[[Scenario], bool]:
    return lambda scenario: all(any(isinstance(s, k) for s in scenario.steps) for k in kinds)


class TestSteps:
    def test_nothing_needed(self) -> None:
        """A violation of every scenario shrinks to the empty one."""
        scenario = Scenario((send(CREATED), Settle(), Query("~a")), fresh=True, always_cold=True)
        assert smallest(scenario, lambda _: True) == Scenario(())

    def test_nothing_can_go(self) -> None:
        """A scenario of which no part fails stays as it is."""
        scenario = Scenario((send(CREATED, key="k"), Redeliver(3)), fresh=True)
        assert smallest(scenario, lambda s: s == scenario) == scenario

    def test_one_needed(self) -> None:
        """The one step that is needed is left, in its plainest form."""
        scenario = Scenario((Settle(), send(CREATED), Redeliver(3), ColdStart(), Settle()))
        assert smallest(scenario, has(Redeliver)) == Scenario((Redeliver(0),))

    def test_order_is_kept(self) -> None:
        """Needed steps keep their order."""
        scenario = Scenario((Settle(), Deliver(2), Query("~a"), Redeliver(1), Settle()))
        small = smallest(scenario, has(Redeliver, Deliver))
        assert small == Scenario((Deliver(0), Redeliver(0)))

    def test_shown_at_one_of_many(self) -> None:
        """Of a list of queries the one that shows it is tried alone, before any half of them."""
        queries = Scenario(tuple(Query(f"~{number}") for number in range(100)))
        tried: list[int] = []

        def fails(scenario: Scenario) -> bool:
            tried.append(len(scenario.steps))
            return bool(scenario.steps)

        small = shrink(CONTRACT, queries, fails, shown_at=70)
        assert (small.steps, tried[0], max(tried)) == ((Query("~a"),), 1, 1)

    def test_last_of_many(self) -> None:
        """One of a hundred steps is found."""
        scenario = Scenario(tuple(Query(f"~{n}") for n in range(100)))
        assert smallest(scenario, lambda s: Query("~77") in s.steps) == Scenario((Query("~77"),))

    @pytest.mark.parametrize("flag", ["fresh", "always_cold"])
    def test_needed_flag(self, flag: str) -> None:
        """A flag that is needed stays."""
        scenario = replace(Scenario((Settle(),)), **{flag: True})  # type: ignore[arg-type]  # both are bools
        assert smallest(scenario, lambda s: getattr(s, flag)) == replace(scenario, steps=())


class TestTogether:
    def test_picks_follow(self) -> None:
        """When an event goes from before a pick, the pick goes one back with it."""

        def fails(scenario: Scenario) -> bool:
            sent = sum(isinstance(s, Send) for s in scenario.steps)
            return any(isinstance(s, Redeliver) and 0 < s.pick == sent - 1 for s in scenario.steps)

        scenario = Scenario((*[send(CREATED)] * 4, Settle(), Redeliver(3)))
        assert smallest(scenario, fails) == Scenario((*[send(PLAIN)] * 2, Redeliver(1)))

    def test_picks_in_branches_follow(self) -> None:
        """A pick of a branch goes back with its event as well."""

        def fails(scenario: Scenario) -> bool:
            sent = sum(isinstance(s, Send) for s in scenario.steps)
            block = scenario.steps[-1]
            return isinstance(block, Concurrently) and all(
                0 < s.pick == sent - 1 for branch in block.branches for s in branch
                if isinstance(s, Deliver))

        block = Concurrently(((Deliver(3),), (Deliver(3),)))
        smaller = smallest(Scenario((*[send(CREATED)] * 4, block)), fails)
        assert smaller == Scenario((*[send(PLAIN)] * 2, Concurrently(((Deliver(1),),))))

    def test_picks_give_way(self) -> None:
        """A delivery that is left out leaves its event, and later picks move up behind it."""

        def fails(scenario: Scenario) -> bool:
            pending = list(range(sum(isinstance(s, Send) for s in scenario.steps)))
            order = [pending.pop(s.pick) for s in scenario.steps
                     if isinstance(s, Deliver) and s.pick < len(pending)] + pending
            return order.index(2) < order.index(1) if 2 in order else False

        scenario = Scenario((*[send(CREATED)] * 3, Deliver(0), Deliver(1)))
        assert smallest(scenario, fails) == Scenario((*[send(PLAIN)] * 3, Deliver(2)))

    def test_ids_follow(self) -> None:
        """An id becomes the first one everywhere, even where all its uses are needed."""

        def fails(scenario: Scenario) -> bool:
            ids = {json.loads(s.body or "{}")["orderId"] for s in scenario.steps
                   if isinstance(s, Send)}
            queried = {s.id for s in scenario.steps if isinstance(s, Query)}
            return len(scenario.steps) == 3 and ids == queried and len(ids) == 1

        small = smallest(Scenario((send(CREATED), send(CREATED), Query("~c"))), fails)
        assert small == Scenario((send(PLAIN), send(PLAIN), Query("~a")))


class TestValues:
    def test_plain_members(self) -> None:
        """Members become plain, and the id the first one."""
        small = smallest(Scenario((send(CREATED),)), has(Send))
        assert small.steps == (send(PLAIN),)

    def test_needed_members(self) -> None:
        """Members that are needed stay, with plain values."""

        def valid(scenario: Scenario) -> bool:
            bodies = [s.body for s in scenario.steps if isinstance(s, Send) and s.body]
            created = (with_namespace(body) for body in bodies if "Created" in body)
            return any(CONTRACT.read(body).flaw is None for body in created)

        small = smallest(Scenario((send(CREATED, key="k", header="x"),)), valid)
        assert small.steps == (send(PLAIN),)

    def test_members_beside_a_bad_id(self) -> None:
        """A body with a bad id keeps the members that a command needs, and so shows only that."""
        small = smallest(Scenario((send(CREATED | {"orderId": "../x"}),)), has(Send))
        assert small.steps == (send(PLAIN | {"orderId": "../x"}),)

    def test_needed_text(self) -> None:
        """A text is cut down to the part that is needed."""
        long = send(CREATED | {"customer": "abcdefgh\U0001f600ijklmnop"})
        small = smallest(Scenario((long,)), lambda s: any("\U0001f600" in x.body for x in s.steps
                                                         if isinstance(x, Send) and x.body))
        assert json.loads(small.steps[0].body)["customer"] == "\U0001f600"  # type: ignore[union-attr,arg-type]  # a Send

    @pytest.mark.parametrize(("number", "least", "small"), [
        ("777.77", 0, "1"), ("777.77", 2, "3"), ("777.77", 100, "194"), ("3.33", 3, "3.3"),
        ("-5", -10, "1"), ("1E+300", 2, "1E+300"), ("true", 0, "true"),
    ])
    def test_numbers(self, number: str, least: float, small: str) -> None:
        """A number becomes one, or if it has to be more, less and with fewer digits."""

        def more(scenario: Scenario) -> bool:
            return any(isinstance(s, Send) and json.loads(s.body or "").get("n", -99) > least
                       for s in scenario.steps)

        sent = Scenario((Send(f'{{"n": {number}}}'),))
        assert smallest(sent, more) == Scenario((Send(f'{{"n": {small}}}'),))

    def test_batch(self) -> None:
        """A batch loses what it can, but not its first event."""
        assert smallest(Scenario((Batch(5, 2),)), has(Batch)) == Scenario((Batch(1),))

    def test_bodies(self) -> None:
        """Records of a batch of commands go one by one."""
        batch = SendBatch(tuple(write_body(CREATED, "orderId") for _ in range(3)))
        small = smallest(Scenario((batch,)), has(SendBatch))
        assert small.steps == (SendBatch((write_body(PLAIN, "orderId"),)),)

    def test_poison(self) -> None:
        """A foreign source goes if it can."""
        small = smallest(Scenario((Poison("x", "{}", source="y"),)), has(Poison))
        assert small.steps == (Poison("x", "{}"),)

    def test_branches(self) -> None:
        """Branches run one after the other where that is enough."""
        both = Concurrently(((send(CREATED),), (Redeliver(2),)), (1, 3))
        assert smallest(Scenario((both,)), has(Redeliver)) == Scenario((Redeliver(0),))

    def test_needed_branches(self) -> None:
        """Branches that are needed are made plain inside, with as few switches as can be."""

        def fails(scenario: Scenario) -> bool:
            return any(isinstance(s, Concurrently) and len(s.branches) == 2 and s.schedule
                       for s in scenario.steps)

        both = Concurrently(((send(CREATED), Settle()), (Redeliver(2),)), (2, 4))
        small = smallest(Scenario((both,)), fails).steps[0]
        assert isinstance(small, Concurrently)
        assert (len(small.branches), small.schedule) == (2, (0,))


class TestSearch:
    def test_bounded(self) -> None:
        """The number of plays is bounded."""
        played: list[Scenario] = []
        scenario = Scenario(tuple(send(CREATED | {"customer": f"{n}" * 50}) for n in range(60)))

        def fails(candidate: Scenario) -> bool:
            played.append(candidate)
            return len(played) % 7 == 0

        smallest(scenario, fails)
        assert len(played) <= ATTEMPTS

    @given(st.lists(steps(), max_size=5).map(tuple), st.integers(0, 3))
    def test_minimal_and_deterministic(self, drawn: tuple[Step, ...], bound: int) -> None:
        """Twice the same result, which still fails, and of which no single step can go."""

        def fails(scenario: Scenario) -> bool:
            return len(scenario.steps) >= min(bound, len(drawn))

        small = smallest(Scenario(drawn), fails)
        again = smallest(Scenario(drawn), fails)
        assert (small, fails(small), len(small.steps)) == (again, True, min(bound, len(drawn)))


class TestWriteBody:
    @given(st.dictionaries(st.text("abc~", max_size=3), JSON, max_size=4))
    def test_same_document(self, document: dict[str, Any]) -> None:
        """The text reads back as the document, namespace or not, but for the id."""
        document.pop("orderId", None)
        assert json.loads(with_namespace(write_body(document, "orderId"))) == document

    def test_tilde_in_the_id(self) -> None:
        """A tilde in the id stands for the namespace."""
        body = write_body({"orderId": "~a"}, "orderId")
        assert json.loads(with_namespace(body)) == {"orderId": "n00000a"}

    def test_tilde_elsewhere(self) -> None:
        """A tilde elsewhere stands for itself."""
        body = write_body({"customer": "~a", "~": ["~"]}, "orderId")
        assert json.loads(with_namespace(body)) == {"customer": "~a", "~": ["~"]}

    def test_lone_surrogate(self) -> None:
        """A lone surrogate is written so that it can be sent."""
        assert write_body({"a": "\ud800"}, "orderId") == '{"a": "\\ud800"}'
