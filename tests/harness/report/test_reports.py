"""Reports for machines and for CI: the published schema, Markdown, annotations, badge, compare."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.core.history import Called, Role
from harness.core.scenario import Scenario, Send
from harness.core.verdict import Counterexample, Outcome, Verdict
from harness.core.violation import Hop, Kind, Violation
from harness.entry import cli, reports
from harness.entry.options import RunOptions
from harness.report import comparison, summary
from harness.report.annotations import github_commands
from harness.report.badge import badge
from harness.report.markdown import fenced, markdown
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, Story, about

SCHEMA = json.loads(files("harness.report").joinpath("report.schema.json").read_text("utf-8"))
STORY = ["PRJ-02 (MUST) ...", "", "Violated | <b>"]
PAGE = Path(__file__).parents[3] / "docs" / "report.md"


def failed(level: str = "PRJ-02", line: str = "app/view,1.py:12") -> dict[str, Any]:
    """The verdict of a violated requirement, with the line of its last write."""
    story = Story()
    story.send(about(CREATED, "n0001aa"))
    story.add(Called(Role.PROJECTION, "Project", 1, "dynamodb", "PutItem", "Views", "n0001aa", 200,
                     None, line=line))
    story.add(Called(Role.PROJECTION, "Project", 1, "dynamodb", "GetItem", "Views", "n0001aa", 200,
                     None, line="app/other.py:1"))
    violation = Violation(Kind.VIEW_WRONG, "n0001aa", 1, "x", "y", Hop.PROJECTION)
    scenario = Scenario((Send(json.dumps(CREATED | {"orderId": "~a"})),))
    found = Counterexample(scenario, story.history, violation)
    document = summary.document(Verdict(
        CONTRACT.requirement(level), Outcome.FAILED, "100% wrong\nreally", counterexample=found))
    document["counterexample"] |= {"story": STORY, "reproduce": ["run", "replay"]}
    return document


def report(*verdicts: dict[str, Any]) -> dict[str, Any]:
    run = summary.Run("moto", "orders", "t.yaml", "quick", 7, False,
                      started="2026-01-01T00:00:00+00:00",
                      options=reports.options_told(RunOptions(profile="ci", api_key="hush")))
    return summary.report(run, verdicts, 1.5, summary.exit_code(verdicts, strict=False))


def passed(id: str) -> dict[str, Any]:
    return summary.document(Verdict(CONTRACT.requirement(id), Outcome.PASSED))


class TestSchema:
    def test_valid(self) -> None:
        """A report is as its published schema says."""
        jsonschema.Draft202012Validator(SCHEMA).validate(report(passed("PRJ-01"), failed()))

    def test_every_member_is_published(self) -> None:
        """The schema knows every member of a report, of a verdict and of a counterexample."""
        found = report(failed())
        (verdict,) = found["requirements"]
        known = SCHEMA["properties"], *(SCHEMA["$defs"][name]["properties"]
                                        for name in ("requirement", "counterexample"))
        for document, members in zip((found, verdict, verdict["counterexample"]), known,
                                     strict=True):
            assert set(document) <= set(members)

    def test_outcomes(self) -> None:
        """The schema lists every outcome that there is."""
        listed = SCHEMA["$defs"]["requirement"]["properties"]["outcome"]["enum"]
        assert listed == [outcome.value for outcome in Outcome]

    def test_rich(self) -> None:
        """A verdict has its sentence; a counterexample its line, its story and its commands."""
        (verdict,) = report(failed())["requirements"]
        found = verdict["counterexample"]
        assert (verdict["requirement"], found["line"], found["story"], found["reproduce"]) == (
            CONTRACT.requirement("PRJ-02").sentence, "app/view,1.py:12", STORY, ["run", "replay"])

    def test_options_without_secrets(self) -> None:
        """Options that were given are told, secrets never."""
        assert report()["options"] == {"profile": "ci"}


class TestForCi:
    def test_annotation(self) -> None:
        """A failure is an error on the user's line; what GitHub reads as its own is escaped."""
        (line,) = github_commands(report(failed(), passed("PRJ-01")))
        assert line == (
            "::error file=app/view%2C1.py,line=12,title=PRJ-02::Delivering any event again, at any "
            "time, changes nothing. Violated: 100%25 wrong%0Areally.")

    @pytest.mark.parametrize("verdict", [failed("QRY-02"), failed() | {"accepted": "until May"}],
                             ids=["should", "accepted"])
    def test_warning(self, verdict: dict[str, Any]) -> None:
        """A failure that does not fail the run is a warning."""
        (line,) = github_commands(report(verdict))
        assert line.startswith("::warning ")

    def test_no_line(self) -> None:
        """Without a line of the user's code the annotation names none."""
        verdict = failed()
        verdict["counterexample"]["line"] = None
        (line,) = github_commands(report(verdict))
        assert line.startswith("::error title=PRJ-02::")

    def test_step_summary(self, tmp_path: Path) -> None:
        """The summary is added where GitHub asks for it, and nothing is annotated elsewhere."""
        place = tmp_path / "summary.md"
        place.write_text("before\n", "utf-8")
        lines = list(reports.for_ci(report(failed()), {"GITHUB_STEP_SUMMARY": str(place)}))
        text = place.read_text("utf-8")
        assert (lines, text.startswith("before\n## cqrs-conformance: does not conform")) == (
            [], True)

    def test_markdown(self) -> None:
        """Markdown has the verdict, the story of a failure as it is, and a row for each outcome."""
        text = markdown(report(passed("PRJ-01"), failed()))
        assert "\n".join(STORY) in text
        assert "| PRJ-01 | MUST | ✅ passed |  |" in text
        assert "| PRJ-02 | MUST | ❌ failed | 100% wrong really |" in text

    def test_fence(self) -> None:
        """A story with a fence of its own stays whole."""
        assert fenced("a\n```\nb")[0] == "````text"

    @pytest.mark.parametrize(("verdicts", "message", "colour"), [
        ((passed("PRJ-01"),), "conforms 1/1", "brightgreen"),
        ((passed("PRJ-01"), failed()), "does not conform 1/2", "red"),
        ((), "no verdict", "lightgrey"),
    ])
    def test_badge(self, verdicts: tuple[dict[str, Any], ...], message: str, colour: str) -> None:
        """A badge has the verdict, how many passed, and a colour."""
        assert badge(report(*verdicts)) == {
            "schemaVersion": 1, "label": "CQRS orders", "message": message, "color": colour}


