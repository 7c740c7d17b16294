"""Two or more reports side by side: implementations, stages, or one system before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.core.verdict import Outcome
from harness.report.markdown import sign

ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement and its outcomes, one for each report."""

    id: str
    outcomes: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """True if the reports do not agree on it."""
        return len(set(self.outcomes)) > 1

    @property
    def worse(self) -> bool:
        """True if the first report has it passed, and the last one failed."""
        return (self.outcomes[0], self.outcomes[-1]) == (Outcome.PASSED, Outcome.FAILED)


def rows(reports: Sequence[dict[str, Any]]) -> list[Row]:
    """The outcomes of every requirement that a report has, in the order of the reports."""
    found = [{v["id"]: str(v["outcome"]) for v in report["requirements"]} for report in reports]
    ids = dict.fromkeys(id for outcomes in found for id in outcomes)
    return [Row(id, tuple(each.get(id, ABSENT) for each in found)) for id in ids]


def terminal(
    names: Sequence[str], reports: Sequence[dict[str, Any]], *, everything: bool
) -> Iterator[str]:
    """Lines for a terminal: a legend, the requirements that differ (or all), and the sums."""
    table = rows(reports)
    for letter, name, report in zip(_letters(names), names, reports, strict=True):
        yield (f"{letter}  {name}: {report['verdict']} ({report['template'] or 'no template'} on "
               f"{report['stage']}, contract {report['contract']}, seed {report['seed']})")
    yield ""
    yield "        " + "".join(f"{letter:<16}" for letter in _letters(names)).rstrip()
    for row in table:
        if row.differs or everything:
            yield f"{row.id:<8}" + "".join(f"{outcome:<16}" for outcome in row.outcomes).rstrip()
    yield ""
    yield _sum(table)


def markdown(
    names: Sequence[str], reports: Sequence[dict[str, Any]], *, everything: bool
) -> Iterator[str]:
    """The same as Markdown."""
    table = rows(reports)
    yield "| | " + " | ".join(f"`{name}`" for name in names) + " |"
    yield "|---|" + "---|" * len(names)
    yield "| verdict | " + " | ".join(report["verdict"] for report in reports) + " |"
    for row in table:
        if row.differs or everything:
            shown = (sign(each) if each != ABSENT else ABSENT for each in row.outcomes)
            yield f"| {row.id} | " + " | ".join(shown) + " |"
    yield ""
    yield _sum(table)


def _letters(names: Sequence[str]) -> list[str]:
    return [chr(ord("A") + number % 26) for number in range(len(names))]


def _sum(table: Sequence[Row]) -> str:
    worse = [row.id for row in table if row.worse]
    differing = sum(row.differs for row in table)
    text = f"{differing} of {len(table)} requirements differ"
    return f"{text}; passed before, failed now: {', '.join(worse)}" if worse else text
