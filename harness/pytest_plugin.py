"""The suite under pytest: options, the ``conform`` fixture, and the verdict of the run.

One test judges one requirement, and its verdict travels with its test report, so -k, -x,
--junitxml and xdist's -n work. Without a test of the suite in the session the plugin does
nothing.
"""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from harness import registry, scenario
from harness.campaign import Campaign, Outcome, Verdict
from harness.contract import Contract, Level
from harness.functions.in_process import HandlerError
from harness.profiles import PROFILES, Profile
from harness.report import summary
from harness.report.progress import Progress
from harness.report.terminal import line, render_counterexample
from harness.stages.moto import MotoStage
from harness.stages.stage import StageError
from harness.template import Template, TemplateError, load

STAGES = ("moto",)
MARK = "requirement"
CARRIED = "cqrs"
"""The attribute of a test report that carries a verdict, also between processes."""
OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("stage", {"default": "moto", "choices": STAGES, "help": "where the implementation runs"}),
    ("contract", {"default": "orders", "help": "the contract's name"}),
    ("template", {"default": None, "help": "the implementation's SAM or CloudFormation template"}),
    ("profile", {"default": "quick", "choices": tuple(PROFILES), "help": "how much is tried"}),
    ("requirement", {"action": "append", "default": [], "help": "judge only this requirement"}),
    ("seed", {"type": int, "default": None, "help": "repeat the run that had this seed"}),
    ("strict", {"action": "store_true", "help": "a violated SHOULD fails the run"}),
    ("report-json", {"default": None, "help": "write the report to this file"}),
    ("quiet-pytest", {"action": "store_true", "help": "lines per requirement, for the command"}),
)

def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command, each with the prefix --cqrs."""
    group = parser.getgroup("cqrs", "conformance of serverless CQRS systems")
    for name, settings in OPTIONS:
        group.addoption(f"--cqrs-{name}", dest=f"cqrs_{name.replace('-', '_')}", **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and settle the seed, so that every worker has the same."""
    config.addinivalue_line("markers", f"{MARK}(id): the requirement that a test judges")
    if config.option.cqrs_seed is None:
        config.option.cqrs_seed = random.SystemRandom().randrange(2**32)
    config.stash[SESSION] = _Session(config)
    config.pluginmanager.register(config.stash[SESSION], "cqrs-session")


