"""Reports: the story, the counterexample, the summary, and the progress."""

import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from harness.core.bodies import text_without_namespace
from harness.core.faults import FaultKind
from harness.core.history import Invoked, Role
from harness.core.history_json import from_lines
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Hold,
    Poison,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    TimePasses,
)
from harness.core.verdict import Counterexample, Outcome, Verdict
from harness.core.violation import Hop, Kind, Violation
from harness.explore import counterexample_files
from harness.report import summary
from harness.report.progress import Progress
from harness.report.scenario_text import describe, render_scenario, shown_id
from harness.report.terminal import render_counterexample, verdict_line
from scenarios.domains.orders import CONTRACT
from tests.harness.drawn import steps
from tests.harness.histories import CREATED, Story, about

NAMESPACE = "n0001a"
BODY = json.dumps(CREATED | {"orderId": "~a"})
DELETED = '{"type": "OrderDeleted", "orderId": "~a"}'


def found(expected: Any = "x", observed: Any = "y") -> Counterexample:
    story = Story()
    story.send(about(CREATED, f"{NAMESPACE}a"))
    story.query({"orderId": f"{NAMESPACE}a"}, "during", id=f"{NAMESPACE}a")
    trace = "Traceback\nKeyError: 'x'"
    story.add(Invoked(Role.COMMAND, "CommandFunction", 1, True, trace, "", 0.1))
    violation = Violation(Kind.VIEW_WRONG, f"{NAMESPACE}a", 1, expected, observed, Hop.PROJECTION)
    scenario = Scenario((Send(BODY), Query("~a")), always_cold=True)
    return Counterexample(scenario, story.history, violation)


def rendered(**more: Any) -> str:
    requirement = CONTRACT.requirement("PRJ-01")
    return render_counterexample(CONTRACT, requirement, found(**more), "the command line")


class TestSentences:
    @pytest.mark.parametrize(("step", "sentence"), [
        (Send(DELETED), "A client sends OrderDeleted for 'a'"),
        (Send(DELETED, key="k", header="x-key", base64=True),
         "A client sends OrderDeleted for 'a' with x-key: k, base64-encoded"),
        (Send('{"type": "OrderUpdated", "orderId": "~a", "customer": "\\u00e9"}'),
         """A client sends OrderUpdated for 'a' (customer "\\u00e9")"""),
        (Send('{"type": "OrderDeleted"}'), "A client sends OrderDeleted for no orderId"),
        (Send('{"type": "OrderDeleted", "orderId": 5}'), "A client sends OrderDeleted for 5"),
        (Send(None), "A client sends no body"),
        (Send(""), 'A client sends the body ""'),
        (Send("[~]"), 'A client sends the body "[]"'),
        (Send("[" * 500), 'A client sends the body "' + "[" * 159 + "... (502 characters)"),
        (SendBatch((DELETED, "null")), "A queue hands the command function 2 records: "
         'OrderDeleted for \'a\'; the body "null"'),
        (Query("~a"), "A client queries 'a'"),
        (Query("../~a"), "A client queries '../a'"),
        (Settle(), "Everything on its way is delivered"),
        (Deliver(), "The 1st event on its way is delivered first"),
        (Redeliver(1), "The 2nd latest delivered event is delivered again"),
        (Hold(2), "The 3rd event on its way is held back"),
        (Drop(3), "The delivery of the 4th event on its way is lost until the end"),
        (Batch(2, 0, aside=True), "Up to 2 events on their way are delivered in one batch, one of "
         "them unprocessable, which comes again until all that is left is set aside"),
        (Batch(2, 1), "Up to 2 events on their way are delivered in one batch, "
         "one of them unprocessable"),
        (Poison("x", '{"orderId": "~a"}', "y"),
         'An unprocessable x event is published by y: {"orderId": "a"}'),
        (ColdStart(), "Every function starts cold"),
        (TimePasses(), "Sixteen minutes pass"),
        (Rebuild(), "The read model is wiped and the stored events are delivered again"),
        (Fault("command", "PutObject", 0, FaultKind.THROTTLING),
         "The command function's 1st PutObject from now: throttling"),
        (Concurrently(((Settle(),), (Query("~a"),)), (1,)),
         "At the same time, switching before calls [1]: Everything on its way is delivered || "
         "A client queries 'a'"),
    ], ids=lambda value: type(value).__name__ if not isinstance(value, str) else "")
    def test_step(self, step: Step, sentence: str) -> None:
        """Each step is a sentence in domain words."""
        assert describe(CONTRACT, step) == sentence

    @given(steps())
    def test_any_step(self, step: Step) -> None:
        """Whatever the step, there is a sentence."""
        assert describe(CONTRACT, step)

    def test_replies(self) -> None:
        """Commands and queries show the status they got, at their own step."""
        told = render_scenario(CONTRACT, found().scenario, found().history)
        assert [text[-7:] for text in told[1:3]] == [")  -> 200"[-7:], "  -> 200"[-7:]]

    def test_circumstances(self) -> None:
        """The circumstances of the whole scenario come first."""
        scenario = Scenario((), fresh=True, always_cold=True)
        told = render_scenario(CONTRACT, scenario, Story().history)
        assert told == ["   (on an empty system)", "   (every invocation in a new environment)",
                        "   Then everything settles and every aggregate is queried."]


