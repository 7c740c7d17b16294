"""Faults of the help desk's tickets."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, STORE, PROJECTION, QUERIES = (
    "app/commands.py", "app/store.py", "app/projection.py", "app/queries.py")

BROKEN = (
    fault("overwrites_event", "Of two comments at once, one overwrites the other's item.",
          Change(STORE, "TABLE.put_item(Item=item, ConditionExpression="
                 '"attribute_not_exists(pk)")', "TABLE.put_item(Item=item)"),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01 CMD-03"),
    fault("comments_on_closed", "A comment is accepted after the ticket was closed.",
          Change(COMMANDS, 'if ticket["closed"]:',
                 'if ticket["closed"] and kind != "COMMENT_ADDED":'),
          fails="API-07", may_fail="CMD-02 CMD-04 CMD-01"),
    fault("shows_closed", "A closed ticket is still shown.",
          Change(QUERIES, 'if found is None or found["closed"]:', "if found is None:"),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04"),
    fault("goes_back", "The projection writes an older fold over a newer one.",
          Change(PROJECTION, '''            Item={"id": ticket_id, "version": len(items), **ticket},
            ConditionExpression="attribute_not_exists(id) OR version < :new",
            ExpressionAttributeValues={":new": len(items)})''',
                 '''            Item={"id": ticket_id, "version": len(items), **ticket})'''),
          fails="PRJ-08", may_fail="PRJ-01 QRY-02"),
    fault("events_expire", "Every item of the table has a time to live, also the events.",
          Change("template.yaml", "        - {AttributeName: sk, KeyType: RANGE}\n",
                 "        - {AttributeName: sk, KeyType: RANGE}\n"
                 "      TimeToLiveSpecification: {AttributeName: expires, Enabled: true}\n"),
          Change(STORE, '"published": False}',
                 '"published": False,\n            "expires": int(time.time()) + 90 * 24 * 3600}'),
          Change(STORE, "import os\n", "import os\nimport time\n"),
          fails="CMD-08"),
    fault("ignores_failed_entry", "A comment is acknowledged though the bus did not take it.",
          Change(COMMANDS, 'if answer["FailedEntryCount"]:', "if False:"),
          fails="CMD-11", may_fail="PRJ-01 CMD-12"),
)
