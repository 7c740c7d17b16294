"""Programs of one's own: a run, a history that is judged again, and a system that is served."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from cqrs_conformance.check import UserMistake, check
from cqrs_conformance.run import Report, RunMistake, run
from cqrs_conformance.stage import StageMistake, stage
from tests.harness.entry.test_cli import misnaming


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    """A run of an implementation whose query shows another customer."""
    return run(misnaming(folder), requirements=["API-02", "API-03"], profile="smoke", seed=7,
               arguments=["--counterexamples", str(folder / "kept")])


def test_a_run_gives_its_report(report: Report) -> None:
    """Verdict, exit code and outcomes are those of the command, and a failure has its story."""
    outcomes = {each.id: each.outcome for each in report.requirements}
    assert (report.verdict, report.exit_code, report.document["seed"], outcomes) == (
        "does not conform", 1, 7, {"API-02": "failed", "API-03": "passed"})
    assert "The smallest scenario found:" in (report.failed[0].story or "")


def test_a_saved_history_is_judged_again(report: Report, folder: Path) -> None:
    """Its violation has the requirement, both sides, and the step as people count."""
    (path,) = (folder / "kept").glob("API-02-*.json")
    found = check(path)[0]
    steps = len(json.loads(path.read_text("utf-8"))["scenario"]["steps"])
    assert (found.counted, found.observed["customer"]) == (("API-02",), "?")
    assert found.step is None or found.step <= steps
    assert found.step is not None or "At the end, when everything has settled" in found.text


def test_a_served_system_answers() -> None:
    """Requests are answered at its URL, and logged."""
    body = {"type": "OrderCreated", "orderId": "a", "customer": "x",
            "createdAt": "2026-01-01T00:00:00Z"}
    with stage() as served:
        sent = Request(f"{served.url}/orders", json.dumps(body).encode(),
                       {"Content-Type": "application/json"})
        with urlopen(sent) as reply:
            status = reply.status
        with urlopen(f"{served.url}/orders/a") as reply:
            view = json.loads(reply.read())
        log = served.log
    assert (status, view["customer"], "POST /orders -> 200" in log) == (200, "x", True)
    with pytest.raises(OSError, match="refused"):
        urlopen(served.url)


@pytest.mark.parametrize(("call", "mistake"), [
    (lambda: run("nowhere.yaml"), RunMistake),
    (lambda: check("nowhere.json"), UserMistake),
    (lambda: stage("nowhere.yaml").__enter__(), StageMistake),
], ids=["run", "check", "stage"])
def test_a_mistake_is_a_sentence(call: object, mistake: type[Exception]) -> None:
    """A file that is not there is named, without a traceback."""
    assert callable(call)
    with pytest.raises(mistake, match=r"nowhere\.\w+: (?!.*Traceback)"):
        call()
