"""Faults of the meters."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS = "cdk.out/asset.commands/index.js"
PROJECTION, QUERY = "cdk.out/asset.views/projection.js", "cdk.out/asset.views/query.js"

BROKEN = (
    fault("runs_backwards", "A reading that is less than the last one is taken.",
          Change(COMMANDS, 'what === "read" && data.value < found.value', "false"),
          fails="API-07", may_fail="CMD-02 CMD-01 CMD-04 PRJ-01"),
    fault("overwrites_event", "Of two readings at once, one overwrites the other's event.",
          Change(COMMANDS, ', ConditionExpression: "attribute_not_exists(meter)",', ","),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
    fault("shows_removed", "A meter that was removed is still shown.",
          Change(QUERY, "!found || found.removed", "!found"),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04"),
    fault("forgets_to_wait", "The projection answers before its write is done.",
          Change(PROJECTION, "    await db.send(new PutCommand({", "    db.send(new PutCommand({"),
          fails="PRJ-01", may_fail="PRJ-07 API-02 PRJ-09 QRY-03"),
    fault("ignores_failed_entry", "A reading is acknowledged though the bus did not take it.",
          Change(COMMANDS, "if (answer.FailedEntryCount)", "if (false)"),
          fails="CMD-11", may_fail="CMD-12 PRJ-01"),
)