class TestNamespaces:
    def test_id(self) -> None:
        """An id is shown without its namespace, in ASCII."""
        assert shown_id("~\u0430b") == r"'\u0430b'"

    @pytest.mark.parametrize(("value", "text"), [
        ({"orderId": f"{NAMESPACE}a"}, '{"orderId": "a"}'), (f"404 {NAMESPACE}a", "404 a"),
        ({"balance": Decimal("1.50")}, '{"balance": 1.5}'), ("\u00e9", "\u00e9"),
        ({"customer": "e\u0301"}, '{"customer": "e\\u0301"}'), (None, "null"),
    ])
    def test_value(self, value: Any, text: str) -> None:
        """A value is shown as JSON without namespace, numbers as numbers."""
        assert text_without_namespace(value, NAMESPACE) == text


class TestCounterexample:
    def test_everything_is_there(self) -> None:
        """Requirement, violation, story, both sides, the hop, errors, and how to see it again."""
        text = rendered(expected={"orderId": f"{NAMESPACE}a"}, observed="404")
        assert text.splitlines() == [
            f"PRJ-01 (MUST) {CONTRACT.requirement('PRJ-01').sentence}",
            "",
            "Violated: the view is not the fold of the acknowledged commands (aggregate 'a').",
            "",
            "The smallest scenario found:",
            "     (every invocation in a new environment)",
            "  1. A client sends OrderCreated for 'a' (customer \"Ada\", "
            'createdAt "2026-01-02T03:04:05Z")  -> 200',
            "  2. A client queries 'a'  -> 200",
            "     Then everything settles and every aggregate is queried.",
            "",
            'Expected: {"orderId": "a"}',
            "Observed: 404",
            "First differs at: projection (command -> store -> bus -> [projection] -> query)",
            "Function error: CommandFunction: KeyError: 'x'",
            "",
            "Reproduce: the command line",
            "Explained: cqrs-conformance explain PRJ-01",
        ]

    def test_no_namespace(self) -> None:
        """The namespace of the play is nowhere in it."""
        assert NAMESPACE not in rendered(expected=f"{NAMESPACE}a", observed=[f"{NAMESPACE}b"])

    def test_limited(self) -> None:
        """A huge value is cut."""
        assert len(rendered(expected="x" * 100_000)) < 5000


def verdict(outcome: Outcome, id: str = "PRJ-01", **more: Any) -> dict[str, Any]:
    return summary.document(Verdict(CONTRACT.requirement(id), outcome, **more))


class TestDocument:
    def test_members(self) -> None:
        """A verdict has the members that scripts read."""
        assert list(verdict(Outcome.PASSED)) == [
            "id", "level", "outcome", "reason", "triggers", "examples", "commands", "seconds",
            "requirement", "needs", "counterexample"]

    def test_counterexample(self) -> None:
        """A counterexample can be written as JSON, and its history read again."""
        document = json.loads(json.dumps(verdict(Outcome.FAILED, counterexample=found(
            {"orderId": f"{NAMESPACE}a"}, "404"))))["counterexample"]
        again = from_lines([json.dumps(record) for record in document["history"]])
        assert (document["expected"], document["observed"]) == ({"orderId": "a"}, "404")
        assert (again.namespace, len(again.records)) == (counterexample_files.PLAIN_NAMESPACE, 3)

    def test_which_play_it_was(self) -> None:
        """Nothing in it depends on which play it was."""
        assert NAMESPACE not in json.dumps(verdict(Outcome.FAILED, counterexample=found()))


RUN = summary.Run("moto", "orders", "t.yaml", "quick", 7, False)