class TestCompare:
    def written(self, folder: Path) -> list[str]:
        """Two reports: one requirement differs."""
        paths = [folder / name for name in ("before.json", "after.json")]
        summary.write(paths[0], report(passed("PRJ-01"), passed("PRJ-02")))
        summary.write(paths[1], report(passed("PRJ-01"), failed()))
        return [str(path) for path in paths]

    def test_worse(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Only what differs is shown; a requirement that fails now gives exit code 1."""
        code, out = cli.main(["compare", *self.written(tmp_path)]), capsys.readouterr().out
        assert (code, "PRJ-02  passed          failed" in out, "PRJ-01" in out,
                "passed before, failed now: PRJ-02" in out) == (1, True, False, True)

    def test_better(self, tmp_path: Path) -> None:
        """A requirement that passes now gives 0."""
        assert cli.main(["compare", *reversed(self.written(tmp_path))]) == 0

    def test_markdown(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """As Markdown, and with all requirements, there is a row for each."""
        cli.main(["compare", "--markdown", "--all", *self.written(tmp_path)])
        out = capsys.readouterr().out
        assert ("| PRJ-01 | ✅ passed | ✅ passed |" in out,
                "| PRJ-02 | ✅ passed | ❌ failed |" in out) == (True, True)

    def test_absent(self) -> None:
        """A requirement that only one report has is no change for the worse."""
        (row,) = comparison.rows([report(), report(failed())])
        assert (row.outcomes, row.worse) == (("-", "failed"), False)

    @pytest.mark.parametrize("text", ["{}", "no", '{"format": "cqrs-conformance report"}'])
    def test_no_report(
        self, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A file that is no report of this version ends with 2 and a sentence."""
        path = tmp_path / "x.json"
        path.write_text(text, "utf-8")
        assert (cli.main(["compare", str(path), str(path)]),
                capsys.readouterr().err.startswith(f"ERROR: {path}: ")) == (2, True)


def test_page() -> None:
    """The page of the documentation names every member at the top of a report."""
    text = PAGE.read_text("utf-8")
    assert [name for name in SCHEMA["properties"] if f"`{name}`" not in text] == []
