"""A trial of a dialect: one command of each type and one query after it, on the embedded stage.

A trial shows every message as it went over the wire, and what the dialect recognised in it. It
judges nothing but whether the two fit: a line of the dialect that is wrong is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.adopt.survey import Subject
from harness.core.attribute_values import plain_item
from harness.core.commands import Refused
from harness.core.contract import Contract
from harness.core.errors import NotSayableError, StageError
from harness.core.history import Invoked, Published, Stored
from harness.core.http import Request, Response
from harness.core.json_values import parse_json, parse_object, same_json, to_json
from harness.dialect import Dialect, default_dialect
from harness.dialect.events import recognised
from harness.dialect.unrecognised import reason
from harness.dialect.wire import WireMessage
from harness.explore.samples import Sample, samples
from harness.functions.processes.stack_traces import summary
from harness.oracle.views import MALFORMED, observed_view, shows
from harness.stages.embedded.stage import MotoStage
from harness.stages.interpreted import InterpretedStage
from harness.stages.participants import participants

JSON_TYPE = ("Content-Type", "application/json")
KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that was stored or published: as the system wrote it, and the event in it.

    ``event`` None: the dialect recognises no event; ``reason`` says why, where that is known.
    ``change``: added, changed, removed, or published.
    """

    change: str
    place: str
    raw: str
    event: Mapping[str, Any] | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and its response, and what the dialect made of both.

    ``message`` None: the dialect has no words for it. ``meaning`` and ``expected``: of a reply, or
    of a view as JSON. ``evidence``: that of a command. ``errors``: those of functions.
    ``printed``: the invocations that printed something. ``problems``: one sentence each.
    """

    title: str
    message: WireMessage | None
    response: Response | None
    meaning: str
    expected: str
    evidence: tuple[Evidence, ...] = ()
    errors: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    printed: tuple[Invoked, ...] = ()


class _RecordingStage(MotoStage):
    """The embedded stage, which also keeps messages and evidence as they are on the wire."""

    def begin(self) -> None:
        """Forget the messages and the evidence of what was sent before."""
        self.messages: list[tuple[WireMessage, Response]] = []
        self.raw: dict[int, Stored | Published] = {}

    def transmit(self, message: WireMessage, *, base64: bool = False) -> Response:
        """Send a message of a dialect."""
        before = len(self.records)
        response = super().transmit(message, base64=base64)
        self.messages.append((message, response))
        self._note(before)
        return response

    def settle(self, *, final: bool) -> tuple[int, int]:
        """Deliver all that is on its way."""
        before = len(self.records)
        found = super().settle(final=final)
        self._note(before)
        return found

    def _note(self, since: int) -> None:
        """Keep the new evidence before the dialect reads it."""
        for at, record in enumerate(self.records[since:], since):
            if isinstance(record, Stored | Published):
                self.raw[at] = record


def try_out(subject: Subject) -> Iterator[Exchange]:
    """Send a command of each type and a query after it; gives each exchange as it happens.

    Raises:
        HarnessError: the stage cannot be opened.
    """
    dialect = subject.dialect or default_dialect(subject.contract)
    parts = participants(subject.template, subject.contract.path, subject.dialect)
    with _RecordingStage(subject.template, subject.contract.path, parts=parts) as stage:
        trial = _Trial(subject.contract, dialect, stage, queued=parts.queued)
        set_up = list(trial.start())
        yield from set_up
        if any(exchange.problems for exchange in set_up):
            return
        for sample in samples(subject.contract):
            yield trial.command(sample)
            yield trial.query(sample)


class _Trial:
    def __init__(
        self, contract: Contract, dialect: Dialect, stage: _RecordingStage, *, queued: bool
    ) -> None:
        self._contract, self._dialect, self._stage = contract, dialect, stage
        self._edge = InterpretedStage(stage, dialect, contract)
        self._queued = queued

    def start(self) -> Iterator[Exchange]:
        """Begin, and give an exchange for each thing that commands need."""
        self._stage.begin()
        problem: tuple[str, ...] = ()
        try:
            self._edge.start(fresh=True, always_cold=False)
        except StageError as error:
            problem = (str(error),)
        messages = self._stage.messages
        errors = tuple(self._errors(0)) if problem else ()
        for number, ((message, response), setup) in enumerate(
                zip(messages, self._dialect.setups, strict=False), 1):
            wrong = problem if number == len(messages) else ()
            yield Exchange(f"setup {setup.name}", message, response,
                           "nothing that is understood" if wrong else "accepted", "accepted",
                           errors=errors if wrong else (), problems=wrong,
                           printed=self._printed(0) if wrong else ())
        if problem and not messages:
            yield Exchange("setup", None, None, "nothing that is understood", "accepted",
                           problems=problem)

    def command(self, sample: Sample) -> Exchange:
        body = to_json(sample.command)
        request = Request("POST", self._contract.path, (JSON_TYPE, (KEY, sample.key)), body)
        kind = str(sample.command["type"])
        expected = "refused" if isinstance(sample.decision, Refused) else "accepted"
        before = len(self._stage.records)
        response, unsent = self._sent(request)
        self._edge.settle(final=False)
        meaning = "nothing that is understood" if unsent else _meaning(response)
        evidence = tuple(self._evidence())
        problems = [unsent] if unsent else list(self._reply_problems(meaning, expected, response))
        if not problems and expected == "accepted":
            problems += self._event_problems(sample, evidence)
        return Exchange(f"command {kind}", *self._wire(), meaning, expected, evidence,
                        tuple(self._errors(before)), tuple(problems), self._printed(before))

    def query(self, sample: Sample) -> Exchange:
        path = self._contract.view_path(sample.id)
        before = len(self._stage.records)
        response, unsent = self._sent(Request("GET", path))
        view = self._contract.view(sample.state)
        problems = (unsent,) if unsent else tuple(self._view_problems(response, view))
        return Exchange("query", *self._wire(), unsent or _shown(response), _view_text(view),
                        errors=tuple(self._errors(before)), problems=problems,
                        printed=self._printed(before))

    def _sent(self, request: Request) -> tuple[Response, str]:
        """The canonical response, and the reason if there is none."""
        self._stage.begin()
        try:
            return self._edge.send(request), ""
        except NotSayableError as error:
            return Response(0), f"the dialect has no message for it: {error.reason}"
        except StageError as error:
            return Response(0), str(error)

    def _wire(self) -> tuple[WireMessage | None, Response | None]:
        """The first message of the exchange, and the last response."""
        messages = self._stage.messages
        return (messages[0][0], messages[-1][1]) if messages else (None, None)

    def _errors(self, since: int) -> Iterator[str]:
        for record in self._stage.records[since:]:
            if isinstance(record, Invoked) and record.error:
                yield f"{record.function}: {summary(record.error)}"

    def _printed(self, since: int) -> tuple[Invoked, ...]:
        """The invocations that printed something and raised nothing: their errors are shown."""
        return tuple(record for record in self._stage.records[since:]
                     if isinstance(record, Invoked) and record.output.strip() and not record.error)

    def _evidence(self) -> Iterator[Evidence]:
        for at, raw in self._stage.raw.items():
            read = self._stage.records[at]
            assert isinstance(read, Stored | Published)
            event = recognised(read)
            why = "" if event else reason(self._dialect, self._contract, raw)
            if isinstance(raw, Stored):
                place = raw.key.replace("\t", " ")
                yield Evidence(raw.change, place, self._plain(raw), event, why)
            else:
                yield Evidence("published", raw.detail_type, raw.detail, event, why)

    def _plain(self, raw: Stored) -> str:
        """A stored text; an item of a table without the types of its attributes."""
        store = self._dialect.store
        return raw.text if store is None or store.table is None else to_json(
            plain_item(parse_json(raw.text)))

    def _reply_problems(self, meaning: str, expected: str, response: Response) -> Iterator[str]:
        if meaning != expected and not (self._queued and meaning == "accepted"):
            yield (f"the reply means {meaning}, and the contract expects it {expected}; correct "
                   "[replies] in the dialect, decide in the contract, or the system")

    def _event_problems(self, sample: Sample, evidence: tuple[Evidence, ...]) -> Iterator[str]:
        told = "log" in self._edge.capabilities
        places = ((told, "stored", "[events]"),
                  (self._dialect.published is not None, "published", "[published]"))
        for is_told, name, table in places:
            of_place = [e for e in evidence if (e.change == "published") is (name == "published")]
            for event in sample.events if is_told else ():
                yield from self._missing(event, of_place, name, table)
        if all(is_told for is_told, _, _ in places):
            yield from _different(evidence, self._edge.system.untold)

    def _missing(
        self, expected: Mapping[str, Any], evidence: list[Evidence], name: str, table: str
    ) -> Iterator[str]:
        kind = expected["type"]
        events = [e.event for e in evidence if e.event and e.event.get("type") == kind]
        if not events:
            yield (f"no {name} event is recognised as {kind} among {len(evidence)} that were "
                   f"{name}; correct {table} in the dialect")
            return
        version = self._contract.version
        for member, value in expected.items():
            if version is not None and member == version.member:
                continue
            if member in events[0] and same_json(events[0][member], value):
                continue
            got = to_json(events[0][member]) if member in events[0] else "nothing"
            yield (f"the {name} event has {got} for {member}, expected {to_json(value)}; correct "
                   f"{table} in the dialect")

    def _view_problems(self, response: Response, view: Any) -> Iterator[str]:
        observed = observed_view(response)
        is_object = response.status == 200 and parse_object(response.body) is not None
        if observed is MALFORMED and is_object:
            yield (f"the reply has the Content-Type {response.header('content-type')}, and the "
                   "contract expects application/json; correct the system")
        elif observed is MALFORMED or not shows(self._contract, observed, view):
            yield (f"the query shows {_shown(response)}, and the contract expects "
                   f"{_view_text(view)}; correct [query] in the dialect, view in the contract, or "
                   "the system")


def _different(evidence: tuple[Evidence, ...], untold: tuple[str, ...]) -> Iterator[str]:
    """Ids and versions in which the last published event differs from the one that is stored.

    A member that is untold of published events comes from the stored one, once that is there.
    """
    stored = [e.event for e in evidence if e.event and e.change != "published"]
    published = [e.event for e in evidence if e.event and e.change == "published"]
    for name in ("eventId", "version") if stored and published else ():
        one, other = stored[-1].get(name), published[-1].get(name)
        left_out = f"published.{name}" in untold and name not in published[-1]
        if not left_out and not same_json(one, other):
            yield (f"the stored event has the {name} {to_json(one)}, and the published one "
                   f"{to_json(other)}; correct members of [events] or of [published]")


def _meaning(response: Response) -> str:
    if not response.answered or response.status == 429 or response.status >= 500:
        return "indefinite"
    return "accepted" if response.status < 300 else "refused"


def _shown(response: Response) -> str:
    if response.status == 200:
        return response.body
    return "nothing" if response.status == 404 else f"status {response.status}"


def _view_text(view: Any) -> str:
    return "nothing" if view is None else to_json(view)
