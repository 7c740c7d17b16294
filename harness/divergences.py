"""Where a stage is known to do otherwise than AWS: no implementation is blamed for that.

The list is ``divergences.toml``. It is strict: an entry that no longer occurs where it was seen is
an error, so that none outlives its reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from harness.campaign import Counterexample, Outcome, Verdict

KNOWN = Path(__file__).with_name("divergences.toml")


class DivergenceError(Exception):
    """The list cannot be used; the message says which entry, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """What a stage does otherwise; see ``divergences.toml``."""

    stage: str
    requirement: str
    observed: str
    documented: str
    source: str
    seen_with: str

    def explains(self, found: Counterexample) -> bool:
        """Whether it is what was observed."""
        text = f"{found.violation.kind.value}\n{found.violation.observed}"
        return re.search(self.observed, text) is not None

    def __str__(self) -> str:
        return (f'known divergence of {self.stage} ({self.observed}); AWS: "{self.documented}" '
                f"({self.source})")


MEMBERS = frozenset(field.name for field in fields(Divergence))


def load(path: Path = KNOWN) -> tuple[Divergence, ...]:
    """The list.

    Raises:
        DivergenceError: it cannot be used.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DivergenceError(f"{path}: cannot be read as TOML: {error}") from None
    entries = document.get("divergence", [])
    if document.keys() - {"divergence"} or not isinstance(entries, list):
        raise DivergenceError(f"{path}: expected nothing but [[divergence]] tables")
    return tuple(_read(f"{path}, entry {number}", entry)
                 for number, entry in enumerate(entries, start=1))


def _read(place: str, entry: Any) -> Divergence:
    given = entry.keys() if isinstance(entry, dict) else set()
    if given != MEMBERS:
        wrong = ", ".join(sorted(given ^ MEMBERS))
        raise DivergenceError(f"{place}: missing or unknown: {wrong}")
    for name, value in entry.items():
        if not isinstance(value, str) or not value.strip():
            raise DivergenceError(f"{place}: {name}: expected a text")
    try:
        re.compile(entry["observed"])
    except re.error as error:
        raise DivergenceError(f"{place}: observed: no regular expression: {error}") from None
    return Divergence(**entry)


def judged(
    verdict: Verdict, stage: str, template: Path | None, known: Sequence[Divergence]
) -> Verdict:
    """The verdict in the light of what is known of the stage."""
    here = [d for d in known if (d.stage, d.requirement) == (stage, verdict.requirement.id)]
    found = verdict.counterexample
    if verdict.outcome is Outcome.FAILED and found is not None:
        reason = next((str(divergence) for divergence in here if divergence.explains(found)), None)
        return verdict if reason is None else replace(
            verdict, outcome=Outcome.SKIPPED, reason=reason, counterexample=None)
    if verdict.outcome is Outcome.PASSED and template is not None:
        gone = next((d for d in here if template.as_posix().endswith(d.seen_with)), None)
        if gone is not None:
            reason = f"does not occur any more, take it out of divergences.toml: {gone}"
            return replace(verdict, outcome=Outcome.ERRORED, reason=reason)
    return verdict
