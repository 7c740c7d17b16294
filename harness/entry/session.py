"""One pytest session that judges: pytest's hooks, from tests to verdicts and to the report.

One test judges one requirement, and its verdict travels with its test report, so -k, -x,
--junitxml and xdist's -n work. A user's mistake is reported before anything runs.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.core import scenario_json
from harness.core.errors import (
    DOES_NOT,
    NO_VERDICT,
    USAGE,
    HarnessError,
    UserMistake,
)
from harness.core.last_invocation import has_parent
from harness.core.verdict import Outcome
from harness.entry import reports
from harness.entry.banner import banner
from harness.entry.baseline import concluded
from harness.entry.closing import closing_lines, report_lines
from harness.entry.conform import TOLD, VERDICT, Conform
from harness.entry.ending import document_of, other_violations_of, run_of
from harness.entry.interrupt import Interrupt, held_back
from harness.entry.judge import Judge
from harness.entry.options import RunOptions
from harness.entry.phases import Phases
from harness.entry.run_reporter import RunReporter, story_of
from harness.entry.suite_tests import CARRIED, requirement_id
from harness.entry.verdicts import Document, Verdicts, errored, fails_its_test
from harness.entry.worker_hooks import WorkerHooks
from harness.explore.recognition import NothingRecognised
from harness.report import summary
from harness.report.wrapping import fitted
from harness.stages.deployed.taken_names import NameTaken
from harness.template import RuleInvalid


class Session:
    """The state of one pytest session, on the controller and on each worker."""

    def __init__(self, config: pytest.Config, options: RunOptions) -> None:
        self._config, self._options = config, options
        self._started = time.perf_counter()
        self._start = datetime.now(UTC).isoformat(timespec="seconds")
        self._judge = Judge(options, self._tell)
        self._verdicts = Verdicts()
        self._interrupt = Interrupt()
        self._reporter = RunReporter(verbose=options.verbose)
        self._outlived: list[str] = []
        self._failures = 0
        self._session: pytest.Session | None = None
        self._report: dict[str, Any] | None = None
        self._late: list[str] = []
        self._trouble: str | None = None
        self._left: str | None = None
        self._phases = Phases(config)
        self.worker = hasattr(config, "workerinput")
        hooks = WorkerHooks(config, self._verdicts, self._phases, quiet=options.quiet_pytest)
        config.pluginmanager.register(hooks, "cqrs-workers")

    def _tell(self, sentence: str) -> None:
        """Show a sentence right away, above the live line where there is one."""
        if self._reporter.told(sentence):
            return
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            _write(reporter, sentence)

    # -- collecting ----------------------------------------------------------------------

    def check(self) -> None:
        """Find a user's mistakes before anything runs.

        Raises:
            pytest.UsageError: there is one.
        """
        try:
            self._judge.check(processes=bool(getattr(self._config.option, "numprocesses", None)))
        except UserMistake as error:
            raise pytest.UsageError(str(error)) from None

    def select(self, items: list[pytest.Item]) -> None:
        """Deselect the tests of requirements that are not to be judged."""
        try:
            wanted = self._judge.wanted
        except UserMistake as error:
            raise pytest.UsageError(str(error)) from None
        ids = {item: requirement_id(item) for item in items}
        self._verdicts.in_suite |= {id for id in ids.values() if id is not None}
        left_out = [i for i in items if ids[i] is not None and ids[i] not in wanted]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember the requirements to judge, and check that they can be judged."""
        found, self._session = self._verdicts, session
        found.selected = {id for id in map(requirement_id, session.items) if id is not None}
        if self.worker:
            known = {"in_suite": sorted(found.in_suite), "selected": sorted(found.selected)}
            self._config.workeroutput[CARRIED] = known  # type: ignore[attr-defined]  # xdist's
        elif found.selected:
            self.check()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, None, None]:
        """Let Ctrl-C wait while pytest-xdist starts its workers."""
        with held_back() if self._options.quiet_pytest else nullcontext():
            yield

    # -- running -------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Under the command, open the stage first, so that its failure is reported once."""
        if not self._options.quiet_pytest or self.worker or session.config.option.collectonly:
            return None
        try:
            with self._interrupt.noticed():
                self._tell_opening()
                self._reporter.start(self._verdicts.selected or self._judge.wanted,
                                    self._phases.line)
                self._reporter.now("opening the stage")
                campaign = self._judge.campaign(sorted(self._verdicts.selected))
        except (NameTaken, NothingRecognised, RuleInvalid) as error:
            raise pytest.UsageError(str(error)) from None
        except HarnessError as error:
            for id in self._verdicts.selected or self._judge.wanted:
                self._verdicts.add(self._errored(id, str(error)), {})
            return True
        self._reporter.now("judging")
        campaign.watch = self._reporter.now
        self._interrupt.watch()
        return None

    def _tell_opening(self) -> None:
        count = len(self._verdicts.selected or self._judge.wanted)
        workers = getattr(self._config.option, "numprocesses", None) or 0
        for line in banner(self._judge, count, workers):
            self._tell(line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep the last line of the traceback only; printing all of it takes seconds."""
        self._interrupt.heeded()
        self._phases.stop()
        excinfo.traceback = excinfo.traceback[-1:]

    def judge_of(self, item: pytest.Item) -> Conform:
        """Return the judge of a test's requirement; without a stage the test fails."""
        try:
            campaign = self._judge.campaign(sorted(self._verdicts.selected))
        except HarnessError as error:
            pytest.fail(f"no verdict: {error}", pytrace=False)
        campaign.watch = campaign.watch or self._phases.noting()
        requirement = self._judge.contract.requirement(str(requirement_id(item)))
        item.user_properties += [("requirement", requirement.id),
                                 ("level", requirement.level.value),
                                 ("seed", self._options.set_seed)]
        return Conform(self._judge, item)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the verdict travel with the report."""
        report = yield
        verdict, id = item.stash.get(VERDICT, None), requirement_id(item)
        if call.when == "call" and verdict is not None:
            told = item.stash.get(TOLD, None)
            setattr(report, CARRIED, (document_of(verdict, told), other_violations_of(verdict)))
        elif id and call.excinfo is not None and not call.excinfo.errisinstance(_NO_ERRORS):
            setattr(report, CARRIED, (self._errored(id, str(call.excinfo.value)), {}))
        return report

    def _errored(self, id: str, reason: str) -> Document:
        return errored(self._judge.contract, id, reason)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the verdict of a test."""
        document, others = getattr(report, CARRIED, (None, {}))
        if document is not None and not self.worker:
            self._verdicts.add(document, others)
            shorter = self._verdicts.without_scenario(document, report.longreprtext)
            if report.failed and shorter:
                report.longrepr = shorter
            self._reporter.verdict(document, story_of(report))
            self._stop_if_enough(document)
        elif report.failed:
            self._reporter.trouble(report.nodeid, report.longreprtext)
            self._note_crash(report)

    def _note_crash(self, report: pytest.TestReport) -> None:
        """Judge nothing by a test whose worker process was ended: its report has no verdict."""
        id = report.nodeid.rpartition("[")[2].rstrip("]")
        if not self.worker and report.when == CRASHED and id in self._judge.wanted:
            document = self._errored(id, " ".join(report.longreprtext.split()))
            self._verdicts.add(document, {})
            self._reporter.verdict(document)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell why tests cannot be collected, under the command, where pytest keeps silent."""
        if report.failed and self._options.quiet_pytest and not self.worker:
            self._tell(f"{report.nodeid}\n{report.longreprtext}")

    def _stop_if_enough(self, document: Document) -> None:
        given, session = self._options, self._session
        accepted = document["id"] in self._judge.accepted
        self._failures += not accepted and summary.counts_as_failed(document, given.strict)
        if session is None:
            return
        if given.max_failures and self._failures >= given.max_failures:
            session.shouldfail = f"--max-failures {given.max_failures}"
        elif given.max_time and time.perf_counter() - self._started > given.max_time:
            session.shouldfail = f"--max-time {given.max_time:g} s"

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Print no letter for a test under the command: its verdict has a line."""
        if not self._options.quiet_pytest:
            return None
        counted = report.when == "call" or report.failed
        return (report.outcome if counted else ""), "", ""

    # -- ending --------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Come to the verdict of the run."""
        interrupted = (exitstatus == pytest.ExitCode.INTERRUPTED) or self._interrupt.happened
        self._interrupt.heeded()
        try:
            found = bool(self._verdicts or (interrupted and self._verdicts.selected))
            if found and not self.worker:
                interrupted = interrupted or not self._confirm_all()
                self._verdicts.add_missing(
                    self._judge.contract, self._judge.wanted, interrupted=interrupted,
                    stopped=bool(session.shouldfail or session.shouldstop))
                self._conclude(session, interrupted)
        finally:
            self._left = self._judge.close()
            self._phases.end()

    def pytest_unconfigure(self) -> None:
        """Leave out the collections of garbage before the end of a process that is the command's.

        There are about ten, of all that moto and the SDK have made, and pytest-xdist kills a worker
        that takes more than ten seconds to end.
        """
        if self._options.quiet_pytest and (self.worker or has_parent()):
            gc.freeze()

    def _confirm_all(self) -> bool:
        """Play scenarios again that violated another requirement; False if interrupted."""
        try:
            for id, met_by, text in self._verdicts.violated_elsewhere(self._judge.wanted):
                self._confirm(id, met_by, text)
        except KeyboardInterrupt:
            return False
        return True

    def _confirm(self, id: str, met_by: str, text: str) -> None:
        try:
            found = self._judge.campaign().confirm(id, scenario_json.load(json.loads(text)))
        except HarnessError as error:
            self._verdicts.add(self._errored(id, str(error)), {})
            return
        if found.outcome is Outcome.FAILED:
            document, told = self._verdicts.replace(found), self._judge.told(found, met_by, id)
            document["counterexample"] |= told.document()
            text = told.text
            self._late.append(self._verdicts.without_scenario(document, text) or text)
            self._reporter.verdict(document)

    def _conclude(self, session: pytest.Session, interrupted: bool) -> None:
        ordered = self._verdicts.ordered(self._judge.contract)
        code, self._outlived = concluded(
            ordered, self._judge.accepted, strict=self._options.strict, interrupted=interrupted)
        others_failed = session.testsfailed > sum(map(fails_its_test, ordered))
        session.exitstatus = DOES_NOT if code == 0 and others_failed else code
        if code == USAGE:  # pytest's own 2 means that it was interrupted
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        seconds = time.perf_counter() - self._started
        self._report = summary.report(
            run_of(self._judge, self._start), ordered, seconds, code)
        try:
            reports.write(self._options, self._report)
        except summary.ReportError as error:
            self._trouble = str(error)
            session.exitstatus = NO_VERDICT

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print how the run ended."""
        self._reporter.rest()
        self._reporter.stop()
        for text in self._late:
            terminalreporter.section("met by another requirement's scenarios", sep="_")
            _write(terminalreporter, text)
        for text in self._reporter.warnings():
            _write(terminalreporter, text)
        separated = self._late or terminalreporter.stats.get("failed")
        for sentence in (*([""] if separated else []), *self._closing_lines()):
            _write(terminalreporter, sentence)

    def _closing_lines(self) -> Iterator[str]:
        yield from closing_lines(self._trouble or self._judge.failure, self._left)
        if self._report is not None:
            yield from report_lines(self._judge, self._verdicts, self._report, self._outlived)
        elif self._options.quiet_pytest and not self._config.option.collectonly:
            yield "no verdict: nothing was judged"


def _write(reporter: Any, text: str) -> None:
    """Print a text as pytest does, on a terminal so that it fits."""
    reporter.write_line(fitted(text, reporter._tw.fullwidth if reporter.isatty else None))


CRASHED = "???"
"""The phase that pytest-xdist gives the report of a test whose worker has crashed."""
_NO_ERRORS = (pytest.skip.Exception, KeyboardInterrupt)