class TestRun:
    @pytest.mark.parametrize(("outcomes", "code"), [
        ([Outcome.PASSED, Outcome.SKIPPED], 0), ([Outcome.PASSED, Outcome.FAILED], 1),
        ([Outcome.FAILED, Outcome.ERRORED], 1), ([Outcome.PASSED, Outcome.ERRORED], 3),
        ([Outcome.PASSED, Outcome.VACUOUS], 3), ([Outcome.SKIPPED], 3), ([], 3),
    ])
    def test_exit_code(self, outcomes: list[Outcome], code: int) -> None:
        """A violation decides, then what could not be judged; nothing passed is no verdict."""
        assert summary.exit_code([verdict(outcome) for outcome in outcomes], False) == code

    @pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
    def test_should(self, strict: bool, code: int) -> None:
        """A violated SHOULD counts only when strict."""
        verdicts = [verdict(Outcome.PASSED), verdict(Outcome.FAILED, "QRY-02")]
        assert summary.exit_code(verdicts, strict) == code

    def test_report(self) -> None:
        """A report has the members that scripts read, with every outcome counted."""
        report = summary.report(RUN, [verdict(Outcome.PASSED)], 1.23456, 0)
        assert (list(report), report["verdict"], report["counts"], report["seconds"]) == (
            ["format", "version", "tool", "started", "options", "verdict", "stage", "contract",
             "template", "profile", "seed", "seconds", "counts", "groups", "requirements"],
            "conforms",
            {"passed": 1, "failed": 0, "skipped": 0, "not promised": 0, "not applicable": 0,
             "errored": 0, "vacuous": 0, "not run": 0}, 1.235)

    @pytest.mark.parametrize(("outcomes", "words"), [
        ({"PRJ-01": Outcome.PASSED, "PRJ-02": Outcome.PASSED}, "conforms: 2 judged"),
        ({"PRJ-01": Outcome.PASSED, "PRJ-02": Outcome.NOT_PROMISED},
         "conforms: 1 judged, 1 not promised"),
        ({"PRJ-01": Outcome.NOT_APPLICABLE, "PRJ-02": Outcome.PASSED},
         "conforms: 1 judged, 1 not applicable"),
        ({"PRJ-01": Outcome.PASSED}, f"{summary.SELECTED}: 1 judged"),
        ({"PRJ-01": Outcome.SKIPPED, "PRJ-02": Outcome.PASSED},
         f"{summary.SELECTED}: 1 judged, 1 skipped"),
        ({"PRJ-01": Outcome.NOT_PROMISED, "PRJ-02": Outcome.PASSED},
         f"{summary.SELECTED}: 1 judged, 1 not promised"),
    ])
    def test_only_the_whole_contract_conforms(
        self, outcomes: dict[str, Outcome], words: str
    ) -> None:
        """Each requirement has to be asked for, and the essential one (PRJ-01) judged."""
        run = replace(RUN, required=frozenset({"PRJ-01", "PRJ-02"}),
                      essential=frozenset({"PRJ-01"}))
        verdicts = [verdict(outcome, id) for id, outcome in outcomes.items()]
        last = summary.closing(summary.report(run, verdicts, 2, 0))[-1]
        assert last == f"verdict: {words} (seed 7, 2.0 s)"

    def test_closing(self) -> None:
        """The last lines name what is violated, what is not judged, and the verdict."""
        verdicts = [verdict(Outcome.FAILED), verdict(Outcome.VACUOUS, "PRJ-02")]
        assert summary.closing(summary.report(RUN, verdicts, 2, 1)) == [
            "t.yaml on moto, contract orders: 1 failed, 1 vacuous", "violated: PRJ-01",
            "not judged: PRJ-02", "verdict: does not conform (seed 7, 2.0 s)",
            "next: repair PRJ-01 first; the same command then plays its counterexample before all "
            "else, and --report-html FILE draws it"]


class TestWriting:
    def test_new_folder(self, tmp_path: Path) -> None:
        """A folder that is not there is made, and no file is left by looking."""
        path = tmp_path / "new" / "report.json"
        summary.check_writable(path)
        before = path.exists()
        summary.write(path, {"a": 1})
        assert (before, json.loads(path.read_text("utf-8"))) == (False, {"a": 1})

    def test_existing(self, tmp_path: Path) -> None:
        """A report that is there stays until the next one is written."""
        path = tmp_path / "report.json"
        path.write_text("old", "utf-8")
        summary.check_writable(path)
        assert path.read_text("utf-8") == "old"

    @pytest.mark.parametrize("act", [
        summary.check_writable, lambda path: summary.write(path, {}),
    ], ids=["looking", "writing"])
    def test_impossible(self, tmp_path: Path, act: Any) -> None:
        """A report that cannot be written is an error with the path and a remedy."""
        with pytest.raises(summary.ReportError, match=r"report .*cannot be written: .*; give a"):
            act(tmp_path)


class TestLine:
    def test_judged(self) -> None:
        """A line tells the outcome and how much was tried."""
        document = verdict(Outcome.PASSED, triggers=3, examples=2, commands=5, seconds=1.0)
        assert verdict_line(document) == (
            "PRJ-01  passed    2 scenarios, 5 commands, triggered 3 times, 1.0 s")

    def test_skipped(self) -> None:
        """Or the reason why not."""
        skipped = verdict(Outcome.SKIPPED, reason="needs bus")
        assert verdict_line(skipped) == "PRJ-01  skipped   needs bus"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class TestProgress:
    def test_plain_lines(self) -> None:
        """Where there is no terminal there are lines only."""
        stream = io.StringIO()
        progress = Progress(2, stream)
        progress.advance("PRJ-01  passed  [bold]")
        progress.stop()
        assert stream.getvalue() == "PRJ-01  passed  [bold]\n"

    def test_bar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On a terminal there is a bar as well."""
        monkeypatch.setenv("TERM", "xterm")
        stream = Terminal()
        progress = Progress(2, stream)
        progress.advance("a line")
        progress.stop()
        assert ("a line" in stream.getvalue(), "judging" in stream.getvalue()) == (True, True)
