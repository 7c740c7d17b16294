"""One pytest session that judges: from tests to verdicts, and from verdicts to the report.

One test judges one requirement, and its verdict travels with its test report, so -k, -x,
--junitxml and xdist's -n work. A user's mistake is told before anything runs.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from harness.core import contract_registry as registry
from harness.core import scenario_json
from harness.core.contract import Contract
from harness.core.errors import DOES_NOT, NO_VERDICT, StageError, UndecidedError
from harness.core.requirements import Level
from harness.core.verdict import Outcome, Verdict
from harness.entry import stages as opening
from harness.entry.interrupt import Interrupt
from harness.entry.options import CARRIED, REMOTE_OPTIONS, requirement_id
from harness.explore.campaign import Campaign
from harness.explore.counterexample_files import DEFAULT_FOLDER, FileError, Origin, save
from harness.explore.counterexample_files import document as counterexample
from harness.explore.profiles import PROFILES, Profile
from harness.functions.invocation import HandlerError
from harness.report import summary
from harness.report.progress import Progress
from harness.report.terminal import render_counterexample, verdict_line
from harness.stages.deployed import settings
from harness.stages.embedded.speedups import missing_speedups
from harness.template import (
    RuleInvalid,
    Template,
    TemplateError,
    commands_function,
    load,
    projection_functions,
    query_function,
    refuse_relays,
)

TROUBLE = (StageError, HandlerError, TemplateError, UndecidedError, ClientError, BotoCoreError)
"""What is no verdict: the stage, AWS, the implementation or the budget gave out."""
VERDICT = pytest.StashKey[Verdict]()
INTERRUPTED = "the run was interrupted"


class Session:
    """What is known during one pytest session, on the controller and on each worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started = time.perf_counter()
        self._verdicts: dict[str, dict[str, Any]] = {}
        self._elsewhere: dict[str, dict[str, str]] = {}
        self._in_suite: set[str] = set()
        self._selected: set[str] = set()
        self._contract: Contract | None = None
        self._template: Template | None = None
        self._campaign: Campaign | None = None
        self._trouble: str | None = None
        self._opened: opening.Opened | None = None
        self._progress: Progress | None = None
        self._report: dict[str, Any] | None = None
        self._late: list[str] = []
        self._left: str | None = None
        self._interrupt = Interrupt()
        self.worker = hasattr(config, "workerinput")

    # -- settings ------------------------------------------------------------------------

    def option(self, name: str) -> Any:
        """The value of one of the plugin's options."""
        return getattr(self._config.option, f"cqrs_{name}")

    @property
    def profile(self) -> Profile:
        """How much is tried."""
        return PROFILES[self.option("profile")]

    def contract(self) -> Contract:
        """The contract to judge by.

        Raises:
            ContractError: there is none of that name, or no such requirement in it.
        """
        if self._contract is None:
            self._contract = registry.find_contract(self.option("contract"))
            registry.check_requirements(self._contract, self.option("requirement"))
        return self._contract

    @property
    def remote(self) -> bool:
        """Whether the implementation is somewhere else; its template need not be known then."""
        return bool(self.option("stage") != "moto")

    def template(self) -> Template | None:
        """The template of the implementation to judge; None for a black box.

        Raises:
            TemplateError: it cannot be read.
            ContractError: none is given, and the contract comes with none.
        """
        given = self.option("template")
        own = opening.brings_template(self.option("stage"), self._remote_options())
        if self._template is None and (given or own):
            path = Path(given) if given else registry.reference_template(self.contract())
            self._template = load(path)
        return self._template

    def settings(self) -> settings.Settings:
        """How a remote stage is reached.

        Raises:
            SettingsError: an option cannot be meant.
        """
        return opening.settings_of(self.option("stage"), self._remote_options())

    def _remote_options(self) -> dict[str, Any]:
        names = (name.replace("-", "_") for name, _ in REMOTE_OPTIONS)
        return {name: self.option(name) for name in names}

    def check(self) -> None:
        """Find a user's mistakes before anything runs.

        Raises:
            pytest.UsageError: there is one.
        """
        try:
            path = self.contract().path
            template = self.template()
            if template is not None:
                commands_function(template, path), query_function(template, path)
                projection_functions(template)
            self._check_stage(template, path)
            if self.option("report_json"):
                summary.check_writable(Path(self.option("report_json")))
        except (registry.ContractError, TemplateError, summary.ReportError,
                settings.SettingsError) as error:
            raise pytest.UsageError(str(error)) from None

    def _check_stage(self, template: Template | None, path: str) -> None:
        opening.see_options(self.option("stage"), self._remote_options())
        hosted = not self.remote or self.option("functions") == "hosted"
        if template is not None and hosted:
            refuse_relays(template, path)
        if not self.remote:
            return
        self.settings()
        if template is not None and self.option("functions") != "hosted":
            opening.check_door(template, path)
        if getattr(self._config.option, "numprocesses", None):
            raise settings.SettingsError(
                "-n: one process plays many scenarios at once there; give --concurrency instead")

    def campaign(self) -> Campaign:
        """The campaign of this process; opens its stage the first time.

        Raises:
            StageError: there is no stage to play on.
        """
        if self._trouble is not None:
            raise StageError("no verdict", self._trouble)
        if self._campaign is None:
            judging = opening.Judging(
                self.contract(), self.template(), self.profile, self.option("seed"),
                tuple(sorted(self._selected)) or tuple(self._wanted()), self._tell)
            try:
                self._opened = opening.open_stage(
                    self.option("stage"), judging, self._remote_options())
            except TROUBLE as error:
                self._trouble = str(error)
                raise
            self._campaign = self._opened.campaign
        return self._campaign

    def _tell(self, sentence: str) -> None:
        """Show a sentence right away."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(sentence)

    def command(self, *requirement_ids: str) -> str:
        """The command line that shows a failure again."""
        words = ["cqrs-conformance", "run", "--contract", self.option("contract")]
        if self.option("template"):
            words += ["--template", str(self.option("template"))]
        if self.remote:
            words += ["--stage", self.option("stage"), *settings.shown(self.settings())]
            words += opening.shown(self._remote_options())
        words += ["--profile", self.option("profile"), "--requirement", *requirement_ids,
                  "--seed", str(self.option("seed"))]
        return shlex.join([*words, "--strict"] if self.option("strict") else words)

    def told(self, found: Verdict, *requirement_ids: str) -> str:
        """A violated requirement as text, once its counterexample is in a file."""
        assert found.counterexample is not None
        option = self.option
        origin = Origin(option("contract"), option("template"), found.requirement.id,
                        option("stage"), option("seed"))
        folder = Path(option("counterexamples") or DEFAULT_FOLDER)
        try:
            path = save(folder, counterexample(origin, found.counterexample))
            kept = shlex.join(["cqrs-conformance", "replay", str(path)])
        except FileError as error:
            kept = f"(not by a file: {error})"
        return render_counterexample(self.contract(), found.requirement, found.counterexample,
                                     self.command(*requirement_ids), kept)

    # -- collecting ----------------------------------------------------------------------

    def select(self, items: list[pytest.Item]) -> None:
        """Leave out what is not to be judged."""
        wanted = self.option("requirement")
        ids = {item: requirement_id(item) for item in items}
        self._in_suite |= {id for id in ids.values() if id is not None}
        left_out = [i for i in items if ids[i] is not None and wanted and ids[i] not in wanted]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember what is to be judged, and see that it can be."""
        self._selected = {id for id in map(requirement_id, session.items) if id is not None}
        if self.worker:
            known = {"in_suite": sorted(self._in_suite), "selected": sorted(self._selected)}
            self._config.workeroutput[CARRIED] = known  # type: ignore[attr-defined]  # xdist's
        elif self._selected:
            self.check()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn from a worker what it found."""
        known = getattr(node, "workeroutput", {}).get(CARRIED, {})
        self._in_suite |= set(known.get("in_suite", ()))
        self._selected |= set(known.get("selected", ()))

    # -- running -------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Under the command, open the stage first: if there is none, that is told once."""
        if not self.option("quiet_pytest") or self.worker or session.config.option.collectonly:
            return None
        try:
            with self._interrupt.noticed():
                self.campaign()
        except RuleInvalid as error:
            self._trouble = None
            raise pytest.UsageError(str(error)) from None
        except TROUBLE as error:
            for id in self._selected or self._wanted():
                self._verdicts[id] = self._errored(id, str(error))
            return True
        self._progress = Progress(len(self._selected or self._wanted()))
        self._interrupt.watch()
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """The interrupt has arrived; only where is of interest, and the rest takes seconds."""
        self._interrupt.heeded()
        excinfo.traceback = excinfo.traceback[-1:]

    def _wanted(self) -> list[str]:
        return self.option("requirement") or [r.id for r in self.contract().requirements]

    def judge_of(self, item: pytest.Item) -> Conform:
        """What judges the requirement of a test; without a stage the test fails."""
        try:
            self.campaign()
        except TROUBLE as error:
            pytest.fail(f"no verdict: {error}", pytrace=False)
        return Conform(self, item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the verdict travel with the report."""
        report = yield
        verdict, id = item.stash.get(VERDICT, None), requirement_id(item)
        if call.when == "call" and verdict is not None:
            setattr(report, CARRIED, (summary.document(verdict), _texts(verdict)))
        elif id and call.excinfo is not None and not call.excinfo.errisinstance(_NO_ERRORS):
            setattr(report, CARRIED, (self._errored(id, str(call.excinfo.value)), {}))
        return report

    def _errored(self, id: str, reason: str) -> dict[str, Any]:
        requirement = self.contract().requirement(id)
        return summary.document(Verdict(requirement, Outcome.ERRORED, reason))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in a verdict."""
        document, elsewhere = getattr(report, CARRIED, (None, {}))
        if document is None or self.worker:
            return
        self._verdicts[document["id"]] = document
        for id, text in elsewhere.items():
            self._elsewhere.setdefault(id, {})[document["id"]] = text
        self._show(document)

    def _show(self, document: dict[str, Any]) -> None:
        if self._progress is not None:
            self._progress.advance(verdict_line(document))

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Under the command a test has no letter: its verdict has a line."""
        if not self.option("quiet_pytest"):
            return None
        counted = report.when == "call" or report.failed
        return (report.outcome if counted else ""), "", ""

    # -- ending --------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Come to the verdict of the run."""
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        self._interrupt.heeded()
        try:
            if (self._verdicts or (interrupted and self._selected)) and not self.worker:
                interrupted = interrupted or self._judge_elsewhere()
                self._add_missing(session, interrupted)
                self._conclude(session, interrupted)
        finally:
            self._leave()

    def _leave(self) -> None:
        """End the stage; what it could not remove is told, and is no matter of the verdict."""
        try:
            if self._opened is not None:
                self._opened.close()
        except (StageError, ClientError, BotoCoreError) as error:
            self._left = str(error)

    def _judge_elsewhere(self) -> bool:
        """Requirements violated in scenarios of others' generators, but not in their own.

        Gives whether it was interrupted.
        """
        try:
            for id, texts in sorted(self._elsewhere.items()):
                verdict = self._verdicts.get(id)
                failed = verdict is not None and verdict["outcome"] == Outcome.FAILED
                if not failed and id in self._wanted():
                    self._confirm(id, min(texts), texts[min(texts)])
        except KeyboardInterrupt:
            return True
        return False

    def _confirm(self, id: str, met_by: str, text: str) -> None:
        try:
            found = self.campaign().confirm(id, scenario_json.load(json.loads(text)))
        except TROUBLE as error:
            self._verdicts[id] = self._errored(id, str(error))
            return
        if found.outcome is Outcome.FAILED:
            self._take_over(found, met_by)

    def _take_over(self, found: Verdict, met_by: str) -> None:
        id = found.requirement.id
        before = self._verdicts.get(id, {})
        figures = {name: before.get(name, 0) for name in ("triggers", "examples", "commands")}
        self._verdicts[id] = summary.document(found) | figures
        assert found.counterexample is not None
        self._late.append(self.told(found, met_by, id))
        self._show(self._verdicts[id])

    def _add_missing(self, session: pytest.Session, interrupted: bool) -> None:
        """Requirements without a verdict: nobody judges them, or nobody came to."""
        for id in self._wanted():
            if id in self._verdicts:
                continue
            if id in self._selected:
                self._verdicts[id] = self._not_reached(id, session, interrupted)
            elif self._in_suite and id not in self._in_suite:
                self._verdicts[id] = self._skipped(id, "needs a test in the suite")

    def _not_reached(self, id: str, session: pytest.Session, interrupted: bool) -> dict[str, Any]:
        if interrupted:
            return self._errored(id, INTERRUPTED)
        if session.shouldfail or session.shouldstop:
            return self._skipped(id, "not reached: the run was stopped before")
        return self._errored(id, "its test ended without a verdict")

    def _skipped(self, id: str, reason: str) -> dict[str, Any]:
        requirement = self.contract().requirement(id)
        return summary.document(Verdict(requirement, Outcome.SKIPPED, reason))

    def _conclude(self, session: pytest.Session, interrupted: bool) -> None:
        known = [r.id for r in self.contract().requirements if r.id in self._verdicts]
        ordered = [self._verdicts[id] for id in known]
        code = summary.exit_code(ordered, self.option("strict"))
        code = NO_VERDICT if interrupted else code
        others_failed = session.testsfailed > sum(map(_fails_its_test, ordered))
        session.exitstatus = DOES_NOT if code == 0 and others_failed else code
        run = summary.Run(self.option("stage"), self.option("contract"), self._judged(),
                          self.option("profile"),
                          self.option("seed"), self.option("strict"),
                          (self.settings().base_url or None) if self.remote else None,
                          self._campaign.known_divergences() if self._campaign else ())
        seconds = time.perf_counter() - self._started
        self._report = summary.report(run, ordered, seconds, code)
        if self.option("report_json"):
            self._write(session)

    def _judged(self) -> str | None:
        """The implementation in a report: its template, or the stack that it is."""
        template = self.template()
        if self.option("stage") == "aws" and self.option("stack_name"):
            return f"stack {self.option('stack_name')}"
        return None if template is None else str(template.path)

    def _write(self, session: pytest.Session) -> None:
        assert self._report is not None
        try:
            summary.write(Path(self.option("report_json")), self._report)
        except summary.ReportError as error:
            self._trouble = str(error)
            session.exitstatus = NO_VERDICT

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how it ended."""
        if self._progress is not None:
            self._progress.stop()
        for text in self._late:
            terminalreporter.section("met by another requirement's scenarios", sep="_")
            terminalreporter.write_line(text)
        if self._late or terminalreporter.stats.get("failed"):
            terminalreporter.write_line("")
        if self._trouble is not None:
            terminalreporter.write_line(f"no verdict: {self._trouble}")
        if self._left is not None:
            terminalreporter.write_line(f"left behind: {self._left}; `cqrs-conformance cleanup` "
                                        "removes it later")
        if self._report is not None:
            for sentence in () if self.remote else missing_speedups():
                terminalreporter.write_line(sentence)
            for closing in summary.closing(self._report):
                terminalreporter.write_line(closing)
        elif self.option("quiet_pytest") and not self._config.option.collectonly:
            terminalreporter.write_line("no verdict: nothing was judged")


_NO_ERRORS = (pytest.skip.Exception, KeyboardInterrupt)


def _texts(verdict: Verdict) -> dict[str, str]:
    return {name: scenario_json.to_text(met) for name, met in verdict.other_requirements.items()}


def _fails_its_test(verdict: dict[str, Any]) -> bool:
    return verdict["outcome"] in (Outcome.FAILED, Outcome.ERRORED, Outcome.VACUOUS)


class Conform:
    """Judges the requirement of the test that asks for it."""

    def __init__(self, session: Session, item: pytest.Item) -> None:
        self._session, self._item = session, item
        self._requirement = str(requirement_id(item))

    def __call__(self) -> None:
        """Explore the requirement's scenarios; the test ends as its verdict says."""
        try:
            verdict = self._session.campaign().examine(self._requirement)
        except TROUBLE as error:
            requirement = self._session.contract().requirement(self._requirement)
            verdict = Verdict(requirement, Outcome.ERRORED, str(error))
        self.conclude(verdict)

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
        text = self._session.told(verdict, self._requirement)
        if verdict.requirement.level is Level.SHOULD and not self._session.option("strict"):
            pytest.xfail(text)
        pytest.fail(text, pytrace=False)
