"""The catalogue of whole systems, for ``cqrs-conformance power`` and for the tests.

``cqrs-conformance power --catalogue tests.systems.catalogue:CATALOGUE`` hunts its faults.
"""

from __future__ import annotations

from tests.systems.building import System

SYSTEMS = (
    System("tickets"),
    System("club"),
    System("stock"),
    System("parcels"),
)
CATALOGUE = tuple(row for system in SYSTEMS for row in (system.conforming, *system.broken))
