"""Faults of the sales."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, RELAY, PROJECTION = "app/commands.py", "app/relay.py", "app/projection.py"

BROKEN = (
    fault("stores_one_by_one", "The events of a command are stored one after the other.",
          Change(COMMANDS, "DYNAMODB.meta.client.transact_write_items(TransactItems=items)",
                 'any(DYNAMODB.meta.client.put_item(**each["Put"]) is None for each in items)'),
          Change(COMMANDS, '"TransactionCanceledException"', '"ConditionalCheckFailedException"'),
          fails="CMD-10 CMD-12", may_fail="CMD-05 CMD-01 CMD-06 RLY-02 PRJ-01"),
    fault("same_message", "An event that is like an earlier one is no message of its own.",
          Change(RELAY, """f"{version}-{item['pk']}".enc""", """f"{kind}-{item['pk']}".enc"""),
          fails="PRJ-01 RLY-01", may_fail="API-02 PRJ-10 QRY-03 PRJ-02 PRJ-04 PRJ-05"),
    fault("keeps_changes", "A sale that is placed again goes on with the number of changes.",
          Change(PROJECTION, '"changes": 0', '"changes": (view or {}).get("changes", 0)'),
          fails="PRJ-01", may_fail="PRJ-10 QRY-03 API-02"),
)
