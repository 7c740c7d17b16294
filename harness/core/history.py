"""Histories: what happened when a scenario was played, in order, as data.

A record's place in the history is its time: nothing in it depends on a clock but the
``seconds`` that are reported and never judged. A history can be written as JSON Lines and
judged again without a stage.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from harness.core.errors import UserMistake
from harness.core.http import Response
from harness.core.shapes import shape_error


class Reply(StrEnum):
    """What a reply tells the client: a time-out, a 5xx and a 429 tell nothing.

    ``busy``: something is held by a command that a fault has ended, and runs out some time later.
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
    """The event bucket changed: an object ``added``, ``changed`` or ``removed``."""

    change: str
    key: str
    text: str
    role: Role | None


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
    """What the read model's table holds for an id at the end (None: nothing), as JSON text."""

    id: str
    text: str | None


Record = (
    Sent | SentBatch | Queried | Stored | Published | Delivered | Handed | Called | Invoked | Held
    | Poisoned | Settled | Restarted | Rebuilt | Interleaved | Item
)
RECORDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (Sent, SentBatch, Queried, Stored, Published, Delivered, Handed, Called,
                 Invoked, Held, Poisoned, Settled, Restarted, Rebuilt, Interleaved, Item)
}
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Statement:
    """One Allow statement of a function's role, resolved; patterns as IAM writes them."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What is known of a function before anything runs."""

    name: str
    role: Role | None
    statements: tuple[Statement, ...] | None


@dataclass(frozen=True, slots=True)
class System:
    """What is known of the implementation: its functions and the door to its commands.

    ``names`` are the physical names of its resources, which no client should learn.
    ``batch_sizes``: for each role that a queue feeds, how many records come at once. ``in_line``:
    the roles of which one invocation runs at a time, as a FIFO queue or a limit has it.
    """

    functions: tuple[FunctionFacts, ...] = ()
    queued: bool = False
    capabilities: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    batch_sizes: tuple[tuple[str, int], ...] = ()
    in_line: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The records of one play, oldest first, and the namespace its ids were given."""

    namespace: str
    system: System
    records: tuple[Record, ...]

    def of(self, kind: type[R]) -> Iterator[R]:
        """The records of one kind, in order."""
        return (record for record in self.records if isinstance(record, kind))


class HistoryError(UserMistake, ValueError):
    """A saved history cannot be read; the subject is the line."""


def to_lines(history: History) -> Iterator[str]:
    """JSON Lines: a header with namespace and system, then one line a record."""
    yield json.dumps({"namespace": history.namespace, "system": asdict(history.system)})
    for record in history.records:
        yield json.dumps({"record": type(record).__name__, **asdict(record)})


def from_lines(lines: list[str]) -> History:
    """The history that ``to_lines`` wrote.

    Raises:
        HistoryError: a line is not what is expected there.
    """
    documents = [_parse(number, line) for number, line in enumerate(lines, start=1)]
    if not documents or documents[0].keys() != {"namespace", "system"}:
        raise HistoryError("line 1", expected="the header with namespace and system")
    records = tuple(_record(n, document) for n, document in enumerate(documents[1:], start=2))
    return replace(_header(documents[0]), records=records)


def _header(document: dict[str, Any]) -> History:
    try:
        history = History(document["namespace"], _system(document["system"]), ())
    except (TypeError, ValueError, KeyError) as error:
        raise HistoryError("line 1", f"the header: {error!r}") from error
    wrong = shape_error(history)
    if wrong is not None:
        raise HistoryError("line 1", f"the header: {wrong}")
    return history


def _parse(number: int, line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"line {number}", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise HistoryError(f"line {number}", expected="an object")
    return document


def _record(number: int, document: dict[str, Any]) -> Record:
    name = document.pop("record", "")
    kind = RECORDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise HistoryError(f"line {number}", expected=f"a record of one of {', '.join(RECORDS)}")
    try:
        record: Record = kind(**{name: _value(name, v) for name, v in document.items()})
    except (TypeError, ValueError, KeyError) as error:
        raise HistoryError(f"line {number}", f"{kind.__name__}: {error}") from error
    wrong = shape_error(record)
    if wrong is not None:
        raise HistoryError(f"line {number}", f"{kind.__name__}: {wrong}")
    return record


def _value(name: str, value: Any) -> Any:
    if name == "response":
        headers = tuple((key, text) for key, text in value["headers"])
        return Response(value["status"], headers, value["body"])
    if name == "reply":
        return Reply(value)
    if name == "role":
        return None if value is None else Role(value)
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _system(document: dict[str, Any]) -> System:
    functions = tuple(_facts(facts) for facts in document["functions"])
    names = tuple(document["names"])
    sizes = tuple((role, size) for role, size in document["batch_sizes"])
    return System(functions, document["queued"], tuple(document["capabilities"]), names, sizes,
                  tuple(document.get("in_line", ())))


def _facts(document: dict[str, Any]) -> FunctionFacts:
    statements = document["statements"]
    return FunctionFacts(
        document["name"],
        _value("role", document["role"]),
        None if statements is None else tuple(
            Statement(tuple(s["actions"]), tuple(s["resources"])) for s in statements
        ),
    )
