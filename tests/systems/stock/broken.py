"""Faults of the stock of items."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, PROJECTION, QUERIES = "app/commands.py", "app/projection.py", "app/queries.py"

BROKEN = (
    fault("ships_one_too_many", "One more than there is on hand is shipped.",
          Change(COMMANDS, 'data["quantity"] > item["onHand"]:',
                 'data["quantity"] > item["onHand"] + 1:'),
          fails="API-07", may_fail="CMD-02 CMD-04 PRJ-01 CMD-01"),
    fault("forgets_requests", "The same requestId again takes effect again.",
          Change(COMMANDS, '''        if request is not None:
            event["request"] = request
''', ""),
          fails="CMD-06", may_fail="CMD-07 CMD-10 CMD-11 CMD-12"),
    fault("counts_twice", "An event that is delivered again counts again.",
          Change(PROJECTION, '''    if view["seq"] >= seq:
        return
    if view["seq"] < seq - 1:''', '''    if view["seq"] < seq - 1:'''),
          fails="PRJ-02", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-07"),
    fault("skips_gaps", "An event that comes early is projected before those that precede it.",
          Change(PROJECTION, '''    if view["seq"] < seq - 1:
        raise TooEarlyError(f"event {seq} of {sku}")
''', ""),
          fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
    fault("never_published", "After a crash the stored event is never published.",
          Change(COMMANDS, '''        for event in events:
            if not event.get("sent"):
                publish(event)
''', ""),
          fails="CMD-10", may_fail="CMD-11 CMD-12 PRJ-01"),
)
