"""A requirement's examination, on a stage that plays nothing: what a scenario gives is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import strategies as st

from harness.core.errors import StageError
from harness.core.history import FunctionFacts, History, Role, Statement, System
from harness.core.repetition import Repetition
from harness.core.scenario import Scenario, Send
from harness.core.scenario_json import to_text
from harness.core.stage import Stage
from harness.core.verdict import NotJudged, Outcome
from harness.core.violation import Hop, Kind, Violation
from harness.explore import controlled_strategy
from harness.explore.campaign import Campaign
from harness.explore.drawing_plan import DrawingPlan
from harness.explore.examination import Examination
from harness.explore.not_judged import NO_REPLIES
from harness.explore.profiles import PROFILES
from harness.functions.invocation import HandlerError
from harness.oracle.ledger_building import build_ledger
from scenarios.domains.orders import CONTRACT

WRONG = Violation(Kind.VIEW_WRONG, "n00000a", 0, "x", "y", Hop.PROJECTION)
CREATE = Send('{"type": "OrderCreated", "orderId": "~a", "customer": "x", '
              '"createdAt": "2026-01-01T00:00:00Z"}')
DELETE = Send('{"type": "OrderDeleted", "orderId": "~a"}')
Shows = Callable[[Scenario], list[Violation]]


class Nowhere:
    """A stage that can everything and does nothing."""

    capabilities = frozenset({"http", "log", "calls", "bus"})
    system = System()

    def reset(self) -> None:
        """There is nothing to reset."""


def campaign(monkeypatch: pytest.MonkeyPatch, shows: Shows) -> Campaign:
    """A campaign in which a play shows what ``shows`` says, each time anew."""
    found: list[Violation] = []

    def play(scenario: Scenario, *_: Any) -> History:
        found[:] = shows(scenario)
        return History("n00000", System(), ())

    monkeypatch.setattr(controlled_strategy, "play", play)
    monkeypatch.setattr(controlled_strategy, "judge", lambda contract, history: (
        build_ledger(contract, history), list(found)))
    return Campaign(CONTRACT, cast(Stage, Nowhere()), PROFILES["quick"], seed=1)


class TestUnsteadyProcess:
    def test_told_as_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A function that does not start, though only once, is told as that, and nothing else."""
        trouble = [HandlerError("Command", "it ended")]

        def shows(scenario: Scenario) -> list[Violation]:
            if trouble:
                raise trouble.pop()
            return []

        with pytest.raises(HandlerError, match="function Command cannot be loaded: it ended"):
            campaign(monkeypatch, shows).examine("API-01")

    def test_not_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A violation that does not show again is no verdict, and the message says why."""
        monkeypatch.setattr(controlled_strategy, "KEPT", 0)
        plays: list[Scenario] = []

        def shows(scenario: Scenario) -> list[Violation]:
            plays.append(scenario)
            return [WRONG] if len(plays) < 20 else []

        with pytest.raises(StageError, match="did not when the same scenario was played again"):
            campaign(monkeypatch, shows).examine("PRJ-01")


class TestRights:
    @pytest.mark.parametrize(("statements", "reason"), [
        (None, NotJudged("needs a role whose policies the template has")), ((), None),
    ])
    def test_no_role(
        self, monkeypatch: pytest.MonkeyPatch, statements: tuple[Statement, ...] | None,
        reason: NotJudged | None,
    ) -> None:
        """Where all roles come from elsewhere nobody can say what they allow."""
        facts = (FunctionFacts("Query", Role.QUERY, None),
                 FunctionFacts("Command", Role.COMMAND, statements))
        monkeypatch.setattr(Nowhere, "system", System(facts))
        found = campaign(monkeypatch, lambda _: [])
        assert found.not_judged(CONTRACT.requirement("SYS-04")) == reason


class TestQueuedDoor:
    @pytest.mark.parametrize(("queued", "reason"), [
        (True, NO_REPLIES), (False, None),
    ])
    def test_no_reply(
        self, monkeypatch: pytest.MonkeyPatch, queued: bool, reason: NotJudged | None
    ) -> None:
        """A key that comes with another body is another message: nobody can be told of it."""
        monkeypatch.setattr(Nowhere, "system", System(queued=queued))
        found = campaign(monkeypatch, lambda _: [])
        assert found.not_judged(CONTRACT.requirement("CMD-07")) == reason


class TestPlainBodies:
    @pytest.mark.parametrize(("plain", "outcome"), [
        (True, Outcome.NOT_APPLICABLE), (False, Outcome.SKIPPED)])
    def test_base64(
        self, monkeypatch: pytest.MonkeyPatch, plain: bool, outcome: Outcome
    ) -> None:
        """Where API Gateway encodes no body, no function has to decode one."""
        monkeypatch.setattr(Nowhere, "system", System(plain_bodies=plain))
        found = campaign(monkeypatch, lambda _: []).not_judged(CONTRACT.requirement("API-11"))
        assert found is not None
        assert found.outcome == outcome


class TestRelays:
    @pytest.mark.parametrize(("publishers", "outcome"), [
        ((), Outcome.NOT_APPLICABLE), (("relay",), None)])
    def test_publishing(
        self, monkeypatch: pytest.MonkeyPatch, publishers: tuple[str, ...], outcome: Outcome | None
    ) -> None:
        """A relay that only stores has no publishing that could fail."""
        ways = (("relay", "SQS FIFO"), ("projection", "DynamoDB Streams"))
        monkeypatch.setattr(Nowhere, "system", System(ways=ways, publishers=publishers))
        found = campaign(monkeypatch, lambda _: []).not_judged(CONTRACT.requirement("RLY-03"))
        assert (found and found.outcome) == outcome


class TestUnsayable:
    @pytest.mark.parametrize(("masked", "outcome"), [
        (0, Outcome.NOT_APPLICABLE), (1, Outcome.VACUOUS)])
    def test_another_violation(self, masked: int, outcome: Outcome) -> None:
        """A step that no client can say is the reason, unless a violation hid its trigger."""
        plays: Any = SimpleNamespace(unsayable=lambda: "no client can say it", commands=1,
                                     steps_left_out=tuple, remarks=list)
        examination = Examination(CONTRACT, CONTRACT.requirement("API-07"), plays)
        examination._others["SYS-01"] = Scenario((CREATE,))
        examination._masked = masked
        assert examination.verdict(None, 0.0).outcome == outcome


    @pytest.mark.parametrize(("reason", "triggers", "drawings"), [
        ("no client can say it", 0, 3), ("no client can say it", 1, 3), ("", 0, 1),
        ("no client can say it", 5, 1)])
    def test_drawn_again(self, reason: str, triggers: int, drawings: int) -> None:
        """Others are drawn while clients could not say enough of them."""
        seeds: list[int] = []

        def first_violating(swept: object, drawing: DrawingPlan, violates: object) -> None:
            seeds.append(drawing.seed)

        plays: Any = SimpleNamespace(
            unsayable=lambda: reason, drawings=3, first_violating=first_violating)
        examination = Examination(CONTRACT, CONTRACT.requirement("CMD-04"), plays)
        examination._triggers = triggers
        examination.first_violating(iter(()), DrawingPlan(st.nothing(), 1, 7))
        assert (len(seeds), len(set(seeds))) == (drawings, drawings)


class TestPromises:
    def test_a_requirement_that_is_not_promised_is_not_judged(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No scenario is played for it, and its outcome says so."""
        found = campaign(monkeypatch, lambda _: [WRONG])
        found.contract = replace(CONTRACT, not_promised=frozenset({"PRJ-01"}))
        verdict = found.examine("PRJ-01")
        assert (verdict.outcome, verdict.examples) == (Outcome.NOT_PROMISED, 0)


