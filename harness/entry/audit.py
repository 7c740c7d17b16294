"""The command ``audit``: the fold of stored events against the views, on data that is there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from harness.audit.findings import AuditResult, Found, in_order
from harness.audit.kept import Kept, kept_as_they_come
from harness.audit.live import Stores, requests_of
from harness.audit.run import Inputs, Part, Work, judged_here, moment, result_of, work
from harness.audit.settled import settled
from harness.audit.spreading import judged_on, with_whole_paths
from harness.cluster.connection import check_installed, is_installed, opened_cluster
from harness.core import contract_registry as registry
from harness.core.clock import RealClock
from harness.core.contract import Contract
from harness.core.errors import CONFORMS, DOES_NOT, HarnessError, UserMistake
from harness.core.json_values import to_json
from harness.core.python_files import file_and_attribute
from harness.dialect import Dialect, load_dialect
from harness.entry.audit_stores import check_travels, live_stores
from harness.entry.named_files import write_lines
from harness.report.audit import MEANINGS, audit_document, audit_markdown, render_audit, repair_plan

CLUSTER_BYTES = 512 * 1024 * 1024
"""Bytes of input from which on several processes pay for the seconds that they take to start."""


def audit(given: argparse.Namespace, _: list[str]) -> int:
    """Audit files, folders and live stores; exit 0 without findings, 1 with some.

    Raises:
        UserMistake: an input cannot be read.
        HarnessError: there is nothing to judge, or the audit could not finish.
    """
    return _Audit(given).code()


class _Audit:
    """One audit, from its options to its exit code."""

    def __init__(self, given: argparse.Namespace) -> None:
        self._given = given
        self._contract = registry.find_contract(given.contract)
        self._stores, self._dialect = _stores(given, self._contract)
        self._inputs = _inputs(given, live=self._stores is not None)
        self._moving: tuple[str, ...] = ()

    def code(self) -> int:
        """Judge, write what was found, and return the exit code."""
        found = self._work()
        if self._stores is not None:
            print(f"about {requests_of(found.pieces)} requests to read the stores", flush=True)
        result = self._result(found)
        _write_all(self._given, self._contract.name, result)
        print(render_audit(result))
        if not result.findings and not result.aggregates:
            raise HarnessError("the audit", "there was nothing to judge",
                               "give --events that has some (and a --since that is not later)")
        if self._moving and not result.findings:
            raise HarnessError("the audit", f"{len(self._moving)} aggregates kept changing",
                               "run it when less is going on, or with a longer --again-seconds")
        return DOES_NOT if result.findings else CONFORMS

    def _work(self, only: Collection[str] | None = None) -> Work:
        """Look at the inputs; for ``only`` some aggregates the bucket is listed as it is now."""
        inputs, stores = self._inputs, self._stores
        if only is not None:
            inputs = replace(inputs, only=frozenset(only))
            stores = stores and replace(stores, inventory=None)
        return work(self._contract, inputs, stores=stores, dialect=self._dialect,
                    segments=self._given.segments)

    def _result(self, found: Work) -> AuditResult:
        """Judge what was not judged before, and keep it."""
        kept = Kept(Path(self._given.out), found) if self._given.out else None
        before = kept.finished() if kept is not None else []
        if before:
            print(f"{len(before)} of {found.partitions} partitions were finished before")
        done = {part.number for part in before}
        left = [number for number in range(found.partitions) if number not in done]
        parts = kept_as_they_come(kept, _judged(self._given, found, left)) if left else ()
        result = self._settled(result_of([*before, *parts]))
        if kept is not None:
            kept.conclude(result.findings)
        return result

    def _settled(self, result: AuditResult) -> AuditResult:
        """Keep the findings that a live store still shows after a moment."""
        if self._stores is None or not result.findings:
            return result
        last = settled(result.findings, self._judge_again, RealClock(), self._given.again_seconds)
        self._moving = last.moving
        if last.moving:
            print(f"{len(last.moving)} aggregates kept changing; nothing is said of them")
        return replace(result, findings=tuple(sorted(last.findings, key=in_order)))

    def _judge_again(self, aggregates: Collection[str]) -> tuple[Found, ...]:
        found = self._work(aggregates)
        return result_of(_judged(self._given, found, range(found.partitions))).findings


def _stores(
    given: argparse.Namespace, contract: Contract
) -> tuple[Stores | None, Dialect | None]:
    if given.stack_name:
        if given.events or given.views:
            raise UserMistake("--stack-name", "belongs to live stores",
                              "leave it out, or --events and --views")
        return live_stores(given, contract)
    if given.inventory:
        raise UserMistake("--inventory", "lists the objects of a live bucket",
                          "give --stack-name as well")
    if not given.events:
        raise UserMistake("the audit", "no events are named",
                          "give --events PATH, or --stack-name NAME for those of a live stack")
    dialect = load_dialect(Path(given.dialect), contract) if given.dialect else None
    check_travels(dialect, given.scheduler)
    return None, dialect


def _judged(given: argparse.Namespace, work: Work, numbers: Sequence[int]) -> Iterator[Part]:
    """Judge on a cluster where one is asked for, or pays; else in this process."""
    pays = work.size >= CLUSTER_BYTES and (os.cpu_count() or 1) > 1 and is_installed()
    if not (given.scheduler or given.workers or pays):
        yield from judged_here(work, numbers)
        return
    check_installed("--scheduler" if given.scheduler else "--workers")
    with opened_cluster(given.scheduler, given.workers, memory="auto") as client:
        print(f"dashboard: {client.dashboard_link}", flush=True)
        yield from judged_on(client, work, _contract(given.contract), numbers)


def _contract(given: str) -> str:
    """A contract's name; a file by its whole path, which does not depend on a worker's folder."""
    place = file_and_attribute(given, "")
    if place is None:
        return given
    path, attribute = place
    return f"{path.resolve()}:{attribute}" if attribute else str(path.resolve())


def _inputs(given: argparse.Namespace, *, live: bool) -> Inputs:
    inputs = Inputs(_path(given.events), _path(given.views), _path(given.acknowledged),
                    _since(given.since), plan=bool(given.repair_plan), live_views=live)
    return with_whole_paths(inputs) if given.scheduler else inputs


def _path(given: str | None) -> Path | None:
    return Path(given) if given else None


def _since(given: str | None) -> datetime | None:
    if not given:
        return None
    found = moment(given if "T" in given else f"{given}T00:00:00")
    if found is None:
        raise UserMistake(f"--since {given}", "it is no moment",
                          "write it as 2026-11-28T00:00:00Z, or as a date")
    return found


def _write_all(given: argparse.Namespace, contract: str, result: AuditResult) -> None:
    if given.report_json:
        write_lines("--report-json", given.report_json, [to_json(audit_document(contract, result))])
    if given.report_markdown:
        write_lines("--report-markdown", given.report_markdown,
                    audit_markdown(contract, result).splitlines())
    if given.report_html:
        from harness.report.page import audit_html

        meanings = {kind.value: text for kind, text in MEANINGS.items()}
        write_lines("--report-html", given.report_html,
                    audit_html(audit_document(contract, result), meanings).splitlines())
    if given.repair_plan:
        write_lines("--repair-plan", given.repair_plan, repair_plan(result))
