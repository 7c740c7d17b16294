"""Faults of the club."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

RPC, STORE, PROJECTION, QUERIES = (
    "app/rpc.py", "app/store.py", "app/projection.py", "app/queries.py")

BROKEN = (
    fault("says_yes_to_everything", "A refusal of the rules is answered with success.",
          Change(RPC, 'return reply(False, error="already a member"',
                 'return reply(True, error="already a member"'),
          fails="API-07", may_fail="CMD-01 PRJ-01 CMD-04"),
    fault("lists_who_has_left", "The projection leaves the entry of a member who leaves as it was.",
          Change(PROJECTION, "    if not events:\n",
                 "    if not events or store.fold(events) is None:\n"),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04 PRJ-09"),
    fault("overwrites_events", "Of two events at once the later one replaces the other.",
          Change(STORE, ', IfNoneMatch="*"', ""),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
    fault("sorts_as_text", "Versions without leading zeros: the tenth comes before the second.",
          Change(STORE, "{version:08}.json", "{version}.json"),
          fails="CMD-14", may_fail="PRJ-01 CMD-03 CMD-04 PRJ-09"),
    fault("takes_prefix", "The listing of a member has the events of those with longer ids, too.",
          Change(STORE, 'Prefix=f"members/{member}/"', 'Prefix=f"members/{member}"'),
          fails="CMD-15", may_fail="PRJ-10 PRJ-01 API-01 API-07"),
    fault("lists_one_page", "The list ends with the first hundred members.",
          Change(QUERIES, "VIEWS.scan(ConsistentRead=True, **more)",
                 "VIEWS.scan(ConsistentRead=True, Limit=100)"),
          Change(QUERIES, 'if "LastEvaluatedKey" not in page:', "if page:"),
          fails="PRJ-10", may_fail="PRJ-01 API-02"),
)
