"""Faults of the stock of items."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, PROJECTION = "app/commands.py", "app/projection.py"

BROKEN = (
    fault("ships_what_is_not_there", "Nothing compares the quantity with what is there.",
          Change(COMMANDS, 'if kind == "SHIPPED" and data["quantity"] > item["onHand"]:',
                 "if False:"),
          fails="API-07", may_fail="CMD-02 CMD-04 PRJ-01 CMD-01"),
    fault("forgets_requests", "A request that comes again is handled again.",
          Change(COMMANDS, "        if known:\n", "        if False:\n"),
          fails="CMD-06", may_fail="CMD-07 CMD-10 CMD-11 CMD-12"),
    fault("projects_twice", "An event that was projected is projected again.",
          Change(PROJECTION, '    if view["seq"] >= seq:\n        return\n', ""),
          fails="PRJ-02", may_fail="PRJ-01 PRJ-03 PRJ-04 PRJ-07 PRJ-08"),
    fault("skips_gaps", "An event that comes early is projected before those that precede it.",
          Change(PROJECTION, """    if view["seq"] < seq - 1:
        raise TooEarlyError(f"event {seq} of {sku}")
""", ""),
          fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
    fault("leaves_unpublished", "An event that a crash left unpublished is never published.",
          Change(COMMANDS, """        for event in events:
            if not event.get("sent"):
                publish(event)
""", ""),
          fails="CMD-10", may_fail="CMD-11 CMD-12 PRJ-01"),
    fault("tries_once", "An event that comes early fails, and its invocation is not tried again.",
          Change("template.yaml", "      Handler: projection.handler\n",
                 "      Handler: projection.handler\n"
                 "      EventInvokeConfig: {MaximumRetryAttempts: 0}\n"),
          fails="PRJ-03", may_fail="PRJ-01 PRJ-05 PRJ-08"),
)
