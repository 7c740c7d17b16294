"""Faults of the profiles."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, EVENTS, VIEWS = "app/commands.py", "app/events.py", "app/views.py"

BROKEN = (
    fault("ignores_if_match", "The version in If-Match is not looked at.",
          Change(COMMANDS, "if seen is not None and seen != len(history):", "if False:"),
          fails="API-07 CMD-04", may_fail="CMD-01 CMD-02"),
    fault("takes_older_if_match", "A version that is older than the latest is accepted.",
          Change(COMMANDS, "seen != len(history):", "seen > len(history):"),
          fails="API-07 CMD-04", may_fail="CMD-01 CMD-02"),
    fault("needs_no_if_match", "A change without If-Match is accepted.",
          Change(COMMANDS, "if seen is None and found is not None:", "if False:"),
          fails="API-07", may_fail="CMD-01 CMD-02 CMD-04"),
    fault("shows_next_version", "The view has the version that the next change would make.",
          Change(VIEWS, 'int(found["version"])', 'int(found["version"]) + 1'),
          fails="PRJ-01", may_fail="API-02 QRY-03"),
    fault("overwrites_event", "Of two changes at once, one overwrites the other's event.",
          Change(EVENTS, ', IfNoneMatch="*"', ""),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
)
