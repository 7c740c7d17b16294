"""Histories: what happened when a scenario was played, in order, as data.

A record's place in the history is its time: nothing in it depends on a clock but the
``seconds`` that are reported and never judged. A history can be written as JSON Lines and
judged again without a stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from harness.core.http import Response


class Reply(StrEnum):
    """The outcome a reply tells the client: a time-out, a 5xx and a 429 are indefinite.

    ``busy``: a command that a fault has ended still holds a lease, which runs out later.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    INDEFINITE = "indefinite"
    QUEUED = "queued"
    BUSY = "busy"


class Role(StrEnum):
    """The part a function plays in the system."""

    COMMAND = "command"
    PROJECTION = "projection"
    QUERY = "query"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Sent:
    """A command was sent. ``step`` is the scenario's step, counted from 0.

    The record's place is when the reply came, ``called`` the place when it was sent.
    """

    step: int
    body: str | None
    key: str | None
    base64: bool
    reply: Reply
    response: Response
    called: int = -1


@dataclass(frozen=True, slots=True)
class SentBatch:
    """Commands were handed to the command function as records of one queue batch."""

    step: int
    bodies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queried:
    """A view was read. ``phase``: ``during`` the scenario, ``settled``, or ``again`` later.

    ``called``: as of ``Sent``.
    """

    step: int
    id: str
    phase: str
    response: Response
    called: int = -1


@dataclass(frozen=True, slots=True)
class Stored:
    """The event store changed: an object or an item ``added``, ``changed`` or ``removed``.

    ``expires``: the item says when its time to live runs out.
    """

    change: str
    key: str
    text: str
    role: Role | None
    expires: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """An entry was accepted by the bus; ``number`` counts them from 0 in one play."""

    number: int
    source: str
    detail_type: str
    detail: str
    bus: str
    role: Role | None
    targets: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """An attempt to hand event ``number`` to a function; ``late``: a newer one went before."""

    number: int
    function: str
    again: bool
    late: bool
    records: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """A function got ``bodies`` as records of one queue batch; ``back``: the places that came back.

    ``readable``: what it reported, if that counts, was a report that Lambda can read. ``ordered``:
    the queue keeps an order. ``messages`` are the ids, which a record keeps when it comes again.
    """

    role: Role | None
    function: str
    invocation: int
    messages: tuple[str, ...]
    bodies: tuple[str, ...]
    back: tuple[int, ...]
    readable: bool
    ordered: bool


@dataclass(frozen=True, slots=True)
class Called:
    """One attempt of an AWS call by a function.

    ``error`` names the fault that hit it, ``branch`` the branch it belongs to, counted from 0.
    ``denied``: the right that the function's role lacks for it. ``eventual``: it is a read that may
    show an earlier state; ``unguarded``: it is a write of one thing without a condition. Where a
    counterexample was played once more to find them out: ``line`` is file and line of the user's
    code that made it, ``payload`` and ``answer`` the texts that were sent and answered, ``at`` the
    virtual seconds since its invocation began.
    """

    role: Role | None
    function: str
    invocation: int
    service: str
    operation: str
    resource: str
    key: str
    status: int
    error: str | None
    resources: tuple[str, ...] = ()
    branch: int | None = None
    denied: str = ""
    eventual: bool = False
    line: str = ""
    payload: str = ""
    at: float = 0.0
    answer: str = ""
    unguarded: bool = False


@dataclass(frozen=True, slots=True)
class Invoked:
    """A function ran; ``error`` is set when it raised, ``output`` is what it printed.

    ``cold``: its environment was started for it, in this play.
    """

    role: Role | None
    function: str
    invocation: int
    cold: bool
    error: str | None
    output: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Held:
    """A pending event was held back or its delivery was lost (``lost``)."""

    number: int
    lost: bool


@dataclass(frozen=True, slots=True)
class Poisoned:
    """An unprocessable event was published; ``targets`` is how many functions it reaches."""

    step: int
    detail_type: str
    targets: int


