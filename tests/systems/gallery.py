"""Makes the gallery of findings: docs/gallery.md, with a picture of each in docs/gallery.

``python -m tests.systems.gallery [NAME ...]`` plays the counterexample of each finding again (only
of those that are named) and writes the page and the pictures. It needs Node.js and npm. Systems,
faults and our reading of them stand in gallery.toml.
"""

from __future__ import annotations

import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.core import scenario_json
from harness.core.contract import Contract
from harness.core.scenario import Scenario
from harness.core.verdict import Replayed
from harness.core.violation import Violation
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.mutants.catalogue import Implementation
from harness.report.page.picture import picture, short_name
from harness.report.scenario_text import render_scenario, render_steps
from scenarios.domains.orders import ARTICLE
from tests.false_alarms import campaign_on
from tests.implementations.building import built
from tests.systems.building import System
from tests.systems.catalogue import SYSTEMS
from tests.systems.keeping import kept

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "gallery"
READINGS = Path(__file__).with_name("gallery.toml")
ARTICLE_FOLDER = ROOT / "tests" / "implementations" / "node_article"
HEAD = """\
# Gallery of findings

After this page you have seen one bug of each kind of system that this project knows: the smallest
counterexample that is kept for it, as a picture, and why it happens.

The first one is [the article's system](article.md), which has been published like that. The others
are the systems of `tests/systems`, each with one fault that was put in on purpose. Time runs from
top to bottom; dashed arrows are deliveries, and `[1]`, `[2]` are invocations that overlap. Red is a
fault, an error, or a stored item that was changed.
`python -m tests.systems.gallery` makes this page: it plays every counterexample again.
"""
SHOWN = 300
"""Characters of an expected or observed value."""


@dataclass(frozen=True)
class Finding:
    """A row of gallery.toml: the fault of a system, and our reading of its counterexample."""

    system: str
    about: str
    fault: str
    wrong: str

    @property
    def file(self) -> Path:
        """The picture."""
        return PICTURES / f"{self.system}.svg"

    @cached_property
    def of(self) -> System | None:
        """The system of tests/systems; None for that of the article."""
        return next((each for each in SYSTEMS if each.name == self.system), None)

    @property
    def contract(self) -> Contract:
        """The contract that the system is judged by."""
        return ARTICLE if self.of is None else self.of.contract

    @property
    def why(self) -> str:
        """The fault in a sentence."""
        return self.fault if self.of is None else self._row[0].why

    @cached_property
    def kept(self) -> tuple[str, Scenario]:
        """The requirement and the scenario that are kept."""
        if self.of is not None:
            return kept(self.of, self._row[0])
        found = json.loads((ARTICLE_FOLDER / "counterexample.json").read_text("utf-8"))
        return found["requirement"], scenario_json.load(found["scenario"])

    @property
    def _row(self) -> Any:
        assert self.of is not None
        rows = zip(self.of.faults, self.of.broken, strict=True)
        return next(row for row in rows if row[0].name == self.fault)

    @contextmanager
    def campaign(self) -> Iterator[Campaign]:
        """The broken system on the embedded stage."""
        broken = self._row[1] if self.of else Implementation(
            self.system, ARTICLE, lambda _: built("node_article"))
        with (tempfile.TemporaryDirectory() as folder,
              campaign_on(broken, Path(folder), PROFILES["smoke"], 1) as campaign):
            yield campaign


def findings() -> list[Finding]:
    """The findings in the order of the page."""
    return [Finding(**row) for row in tomllib.loads(READINGS.read_text("utf-8"))["finding"]]


def draw(finding: Finding) -> str:
    """Play a counterexample, write its picture, and return its section of the page."""
    requirement, scenario = finding.kept
    with finding.campaign() as campaign:
        shown = campaign.replay(requirement, scenario)
    if shown.violation is None:
        raise SystemExit(f"{finding.system}: the counterexample shows nothing any more")
    sentences = render_steps(finding.contract, scenario, shown.history)
    title = f"{finding.system}: {shown.violation.kind.value}"
    PICTURES.mkdir(exist_ok=True)
    finding.file.write_text(picture(shown.history, sentences, title), "utf-8")
    return section(finding, shown, shown.violation)


def section(finding: Finding, shown: Replayed, violation: Violation) -> str:
    """The section of a finding as Markdown."""
    id, scenario = finding.kept
    requirement = finding.contract.requirement(id)
    told = "\n".join(render_scenario(finding.contract, scenario, shown.history))
    expected, observed = (_value(each, shown) for each in (violation.expected, violation.observed))
    return f"""\
## {finding.system}

{finding.about[:1].upper()}{finding.about[1:]}. Fault: {finding.why.rstrip('.')}.

**{id}** ({requirement.level.value}): {requirement.sentence}

![{finding.system}: {violation.kind.value}](gallery/{finding.file.name})

{finding.wrong}

```text
{told}

Violated: {violation.kind.value}. First differs at: {violation.hop.value}.
Expected: {expected}
Observed: {observed}
```
"""


def _value(value: Any, shown: Replayed) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=True)
    plain = short_name(text.replace(shown.history.namespace, ""))
    return plain if len(plain) <= SHOWN else f"{plain[:SHOWN]} ..."


def sections(page: str) -> dict[str, str]:
    """The sections of a page by their headings."""
    return {text.partition("\n")[0]: f"## {text}" for text in page.split("## ")[1:]}


def main(names: list[str]) -> int:
    """Draw the findings that are named, or all, and write the page."""
    old = sections(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    made = {}
    for finding in findings():
        again = not names or finding.system in names
        made[finding.system] = draw(finding) if again else old[finding.system]
        print(finding.system, flush=True)
    PAGE.write_text("\n".join([HEAD, *(text.rstrip() + "\n" for text in made.values())]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
