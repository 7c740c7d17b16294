"""Judging on a stage that the harness does not control."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from harness.core.contract import Exploration
from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.core.scenario import Concurrently, Deliver, Scenario, Send, Step
from harness.core.verdict import Outcome, Verdict
from harness.explore.deployed_strategy import deployed_campaign
from harness.explore.profiles import Profile
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.harness.far_away import (
    FailsOnce,
    ForgetsOnce,
    LateOnce,
    Orders,
    RacesOnce,
    Racing,
    Refuses,
    reply,
    stage,
)
from tests.harness.histories import CREATED, UPDATED
from tests.miniatures.building import build
from tests.miniatures.disturbed import DISTURBED

SMALL = Profile("small", examples=16, long=12, long_examples=1)
BY_HTTP = [r.id for r in CONTRACT.requirements if r.needs == ("http",)]


LIFE = Scenario((Send(json.dumps(CREATED | {"orderId": "~a"})),
                 Send(json.dumps(UPDATED | {"orderId": "~a"}))))


def judged(
    orders: Orders, requirement: str, embedded: Any = None, only: tuple[Scenario, ...] = ()
) -> Verdict:
    """The verdict on one requirement, by its own scenarios or by given ones."""
    remote, contract = stage(orders), CONTRACT
    if only:
        exploration = Exploration(lambda _: st.sampled_from(only))
        contract = replace(CONTRACT, explorations={requirement: exploration})
    campaign = deployed_campaign(
        contract, remote, SMALL, 1, open_embedded=embedded)
    return campaign.examine(requirement)


class TestConforming:
    @pytest.mark.parametrize("id", BY_HTTP)
    def test_passes(self, id: str) -> None:
        """Orders as they ought to be pass everything that needs nothing but the door."""
        verdict = judged(Orders(delay=0.03), id)
        assert (verdict.outcome, verdict.triggers > 0) == (Outcome.PASSED, True), verdict.reason

    def test_convergence_is_reported(self) -> None:
        """How long views took is measured by reading them."""
        assert "convergence: p50" in judged(Orders(delay=0.03), "SYS-03").reason

    def test_the_rest_is_skipped(self) -> None:
        """A requirement that needs more than HTTP is skipped and names the need."""
        verdicts = [judged(Orders(), id) for id in ("CMD-01", "PRJ-02", "CMD-05")]
        assert [(v.outcome, v.reason) for v in verdicts] == [
            (Outcome.SKIPPED, "needs log"), (Outcome.SKIPPED, "needs bus"),
            (Outcome.SKIPPED, "needs schedule")]


class TestLeftOut:
    @pytest.mark.parametrize(("steps", "outcome", "reason"), [
        ((*LIFE.steps, Deliver()), Outcome.SKIPPED, "needs a stage that can play Deliver"),
        (LIFE.steps, Outcome.VACUOUS, "what it is about never happened"),
    ], ids=["left out", "nothing left out"])
    def test_what_only_it_could_show(
        self, steps: tuple[Step, ...], outcome: Outcome, reason: str
    ) -> None:
        """A trigger that never occurred because a step was left out needs that step."""
        verdict = judged(Orders(), "API-07", only=(Scenario(steps),))
        assert (verdict.outcome, verdict.reason) == (outcome, reason)


class TestWarmUp:
    def test_is_not_timed(self) -> None:
        """Requests are made before anything counts, however long they take."""
        orders = Orders(delay=0.5)
        remote = stage(orders)
        campaign = deployed_campaign(CONTRACT, remote, SMALL, 1)
        campaign.warm_up()
        assert (len(orders.requests) > 0, remote.pace.slowest) == (True, 0.0)


class TestBroken:
    def test_a_race_is_found(self) -> None:
        """Commands that really overlap are seen to lose one another."""
        verdict = judged(Racing(), "CMD-04")
        found = verdict.counterexample
        assert verdict.outcome is Outcome.FAILED
        assert found is not None
        assert any(isinstance(step, Concurrently) for step in found.scenario.steps)

    def test_overlaps_are_tried_several_times(self) -> None:
        """Where commands overlap a scenario is played again and again; one bad play is enough."""
        both = Concurrently(tuple((step,) for step in LIFE.steps[:1] * 2))
        racing = RacesOnce(nth=2)
        verdict = judged(racing, "CMD-04", only=(Scenario((both,)),))
        found = verdict.counterexample
        assert (verdict.outcome, found and found.reproduced) == (Outcome.FAILED, (("http", 0, 5),))

    def test_a_failure_is_small_and_played_again(self) -> None:
        """A violation that always appears is shrunk, and its count is reported."""
        found = judged(Refuses(), "API-07").counterexample
        assert found is not None
        assert (len(found.scenario.steps), found.reproduced) == (2, (("http", 5, 5),))

    def test_a_lost_event_counts_once(self) -> None:
        """No correct system forgets what it acknowledged, not even once."""
        verdict = judged(ForgetsOnce(1, delay=0.01), "PRJ-01", only=(LIFE,))
        found = verdict.counterexample
        assert (verdict.outcome, found and found.reproduced) == (
            Outcome.FAILED, (("http", 0, 5),))

    def test_views_that_never_come_are_not_waited_for_again(self) -> None:
        """Once views were seen never to converge, others are waited for less long."""
        remote = stage(Orders(delay=1e6), deadline=0.6)
        explorations = {"PRJ-01": Exploration(lambda _: st.just(LIFE))}
        campaign = deployed_campaign(
            replace(CONTRACT, explorations=explorations), remote, SMALL, 1)
        outcome = campaign.examine("PRJ-01").outcome
        assert (outcome, remote.pace.deadline) == (Outcome.FAILED, pytest.approx(0.1))

    def test_what_was_met_elsewhere_is_not_lost(self) -> None:
        """A violation met under another requirement fails its own, by the same evidence."""
        remote = stage(ForgetsOnce(0))
        campaign = deployed_campaign(
            replace(CONTRACT, explorations={"PRJ-01": Exploration(lambda _: st.just(LIFE))}),
            remote, SMALL, 1)
        found = campaign.confirm("API-01", campaign.examine("PRJ-01").other_requirements["API-01"])
        assert (found.outcome, found.counterexample and found.counterexample.reproduced) == (
            Outcome.FAILED, (("http", 0, 5),))


class TestBadMoments:
    def test_one_server_error_is_an_observation(self) -> None:
        """A stage may have a bad moment; it is told and blames nobody."""
        verdict = judged(FailsOnce(1), "API-01", only=(LIFE,))
        assert (verdict.outcome, verdict.reason) == (
            Outcome.PASSED, "seen, but never again: a valid command got a server error (1 times), "
                            "1 commands got 429, 5xx or no reply at all")

    def test_one_late_view_is_an_observation(self) -> None:
        """A view that has become right after all was late, not wrong."""
        verdict = judged(LateOnce(1), "PRJ-01", only=(LIFE, Scenario(LIFE.steps[:1])))
        assert (verdict.outcome, "seen, but never again: the view" in verdict.reason) == (
            Outcome.PASSED, True)

    def test_throttling_leaves_nothing_to_judge(self) -> None:
        """A trigger that throttling prevented gives no verdict and is no missing capability."""

        class Throttling(Orders):
            def command(self, request: Request) -> Response:
                return reply(429)

        verdict = judged(Throttling(), "QRY-04")
        assert (verdict.outcome, "commands got 429" in verdict.reason) == (Outcome.VACUOUS, True)

    def test_a_stage_that_dies_is_no_verdict(self) -> None:
        """Server errors at every request are the stage's, and are not put on anybody."""
        class Dying(Orders):
            def send(self, request: Request) -> Response:
                return reply(503) if len(self.requests) > 20 else super().send(request)

        with pytest.raises(StageError, match="fails at every request"):
            judged(Dying(), "API-01")

    def test_a_stage_that_is_gone_is_not_asked_again_and_again(self) -> None:
        """After a request that could not be sent there are probes, until one gets through."""

        class Gone(Orders):
            def send(self, request: Request) -> Response:
                self.requests.append(request)
                if 20 < len(self.requests) < 60:
                    raise StageError("the stage", "is gone")
                return super().send(request)

        orders = Gone()
        remote = stage(orders, concurrency=1)
        campaign = deployed_campaign(CONTRACT, remote, SMALL, 1)
        for _ in range(3):
            with pytest.raises(StageError, match="is gone"):
                campaign.examine("API-01")
        assert len(orders.requests) < 30
        orders.requests += [Request("GET", "/")] * 60
        assert campaign.examine("API-01").outcome is Outcome.PASSED


