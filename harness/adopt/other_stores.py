"""Stores that the embedded stage does not imitate, and the functions that use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.adopt.references import names_in
from harness.template.read.assembly import read_assembly

SERVICES = ("RDS", "ElastiCache", "MemoryDB", "OpenSearchService", "OpenSearchServerless",
            "Elasticsearch", "DocDB", "DocDBElastic", "Neptune", "Redshift", "Timestream",
            "Cassandra")


def other_stores(file: Path) -> dict[str, str]:
    """The stores of a template by logical id, each with its type."""
    resources = _resources(file)
    kinds = {name: str(resource.get("Type")) for name, resource in resources.items()}
    return {name: kind for name, kind in kinds.items()
            if kind.startswith(tuple(f"AWS::{service}::" for service in SERVICES))}


def users_of_other_stores(file: Path, functions: tuple[str, ...]) -> Iterator[str]:
    """A sentence for each function that a reference in the template ties to such a store."""
    stores, resources = other_stores(file), _resources(file)
    for function in functions:
        for name in dict.fromkeys(names_in(resources.get(function))):
            if name in stores:
                yield (f"function {function}: it uses {name}, {stores[name]}, which the embedded "
                       "stage does not imitate; judge the deployed stack, for example with "
                       "--stage aws")


def _resources(file: Path) -> dict[str, dict[str, Any]]:
    found = read_assembly(file).get("Resources", {})
    return {name: each for name, each in found.items() if isinstance(each, dict)}
