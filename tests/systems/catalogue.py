"""The catalogue of whole systems, for ``cqrs-conformance power`` and for the tests.

``cqrs-conformance power --catalogue tests.systems.catalogue:CATALOGUE`` hunts their faults.
"""

from __future__ import annotations

from tests.systems.building import System, packaged, with_node_folder, with_packages

CHAIN = ("PRJ", "RLY", "CMD-10")
"""Requirements on what carries events: a smoke test of systems that differ in it alone judges
these."""
SHAPE = ("API", "CMD-01", "CMD-04", "CMD-06", "CMD-07", "PRJ-01", "PRJ-02", "PRJ-07", "QRY")
"""Requirements that the wire of a system shows: the smoke test of a system whose functions are
like another one's judges these. A slow test judges the whole contract."""
RELAYS = " RLY-01 RLY-02 RLY-03 RLY-04 RLY-05 RLY-06"
"""Requirements on relays, which most systems do not have."""
SYSTEMS = (
    System("tickets", "API-04 API-05 CMD-06 CMD-07 CMD-09 PRJ-11" + RELAYS, smoke=SHAPE),
    System("stock", "API-04 API-05 API-11 CMD-09 PRJ-11" + RELAYS, smoke=SHAPE),
    System("club", "API-04 API-05 CMD-06 CMD-07 CMD-09 PRJ-11" + RELAYS, smoke=SHAPE),
    System("parcels", "API-04 API-05 CMD-09 CMD-11 CMD-13 PRJ-02 PRJ-03 PRJ-04 PRJ-05 PRJ-06 PRJ-07"
           " PRJ-08 PRJ-09 PRJ-11 SYS-01" + RELAYS),
    System("notes", "API-04 API-05 CMD-07 CMD-09 PRJ-11" + RELAYS, smoke=SHAPE),
    System("profiles", "API-04 API-05 CMD-06 CMD-07 CMD-09 PRJ-11" + RELAYS, smoke=SHAPE),
    System("guests", "API-04 API-05 API-06 API-07 API-08 API-09 API-11 CMD-03 CMD-06 CMD-07 CMD-09"
           " CMD-11 CMD-13 PRJ-02 PRJ-03 PRJ-04 PRJ-05 PRJ-06 PRJ-07 PRJ-08 PRJ-09 PRJ-11"
           " QRY-04 SYS-01" + RELAYS, smoke=SHAPE),
    System("baskets", "API-04 API-05 CMD-06 CMD-07 CMD-09 CMD-10 CMD-11 CMD-12 PRJ-11 QRY-04"
           + RELAYS, smoke=("API-0", "CMD-03", "PRJ-01", "PRJ-09", "QRY-01")),
    System("sales", "API-04 API-05 CMD-09 CMD-11 PRJ-03 PRJ-08 PRJ-09 RLY-06",
           smoke=("API-02", "CMD-01", "CMD-03", "PRJ-01")),
    System("tanks", "API-04 CMD-09 PRJ-09 RLY-06", smoke=("CMD-13", "RLY")),
    System("rooms", "API-04 API-05 API-11 CMD-09 PRJ-11" + RELAYS, ".serverless", packaged,
           smoke=SHAPE),
    System("meters", "API-04 API-05 CMD-06 CMD-07 CMD-09 PRJ-11" + RELAYS, "cdk.out",
           with_packages, "node", smoke=SHAPE),
    System("lockers-stream", "API-04 API-05 API-11 CMD-09 CMD-11 CMD-13 PRJ-03 PRJ-08 PRJ-09"
           + RELAYS, "stream.yaml", of="lockers", smoke=CHAIN),
    System("lockers-relay", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 PRJ-11 RLY-06", "relay.yaml",
           of="lockers", dialect_file="published.toml", smoke=CHAIN),
    System("lockers-crossed", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 RLY-06", "crossed.yaml",
           of="lockers", dialect_file="published.toml", smoke=("PRJ-01", "PRJ-06", "PRJ-11")),
    System("lockers-topic", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 RLY-06", "topic.yaml",
           of="lockers", dialect_file="messages.toml", smoke=("RLY",)),
    System("lockers-shards", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-03 PRJ-08 PRJ-09 RLY-06",
           "shards.yaml", of="lockers", dialect_file="messages.toml",
           smoke=("PRJ-01", "PRJ-06", "PRJ-11", "RLY-03")),
    System("lockers-node", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 PRJ-11 RLY-06", "node.yaml",
           with_node_folder, "node", of="lockers", dialect_file="messages.toml",
           smoke=("PRJ-01", "RLY-03", "RLY-04")),
    System("lockers-invoked", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 PRJ-11 RLY-06",
           "invoked.yaml", of="lockers", dialect_file="invoked.toml",
           smoke=("PRJ-01", "PRJ-07", "RLY-02")),
    System("lockers-enriched", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 RLY-02 RLY-03 RLY-06",
           "enriched.yaml", of="lockers", dialect_file="messages.toml",
           smoke=("PRJ-01", "CMD-10", "RLY-01", "RLY-04", "RLY-05")),
    System("lockers-pipe", "API-04 API-05 API-11 CMD-09 CMD-11 CMD-13 PRJ-09" + RELAYS, "pipe.yaml",
           of="lockers", smoke=("PRJ", "CMD-10")),
    System("lockers-objects", "API-04 API-05 API-11 CMD-09 CMD-11 CMD-13 PRJ-09 PRJ-11" + RELAYS,
           "objects.yaml", of="lockers", dialect_file="objects.toml",
           smoke=("PRJ-01", "PRJ-06", "PRJ-07")),
    System("lockers-outbox", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 PRJ-11", "outbox.yaml",
           of="lockers", dialect_file="published.toml", smoke=("RLY-01", "RLY-06")),
    System("lockers-sweeper", "API-04 API-05 API-11 CMD-09 CMD-11 PRJ-09 PRJ-11 RLY-04 RLY-05 "
           "RLY-06", "sweeper.yaml", of="lockers", dialect_file="published.toml",
           smoke=("RLY",)),
    System("lockers-repaired", "API-04 API-05 API-11 CMD-09 PRJ-09 PRJ-11" + RELAYS,
           "repaired.yaml", of="lockers", dialect_file="published.toml",
           smoke=("CMD-10", "CMD-11")),
    System("lockers-queue", "API-04 API-05 API-11 CMD-09 CMD-11 CMD-13 PRJ-03 PRJ-08 PRJ-09"
           + RELAYS, "queue.yaml", of="lockers", smoke=("PRJ-02", "PRJ-06", "PRJ-11")),
)
"""Each with the requirements that make no sense there, or that need a line or a queue."""
CATALOGUE = tuple(row for system in SYSTEMS for row in (system.conforming, *system.broken))