class _Session:
    """What is known during one pytest session, on the controller and on each worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started = time.perf_counter()
        self._verdicts: dict[str, dict[str, Any]] = {}
        self._elsewhere: dict[str, Any] = {}
        self._contract: Contract | None = None
        self._campaign: Campaign | None = None
        self._trouble: str | None = None
        self._stage: MotoStage | None = None
        self._progress: Progress | None = None
        self.worker = hasattr(config, "workerinput")

    # -- settings ------------------------------------------------------------------------

    def option(self, name: str) -> Any:
        return getattr(self._config.option, f"cqrs_{name}")

    @property
    def profile(self) -> Profile:
        return PROFILES[self.option("profile")]

    def contract(self) -> Contract:
        if self._contract is None:
            self._contract = registry.find_contract(self.option("contract"))
            registry.check_requirements(self._contract, self.option("requirement"))
        return self._contract

    def template(self) -> Template:
        given = self.option("template")
        return load(Path(given) if given else registry.reference_template(self.contract()))

    def campaign(self) -> Campaign:
        """The campaign of this process; opens its stage the first time.

        Raises:
            StageError: there is no stage to play on.
        """
        if self._trouble is not None:
            raise StageError("stage", self._trouble)
        if self._campaign is None:
            try:
                self._stage = MotoStage(self.template(), self.contract().path).open()
            except (StageError, HandlerError, TemplateError) as error:
                self._trouble = str(error)
                raise
            self._campaign = Campaign(
                self.contract(), self._stage, self.profile, self.option("seed"))
        return self._campaign

    def command(self, requirement_id: str) -> str:
        """The command line that shows a failure again."""
        words = ["cqrs-conformance", "run", "--contract", self.option("contract")]
        if self.option("template"):
            words += ["--template", str(self.option("template"))]
        words += ["--profile", self.option("profile"), "--requirement", requirement_id,
                  "--seed", str(self.option("seed"))]
        return shlex.join(words)

    # -- collecting ----------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        wanted = self.option("requirement")
        chosen = [i for i in items if _id(i) is None or not wanted or _id(i) in wanted]
        left_out = [item for item in items if item not in chosen]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = chosen

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Find a user's mistakes before anything runs."""
        if not any(_id(item) for item in session.items):
            return
        try:
            self.contract()
            self.template()
        except (registry.ContractError, TemplateError) as error:
            raise pytest.UsageError(str(error)) from None

    # -- running -------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the verdict travel with the report."""
        report = yield
        verdict = item.stash.get(VERDICT, None)
        if call.when == "call" and verdict is not None:
            setattr(report, CARRIED, (summary.document(verdict), _texts(verdict)))
        elif call.excinfo is not None and _id(item) and not call.excinfo.errisinstance(
            pytest.skip.Exception
        ):
            setattr(report, CARRIED, (self._errored(item, str(call.excinfo.value)), {}))
        return report

    def _errored(self, item: pytest.Item, reason: str) -> dict[str, Any]:
        requirement = self.contract().requirement(str(_id(item)))
        return summary.document(Verdict(requirement, Outcome.ERRORED, reason))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        document, elsewhere = getattr(report, CARRIED, (None, {}))
        if document is None or self.worker:
            return
        self._verdicts[document["id"]] = document
        for requirement_id, text in elsewhere.items():
            self._elsewhere.setdefault(requirement_id, text)
        self._show(document)

    def _show(self, document: dict[str, Any]) -> None:
        if self._progress is None and self.option("quiet_pytest"):
            total = len(self.option("requirement")) or len(self.contract().requirements)
            self._progress = Progress(total)
        if self._progress is not None:
            self._progress.advance(line(document))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str] | None:
        if not self.option("quiet_pytest"):
            return None
        counted = report.when == "call" or report.failed
        return (report.outcome if counted else ""), "", ""

    # -- ending --------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        try:
            if self._verdicts and not self.worker:
                self._judge_elsewhere()
                self._conclude(session)
        finally:
            if self._stage is not None:
                self._stage.close()

    def _judge_elsewhere(self) -> None:
        """Requirements violated in scenarios of others' generators, but not in their own."""
        wanted = self.option("requirement")
        for requirement_id, text in sorted(self._elsewhere.items()):
            verdict = self._verdicts.get(requirement_id)
            failed = verdict is not None and verdict["outcome"] == Outcome.FAILED
            if not failed and (not wanted or requirement_id in wanted):
                found = self._confirm(requirement_id, text)
                if found.outcome is Outcome.FAILED:
                    self._take_over(found)

    def _confirm(self, requirement_id: str, text: str) -> Verdict:
        met = scenario.load(json.loads(text))
        return self.campaign().confirm(requirement_id, met)

    def _take_over(self, found: Verdict) -> None:
        before = self._verdicts.get(found.requirement.id, {})
        figures = {name: before.get(name, 0) for name in ("triggers", "examples", "commands")}
        self._verdicts[found.requirement.id] = summary.document(found) | figures
        assert found.counterexample is not None
        text = render_counterexample(self.contract(), found.requirement, found.counterexample,
                                     self.command(found.requirement.id))
        self._config.stash.setdefault(LATE, []).append(text)
        self._show(self._verdicts[found.requirement.id])

    def _conclude(self, session: pytest.Session) -> None:
        self._add_untested()
        ordered = [self._verdicts[r.id] for r in self.contract().requirements
                   if r.id in self._verdicts]
        code = summary.exit_code(ordered, self.option("strict"))
        others_failed = session.testsfailed > sum(_fails_its_test(v) for v in ordered)
        session.exitstatus = summary.DOES_NOT if code == 0 and others_failed else code
        run = summary.Run(self.option("stage"), self.option("contract"),
                          str(self.template().path), self.option("profile"),
                          self.option("seed"), self.option("strict"))
        seconds = time.perf_counter() - self._started
        self._report = summary.report(run, ordered, seconds, code)
        self._write()

    def _add_untested(self) -> None:
        if self.option("requirement") or self._config.option.keyword:
            return
        for requirement in self.contract().requirements:
            if requirement.id not in self._verdicts:
                missing = Verdict(requirement, Outcome.SKIPPED, "needs a test in the suite")
                self._verdicts[requirement.id] = summary.document(missing)

    def _write(self) -> None:
        path = self.option("report_json")
        if path:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(json.dumps(self._report, indent=2) + "\n", "utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._progress is not None:
            self._progress.stop()
        if not self._verdicts:
            return
        for text in self._config.stash.get(LATE, []):
            terminalreporter.section("a violation met by another requirement's scenarios", sep="_")
            terminalreporter.write_line(text)
        for closing in summary.closing(self._report):
            terminalreporter.write_line(closing)


SESSION = pytest.StashKey[_Session]()
VERDICT = pytest.StashKey[Verdict]()
LATE = pytest.StashKey[list[str]]()


def _id(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker(MARK)
    return str(mark.args[0]) if mark else None


def _texts(verdict: Verdict) -> dict[str, str]:
    return {name: scenario.to_text(met) for name, met in verdict.elsewhere.items()}


def _fails_its_test(verdict: dict[str, Any]) -> bool:
    return verdict["outcome"] in (Outcome.FAILED, Outcome.ERRORED, Outcome.VACUOUS)


class Conform:
    """Judges the requirement of the test that asks for it."""

    def __init__(self, session: _Session, item: pytest.Item) -> None:
        self._session, self._item = session, item
        self._requirement = str(_id(item))

    def __call__(self) -> None:
        """Explore the requirement's scenarios; the test ends as its verdict says."""
        self.conclude(self._session.campaign().examine(self._requirement))

    def conclude(self, verdict: Verdict) -> None:
        """End the test with a verdict."""
        self._item.stash[VERDICT] = verdict
        if verdict.outcome is Outcome.SKIPPED:
            pytest.skip(verdict.reason)
        if verdict.counterexample is not None:
            self._fail(verdict)
        if verdict.outcome is not Outcome.PASSED:
            pytest.fail(f"{self._requirement} {verdict.outcome.value}: {verdict.reason}",
                        pytrace=False)

    def _fail(self, verdict: Verdict) -> None:
        assert verdict.counterexample is not None
        text = render_counterexample(
            self._session.contract(), verdict.requirement, verdict.counterexample,
            self._session.command(self._requirement))
        if verdict.requirement.level is Level.SHOULD and not self._session.option("strict"):
            pytest.xfail(text)
        pytest.fail(text, pytrace=False)


@pytest.fixture
def conform(request: pytest.FixtureRequest) -> Conform:
    """Judge this test's requirement; see ``Conform``."""
    session = request.config.stash[SESSION]
    try:
        session.campaign()
    except (StageError, HandlerError, TemplateError) as error:
        pytest.fail(f"no verdict: {error}", pytrace=False)
    return Conform(session, request.node)
