"""The edge of a stage where a system speaks a dialect of its own.

``InterpretedStage`` stands before any stage. Canonical requests go out as messages of the dialect,
and replies and evidence come back in canonical form; everything else passes through. Nothing above
a stage knows that there is a dialect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, runtime_checkable

from harness.core.bus_entry import BusEntry
from harness.core.contract import Contract
from harness.core.errors import NotSayableError, StageError
from harness.core.history import Record, System
from harness.core.http import Request, Response, TakenIn
from harness.core.interleaving import ScheduleDecision
from harness.core.json_values import to_json
from harness.core.pace import Pace
from harness.core.requirements import Requirement
from harness.core.scenario import Fault
from harness.core.stage import (
    Stage,
    TracesCalls,
    deliveries,
    environments,
    event_bus,
    expire_views,
    expiry,
    faults,
    queue_batches,
    read_model,
    relaying,
    time_passes,
)
from harness.core.verdict import NotJudged
from harness.dialect import Dialect, Interpreter
from harness.dialect.incoming import NOT_FOUND, NoIdError, is_pending, result_request
from harness.dialect.needs import capabilities, not_judged, untold
from harness.dialect.outgoing import Spoken
from harness.dialect.wire import HttpMessage, Unsayable, WireMessage

ASKED = 5
"""How often the result of a command is asked for that was only taken in."""
PAGES = 1000
"""Pages of a list after which it is taken for one without an end."""


class SpeakingStage(Stage, Protocol):
    """A stage that takes messages of a dialect."""

    def forget(self) -> None:
        """Take what was sent so far as the world before the play: nothing of it is judged."""

    def transmit(self, message: WireMessage, *, base64: bool = False) -> Response:
        """Send a message and wait for its response.

        Raises:
            StageError: the stage has no access to what the message is for.
        """


@runtime_checkable
class HandsOver(Protocol):
    """A stage whose stored events are delivered again by handing them to functions."""

    def hand_over(self, entry: BusEntry, pick: int, *, late: bool) -> None:
        """Have an entry delivered to the functions that the rules name."""


class InterpretedStage:
    """A stage on which a system is spoken to in its dialect. See ``Stage``.

    ``unsayable`` counts, by reason, the steps that could not be said and did nothing. ``shared``:
    other plays go on in the same stores, so that an unknown id may be one of theirs.
    """

    def __init__(
        self, stage: SpeakingStage, dialect: Dialect, contract: Contract,
        unsayable: Counter[str] | None = None, *, shared: bool = False,
    ) -> None:
        self._stage, self._dialect, self._contract = stage, dialect, contract
        self.unsayable: Counter[str] = Counter() if unsayable is None else unsayable
        self._shared = shared
        self._ask_later = False
        self._interpreter = Interpreter(dialect, contract, shared=shared)

    @property
    def name(self) -> str:
        """See ``Stage``."""
        return self._stage.name

    @property
    def capabilities(self) -> frozenset[str]:
        """Those of the stage, as far as the dialect tells where evidence is."""
        return capabilities(self._dialect, self._stage.capabilities)

    @property
    def pace(self) -> Pace | None:
        """See ``Stage``."""
        return self._stage.pace

    @property
    def system(self) -> System:
        """The system, with what the dialect does not tell of it."""
        return replace(self._stage.system, capabilities=tuple(sorted(self.capabilities)),
                       untold=untold(self._dialect))

    @property
    def records(self) -> list[Record]:
        """The records of the play, in canonical form."""
        return self._stage.records

    def not_judged(self, requirement: Requirement) -> NotJudged | None:
        """Why a requirement is not judged in the dialect; None if it is."""
        return not_judged(self._dialect, requirement, self._contract.repetition)

    def trace_calls(self, *, on: bool) -> None:
        """See ``TracesCalls``. A stage that cannot tell lines tells none."""
        if isinstance(self._stage, TracesCalls):
            self._stage.trace_calls(on=on)

    def reset(self) -> None:
        """See ``Stage``."""
        self._stage.reset()

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin a play, of whose ids nothing is known yet.

        Raises:
            SetupRefused: something that commands need cannot be set up.
        """
        # Each page of a list is a request: there had better be few of them.
        alone = self._dialect.query.paging is not None and self._stage.pace is None
        namespace = self._stage.start(fresh=fresh or alone, always_cold=always_cold)
        self._interpreter = Interpreter(
            self._dialect, self._contract, shared=self._shared, play=namespace)
        self._ask_later = False
        if self._dialect.setups:
            self._set_up()
        return namespace

    def _set_up(self) -> None:
        """Set up what commands need, and have all of it arrive."""
        for _ in self._interpreter.set_up(self._stage.transmit):
            self.settle(final=False)
        if self._stage.pace is not None:
            self._stage.pace.clock.wait(self._stage.pace.window)
            self.settle(final=False)
        self._stage.forget()
        self._interpreter.forget()

    def wire_ids(self) -> list[str]:
        """The ids of the play's aggregates, as the system knows them."""
        return self._interpreter.bindings.wire_ids()

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a canonical request in the dialect; gives the canonical reply.

        Raises:
            NotSayableError: no client of the system could send it.
            StageError: the dialect does not fit what the system answers.
        """
        if request.method == "GET":
            return self._query(request, self._sayable(self._interpreter.query(request)))
        return self._command(request, base64=base64)

    def _query(self, request: Request, message: WireMessage) -> Response:
        """The reply to a query: from the page of a list that has the aggregate, or the last one."""
        response = self._stage.transmit(message)
        reply = self._interpreter.query_reply(request, response)
        asked = [message]
        while reply.status == NOT_FOUND:
            following = self._interpreter.next_page(asked[-1], response)
            if following is None or following in asked:
                break
            if len(asked) == PAGES:
                raise StageError(
                    "the query's list", f"after {PAGES} pages it still names another one",
                    "correct next of [query] in the dialect, or let a list end")
            asked.append(following)
            response = self._stage.transmit(following)
            reply = self._interpreter.query_reply(request, response)
        return reply

    def _command(self, request: Request, *, base64: bool) -> Response:
        spoken = self._interpreter.command(request)
        if isinstance(spoken, Unsayable):
            raise self._noted(spoken)
        response = self._stage.transmit(spoken.message, base64=base64)
        asked = result_request(self._interpreter.replies(spoken), response)
        if asked is None:
            return self._reply(spoken, response)
        result = partial(self._result, spoken, HttpMessage(asked))
        return self._waited_for(result) or TakenIn(0, result=result, later=self._ask_later)

    def _reply(self, spoken: Spoken, response: Response) -> Response:
        try:
            return self._interpreter.command_reply(spoken, response)
        except NoIdError as error:
            raise StageError(f"the reply to {spoken.kind}", f"there is no id in it: {error}",
                             "correct server_ids in the dialect") from None
        finally:
            self._revise()

    def _result(self, spoken: Spoken, message: HttpMessage) -> Response | None:
        """The result of a command that was only taken in; None while it is pending."""
        found = self._stage.transmit(message)
        pending = is_pending(self._interpreter.replies(spoken), found)
        return None if pending else self._reply(spoken, found)

    def _waited_for(self, result: Callable[[], Response | None]) -> Response | None:
        """A result, if the client waits for it and it comes before the client gives up.

        Another branch may hold it up, and so may steps that decide about deliveries to the worker.
        """
        results = (result() for _ in self._asking())
        return next((found for found in results if found is not None), None)

    def _asking(self) -> Iterator[None]:
        """Let what is on its way arrive between the times that a result is asked for."""
        if self._ask_later:
            return
        if self._stage.pace is not None:
            yield from self._stage.pace.attempts()
            return
        for _ in range(ASKED):
            yield
            self._stage.settle(final=False)

    def _sayable(self, message: WireMessage | Unsayable) -> WireMessage:
        if isinstance(message, Unsayable):
            raise self._noted(message)
        return message

    def _noted(self, unsayable: Unsayable) -> NotSayableError:
        self.unsayable[unsayable.reason] += 1
        return NotSayableError(unsayable.reason)

    def _revise(self) -> None:
        self._interpreter.revise(self._stage.records)

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches at once. See ``Stage``."""
        try:
            return self._stage.concurrently(branches, schedule)
        finally:
            self._revise()

    def settle(self, *, final: bool) -> tuple[int, int]:
        """Deliver all that is on its way. See ``Stage``."""
        found = self._stage.settle(final=final)
        self._revise()
        return found

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand commands to the command function as records of one batch.

        Raises:
            NotSayableError: one of them has no message.
        """
        texts = self._interpreter.bodies(bodies)
        if isinstance(texts, Unsayable):
            raise self._noted(texts)
        queue_batches(self._stage).send_batch(texts)
        self._revise()

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus, in the system's own words if it is an event."""
        found = event_bus(self._stage).publish(self._interpreter.entry(entry))
        self._revise()
        return found

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events."""
        return event_bus(self._stage).event_origin()

    def redeliver(self, pick: int) -> None:
        """Deliver again what was delivered before."""
        if isinstance(self._stage, HandsOver):
            self._hand_over(self._stage, pick)
        else:
            event_bus(self._stage).redeliver(pick)
        self._revise()

    def _hand_over(self, stage: HandsOver, pick: int) -> None:
        """Have the ``pick``-th latest of the stored events delivered again."""
        self.settle(final=False)
        events = self._interpreter.newest_first()
        if events:
            event = events[pick % len(events)]
            source, bus = self.event_origin()
            entry = BusEntry(source, str(event["type"]), to_json(event), bus=bus)
            stage.hand_over(self._interpreter.entry(entry), pick, late=event not in events[:1])

    def expire(self, pick: int) -> None:
        """Let the time to live of an item run out."""
        expiry(self._stage).expire(pick)

    def address_relays(self) -> None:
        """Have steps act on the deliveries to relays, and no client wait for what these do."""
        relaying(self._stage).address_relays()
        self._ask_later = True

    def deliver(self, pick: int) -> None:
        """Deliver one pending event."""
        deliveries(self._stage).deliver(pick)
        self._revise()

    def hold(self, pick: int, *, lost: bool) -> None:
        """Keep a pending event back."""
        deliveries(self._stage).hold(pick, lost=lost)

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver pending events as records of one invocation."""
        deliveries(self._stage).batch(size, poison, aside=aside)
        self._revise()

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""
        faults(self._stage).arm(fault)

    def restart(self) -> None:
        """End every environment."""
        environments(self._stage).restart()

    def wait(self) -> bool:
        """Let the functions' clocks go on, where that can be done."""
        return time_passes(self._stage)

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id, with the members of a view."""
        found = read_model(self._stage).item(str(self._interpreter.bindings.wire(aggregate)))
        return self._interpreter.item(aggregate, found)

    def expire_views(self) -> int:
        """Remove the read model's items that have a time to live."""
        return expire_views(self._stage)

    def wipe(self) -> int:
        """Remove what the projection wrote."""
        return read_model(self._stage).wipe()