class TestRepetition:
    @pytest.mark.parametrize(("repetition", "senseless"), [
        (Repetition(), set()), (Repetition.by_member("customer"), set()),
        (Repetition.by_content(), {"CMD-07"}), (Repetition.none(), {"CMD-06", "CMD-07"})])
    def test_not_applicable(
        self, monkeypatch: pytest.MonkeyPatch, repetition: Repetition, senseless: set[str]
    ) -> None:
        """Where nothing marks a repetition, requirements on repeated commands make no sense."""
        found = campaign(monkeypatch, lambda _: [])
        found.contract = replace(CONTRACT, repetition=repetition)
        outcomes = {id: found.not_judged(CONTRACT.requirement(id)) for id in ("CMD-06", "CMD-07")}
        assert {id for id, reason in outcomes.items()
                if reason and reason.outcome is Outcome.NOT_APPLICABLE} == senseless


class TestSmallest:
    def test_broken_by_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where one play breaks what stays broken, the scenario is one that breaks it by itself."""
        broken: list[bool] = []
        monkeypatch.setattr(Nowhere, "reset", lambda stage: broken.clear())

        def shows(scenario: Scenario) -> list[Violation]:
            if DELETE in scenario.steps:
                broken.append(True)
            return [WRONG] if broken else []

        verdict = campaign(monkeypatch, shows).confirm("PRJ-01", Scenario((CREATE, DELETE)))

        assert verdict.counterexample is not None
        assert DELETE in verdict.counterexample.scenario.steps

    def test_no_other_fault(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No command is left out that the next one needs in order to be accepted.

        Here the deletion alone shows the violation as well, for it is not refused.
        """
        def shows(scenario: Scenario) -> list[Violation]:
            return [WRONG] if DELETE in scenario.steps else []

        verdict = campaign(monkeypatch, shows).confirm("PRJ-01", Scenario((CREATE, DELETE)))
        assert verdict.counterexample is not None
        assert verdict.counterexample.scenario.steps == (CREATE, DELETE)


class TestFewDrawn:
    @pytest.mark.parametrize("name", ["smoke", "quick"])
    def test_no_plainest_twice(self, name: str) -> None:
        """A few at a time are as many different ones as all at once, not the plainest each time."""
        profile = PROFILES[name]
        few = list(Campaign(CONTRACT, cast(Stage, Nowhere()), profile, 1).few_drawn("PRJ-05"))
        assert len(set(map(to_text, few))) == len(few) == profile.examples
