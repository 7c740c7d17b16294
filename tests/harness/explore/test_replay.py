"""Playing counterexamples again and judging saved histories again: answers and exit codes."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from harness.core.contract_registry import reference_template
from harness.core.history import History, Settled, System
from harness.core.history_json import to_lines
from harness.core.scenario import ColdStart, Query, Scenario, Send, Settle
from harness.core.stage import Stage
from harness.core.verdict import Counterexample, Replayed
from harness.core.violation import Hop, Kind, Violation
from harness.entry import cli
from harness.explore.campaign import Campaign
from harness.explore.counterexample_files import Origin, Saved, document, load
from harness.explore.profiles import PROFILES
from harness.explore.replay import Answer, Replay, does_not_conform, first_difference, replay
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, VIEW, Story, about

SCENARIO = Scenario((Send(json.dumps(CREATED | {"orderId": "~a"})), Settle(), Query("~a")))
WRONG = Violation(Kind.VIEW_WRONG, "n1a", 2, VIEW, "404", Hop.QUERY)


def history(namespace: str = "n1", **view: Any) -> History:
    """One order is created and read."""
    id, story = f"{namespace}a", Story(System(capabilities=("http",)))
    story.send(about(CREATED, id)).add(Settled(1, 1, 0))
    story.query({**VIEW, "orderId": id, **view}, "settled", id=id)
    return History(namespace, story.history.system, story.history.records)


def saved(requirement: str = "PRJ-01", scenario: Scenario = SCENARIO) -> Saved:
    """A counterexample as its file has it."""
    found = Counterexample(scenario, history(customer="Bob"), WRONG)
    return load(document(Origin("orders", None, requirement, "moto", 1), found))


@dataclass
class Playing(Campaign):
    """A campaign whose plays are known beforehand."""

    shown: Replayed = field(default_factory=lambda: Replayed(history(), None, 1, (), 0))
    left: Scenario | None = SCENARIO

    def playable_part(self, scenario: Scenario) -> Scenario | None:
        return self.left

    def replay(self, requirement_id: str, scenario: Scenario) -> Replayed:
        return self.shown


def playing(shown: Replayed | None = None, **more: Any) -> Playing:
    class Somewhere:
        name, capabilities = "somewhere", frozenset({"http"})

    stage: Any = Somewhere()
    checked: Stage = stage
    given = {} if shown is None else {"shown": shown}
    return Playing(CONTRACT, checked, PROFILES["quick"], 1, **given, **more)


class TestAnswers:
    @pytest.mark.parametrize(("shown", "answer", "counts"), [
        (Replayed(history(), WRONG, 0, (), 1), Answer.REPRODUCED, True),
        (Replayed(history(), None, 1, (), 0), Answer.NOT_REPRODUCED, False),
        (Replayed(history(), None, 1, ("CMD-01",), 0), Answer.NOT_REPRODUCED, True),
        (Replayed(history(), None, 1, ("QRY-02",), 0), Answer.NOT_REPRODUCED, False),
        (Replayed(history(), None, 0, (), 0), Answer.NO_VERDICT, False),
    ], ids=["again", "no longer", "another", "another, a SHOULD", "did not happen"])
    def test_answer(self, shown: Replayed, answer: Answer, counts: bool) -> None:
        """The requirement is violated again, or it is not, or nothing that tells happened."""
        found = replay(playing(shown), saved())
        assert (found.answer, does_not_conform(CONTRACT, found, strict=False)) == (answer, counts)

    def test_strict(self) -> None:
        """When strict, another requirement's SHOULD counts as well."""
        found = replay(playing(Replayed(history(), None, 1, ("QRY-02",), 0)), saved())
        assert does_not_conform(CONTRACT, found, strict=True)

    def test_how_often(self) -> None:
        """Where plays may differ it is told how often it was seen."""
        found = replay(playing(Replayed(history(), WRONG, 1, (), 2, tries=5)), saved())
        assert found.reason.endswith("(2 of 5 times)")

    @pytest.mark.parametrize(("given", "left", "lacking"), [
        (saved("PRJ-02"), SCENARIO, "bus"),
        (saved(scenario=replace(SCENARIO, steps=(*SCENARIO.steps, ColdStart()))), SCENARIO,
         "ColdStart"),
        (saved(), None, "an empty system, or aggregates of its own for each play"),
    ], ids=["need", "step", "whole"])
    def test_not_played(self, given: Saved, left: Scenario | None, lacking: str) -> None:
        """A step that the stage cannot play or judge gives no verdict and is named."""
        assert replay(playing(left=left), given) == Replay(
            Answer.NO_VERDICT, f"the stage somewhere lacks {lacking}")


