"""Faults of the parcels."""

from __future__ import annotations

from tests.miniatures.building import Change
from tests.systems.building import fault

COMMANDS, STORE, QUERIES = "app/commands.py", "app/store.py", "app/queries.py"

BROKEN = (
    fault("keeps_older_state", "The snapshot lacks the event that it says it is after.",
          Change(COMMANDS, "store.keep(parcel, store.evolve(state, kind, data), version + 1)",
                 "store.keep(parcel, state, version + 1)"),
          fails="CMD-14 PRJ-01 API-02", may_fail="CMD-04 QRY-03"),
    fault("folds_twice", "The event that a snapshot is after is folded again.",
          Change(STORE, '":first": key(version + 1)', '":first": key(max(version, 1))'),
          fails="CMD-14 PRJ-01 API-02", may_fail="CMD-03 CMD-04 QRY-03"),
    fault("shares_snapshot", "Two parcels whose ids differ in letter case have one snapshot.",
          Change(STORE, 'Key={"pk": parcel, "sk": "SNAPSHOT"}',
                 'Key={"pk": parcel.lower(), "sk": "SNAPSHOT"}'),
          Change(STORE, 'Item={"pk": parcel, "sk": "SNAPSHOT", ',
                 'Item={"pk": parcel.lower(), "sk": "SNAPSHOT", '),
          fails="PRJ-10", may_fail="CMD-14 CMD-15"),
    fault("overwrites_event", "Of two scans at once, one overwrites the other's event.",
          Change(STORE, '''"Item": typed(item),
                     "ConditionExpression": "attribute_not_exists(pk)"}}''',
                 '"Item": typed(item)}}'),
          fails="CMD-05", may_fail="CMD-04 CMD-08 CMD-01"),
    fault("ignores_request_id", "A request that is repeated takes effect again.",
          Change(COMMANDS, "known = None if name is None else store.request(parcel, name)",
                 "known, name = None, None"),
          fails="CMD-06", may_fail="CMD-07 CMD-10 CMD-12"),
    fault("scans_delivered", "A parcel is scanned after its delivery.",
          Change(COMMANDS, 'state["delivered"]:', 'state["delivered"] and kind != "scanned":'),
          fails="API-07", may_fail="CMD-02 CMD-01 CMD-04"),
    fault("decides_on_an_earlier_state",
          "The version is read consistently, and the events behind the decision are not.",
          Change(STORE, "def after(parcel, version):", "def after(parcel, version, now=True):"),
          Change(STORE, '"ConsistentRead": True,\n             "Exp',
                 '"ConsistentRead": now,\n             "Exp'),
          Change(STORE, """    for item in after(parcel, version):
        state = evolve(state, item["kind"], json.loads(item["data"]))
        version += 1
    return state, version
""", """    number = version + sum(1 for _ in after(parcel, version))
    for item in after(parcel, version, now=False):
        state = evolve(state, item["kind"], json.loads(item["data"]))
    return state, number
"""),
          fails="CMD-05"),
)