class TestEmbedded:
    def test_the_counterexample_is_made_small_there(self) -> None:
        """A violation that the embedded stage shows is shrunk there and counted here."""
        opened: list[str] = []

        class Embedded(AbstractContextManager):  # type: ignore[type-arg]  # of a stage
            def __enter__(self) -> Any:
                opened.append("opened")
                return _PlayByPlayStage(Refuses())

            def __exit__(self, *_: object) -> None:
                opened.append("closed")

        found = judged(Refuses(), "API-07", embedded=Embedded).counterexample
        assert found is not None
        assert (found.reproduced, opened, [type(s) for s in found.scenario.steps]) == (
            (("http", 5, 5), ("moto", 1, 1)), ["opened", "closed"], [Send, Send])

    @pytest.mark.catalogue
    def test_an_overlap_gets_its_schedule_there(self, tmp_path: Path) -> None:
        """Where commands really overlapped, orders of their AWS calls are tried until one fails."""
        miniature = next(m for m in DISTURBED if m.name == "puts_without_condition")
        template = load(build(miniature, tmp_path / "broken"))
        found = judged(Racing(), "CMD-04", lambda: MotoStage(template, "/orders")).counterexample
        assert found is not None
        block = found.scenario.steps[-1]
        assert isinstance(block, Concurrently)
        assert (len(block.schedule), found.reproduced[0][1] > 0, found.reproduced[1]) == (
            1, True, ("moto", 1, 1))


class _PlayByPlayStage:
    """A stage that begins each play anew; nothing but commands and queries can be played on it."""

    def __init__(self, orders: Orders) -> None:
        self._remote = stage(orders)
        self._begin()

    def _begin(self) -> None:
        self._play = self._remote.play()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._play, name)

    def reset(self) -> None:
        self._begin()

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        self._begin()
        return self._play.start(fresh=False, always_cold=False)
