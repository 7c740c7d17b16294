"""The requirements of docs/contract.md, section 5, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from harness.core.repetition import Mark, Repetition
from harness.core.requirements import Level, Requirement

TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("API-01", "MUST", "http", "A valid command is accepted with 2xx and a JSON object."),
    ("API-02", "MUST", "http",
     "A query for an existing aggregate gives 200, `application/json` and exactly the "
     "contract's view (members the contract does not name, such as id or version, may be "
     "added, but never a member a client made up)."),
    ("API-03", "MUST", "http", "A query for an unknown id gives 404."),
    ("API-04", "MUST", "http",
     "An empty, null, non-JSON or non-object body gives 400 and has no effect."),
    ("API-05", "MUST", "http", "An unknown or missing type gives 4xx and has no effect."),
    ("API-06", "MUST", "http",
     "A missing, ill-typed or out-of-range member gives 4xx and has no effect."),
    ("API-07", "MUST", "http",
     "A command the rules refuse gives 4xx (never 5xx) and has no effect."),
    ("API-08", "MUST", "http",
     "Hostile ids (traversal, separators, percent-encodings, 2 kB, `__proto__`) give 4xx, "
     "never 5xx, and touch no other aggregate."),
    ("API-09", "MUST", "http",
     "An oversized command is refused with 4xx before anything is stored, or is handled in "
     "full; it is never stored and then lost."),
    ("API-10", "MUST", "http",
     "No response discloses a stack trace, a file path, an ARN, a bucket, a table or a "
     "library's exception text."),
    ("API-11", "MUST", "invoke",
     "A body that API Gateway passes base64-encoded is read as what it encodes."),
    ("API-12", "MUST", "http",
     "Unknown members never reach a view, and cannot set version, eventId or id."),
    ("API-13", "MUST", "http",
     "Without faults, no valid sequence of commands and queries, concurrent ones included, "
     "ever gives 5xx, nor 429 to a command that overlaps no other one on its aggregate."),
    ("CMD-01", "MUST", "log", "Every acknowledged command has exactly one event in the store."),
    ("CMD-02", "MUST", "log", "A refused or invalid command leaves the store unchanged."),
    ("CMD-03", "MUST", "log",
     "Versions of an aggregate are 1..n without gap or duplicate, in the order in which the "
     "commands took effect."),
    ("CMD-04", "MUST", "http",
     "Concurrent commands on one aggregate are linearizable: replies and final view agree "
     "with some order of them."),
    ("CMD-05", "MUST", "schedule",
     "The same under every interleaving of their AWS calls that the harness tries."),
    ("CMD-06", "MUST", "http",
     "A command repeated with its Idempotency-Key (or redelivered by the queue) takes effect"
     " once."),
    ("CMD-07", "MUST", "http",
     "An Idempotency-Key reused with another body is refused and has no effect."),
    ("CMD-08", "MUST", "log", "A stored event is never changed or removed."),
    ("CMD-09", "MUST", "invoke",
     "In a batch every record is handled; only failed ones are reported back, and none is "
     "lost (queued door)."),
    ("CMD-10", "MUST", "calls",
     "A crash between any two AWS calls, followed by a retry of the command, leaves one "
     "event, published, and a converged view."),
    ("CMD-11", "MUST", "calls",
     "A failed or partly failed PutEvents (FailedEntryCount > 0) is never acknowledged as if"
     " it had succeeded, and a retry repairs it."),
    ("CMD-12", "MUST", "calls",
     "Throttling and service errors become 429/5xx or an internal retry; an acknowledgement "
     "is never a lie."),
    ("CMD-13", "MUST", "log, calls",
     "Stored and published events have the members of section 4, and are equal."),
    ("CMD-14", "MUST", "log",
     "Histories of hundreds of events on one aggregate keep working (v10 after v9; no page "
     "of a listing dropped)."),
    ("CMD-15", "MUST", "http",
     "An aggregate whose id is a prefix of another's sees none of the other's events."),
    ("PRJ-01", "MUST", "http",
     "After the last command the view converges to the pure in-memory fold of the "
     "acknowledged commands, within the stage's deadline, and stays there."),
    ("PRJ-02", "MUST", "bus", "Delivering any event again, at any time, changes nothing."),
    ("PRJ-03", "MUST", "bus", "Events delivered in any order lead to the same view."),
    ("PRJ-04", "MUST", "bus",
     "A deleted or closed aggregate is not brought back by late or repeated events."),
    ("PRJ-05", "MUST", "bus",
     "An event whose delivery is lost for a while is made good when it is redelivered, or "
     "earlier."),
    ("PRJ-06", "MUST", "bus",
     "One undeliverable event (unknown type, foreign source, malformed detail) neither harms"
     " nor blocks any other aggregate."),
    ("PRJ-07", "MUST", "calls",
     "A crash or an error before or after any AWS call of the projection, followed by "
     "redelivery, leads to the same view."),
    ("PRJ-08", "MUST", "schedule",
     "Concurrent deliveries for one aggregate, under every interleaving tried, lead to the "
     "same view."),
    ("PRJ-09", "MUST", "table, bus, log",
     "Wiping the read model and delivering the stored events again gives the view there was "
     "before."),
    ("PRJ-10", "MUST", "http", "One aggregate's events never change another's view."),
    ("PRJ-11", "MUST", "invoke",
     "In a batch every record is projected; a failed one is reported and retried, the others"
     " are kept."),
    ("RLY-01", "MUST", "bus",
     "Every stored event is passed on, whenever and however often its carrier delivers it."),
    ("RLY-02", "MUST", "calls",
     "A crash or an error before or after any AWS call of a relay, followed by its carrier's "
     "retries, loses no event."),
    ("RLY-03", "MUST", "calls",
     "Publishing that fails or partly fails is never taken for done: the relay passes the event "
     "on later."),
    ("RLY-04", "MUST", "invoke",
     "In a relay's batch every record is passed on; a failed one is reported and comes again, no "
     "other is lost."),
    ("RLY-05", "MUST", "bus",
     "A record that a relay cannot handle neither harms nor blocks any other aggregate."),
    ("RLY-06", "MUST", "bus",
     "An item that a stream tells of and whose time to live runs out is no event: no view "
     "changes."),
    ("QRY-01", "MUST", "calls", "The query function makes no write."),
    ("QRY-02", "SHOULD", "http", "Reads are monotonic: once a version was seen, no older one is."),
    ("QRY-03", "MUST", "http",
     "Every read, while events are still on their way, equals the fold of some prefix of the"
     " aggregate's events."),
    ("QRY-04", "MUST", "http", "After deletion a query gives 404."),
    ("SYS-01", "MUST", "calls",
     "Separation: the command function never touches the read model; the projection neither "
     "publishes nor writes events."),
    ("SYS-02", "MUST", "cold",
     "A warm environment answers as a cold one: no state leaks between invocations."),
    ("SYS-03", "SHOULD", "http",
     "Convergence time after a command: p50, p95, p99 and maximum are reported; the bound is"
     " the stage's setting."),
    ("SYS-04", "SHOULD", "calls",
     "Least privilege: each function's role allows what it was seen to call, and no wildcard"
     " action or resource."),
)

REQUIREMENTS: tuple[Requirement, ...] = tuple(
    Requirement(id, Level(level), tuple(needs.split(", ")), sentence)
    for id, level, needs, sentence in TABLE
)

MEANINGS: Mapping[Mark, Mapping[str, str]] = MappingProxyType({
    Mark.MEMBER: {
        "CMD-06": "A command repeated with the member that marks it takes effect once.",
        "CMD-07": "A marking member reused with other members is refused and has no effect.",
    },
    Mark.CONTENT: {
        "CMD-06": "The command that took effect last, sent again, is accepted and changes nothing.",
    },
    Mark.NONE: {
        "CMD-10": "A crash between any two AWS calls leaves nothing half done, and the same command"
                  " sent again is a new one.",
    },
})
"""Mark of a repetition -> the requirements that say something else with it."""


def requirements(repetition: Repetition) -> tuple[Requirement, ...]:
    """The requirements on a system, in the words that fit how it recognises a repetition."""
    own = MEANINGS.get(repetition.mark, {})
    return tuple(replace(each, sentence=own.get(each.id, each.sentence)) for each in REQUIREMENTS)
