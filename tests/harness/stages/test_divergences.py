"""Known divergences of a stage: excused where they are known to show, and never for longer."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import strategies as st

from harness.core.contract import Exploration
from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.core.scenario import Query, Scenario, Send, Settle
from harness.core.verdict import Outcome
from harness.core.violation import Hop, Kind, Violation
from harness.explore.campaign import Campaign
from harness.explore.deployed_strategy import deployed_campaign
from harness.stages.deployed.divergences import Divergence, known
from scenarios.domains.orders import CONTRACT
from tests.harness.explore.test_deployed_campaign import SMALL
from tests.harness.far_away import Orders, stage
from tests.harness.histories import CREATED

(EMPTY_SEGMENTS,) = known("ministack", "rest")


class Dropping(Orders):
    """A gateway that decodes a path before it splits it, and drops what is empty."""

    def send(self, request: Request) -> Response:
        head, _, id = request.path.rpartition("/")
        plain = unquote(id).strip("/")
        if id and plain and "/" not in plain and plain != unquote(id):
            request = replace(request, path=f"{head}/{plain}")
        return super().send(request)


ASKED = Scenario((Send(json.dumps(CREATED | {"orderId": "~a"})), Settle(), Query("/~a")))


def campaign(orders: Orders, divergences: tuple[Divergence, ...] = ()) -> Campaign:
    """A campaign on which API-08 is explored by a query for a hostile id like an existing one."""
    remote, exploration = stage(orders), Exploration(lambda _: st.just(ASKED))
    contract = replace(
        CONTRACT, explorations={**CONTRACT.explorations, "API-08": exploration})
    return deployed_campaign(contract, remote, SMALL, 1, divergences=divergences)


def violation(id: str, **more: Any) -> Violation:
    return replace(Violation(Kind.HOSTILE_QUERY_FAILED, id, 0, "4xx", "200", Hop.QUERY), **more)


class TestExplains:
    @pytest.mark.parametrize(("found", "explained"), [
        (violation("/a"), True), (violation("a/"), True), (violation("//a//"), True),
        (violation("a/b"), False), (violation("a b"), False), (violation("\ud800"), False),
        (violation("/a", kind=Kind.VIEW_WRONG), False),
    ], ids=lambda value: repr(getattr(value, "aggregate", value)))
    def test_path_and_kind(self, found: Violation, explained: bool) -> None:
        """A divergence explains what it is about, on its own paths, and nothing else."""
        assert EMPTY_SEGMENTS.explains(found) is explained

    def test_another_stage(self) -> None:
        """It is of no use to another stage."""
        assert (known("http", "rest"), known("ministack", "http")) == ((), ())


class TestRun:
    def test_blamed_when_unknown(self) -> None:
        """An unknown divergence counts against the implementation."""
        assert campaign(Dropping()).examine("API-08").outcome is Outcome.FAILED

    def test_excused(self) -> None:
        """A known divergence is no violation and is reported."""
        verdict = campaign(Dropping(), (EMPTY_SEGMENTS,)).examine("API-08")
        assert (verdict.outcome, "divergence of http: empty segments" in verdict.reason) == (
            Outcome.PASSED, True)

    def test_still_occurs(self) -> None:
        """While it occurs the run goes on."""
        campaign(Dropping(), (EMPTY_SEGMENTS,)).warm_up()

    def test_no_longer_occurs(self) -> None:
        """One that no longer occurs is an error that says where it is written."""
        with pytest.raises(StageError, match=r"empty segments.*no longer.*divergences\.toml"):
            campaign(Orders(), (EMPTY_SEGMENTS,)).warm_up()
