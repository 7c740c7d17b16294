"""Which requirement a violation violates: by its kind, and by what it needs to appear.

A wrong view that needs a duplicate is PRJ-02, one that needs nothing is PRJ-01
(decision 0004). The first cause of a kind's row that is necessary decides.
"""

from __future__ import annotations

from harness.core.violation import Cause, Hop, Kind, Violation
from harness.oracle.views import shown

Row = tuple[tuple[Cause, tuple[str, ...]], ...]

FLAWS = {
    "body": "API-04", "type": "API-05", "member": "API-06", "id": "API-08", "size": "API-09",
    "unknown member": "API-12",
}
INPUT: dict[Cause, str] = {
    Cause.INVALID_BODY: "API-04",
    Cause.INVALID_TYPE: "API-05",
    Cause.INVALID_MEMBER: "API-06",
    Cause.INVALID_ID: "API-08",
    Cause.OVERSIZED: "API-09",
    Cause.UNKNOWN_MEMBER: "API-12",
    Cause.BASE64: "API-11",
}
AT_RELAYS: Row = (
    (Cause.BATCH, ("RLY-04",)),
    (Cause.POISON, ("RLY-05",)),
    (Cause.RELAY_PUBLISH_FAILURE, ("RLY-03",)),
    (Cause.RELAY_FAILURE, ("RLY-02",)),
)
"""A disturbance at a relay; any other one leaves an event out, or passes it on wrongly."""
FAILED_IN_BATCH = frozenset({Cause.BATCH, Cause.PROJECTION_FAILURE})
"""A failure that is made good where its record is alone, and not among others."""
FAILURES: Row = (
    (Cause.WARM, ("SYS-02",)),
    (Cause.STALE_READ, ("CMD-05",)),
    (Cause.PROJECTION_STALE_READ, ("PRJ-01",)),
    (Cause.RELAY_PUBLISH_FAILURE, ("RLY-03",)),
    (Cause.RELAY_FAILURE, ("RLY-02",)),
    (Cause.PROJECTION_FAILURE, ("PRJ-07",)),
    (Cause.QUERY_FAILURE, ("QRY-02",)),
    (Cause.CRASH, ("CMD-10",)),
    (Cause.PUBLISH_FAILURE, ("CMD-11",)),
    (Cause.CALL_FAILURE, ("CMD-12",)),
    (Cause.CONCURRENT_DELIVERIES, ("PRJ-08",)),
    (Cause.CONCURRENT_COMMANDS, ("CMD-04", "CMD-05")),
)
"""A state leak comes first: a race or a crash that cold environments stand is not the fault."""
SURROUNDINGS: Row = (
    *FAILURES,
    (Cause.COMMAND_BATCH, ("CMD-09",)),
    (Cause.RETRY, ("CMD-06",)),
    (Cause.REUSE, ("CMD-07",)),
    (Cause.LONG, ("CMD-14",)),
    (Cause.IDS, ("CMD-15",)),
    (Cause.OTHERS, ("PRJ-10",)),
)
HANDLING: Row = (
    (Cause.EXPIRY, ("RLY-06",)),
    (Cause.REBUILD, ("PRJ-09",)),
    (Cause.BATCH, ("PRJ-11",)),
    (Cause.POISON, ("PRJ-06",)),
)
VIEW: Row = (
    *FAILURES,
    *HANDLING,
    *((cause, (requirement,)) for cause, requirement in INPUT.items()),
    (Cause.COMMAND_BATCH, ("CMD-09",)),
    (Cause.RETRY, ("CMD-06",)),
    (Cause.REUSE, ("CMD-07",)),
    (Cause.REFUSAL, ("API-07",)),
    (Cause.DUPLICATE, ("PRJ-02",)),
    (Cause.LOSS, ("PRJ-05",)),
    (Cause.REORDER, ("PRJ-03",)),
    (Cause.LONG, ("CMD-14",)),
    (Cause.IDS, ("CMD-15",)),
    (Cause.OTHERS, ("PRJ-10",)),
)
EXTRA: Row = (
    *FAILURES,
    *((cause, ("CMD-02", requirement)) for cause, requirement in INPUT.items()
      if cause is not Cause.BASE64),
    (Cause.REFUSAL, ("CMD-02", "API-07")),
    *SURROUNDINGS,
    (Cause.BASE64, ("API-11",)),
)
RESURRECTIONS: Row = tuple(
    (cause, ("PRJ-04",)) for cause in (Cause.DUPLICATE, Cause.REORDER, Cause.LOSS)
)
COMMANDS: Row = (
    *FAILURES,
    *((cause, (requirement,)) for cause, requirement in INPUT.items()),
    *SURROUNDINGS,
)
LOST: Row = ((Cause.WARM, ("SYS-02",)), (Cause.COMMAND_BATCH, ("CMD-09",)), *COMMANDS)
"""A record that is lost with another's failure is lost by the batch."""
MEMBERS: Row = tuple(each for each in COMMANDS if each[0] not in (Cause.IDS, Cause.OTHERS))
"""Two events under one id may take two aggregates, and are no less a matter of the events."""
OVERLAPPING: Row = ((Cause.WARM, ("SYS-02",)), (Cause.CONCURRENT_COMMANDS, ("API-13",)))
"""A server error contradicts no order of the commands: it leaves open what has happened."""
TRANSIENT_CAUSES = (Cause.PROJECTION_FAILURE, Cause.CONCURRENT_DELIVERIES)
"""Causes of wrong reads that are over once the view has converged."""
BY_CAUSE: dict[Kind, Row] = {
    Kind.NOT_LINEARIZABLE: COMMANDS,
    Kind.PUBLISHED_ONLY: COMMANDS,
    Kind.REPEAT_REFUSED: FAILURES,
    Kind.REPEAT_FAILED: (*OVERLAPPING, *FAILURES),
    Kind.STORE_CHANGED: tuple((cause, (*ids, "CMD-08")) for cause, ids in FAILURES),
    Kind.VALID_REFUSED: COMMANDS,
    Kind.VALID_FAILED: (*OVERLAPPING, *COMMANDS),
    Kind.TURNED_AWAY: (*OVERLAPPING, *FAILURES),
    Kind.UNDECIDED: LOST,
    Kind.REFUSAL_ACCEPTED: COMMANDS,
    Kind.REFUSAL_FAILED: (*OVERLAPPING, *COMMANDS),
    Kind.INVALID_ACCEPTED: ((Cause.BASE64, ("API-11",)),),
    Kind.INVALID_FAILED: ((Cause.BASE64, ("API-11",)),),
    Kind.VIEW_WRONG: VIEW,
    Kind.VIEW_UNSTABLE: VIEW,
    Kind.NEVER_SETTLED: VIEW,
    Kind.UNKNOWN_VISIBLE: VIEW,
    Kind.DELETED_VISIBLE: (*FAILURES, *HANDLING, *RESURRECTIONS, *VIEW),
    Kind.READ_NOT_PREFIX: (*((cause, ("QRY-03",)) for cause in (*TRANSIENT_CAUSES,
                                                                Cause.QUERY_FAILURE)), *FAILURES),
    Kind.READ_WENT_BACK: (*((cause, ("QRY-02",)) for cause in TRANSIENT_CAUSES), *FAILURES),
    Kind.EVENT_MISSING: LOST,
    Kind.EVENT_EXTRA: EXTRA,
    Kind.VERSIONS: COMMANDS,
    Kind.EVENT_MEMBERS: MEMBERS,
    Kind.PUBLISHED_DIFFERS: COMMANDS,
    Kind.UNPUBLISHED: FAILURES,
}
BY_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.NOT_LINEARIZABLE: ("CMD-04", "CMD-05"),
    Kind.PUBLISHED_ONLY: ("CMD-13",),
    Kind.VALID_REFUSED: ("API-01",),
    Kind.VALID_FAILED: ("API-01", "API-13"),
    Kind.TURNED_AWAY: ("API-13",),
    Kind.UNDECIDED: ("API-01", "API-13"),
    Kind.NOT_AN_OBJECT: ("API-01",),
    Kind.REFUSAL_ACCEPTED: ("API-07",),
    Kind.REFUSAL_FAILED: ("API-07",),
    Kind.REPEAT_REFUSED: ("CMD-06",),
    Kind.REPEAT_FAILED: ("CMD-06",),
    Kind.REUSE_ACCEPTED: ("CMD-07",),
    Kind.REUSE_FAILED: ("CMD-07",),
    Kind.DISCLOSURE: ("API-10",),
    Kind.HOSTILE_QUERY_FAILED: ("API-08",),
    Kind.UNKNOWN_VISIBLE: ("API-03",),
    Kind.CLIENT_MEMBER: ("API-12",),
    Kind.CLIENT_CHOSEN: ("API-12",),
    Kind.VIEW_WRONG: ("PRJ-01",),
    Kind.VIEW_UNSTABLE: ("PRJ-01",),
    Kind.NEVER_SETTLED: ("PRJ-01",),
    Kind.DELETED_VISIBLE: ("PRJ-01", "QRY-04"),
    Kind.READ_NOT_PREFIX: ("QRY-03",),
    Kind.READ_WENT_BACK: ("QRY-02",),
    Kind.EVENT_MISSING: ("CMD-01",),
    Kind.EVENT_EXTRA: ("CMD-01",),
    Kind.VERSIONS: ("CMD-03",),
    Kind.STORE_CHANGED: ("CMD-08",),
    Kind.EVENT_MEMBERS: ("CMD-13",),
    Kind.PUBLISHED_DIFFERS: ("CMD-13",),
    Kind.UNPUBLISHED: ("CMD-11",),
    Kind.REPORTED_BACK: ("CMD-09",),
    Kind.REPORT_UNREADABLE: ("CMD-09",),
    Kind.COMMAND_TOUCHES_VIEW: ("SYS-01",),
    Kind.PROJECTION_PUBLISHES: ("SYS-01",),
    Kind.PROJECTION_STORES: ("SYS-01",),
    Kind.QUERY_WRITES: ("QRY-01",),
    Kind.NOT_ALLOWED: ("SYS-04",),
    Kind.WILDCARD: ("SYS-04",),
}
RIGHTS = frozenset({Kind.NOT_ALLOWED, Kind.WILDCARD})
"""The role of a function says this, and no event is concerned."""
AT_THE_QUERY: dict[Kind, tuple[str, ...]] = {
    Kind.VIEW_WRONG: ("API-02",),
    Kind.DELETED_VISIBLE: ("QRY-04",),
}
"""Where the read model was right and the query function was not."""
BY_READ = {"existing": "API-02", "unknown": "API-03", "gone": "QRY-04"}


