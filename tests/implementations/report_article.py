"""Makes the page on the article's system, docs/article.md, from the report of a run.

The report says what is violated and shows the smallest scenario; why it is so is our own reading
of the handlers, and stands in a file of its own. A violation without such a reading is an error,
and so is a reading without a violation: the page would no longer tell what the harness finds.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from harness.core.contract import Contract
from harness.core.history_json import from_lines
from harness.core.requirements import Requirement
from harness.core.scenario_json import load
from harness.explore.counterexample_files import PLAIN_NAMESPACE
from harness.report.scenario_text import render_scenario
from scenarios.domains.orders import ARTICLE

TEMPLATE = "tests/implementations/node_article/template.yaml"
RUN = (f"cqrs-conformance run --contract orders-article --template {TEMPLATE} "
       "--seed {seed}{only} --report-json article.json")
RENDER = "python -m tests.implementations.report_article article.json > docs/article.md"
READINGS = Path(__file__).parent / "node_article" / "readings.toml"
INTRODUCTION = """\
# What the harness finds in the article's system

After this page you have seen what the harness finds in a system that was published as it is.
[tests/implementations/node_article](../tests/implementations/node_article/) is the system of a
published article on serverless CQRS, in Node.js; its README says what it keeps and what it had to
change. It is judged by the contract `orders-article`, which has the article's own fold. {failed} of
its {all} requirements are violated (profile {profile}, seed {seed}). This page was made by

<!-- not run: needs Node.js and a quarter of an hour; a test compares the page with its readings -->
```sh
{run}
{render}
```

For each of them: the smallest scenario found, then why. [Reading a failure](reading-a-failure.md)
explains the words.
"""
CLOSING = """\
## The others

{others}

A requirement is vacuous when every scenario that puts it to the test violates a more basic one as
well: mend that first. A pass says that nothing was found in what was tried.
"""


class PageError(Exception):
    """A page cannot be made of this report; the message says why."""


def page(report: dict[str, Any], contract: Contract = ARTICLE) -> str:
    """The page as Markdown.

    Raises:
        PageError: reading and report do not fit.
    """
    failed = [v for v in report["requirements"] if v["outcome"] == "failed"]
    why = _readings({verdict["id"] for verdict in failed})
    known = {requirement.id: requirement for requirement in contract.requirements}
    introduction = INTRODUCTION.format(
        failed=len(failed), all=len(known), profile=report["profile"], seed=report["seed"],
        run=RUN.format(seed=report["seed"], only=_only(report, known.keys())), render=RENDER)
    sections = [_section(contract, known[v["id"]], v["counterexample"], why[v["id"]])
                for v in failed]
    others = _others(report)
    closing = CLOSING.format(others=others) if others else ""
    return "\n".join([introduction, *sections, closing]).rstrip() + "\n"


def _only(report: dict[str, Any], known: Collection[str]) -> str:
    """The option that names what was examined, if that was not everything."""
    examined = [verdict["id"] for verdict in report["requirements"]]
    return f" --requirement {' '.join(examined)}" if len(examined) < len(known) else ""


def _readings(failed: set[str]) -> dict[str, str]:
    """Why each requirement is violated."""
    found = tomllib.loads(READINGS.read_text("utf-8"))["reading"]
    why = {name: reading["why"].strip() for reading in found for name in reading["violates"]}
    if unread := sorted(failed - why.keys()):
        raise PageError(f"say in {READINGS.name} why these are violated: {', '.join(unread)}")
    if passed := sorted(why.keys() - failed):
        raise PageError(f"take out of {READINGS.name} what is not violated: {', '.join(passed)}")
    return why


def _section(
    contract: Contract, requirement: Requirement, found: dict[str, Any], why: str
) -> str:
    history = from_lines([json.dumps(line) for line in found["history"]])
    return "\n".join([
        f"## {requirement.id}: {requirement.sentence}\n",
        f"Violated: {found['violation']}. First differs at: {found['hop']}.\n",
        "```text",
        *render_scenario(contract, load(found["scenario"]), history),
        "",
        f"Expected: {_shown(found['expected'])}",
        f"Observed: {_shown(found['observed'])}",
        "```\n",
        f"{why}\n",
    ])


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True)
    return text.replace(PLAIN_NAMESPACE, "")


def _others(report: dict[str, Any]) -> str:
    """The requirements that are not violated, by outcome."""
    outcomes: dict[str, list[str]] = {}
    for verdict in report["requirements"]:
        outcomes.setdefault(verdict["outcome"], []).append(verdict["id"])
    return "\n".join(f"- {outcome}: {', '.join(outcomes[outcome])}"
                     for outcome in sorted(outcomes.keys() - {"failed"}))


def main(arguments: list[str]) -> int:
    """Print the page of a report file; gives the exit code."""
    if len(arguments) != 1:
        print("usage: python -m tests.implementations.report_article REPORT.json", file=sys.stderr)
        return 2
    try:
        report = json.loads(Path(arguments[0]).read_text("utf-8"))
        print(page(report), end="")
    except (OSError, ValueError, KeyError, PageError) as error:
        print(f"ERROR: {arguments[0]}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
