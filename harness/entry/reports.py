"""The files of a run: its report as JSON, what is made of it, and what CI asks for by itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from harness.entry.options import RunOptions
from harness.report import summary
from harness.report.annotations import github_commands
from harness.report.badge import badge
from harness.report.markdown import markdown

NEVER_TOLD = frozenset({"header", "api_key", "bearer_command", "quiet_pytest"})
"""Options that may be secret, or that no user gives."""
FILES = ("report_json", "report_markdown", "report_html", "badge")


def options_told(options: RunOptions) -> dict[str, Any]:
    """The options that are not at their default, without secrets."""
    default = RunOptions()
    values = {each.name: getattr(options, each.name) for each in fields(RunOptions)
              if each.name not in (*NEVER_TOLD, *FILES)}
    return {name.replace("_", "-"): list(value) if isinstance(value, tuple) else value
            for name, value in values.items() if value != getattr(default, name)}


def check(options: RunOptions) -> None:
    """See that all files can be written.

    Raises:
        ReportError: one cannot.
    """
    for name in FILES:
        path = getattr(options, name)
        if path:
            summary.check_writable(Path(path))


def write(options: RunOptions, report: dict[str, Any]) -> None:
    """Write the files that the user has asked for.

    Raises:
        ReportError: one cannot be written.
    """
    if options.report_json:
        summary.write(Path(options.report_json), report)
    if options.report_markdown:
        summary.write_text(Path(options.report_markdown), markdown(report))
    if options.report_html:
        # A page needs a library for templates, which no other run has to load.
        from harness.report.page import html

        summary.write_text(Path(options.report_html), html(report))
    if options.badge:
        summary.write_text(Path(options.badge), json.dumps(badge(report)) + "\n")


def for_ci(report: dict[str, Any], variables: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Add to the step's summary, and yield the lines by which GitHub annotates the code."""
    place = variables.get("GITHUB_STEP_SUMMARY")
    if place:
        with suppress(OSError), open(place, "a", encoding="utf-8") as file:
            file.write(markdown(report))
    if variables.get("GITHUB_ACTIONS") == "true":
        yield from github_commands(report)
