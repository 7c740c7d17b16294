"""The command ``soak``: load on a deployed system, judged while it runs and afterwards."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.cluster.connection import check_installed, opened_cluster
from harness.cluster.patience import cores_of
from harness.core import contract_registry as registry
from harness.core.clock import RealClock
from harness.core.errors import CONFORMS, DOES_NOT, UserMistake
from harness.core.json_values import to_json
from harness.entry.audit_stores import check_allowed
from harness.entry.named_files import write_lines
from harness.entry.stage_setup import RunSetup
from harness.entry.stages import open_stage
from harness.explore.profiles import PROFILES
from harness.report.soak import render_soak
from harness.soak.figures import Figures, document, merged
from harness.soak.lives import scripts
from harness.soak.load import JUDGES, Demand, Load, check_whole
from harness.stages.embedded.systems import dialect_of
from harness.stages.options import StageOptions, from_given
from harness.template import load

SETTLING = 1.5
"""Requests for each one of the load, about: views are read again until they stay."""


def soak(given: argparse.Namespace, _: list[str]) -> int:
    """Send load, judge, and report; exit 0 without a violation, 1 with one.

    Raises:
        UserMistake: an option cannot be used, or an address is not allowed.
        HarnessError: the stage broke, or nothing was judged.
    """
    demand = Demand(given.minutes * 60, given.load, given.users, given.aggregates, given.zipf,
                    given.seed)
    share = Share(vars(given), demand)
    _check(given, share.options())
    print(f"about {int(demand.seconds * demand.rate * SETTLING)} requests in "
          f"{given.minutes:g} minutes", flush=True)
    figures = _figures(given, share)
    asked = {"contract": given.contract, "stage": given.stage, "minutes": given.minutes,
             "rate": given.load, "users": given.users, "aggregates": given.aggregates,
             "zipf": given.zipf, "seed": given.seed, "workers": given.workers or 1}
    report = document(figures, asked, demand.slice_seconds)
    if given.report_json:
        write_lines("--report-json", given.report_json, [to_json(report)])
    if given.report_html:
        from harness.report.page import soak_html

        write_lines("--report-html", given.report_html, soak_html(report).splitlines())
    for line in (*render_soak(report), *_histories(given.counterexamples, figures)):
        print(line)
    if figures.kinds:
        return DOES_NOT
    check_whole(figures)
    return CONFORMS


@dataclass(frozen=True)
class Share:
    """The part of the load that one process sends; options as they were parsed."""

    given: Mapping[str, Any]
    demand: Demand
    of: int = 1

    def part(self, number: int, of: int) -> Share:
        """The part of one worker."""
        return replace(self, demand=self.demand.share(number, of), of=of)

    def options(self) -> StageOptions:
        """The stage's options; a budget is divided among all parts."""
        options = from_given(StageOptions, self.given)
        most = options.max_requests
        return replace(options, rate=None, concurrency=self.demand.users + JUDGES,
                       max_requests=most and max(1, most // self.of))

    def figures(self) -> Figures:
        """Open the stage, send the load, and judge."""
        given, clock = self.given, RealClock()
        contract = registry.find_contract(given["contract"])
        template = load(Path(given["template"])) if given["template"] else None
        dialect = dialect_of(template, contract, given["dialect"])
        profile = PROFILES[given["profile"]]
        setup = RunSetup(contract, template, profile, self.demand.seed,
                         tell=lambda sentence: print(sentence, flush=True), dialect=dialect)
        steps = scripts(contract, self.demand.seed)
        opened = open_stage(setup, self.options())
        try:
            assert opened.plays is not None
            return Load(self.demand, contract, opened.plays, steps, clock, setup.tell).run()
        finally:
            opened.close()


def send_share(share: Share) -> Figures:
    """Send a part of the load, on a worker."""
    return share.figures()


def _figures(given: argparse.Namespace, share: Share) -> Figures:
    if not given.scheduler and not given.workers:
        return share.figures()
    check_installed("--scheduler" if given.scheduler else "--workers")
    with opened_cluster(given.scheduler, given.workers) as client:
        print(f"dashboard: {client.dashboard_link}", flush=True)
        number = given.workers or max(1, sum(cores_of(client).values()))
        futures = [client.submit(send_share, share.part(each, number), pure=False, retries=0)
                   for each in range(number)]
        return merged(client.gather(futures))


def _check(given: argparse.Namespace, options: StageOptions) -> None:
    if options.base_url:
        check_allowed(options.base_url, given.allow_host)
    if options.stage == "aws":
        check_allowed(options.endpoint_url or "https://amazonaws.com", given.allow_host)
    own = options.stage in ("ministack", "localstack") or options.deploy
    if own and (given.scheduler or (given.workers or 1) > 1):
        raise UserMistake(f"--stage {options.stage}", "each worker would make a stage of its own",
                          "give --stage http or --stack-name, or leave out --workers")
    if own and not given.template:
        raise UserMistake(f"--stage {options.stage}", "no template is named", "give --template")


def _histories(folder: str, figures: Figures) -> list[str]:
    """Write the history of each kind of violation; return lines that say how to judge it again."""
    lines = []
    for number, wrong in enumerate(figures.wrong, 1):
        path = Path(folder) / f"violation-{number:02}.jsonl"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in wrong.history), "utf-8")
        except OSError as error:
            raise UserMistake(f"--counterexamples {folder}", str(error),
                              "name a folder that can be written") from None
        lines.append(f"judge it again: cqrs-conformance check {path}")
    return lines
