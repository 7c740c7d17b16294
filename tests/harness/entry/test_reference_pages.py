"""The pages of reference have what the code's tables have, each in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.carriers import LAWS, Carrier
from harness.core.faults import FaultKind
from harness.entry.reference_pages import (
    EFFECTS,
    MEANINGS,
    SCHEMAS,
    STAGES,
    carriers_page,
    faults_page,
    power_page,
    schemas_page,
    stages_page,
)
from scenarios.domains.orders import CONTRACT

HARNESS = Path(__file__).parents[3] / "harness"


class TestStages:
    def test_each_capability_has_a_meaning(self) -> None:
        """The words of all requirements are explained, and no others."""
        needs = {need for each in CONTRACT.requirements for need in each.needs}
        assert set(MEANINGS) == needs == {word for has in STAGES.values() for word in has}

    def test_each_requirement_has_a_row(self) -> None:
        """The embedded stage judges all, a URL those that need no more than requests."""
        page = stages_page(CONTRACT.requirements)
        by_url = sum(each.needs == ("http",) for each in CONTRACT.requirements)
        total = page.splitlines()[-1]
        assert [each.id for each in CONTRACT.requirements if f"| {each.id} |" not in page] == []
        assert total.startswith(f"| **all** |  | {len(CONTRACT.requirements)} |")
        assert total.endswith(f"| {by_url} |")


class TestFaults:
    def test_each_kind_has_an_effect(self) -> None:
        """No kind of fault is left out."""
        page = faults_page()
        assert set(EFFECTS) == set(FaultKind)
        assert [kind for kind in FaultKind if f"| {kind.value} |" not in page] == []


class TestCarriers:
    def test_each_carrier_has_its_law_and_source(self) -> None:
        """Every carrier stands there with the page of AWS's documentation."""
        page = carriers_page()
        assert [c for c in Carrier if f"| {c.value} |" not in page or LAWS[c].source not in page] \
            == []


class TestPower:
    def test_the_kept_run_is_told(self) -> None:
        """The page has the figures of docs/power.json, and the command that made them."""
        run = json.loads((HARNESS.parent / "docs" / "power.json").read_text("utf-8"))
        page = power_page(run)
        assert f"| killed | {run['harness']['killed']} | {run['baseline']['killed']} |" in page
        assert f"power --jobs {run['jobs']} --budget {run['budget']:g} --seed {run['seed']}" in page
        assert [name for name in run["triggers"] if f"| {name} |" not in page] == []


class TestSchemas:
    def test_every_schema_of_the_package_is_listed(self) -> None:
        """A schema that is added has to be told of."""
        shipped = {path.relative_to(HARNESS).as_posix() for path in HARNESS.rglob("*schema.json")}
        assert shipped == set(SCHEMAS)
        assert [file for file in SCHEMAS if f"harness/{file}" not in schemas_page()] == []
