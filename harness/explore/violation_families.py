"""Kinds of violations that belong together: sides of one fault, and kinds that hide others."""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.violation import Cause, Kind

FAMILIES = (
    frozenset({Kind.VIEW_WRONG, Kind.DELETED_VISIBLE, Kind.UNKNOWN_VISIBLE, Kind.VIEW_UNSTABLE}),
    frozenset({Kind.EVENT_MISSING, Kind.EVENT_EXTRA, Kind.VERSIONS}),
)
"""Kinds that are one fault seen from different sides."""
NEEDS_NO_CAUSE = frozenset({
    Kind.DISCLOSURE, Kind.COMMAND_TOUCHES_VIEW, Kind.PROJECTION_PUBLISHES,
    Kind.PROJECTION_STORES, Kind.QUERY_WRITES, Kind.NOT_ALLOWED, Kind.WILDCARD,
    Kind.CLIENT_MEMBER, Kind.CLIENT_CHOSEN, Kind.NOT_AN_OBJECT, Kind.INVALID_STATUS,
    Kind.HOSTILE_QUERY_FAILED, Kind.REPORTED_BACK, Kind.REPORT_UNREADABLE,
})
UNSETTLED_READS = frozenset({Kind.READ_NOT_PREFIX, Kind.READ_WENT_BACK})
"""Kinds that only count where the view is right in the end."""
VIEWS = FAMILIES[0] | UNSETTLED_READS
EVENTS = FAMILIES[1] | {Kind.EVENT_MEMBERS}
HIDES: Mapping[Kind, frozenset[Kind]] = {
    Kind.EVENT_MISSING: EVENTS,
    Kind.EVENT_EXTRA: EVENTS,
    Kind.EVENT_MEMBERS: frozenset({Kind.VERSIONS}),
    Kind.NOT_LINEARIZABLE: EVENTS,
    Kind.PUBLISHED_ONLY: frozenset({Kind.PUBLISHED_DIFFERS}),
    Kind.VALID_FAILED: VIEWS | EVENTS | {Kind.VALID_REFUSED},
    Kind.TURNED_AWAY: VIEWS | EVENTS | {Kind.VALID_REFUSED},
    Kind.REPEAT_FAILED: VIEWS | EVENTS | {Kind.REPEAT_REFUSED},
    Kind.REFUSAL_FAILED: VIEWS | EVENTS | {Kind.REFUSAL_ACCEPTED},
    Kind.REUSE_FAILED: VIEWS | EVENTS | {Kind.REUSE_ACCEPTED},
    Kind.INVALID_FAILED: frozenset({Kind.INVALID_ACCEPTED}),
    Kind.QUERY_FAILED: VIEWS,
    Kind.QUERY_FORM: VIEWS,
    Kind.HOSTILE_QUERY_FAILED: VIEWS,
}
"""Violations that a violation hides from its check, or the ones after it: replies that leave open
what happened, views that cannot be read, events that cannot be compared."""
WITHOUT_EFFECT = frozenset({
    Cause.INVALID_BODY, Cause.INVALID_TYPE, Cause.INVALID_MEMBER, Cause.INVALID_ID,
    Cause.OVERSIZED, Cause.UNKNOWN_MEMBER, Cause.REUSE, Cause.REFUSAL,
})
"""Commands that ought to have no effect, or need not have one."""
SENT_SINGLY = frozenset({Kind.VALID_REFUSED, Kind.VALID_FAILED, Kind.REFUSAL_ACCEPTED,
                         Kind.INVALID_ACCEPTED})
"""How a fault shows in a reply that a queue's batch does not give."""
SENT_IN_TURN = frozenset({Kind.VALID_REFUSED, Kind.REFUSAL_ACCEPTED})
"""How wrong replies show without an overlap, where no order of the commands explains them."""


def related(kind: Kind, other: Kind) -> bool:
    """Tell if two violations are of one kind or one family of kinds."""
    return kind is other or any(kind in family and other in family for family in FAMILIES)