@dataclass(frozen=True, slots=True)
class Endless:
    """An event was left undelivered: each before it set off the next, without an end."""

    number: int
    function: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The result of a command that was taken in is still pending when nothing is on its way."""

    step: int
    body: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The bus ran dry; ``dead`` counts deliveries that were given up.

    ``seconds``: where views are waited for, how long that took (-1: longer than the deadline).
    """

    step: int
    rounds: int
    dead: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Restarted:
    """All environments were ended."""

    step: int


@dataclass(frozen=True, slots=True)
class Waited:
    """So much time passed by the clocks of functions that every lease of before has run out."""

    step: int


@dataclass(frozen=True, slots=True)
class Expired:
    """The time to live of an item ran out, if some item had one."""

    step: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The read model lost ``wiped`` items and ``delivered`` stored events came again."""

    step: int
    wiped: int
    delivered: int


@dataclass(frozen=True, slots=True)
class Interleaved:
    """Branches ran concurrently; the records before this one, from ``since`` on, are theirs.

    ``decisions``: at each, the branch that was about to call and the ones that could have run.
    """

    step: int
    since: int
    decisions: tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """The item of the read model's table for an id at the end, as JSON text (None: no item)."""

    id: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Outlived:
    """The response to a query of that id after the read model's items have outlived their time."""

    id: str
    response: Response


Record = (
    Sent | SentBatch | Queried | Stored | Published | Delivered | Handed | Called | Invoked | Held
    | Poisoned | Endless | Undecided | Settled | Restarted | Waited | Expired | Rebuilt
    | Interleaved | Item | Outlived
)
RECORDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (Sent, SentBatch, Queried, Stored, Published, Delivered, Handed, Called,
                 Invoked, Held, Poisoned, Endless, Undecided, Settled, Restarted, Waited, Expired,
                 Rebuilt, Interleaved, Item, Outlived)
}
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow statement of a function's role, resolved; patterns as IAM writes them."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """The facts known of a function before anything runs."""

    name: str
    role: Role | None
    statements: tuple[Statement, ...] | None


@dataclass(frozen=True, slots=True)
class System:
    """The facts known of the implementation: its functions and the way its commands go in.

    ``names`` are the physical names of its resources, which no client may learn.
    ``batch_sizes``: for each role that a queue feeds, how many records come at once. ``in_line``:
    the roles of which one invocation runs at a time, as a FIFO queue or a limit has it.
    ``event_tables``: tables that are the event store. ``untold``: kinds of evidence that nothing
    tells of: ``published``, ``version``, ``published.eventId`` and ``published.version``, which
    only the stored event shows, and ``key`` where no command can be marked as the same one again.
    ``ways``: role and route of each way into a projection or a relay. ``publishers``: the roles
    that hand events over. ``expiring_streams``: streamed tables whose items have a time to live.
    ``expiring``: bucket and prefix of objects that a lifecycle rule removes; ``time_to_live``:
    attributes by which items expire. ``plain_bodies``: true if no body comes base64-encoded.
    """

    functions: tuple[FunctionFacts, ...] = ()
    queued: bool = False
    capabilities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    batch_sizes: tuple[tuple[str, int], ...] = ()
    in_line: tuple[str, ...] = ()
    event_tables: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    publishers: tuple[str, ...] = ()
    expiring_streams: tuple[str, ...] = ()
    expiring: tuple[tuple[str, str], ...] = ()
    time_to_live: tuple[str, ...] = ()
    plain_bodies: bool = False

    @property
    def relayed(self) -> bool:
        """True if relays pass the events on."""
        return any(role == Role.RELAY.value for role, _ in self.ways)


OPTIONAL_FIELDS = ("event_tables", "untold", "ways", "publishers", "expiring_streams", "expiring",
                   "time_to_live", "plain_bodies")
"""Fields of ``System`` that a file has only where they say something."""


OPTIONAL_MEMBERS = ("line", "payload", "at", "answer", "unguarded", "expires")
"""Members of records that a file has only where they say something."""


@dataclass(frozen=True, slots=True)
class History:
    """The records of one play, oldest first, and the namespace its ids were given."""

    namespace: str
    system: System
    records: tuple[Record, ...]

    def of(self, kind: type[R]) -> Iterator[R]:
        """The records of one kind, in order."""
        return (record for record in self.records if isinstance(record, kind))
