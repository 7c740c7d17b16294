"""Faults of the rooms."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, LEDGER, PROJECTION, QUERIES = (
    "code/commands.py", "code/ledger.py", "code/projection.py", "code/queries.py")

BROKEN = (
    fault("books_one_too_many", "One seat more than there is free is booked.",
          Change(COMMANDS, 'data["seats"] > room["free"]', 'data["seats"] > room["free"] + 1'),
          fails="API-07", may_fail="CMD-02 CMD-04 CMD-01 PRJ-01"),
    fault("overwrites_entry", "Of two bookings at once, one overwrites the other's entry.",
          Change(LEDGER, 'TABLE.put_item(Item=item, ConditionExpression='
                 '"attribute_not_exists(room)")', "TABLE.put_item(Item=item)"),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
    fault("projects_older_fold", "The projection writes an older fold over a newer one.",
          Change(PROJECTION, """
            Item={"room": room, "entries": len(entries), **view},
            ConditionExpression="attribute_not_exists(room) OR entries < :entries",
            ExpressionAttributeValues={":entries": len(entries)})""", """
            Item={"room": room, "entries": len(entries), **view})"""),
          fails="PRJ-08", may_fail="PRJ-01 QRY-02"),
    fault("finds_the_closed", "A room that was closed is found.",
          Change(QUERIES, 'if found is None or found.get("closed"):', "if found is None:"),
          Change(PROJECTION, 'view = {"closed": True} if found is None else found',
                 'view = {"title": "-", "seats": 1, "free": 1} if found is None else found'),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04 PRJ-09"),
    fault("forgets_keys", "The key of a request is not stored with its entry.",
          Change(COMMANDS, '    entry |= {} if key is None else {"key": key}\n', ""),
          fails="CMD-06", may_fail="CMD-07 CMD-10 CMD-11 CMD-12"),
)
