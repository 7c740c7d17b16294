"""``run --seeds``: a campaign over many seeds, on workers of this machine or of a cluster."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf

from harness.cluster.bundle import System, pack
from harness.cluster.campaign import SeedsCampaign
from harness.cluster.connection import check_installed, opened_cluster
from harness.cluster.merging import MergedResult
from harness.cluster.tasks import SeedResult, seeds_of
from harness.core import scenario_json
from harness.core.errors import HarnessError, UserMistake
from harness.core.verdict import Outcome, Verdict
from harness.entry import reports
from harness.entry.baseline import concluded
from harness.entry.ending import document_of, run_of
from harness.entry.judge import Judge
from harness.entry.options import RunOptions
from harness.entry.run_reporter import accepted_lines
from harness.entry.verdicts import INTERRUPTED, Document, Verdicts, errored
from harness.report import summary
from harness.report.progress import Progress
from harness.report.terminal import verdict_line

NOT_REACHED = "not reached: the time was over before"


def run_seeds(options: RunOptions, given: argparse.Namespace, passed_on: list[str]) -> int:
    """Judge an implementation under many seeds and return the exit code.

    ``given``: the seeds, and the workers that play them.

    Raises:
        HarnessError: the user made a mistake, or there is no stage or no cluster to play on.
    """
    if passed_on:
        raise UserMistake("--seeds", f"nothing is passed on to pytest: {' '.join(passed_on)}",
                          "leave out what stands after --")
    seeds = seeds_of(given.seeds)
    check_installed("--seeds")
    seeded = replace(options, seed=seeds[0])
    run = _Run(Judge(seeded, lambda sentence: print(sentence, flush=True)), seeds)
    try:
        return run.judged(given.scheduler, given.workers, options.max_time or inf)
    finally:
        run.judge.close()


@dataclass
class _Run:
    """One run, from its options to its report."""

    judge: Judge
    seeds: range
    verdicts: Verdicts = field(default_factory=Verdicts)
    _progress: Progress = field(init=False)
    _confirmations: dict[str, tuple[Document, str]] = field(default_factory=dict)
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))

    def judged(self, scheduler: str | None, workers: int | None, seconds: float) -> int:
        """Play, confirm what was found, print it, and return the exit code."""
        started = time.perf_counter()
        if self.judge.remote:
            raise UserMistake("--seeds", f"belongs to --stage moto, not {self.judge.options.stage}",
                              "leave one of them out")
        self.judge.check(processes=False)
        self.judge.campaign()
        campaign = SeedsCampaign(self.judge.wanted, self.seeds, self._tell)
        interrupted = self._played(campaign, scheduler, workers, seconds)
        for merged in campaign.merged.values():
            self._conclude(merged, INTERRUPTED if interrupted else NOT_REACHED)
        self._confirm_elsewhere(campaign)
        return self._reported(campaign, time.perf_counter() - started, interrupted)

    def _played(
        self, campaign: SeedsCampaign, scheduler: str | None, workers: int | None, seconds: float
    ) -> bool:
        """Play the campaign; tell whether it was interrupted."""
        options, template = self.judge.options, self.judge.template()
        assert template is not None
        system = System(str(template.path), options.contract, options.dialect)
        bundle = pack(system, template)
        self._progress = Progress(len(self.seeds) * len(campaign.requirements))
        try:
            with opened_cluster(scheduler, workers) as client:
                print(f"dashboard: {client.dashboard_link}", flush=True)
                campaign.run(client, bundle, options.profile, seconds)
        except KeyboardInterrupt:
            return True
        finally:
            self._progress.stop()
        return False

    def _tell(self, result: SeedResult) -> None:
        """Show a result that is no pass; the story of the first violation at once."""
        line = ""
        if result.outcome in (Outcome.FAILED, Outcome.ERRORED):
            line = f"{result.requirement}  {result.outcome:<8}  seed {result.seed}  {result.reason}"
        self._progress.advance(line)
        if result.scenario is not None and not self._confirmations:
            self._progress.tell(self._confirmed(result.requirement, result.scenario)[1])

    def _confirmed(self, id: str, scenario: object) -> tuple[Document, str]:
        """Play a violation again in this process, once; return its verdict and its story."""
        key = json.dumps([id, scenario])
        if key not in self._confirmations:
            self._confirmations[key] = self._confirm(id, scenario)
        return self._confirmations[key]

    def _confirm(self, id: str, scenario: object) -> tuple[Document, str]:
        """See ``_confirmed``. The story names the file alone: another seed may not meet it."""
        contract = self.judge.contract
        try:
            found = self.judge.campaign().confirm(id, scenario_json.load(scenario))
        except HarnessError as error:
            return errored(contract, id, str(error)), ""
        if found.outcome is not Outcome.FAILED:
            return errored(contract, id, "violated on a worker, but not when it was played again "
                                         "here"), ""
        told = self.judge.told(found)
        return document_of(found, told), told.text

    def _conclude(self, merged: MergedResult, why_missing: str) -> None:
        decisive, contract = merged.decisive(), self.judge.contract
        if decisive is None:
            self.verdicts.add(errored(contract, merged.requirement, why_missing), {})
            return
        if decisive.scenario is not None:
            first = next(iter(self._confirmations.values()), (None, ""))
            document, text = self._confirmed(merged.requirement, decisive.scenario)
            if text != first[1]:
                print(text)
        else:
            document = summary.document(Verdict(
                contract.requirement(merged.requirement), decisive.outcome, decisive.reason))
        self.verdicts.add(document | _figures(merged), merged.other_violations)
        print(verdict_line(document | _figures(merged)))

    def _confirm_elsewhere(self, campaign: SeedsCampaign) -> None:
        for id, _, text in self.verdicts.violated_elsewhere(self.judge.wanted):
            document, story = self._confirmed(id, json.loads(text))
            if document["outcome"] == Outcome.FAILED:
                document |= _figures(campaign.merged[id])
                self.verdicts.add(document, {})
                print(f"{story}\n{verdict_line(document)}")

    def _reported(self, campaign: SeedsCampaign, seconds: float, interrupted: bool) -> int:
        options, judge = self.judge.options, self.judge
        ordered = self.verdicts.ordered(judge.contract)
        code, outlived = concluded(
            ordered, judge.accepted, strict=options.strict, interrupted=interrupted)
        report = summary.report(run_of(judge, self.started), ordered, seconds, code) | {
            "seeds": {"first": self.seeds[0], "last": self.seeds[-1],
                      "played": {id: merged.played for id, merged in campaign.merged.items()}}}
        reports.write(options, report)
        for sentence in (*reports.for_ci(report), *accepted_lines(ordered, outlived),
                         *summary.closing(report)):
            print(sentence)
        return code


def _figures(merged: MergedResult) -> Document:
    return {"triggers": merged.triggers, "examples": merged.examples,
            "commands": merged.commands, "seconds": round(merged.seconds, 3)}
