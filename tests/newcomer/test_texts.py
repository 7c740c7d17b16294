"""Texts that users copy, and facts that stand in two places."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from harness.entry.cli import command_parsers
from tests.newcomer.pages import GENERATED, NAME, PROJECT, pages

READERS: dict[str, Callable[[str], object]] = {
    "yaml": yaml.safe_load, "toml": tomllib.loads, "json": json.loads}
BLOCK = re.compile(r"^( *)```(yaml|toml|json)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
DECISIONS = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_examples_can_be_read(page: Path) -> None:
    """Each example of a workflow, of settings or of a document is one."""
    for _, language, text in BLOCK.findall(page.read_text("utf-8")):
        READERS[language](text)


@cache
def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*pages(), *DECISIONS], ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """A link inside the project names a file that is there, and a heading in it."""
    text = FENCED.sub("", page.read_text("utf-8"))
    broken = []
    for name, anchor in LINK.findall(text):
        target = (page.parent / name).resolve() if name else page
        made = target.parent.name == "docs" and target.stem in GENERATED
        if not (target.exists() or made) or (
                anchor and target.exists() and anchor not in _anchors(target)):
            broken.append(f"{name}#{anchor}")
    assert broken == []


def test_links_and_examples_are_found() -> None:
    """The patterns of this test find links and examples, so that it can fail."""
    texts = [page.read_text("utf-8") for page in pages()]

    assert [sum(len(pattern.findall(text)) for text in texts) > 10
            for pattern in (LINK, BLOCK)] == [True, True]


def test_the_citation_names_the_version() -> None:
    cited = yaml.safe_load((PROJECT / "CITATION.cff").read_text("utf-8"))["version"]
    assert str(cited) == VERSION


def test_the_readme_has_the_figures_of_the_kept_run() -> None:
    """A change of docs/power.json is a change of the README."""
    run = json.loads((PROJECT / "docs" / "power.json").read_text("utf-8"))
    readme = " ".join((PROJECT / "README.md").read_text("utf-8").split())
    figures = [f"{run['harness']['killed']} broken implementations",
               f"the state machine {run['baseline']['killed']}.",
               f"{run['harness']['median_seconds']:.2f} s",
               f"{run['harness']['p95_seconds']:.1f} s",
               f"the {len(run['conforming'])} conforming implementations"]
    assert [text for text in figures if text not in readme] == []


def test_the_changelog_tells_of_the_version_or_of_the_next_one() -> None:
    first = re.findall(r"^## \[(.*)\]", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.M)[0]
    assert first in (VERSION, "Unreleased")


def test_the_hook_is_a_command() -> None:
    """The hook for pre-commit starts a command that there is."""
    hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    entries = [hook["entry"].split() for hook in hooks]
    _, parsers = command_parsers()
    assert entries
    assert [entry for entry in entries if entry[0] != NAME or entry[1] not in parsers] == []
