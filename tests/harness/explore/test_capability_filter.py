"""Steps that need a missing capability are left out of a scenario."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import strategies as st

from harness.core.contract import Exploration
from harness.core.faults import FaultKind
from harness.core.scenario import (
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
    TimePasses,
)
from harness.explore.capability_filter import playable_list, playable_part
from harness.explore.sweep import as_they_are
from harness.stages.deployed.stage import STEPS
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED

ID = "orderId"
SENT = Send(json.dumps(CREATED | {ID: "~a"}))
HTTP = frozenset({"http"})


def left(*steps: Step, **flags: bool) -> tuple[Step, ...] | None:
    """The steps that a black box can play."""
    found = playable_part(CONTRACT, Scenario(steps, **flags), STEPS, HTTP)
    return None if found is None else found.steps


class TestPlayable:
    def test_plain(self) -> None:
        """Commands, queries and settling stay as they are."""
        assert left(SENT, Settle(), Query("~a")) == (SENT, Settle(), Query("~a"))

    def test_left_out(self) -> None:
        """Steps that need the bus, the calls or cold starts are left out."""
        fault = Fault("command", "*", 0, FaultKind.THROTTLING)
        assert left(fault, SENT, Deliver(1), ColdStart(), Drop()) == (SENT,)

    def test_branches(self) -> None:
        """A branch of which nothing is left goes; one that is left alone is no branch any more."""
        both = Concurrently(((SENT,), (Deliver(),), (Query("~a"),)))
        assert left(both) == (Concurrently(((SENT,), (Query("~a"),))),)
        assert left(Concurrently(((SENT, Settle()), (Deliver(),)))) == (SENT, Settle())

    def test_encoding(self) -> None:
        """How a body is passed on is the gateway's to decide."""
        assert left(Send(SENT.body, base64=True)) == (SENT,)

    @pytest.mark.parametrize("steps", [
        (Query("known-to-all"),), (Send(json.dumps(CREATED | {ID: "known-to-all"})),)])
    def test_public_ids(self, steps: tuple[Step, ...]) -> None:
        """An id without a namespace may be in use, so such a scenario is not played."""
        assert left(SENT, *steps) is None

    def test_hostile_ids(self) -> None:
        """Hostile ids are nobody's, and stay."""
        hostile = (Query("__proto__"), Send(json.dumps(CREATED | {ID: "../x"})))
        assert left(*hostile) == hostile

    @pytest.mark.parametrize("flags", [{"fresh": True}, {"always_cold": True}])
    def test_empty_and_cold(self, flags: dict[str, bool]) -> None:
        """No system is emptied, and no function made cold, for a scenario."""
        assert left(SENT, **flags) is None

    def test_nothing(self) -> None:
        """A scenario of which nothing is left is none."""
        assert left(Deliver(), Drop()) is None


class TestListed:
    def test_whole(self) -> None:
        """A list is played up to a bound, on whatever stage can play all of it."""
        found = [playable_list(CONTRACT, "API-05", most, STEPS, HTTP) for most in (2, 9)]
        assert list(map(len, found)) == [2, 3]

    def test_nothing_left_out(self) -> None:
        """A list's scenario that would lack a step is left out."""
        deployed = STEPS | {Redeliver}
        found = [playable_list(CONTRACT, "PRJ-02", 99, steps, HTTP) for steps in (STEPS, deployed)]
        assert [bool(scenarios) for scenarios in found] == [False, True]

    def test_cold_starts(self) -> None:
        """A cold start that cannot be had is no loss: environments may be cold all the same.

        Nor is a time that cannot pass: clocks go on.
        """
        cold_start = Scenario((SENT, ColdStart(), TimePasses(), Query("~a")))
        cold = Exploration(lambda _: st.nothing(), sweep=as_they_are,
                           short_scenarios=lambda _: (cold_start,))
        contract = replace(CONTRACT, explorations={"PRJ-02": cold})
        assert playable_list(contract, "PRJ-02", 9, STEPS, HTTP) == [Scenario((SENT, Query("~a")))]

    def test_calls_are_not_followed(self) -> None:
        """Scenarios that others are derived from are no list."""
        assert playable_list(CONTRACT, "CMD-10", 9, STEPS, HTTP) == []
