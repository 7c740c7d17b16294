"""Each broken implementation fails exactly the requirements that its fault violates.

By default a run on a miniature is short (module ``tests.miniatures.examining``): it tries hard
what ought to fail, and everything else a little. Under the marker ``slow`` it is a whole run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.core.verdict import Verdict
from harness.explore.profiles import PROFILES
from scenarios.domains.orders import CONTRACT
from tests.miniatures.accounts import BANKING
from tests.miniatures.building import (
    Change,
    ChangeError,
    Miniature,
    Trigger,
    build,
    row,
)
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED
from tests.miniatures.everyday import EVERYDAY, parameters
from tests.miniatures.examining import examine, examine_all, failed

SEED = 1
PLAIN = (*CATALOGUE, *BANKING)
ROWS = (*PLAIN, *DISTURBED)
EACH = pytest.mark.parametrize("miniature", parameters(PLAIN))


def _said(verdicts: Mapping[str, Verdict]) -> dict[str, str]:
    return {name: verdicts[name].reason for name in sorted(failed(verdicts))}


def _long(miniature: Miniature, verdicts: Mapping[str, Verdict]) -> dict[str, int]:
    """Failed requirements whose counterexample has more steps than its fault needs."""
    found = {name: verdicts[name].counterexample for name in failed(verdicts)}
    lengths = {name: len(example.scenario.steps) for name, example in found.items() if example}
    return {name: length for name, length in lengths.items() if length > miniature.steps}


class TestMiniatures:
    @EACH
    def test_what_fails(self, miniature: Miniature, tmp_path: Path) -> None:
        """Exactly what the fault violates fails, each with a scenario of a few steps."""
        template = build(miniature, tmp_path)
        verdicts = examine(template, seed=SEED, own=sorted(miniature.fails | miniature.by),
                           spared=miniature.luck, contract=miniature.contract)
        assert failed(verdicts) - miniature.luck == miniature.fails, _said(verdicts)
        assert _long(miniature, verdicts) == {}

    @pytest.mark.slow
    @EACH
    def test_whole_run(self, miniature: Miniature, tmp_path: Path) -> None:
        """The same in a whole run of the quick profile."""
        template = build(miniature, tmp_path)
        verdicts = examine_all(template, seed=SEED, profile=PROFILES["quick"],
                               contract=miniature.contract)
        assert failed(verdicts) - miniature.luck == miniature.fails, _said(verdicts)


class TestCatalogue:
    def test_names(self) -> None:
        """No two miniatures have the same name."""
        names = [miniature.name for miniature in PLAIN]
        assert len(names) > 40
        assert sorted(set(names)) == sorted(names)

    def test_source(self) -> None:
        """Each names a page where such a fault was met or is explained."""
        pages = {miniature.name: urlsplit(miniature.source) for miniature in ROWS}
        assert len(pages) > 40
        assert {n for n, p in pages.items() if p.scheme != "https" or not p.netloc} == set()

    def test_trigger(self) -> None:
        """Each says what reveals it, and there is no trigger that none needs."""
        assert {miniature.trigger for miniature in ROWS} == set(Trigger)

    def test_unknown_trigger(self) -> None:
        """A trigger that is misspelt is no trigger."""
        with pytest.raises(ValueError, match="not a valid Trigger"):
            row("misspelt", "", source="https://example.org/", trigger="singel command", fails="")

    def test_everyday(self) -> None:
        """Those that every run makes exist."""
        assert {m.name for m in ROWS} >= EVERYDAY

    def test_requirements_exist(self) -> None:
        """Every requirement that a miniature names is one of the contract."""
        known = {requirement.id for requirement in CONTRACT.requirements}
        assert {name for m in PLAIN for name in m.fails | m.luck | m.by} <= known

    def test_every_requirement_is_caught(self) -> None:
        """Each requirement that anything can violate has a miniature that violates it."""
        caught = {name for m in (*CATALOGUE, *DISTURBED) for name in m.fails}
        assert {r.id for r in CONTRACT.requirements} - caught == NOT_CAUGHT.keys()


NOT_CAUGHT = {
    "SYS-03": "it only reports",
    **dict.fromkeys((f"RLY-0{number}" for number in range(1, 7)),
                    "the systems of tests/systems/lockers have relays"),
}
"""Requirements without a miniature of their own, and why."""


class TestBuilding:
    def test_change(self, tmp_path: Path) -> None:
        """A change replaces its text, and nothing else changes."""
        change = Change("lambdas/service.py", "ATTEMPTS = 5", "ATTEMPTS = 1")
        build(Miniature("once", "", (change,), frozenset()), tmp_path)
        assert "ATTEMPTS = 1\n" in (tmp_path / change.file).read_text("utf-8")

    @pytest.mark.parametrize("old", ["no such text", "self"])
    def test_not_once(self, old: str, tmp_path: Path) -> None:
        """A text that is not there, or there more than once, is an error."""
        change = Change("lambdas/service.py", old, "x")
        with pytest.raises(ChangeError, match="expected once"):
            build(Miniature("unfit", "", (change,), frozenset()), tmp_path)