WITHOUT_EFFECT = frozenset({Cause.RETRY, Cause.REFUSAL})
"""Commands without an effect of their own, which may rightly publish an event once more."""


def attribute(violation: Violation, causes: frozenset[Cause]) -> tuple[str, ...]:
    """The ids of the requirements that a violation with these necessary causes violates.

    An id whose handling is wrong without any other aggregate is no matter of similar ids.
    """
    if violation.hop is Hop.PROJECTION and causes & WITHOUT_EFFECT:
        causes = causes - WITHOUT_EFFECT | {Cause.DUPLICATE}
    if Cause.OTHERS not in causes:
        causes = causes - {Cause.IDS}
    if Cause.RELAY in causes:
        return next((ids for cause, ids in AT_RELAYS if cause in causes), ("RLY-01",))
    if Cause.QUERY_FAILURE in causes and _not_there(violation):
        return "API-02", "QRY-02"
    if causes >= FAILED_IN_BATCH and violation.kind in BY_CAUSE:
        return "PRJ-11", "PRJ-07"
    for cause, requirements in BY_CAUSE.get(violation.kind, ()):
        if cause in causes:
            return requirements
    if violation.kind is Kind.QUERY_FORM:
        return (BY_READ[violation.flaw or "existing"],)
    if violation.kind is Kind.QUERY_FAILED:
        return BY_READ[violation.flaw or "existing"], "API-13"
    if violation.kind is Kind.REPORT_UNREADABLE and violation.hop is Hop.PROJECTION:
        return ("PRJ-11",)
    if violation.flaw in FLAWS:
        return (FLAWS[violation.flaw],)
    if violation.hop is Hop.RELAY and violation.kind not in RIGHTS:
        return ("RLY-01", *BY_KIND[violation.kind])
    if violation.hop is Hop.QUERY and violation.kind in AT_THE_QUERY:
        return AT_THE_QUERY[violation.kind]
    return BY_KIND[violation.kind]


def _not_there(violation: Violation) -> bool:
    """Tell if a query denies a view that is there: that is not just an older one."""
    return violation.kind is Kind.VIEW_WRONG and violation.observed == shown(None)
