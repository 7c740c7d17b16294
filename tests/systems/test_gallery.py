"""The gallery of findings tells what is kept: each system, its requirement, and every step."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET

import pytest

from tests.systems.catalogue import SYSTEMS
from tests.systems.gallery import HEAD, PAGE, PICTURES, Finding, draw, findings, sections

SVG = "{http://www.w3.org/2000/svg}"
EACH = pytest.mark.parametrize("finding", findings(), ids=lambda each: each.system)


def _section(finding: Finding) -> str:
    return sections(PAGE.read_text("utf-8"))[finding.system]


def test_sections_and_pictures_are_those_of_the_findings() -> None:
    """The article's system comes first, then those of tests/systems in their order."""
    order = ["article", *(system.name for system in SYSTEMS)]
    told = [finding.system for finding in findings()]
    assert sorted(told, key=order.index) == told == list(sections(PAGE.read_text("utf-8")))
    assert {path.stem for path in PICTURES.glob("*.svg")} == set(told)
    assert PAGE.read_text("utf-8").startswith(HEAD)


@pytest.mark.slow
def test_each_system_has_a_finding() -> None:
    """Add a system to gallery.toml, then: ``python -m tests.systems.gallery NAME``."""
    told = {finding.system for finding in findings()}
    assert [system.name for system in SYSTEMS if system.name not in told] == []


@EACH
def test_a_section_tells_the_kept_counterexample(finding: Finding) -> None:
    """Requirement, sentence, fault and reading are today's; each step stands in the picture."""
    section = _section(finding)
    id, scenario = finding.kept
    sentence = finding.contract.requirement(id).sentence
    told = [f"**{id}**", sentence, finding.wrong, finding.why.rstrip("."), finding.about[1:]]
    assert [text for text in told if text not in section] == []
    drawn = ET.parse(finding.file).iter(f"{SVG}g")
    steps = [group for group in drawn if group.get("class") == "step"]
    assert len(steps) == len(scenario.steps)
    assert finding.wrong.count(". ") == 1, "two sentences"


@pytest.mark.slow
@EACH
def test_a_section_is_made_again(finding: Finding) -> None:
    """The counterexample, played again, gives the same section and the same picture."""
    if (finding.of is None or finding.of.marker == "node") and shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    drawn = finding.file.read_text("utf-8")
    assert draw(finding).rstrip() == _section(finding).rstrip()
    assert finding.file.read_text("utf-8") == drawn