class TestFirstDifference:
    def test_none(self) -> None:
        """Histories that differ only in their namespace do not differ."""
        assert first_difference(CONTRACT, history("n1"), history("n2")) is None

    def test_view(self) -> None:
        """The first view that has another value is shown on both sides."""
        found = first_difference(CONTRACT, history(customer="Bob"), history("n2"))
        assert found is not None
        assert (found.step, found.subject, '"Bob"' in found.before, '"Ada"' in found.now) == (
            2, "the view of 'a'", True, True)

    def test_members_of_its_own(self) -> None:
        """A member that an implementation adds to a view (a version, say) is no difference."""
        assert first_difference(CONTRACT, history(), history(version=5)) is None

    def test_status(self) -> None:
        """Another status is a difference, whatever stands in the reply."""
        refused = Story()
        refused.send(about(CREATED, "n2a"), 409)
        now = History("n2", refused.history.system, refused.history.records)
        found = first_difference(CONTRACT, history(), now)
        assert found is not None
        assert (found.step, found.before, found.now) == (0, "200", "409")

    def test_only_on_one_side(self) -> None:
        """A look that only one of them took is none."""
        now = replace(history(), records=history().records[:1])
        assert first_difference(CONTRACT, history(customer="Bob"), now) is None


@pytest.fixture(scope="module")
def misnaming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An implementation whose query shows another customer, and the file that shows it."""
    folder = tmp_path_factory.mktemp("misnaming")
    copytree(reference_template(CONTRACT).parent, folder / "copy")
    query = folder / "copy" / "lambdas" / "query.py"
    query.write_text(query.read_text("utf-8").replace(
        "reply(200, shown)", 'reply(200, {**shown, "customer": "Bob"})'), "utf-8")
    found = Counterexample(SCENARIO, history(customer="Bob"), WRONG)
    origin = Origin("orders", str(folder / "copy"), "API-02", "moto", 1)
    (folder / "file.json").write_text(json.dumps(document(origin, found)), "utf-8")
    return folder / "file.json"


class TestReplay:
    def test_reproduced(self, misnaming: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The file's own implementation shows it again: exit 1."""
        code, told = cli.main(["replay", str(misnaming)]), capsys.readouterr().out
        assert (code, told.splitlines()[-1]) == (
            1, f"reproduced on moto: {Kind.VIEW_WRONG.value}")
        assert "Every reply and every view is as it was in the saved history." in told

    def test_not_reproduced(self, misnaming: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Another implementation does not: exit 0, with the first step that went otherwise."""
        reference = str(reference_template(CONTRACT))
        code = cli.main(["replay", str(misnaming), "--template", reference])
        told = capsys.readouterr().out.splitlines()
        assert (code, told[-1]) == (0, "not reproduced on moto: API-02 holds in this scenario")
        assert "The first step that went otherwise: 3. A client queries 'a'" in told

    @pytest.mark.parametrize(("changes", "arguments", "told"), [
        ({"contract": "nope"}, [], "contract 'nope': there is none"),
        ({"requirement": "PRJ-99"}, [], "requirement 'PRJ-99': contract orders has none"),
        ({"stage": "mars"}, [], "found on the stage 'mars'"),
        ({"template": None, "stage": "http"}, ["--stage", "moto"], "give --template"),
        ({"stage": "http"}, [], "give --base-url"),
        ({}, ["--template", "nowhere.yaml"], "no such file"),
        ({"version": 9}, [], "version 9 of the format"),
    ], ids=str)
    def test_mistakes(
        self, misnaming: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
        changes: dict[str, Any], arguments: list[str], told: str,
    ) -> None:
        """A scenario that cannot be played ends with 2 and one sentence."""
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(json.loads(misnaming.read_text("utf-8")) | changes), "utf-8")
        code, error = cli.main(["replay", str(path), *arguments]), capsys.readouterr().err
        assert (code, error.startswith("ERROR: "), told in error, error.count("\n")) == (
            2, True, True, 1)


class TestCheck:
    def test_counterexample(self, misnaming: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A counterexample's history still shows what its file is for: exit 1."""
        assert cli.main(["check", str(misnaming)]) == 1
        assert capsys.readouterr().out.splitlines()[0] == (
            f"API-02 (MUST): {Kind.VIEW_WRONG.value} (aggregate 'a')")

    @pytest.mark.parametrize(("judged", "code", "last"), [
        (history(), 0, "nothing that counts is violated"),
        (history(customer="Bob"), 1, "violated: PRJ-01"),
    ], ids=["right", "wrong"])
    def test_json_lines(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], judged: History, code: int,
        last: str,
    ) -> None:
        """A history of any origin is judged by the checks alone."""
        path = tmp_path / "history.jsonl"
        path.write_text("\n".join(to_lines(judged)), "utf-8")
        assert (cli.main(["check", str(path)]), capsys.readouterr().out.splitlines()[-1]) == (
            code, last)

    def test_no_history(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A file that is no history ends with 2 and one sentence."""
        assert (cli.main(["check", str(tmp_path)]), capsys.readouterr().err.count("\n")) == (2, 1)
