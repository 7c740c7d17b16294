"""Faults of the notes."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

NOTES, VIEWS = "app/notes.py", "app/views.py"

BROKEN = (
    fault("stores_again", "The same PUT again stores an event again.",
          Change(NOTES, '(last["what"], last["data"]) == (what, data):',
                 '(last["what"], last["data"]) == (what, data) and removing:'),
          fails="CMD-06", may_fail="CMD-01 CMD-03"),
    fault("refuses_second_delete", "The same DELETE again is refused.",
          Change(NOTES, "if last is not None and (last",
                 "if last is not None and not removing and (last"),
          fails="CMD-06", may_fail="CMD-10 CMD-12"),
    fault("overwrites_event", "Of two writes at once, one overwrites the other's event.",
          Change(NOTES, """json.dumps(event["data"])},
                       ConditionExpression="attribute_not_exists(note)")""",
                 """json.dumps(event["data"])})"""),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
    fault("projects_as_it_comes", "An event that comes late overwrites a later one.",
          Change(VIEWS, 'ConditionExpression="attribute_not_exists(note) OR version < :version"',
                 'ConditionExpression="attribute_not_exists(note) OR version <> :version"'),
          fails="PRJ-03", may_fail="PRJ-01 PRJ-04 PRJ-08 PRJ-02"),
    fault("shows_removed", "A note that was removed is shown as it was.",
          Change(VIEWS, "if found is None or found[\"removed\"]:", "if found is None:"),
          Change(VIEWS, '"removed": what == "removed", **data},',
                 '"title": "-", "text": "-", **data},'),
          fails="QRY-04", may_fail="PRJ-01 PRJ-04 PRJ-09"),
)
