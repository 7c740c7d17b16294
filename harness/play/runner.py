"""Playing a scenario on a stage: the only place where steps become actions.

After the last step everything is settled and every aggregate the scenario named is read.
Where the harness is not the bus (``Stage.pace``), settling is reading until the views are what
the replies so far allow; every such read is in the history, and the last is the settled one.
There a command whose reply was indefinite may take effect at any later time, so nothing more is
sent to its aggregate in that play: the order of the effects would be unknown.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from harness.core.bus_entry import BusEntry
from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.errors import NotSayableError
from harness.core.faults import FaultKind
from harness.core.history import (
    Called,
    Expired,
    History,
    Interleaved,
    Item,
    Outlived,
    Poisoned,
    Queried,
    Rebuilt,
    Reply,
    Restarted,
    Role,
    Sent,
    SentBatch,
    Settled,
    Stored,
    Undecided,
    Waited,
)
from harness.core.http import NO_ANSWER, Request, Response, TakenIn
from harness.core.pace import Pace
from harness.core.repetition import Scope
from harness.core.scenario import (
    NAMESPACE_MARK,
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Expire,
    Fault,
    Hold,
    Poison,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    TimePasses,
)
from harness.core.stage import (
    Stage,
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
from harness.oracle.checks.replies import check_replies
from harness.oracle.leases import BUSY, lease_may_be_held
from harness.oracle.ledger_building import build_ledger
from harness.oracle.stored_events import StoredEvent, numbered, stored_events
from harness.oracle.views import MALFORMED, final_views, observed_view, shows
from harness.oracle.worlds import LOST_RACE_STATUSES, SUCCESS_EXPECTED
from harness.play.convergence import settle

HELD_LEASE_STATUSES = frozenset({409, 423, 425, 429, 503})
"""Statuses that may mean that another command holds a lease on the aggregate."""
DELIVERING = (Settle, Deliver, Redeliver, Batch)
"""Steps after which a command that was taken in may have a result."""
JSON_TYPE = ("Content-Type", "application/json")


def play(scenario: Scenario, stage: Stage, contract: Contract) -> History:
    """Play a scenario and give its history.

    Raises:
        StageError: the stage or the implementation broke in a way that is no verdict.
    """
    # A mark that is used once among all aggregates may have been used in an earlier play.
    alone = contract.repetition.scope is Scope.ALL and stage.pace is None
    namespace = stage.start(fresh=scenario.fresh or alone, always_cold=scenario.always_cold)
    if scenario.at_relays:
        relaying(stage).address_relays()
    player = Player(stage, contract, namespace)
    for number, step in enumerate(scenario.steps):
        player.step(number, step)
    player.finish(len(scenario.steps))
    return History(namespace, stage.system, tuple(stage.records))


class Player:
    """Plays steps on a stage. ``at_once``: steps may overlap, so none is put off and sent again."""

    def __init__(
        self, stage: Stage, contract: Contract, namespace: str, *, at_once: bool = False
    ) -> None:
        self._stage, self._contract, self._namespace = stage, contract, namespace
        self._aggregates: dict[str, None] = {}
        self._open: set[str] = set()
        self._taken_in: list[tuple[Sent, TakenIn]] = []
        self._at_once = at_once

    def step(self, number: int, step: Step) -> None:
        """Play a step, the ``number``-th of its scenario."""
        match step:
            case Send():
                self._send(number, step)
            case SendBatch(bodies):
                self._send_batch(number, bodies)
            case Query(id):
                self._query(number, self._in_namespace(id), "during")
            case Settle():
                self._settle(number, final=False)
            case Deliver(pick):
                deliveries(self._stage).deliver(pick)
            case Redeliver(pick):
                event_bus(self._stage).redeliver(pick)
            case Hold(pick):
                deliveries(self._stage).hold(pick, lost=False)
            case Drop(pick):
                deliveries(self._stage).hold(pick, lost=True)
            case Batch(size, poison, aside):
                deliveries(self._stage).batch(size, poison, aside=aside)
            case Poison():
                self._poison(number, step)
            case ColdStart():
                environments(self._stage).restart()
                self._stage.records.append(Restarted(number))
            case TimePasses():
                self._wait(number)
            case Expire(pick):
                expiry(self._stage).expire(pick)
                self._stage.records.append(Expired(number))
            case Rebuild():
                self._rebuild(number)
            case Fault():
                faults(self._stage).arm(step)
            case Concurrently():
                self._concurrently(number, step)
        if isinstance(step, DELIVERING):
            self._ask_for_results(number)

    def _concurrently(self, number: int, step: Concurrently) -> None:
        since = len(self._stage.records)
        branches = [partial(self._branch, number, branch) for branch in step.branches]
        self._at_once = True
        decisions = self._stage.concurrently(branches, step.schedule)
        self._at_once = False
        made = tuple((decision.branch, decision.others) for decision in decisions)
        self._stage.records.append(Interleaved(number, since, made))

    def _branch(self, number: int, steps: tuple[Step, ...]) -> None:
        for step in steps:
            self.step(number, step)

    def finish(self, number: int) -> None:
        """Settle for good and read everything."""
        self._settle(number, final=True)
        self._ask_for_results(number, last=True)
        for aggregate in self._aggregates if self._stage.pace is None else ():
            self._query(number, aggregate, "settled")
        for aggregate in self._aggregates if "table" in self._stage.capabilities else ():
            self._stage.records.append(Item(aggregate, read_model(self._stage).item(aggregate)))
        for aggregate in self._aggregates if expire_views(self._stage) else ():
            with suppress(NotSayableError):
                response = self._stage.send(Request("GET", self._contract.view_path(aggregate)))
                self._stage.records.append(Outlived(aggregate, response))

    def _in_namespace(self, text: str) -> str:
        return text.replace(NAMESPACE_MARK, self._namespace)

    def _send(self, number: int, step: Send) -> None:
        body = None if step.body is None else self._in_namespace(step.body)
        aggregate = self._name(body)
        if self._stage.pace is not None and aggregate in self._open:
            return
        headers = (JSON_TYPE,) if step.key is None else (JSON_TYPE, (step.header, step.key))
        request = Request("POST", self._contract.path, headers, body)
        with suppress(NotSayableError):
            self._send_request(number, step, request, aggregate)

    def _send_request(
        self, number: int, step: Send, request: Request, aggregate: str | None
    ) -> None:
        sent = self._sent(number, step, request)
        if self._put_off(sent):
            self._stage.records.append(replace(sent, reply=Reply.BUSY))
            if self._at_once or not self._wait(number):
                return
            sent = self._sent(number, step, request)
        if sent.reply is Reply.INDEFINITE and aggregate is not None:
            self._open.add(aggregate)
        taken_in = sent.response
        if isinstance(taken_in, TakenIn):
            sent = replace(sent, response=NO_ANSWER)
            self._taken_in.append((sent, taken_in))
            if taken_in.later:
                return
        self._stage.records.append(sent)

    def _ask_for_results(self, number: int, *, last: bool = False) -> None:
        """Ask for the results of commands that were taken in: all of them, when nothing is left."""
        asked, self._taken_in = self._taken_in, []
        for sent, taken_in in asked:
            result = taken_in.result() if last or taken_in.later else None
            if result is None and not last:
                self._taken_in.append((sent, taken_in))
                continue
            if taken_in.later:
                response = result or NO_ANSWER
                self._stage.records.append(
                    replace(sent, reply=self._reply(response), response=response))
            if result is None and not self._decided(sent):
                self._stage.records.append(Undecided(number, sent.body))

    def _decided(self, sent: Sent) -> bool:
        """Tell if a command was sent again and got a result then."""
        return any(isinstance(r, Sent) and (r.body, r.key) == (sent.body, sent.key)
                   and r.reply is not Reply.INDEFINITE
                   for r in self._stage.records[sent.called :])

    def _sent(self, number: int, step: Send, request: Request) -> Sent:
        called = len(self._stage.records)
        response = self._stage.send(request, base64=step.base64)
        reply = self._reply(response)
        if response.status in LOST_RACE_STATUSES and self._met(FaultKind.CONFLICT, called):
            reply = Reply.INDEFINITE
        if reply is Reply.REFUSED and self._met(FaultKind.STALE, called):
            reply = Reply.INDEFINITE
        return Sent(number, request.body, self._key(step), step.base64, reply, response, called)

    def _met(self, kind: FaultKind, since: int) -> bool:
        """Tell if a call was refused because another one was under way, or read what is past.

        Such a command may be refused: it lost a race, or has not seen what came just before.
        """
        return any(isinstance(r, Called) and r.error == kind.value
                   for r in self._stage.records[since:])

    def _wait(self, number: int) -> bool:
        """Let time pass until leases have run out, where that can be done."""
        passed = time_passes(self._stage)
        if passed:
            self._stage.records.append(Waited(number))
        return passed

    def _put_off(self, sent: Sent) -> bool:
        """Tell if a command has to be sent again once a lease has run out that a fault left behind.

        After a fault, a 409, 423, 425 or 503 that the oracle would reject counts as a held lease,
        and a 429 in any case. So does a refusal that is right only if an earlier command, whose
        reply was indefinite, took effect. Among branches nothing is sent again: time would pass for
        one that is under way.
        """
        before = self._stage.records[: sent.called]
        if sent.response.status == BUSY:
            return lease_may_be_held(before)
        disturbed = any(isinstance(r, Called) and r.error is not None and r.role is Role.COMMAND
                        for r in before)
        if sent.response.status not in HELD_LEASE_STATUSES or not disturbed:
            return False
        history = replace(self._history(), records=(*self._stage.records, sent))
        ledger = build_ledger(self._contract, history)
        own = tuple(judged for judged in ledger.commands if judged.sent is sent)
        wrong = check_replies(self._contract, history, replace(ledger, commands=own))
        open_fate = sent.reply is Reply.REFUSED and any(j.expected & SUCCESS_EXPECTED for j in own)
        return open_fate or any(True for _ in wrong)

    def _key(self, step: Send) -> str | None:
        """The key by which a repeat is recognised: the Idempotency-Key, or the queue's message."""
        if "key" in self._stage.system.untold:
            return None
        if step.key is None or not self._stage.system.queued:
            return step.key
        return f"{step.key} {step.body}"

    def _reply(self, response: Response) -> Reply:
        if not response.answered or response.status == 429 or response.status >= 500:
            return Reply.INDEFINITE
        if 200 <= response.status < 300:
            return Reply.QUEUED if self._stage.system.queued else Reply.ACCEPTED
        return Reply.REFUSED

    def _send_batch(self, number: int, bodies: tuple[str, ...]) -> None:
        real = tuple(self._in_namespace(body) for body in bodies)
        try:
            queue_batches(self._stage).send_batch(real)
        except NotSayableError:
            return
        for body in real:
            self._name(body)
        self._stage.records.append(SentBatch(number, real))

    def _name(self, body: str | None) -> str | None:
        """Remember the aggregate that a body is about, to read it in the end."""
        command = self._contract.read(body).command
        if command is None:
            return None
        aggregate = self._contract.aggregate(command)
        self._aggregates[aggregate] = None
        return aggregate

    def _query(self, number: int, aggregate: str, phase: str) -> Response:
        called = len(self._stage.records)
        try:
            response = self._stage.send(Request("GET", self._contract.view_path(aggregate)))
        except NotSayableError:
            return NO_ANSWER
        self._stage.records.append(Queried(number, aggregate, phase, response, called))
        if self._contract.ids.accepts(aggregate) is not Acceptance.MUST_NOT:
            self._aggregates[aggregate] = None
        return response

    def _settle(self, number: int, *, final: bool) -> None:
        pace = self._stage.pace
        seconds = 0.0 if pace is None else self._await_views(number, pace, final=final)
        rounds, dead = self._stage.settle(final=final)
        self._stage.records.append(Settled(number, rounds, dead, seconds))

    def _await_views(self, number: int, pace: Pace, *, final: bool) -> float:
        """Read until every view is one that the replies so far allow; -1 if that never was."""
        ledger = build_ledger(self._contract, self._history())
        last: dict[str, int] = {}

        def agrees(aggregate: str) -> bool:
            response = self._query(number, aggregate, "during")
            last[aggregate] = len(self._stage.records) - 1
            if aggregate in ledger.unrepaired:
                return True
            observed = observed_view(response)
            if observed is MALFORMED:
                return response.status == 200
            views = final_views(self._contract, ledger, aggregate)
            return any(shows(self._contract, observed, view) for view in views)

        seconds = settle(pace, self._aggregates, agrees, stable=final)
        for at in last.values() if final else ():
            read = self._stage.records[at]
            assert isinstance(read, Queried)
            self._stage.records[at] = replace(read, phase="settled")
        return -1.0 if seconds is None else seconds

    def _history(self) -> History:
        return History(self._namespace, self._stage.system, tuple(self._stage.records))

    def _poison(self, number: int, step: Poison) -> None:
        target = event_bus(self._stage)
        source, bus = target.event_origin()
        entry = BusEntry(source=step.source or source, detail_type=step.detail_type,
                         detail=self._in_namespace(step.detail), bus=bus)
        targets = target.publish(entry)
        self._stage.records.append(Poisoned(number, step.detail_type, targets))

    def _rebuild(self, number: int) -> None:
        self._settle(number, final=False)
        history = self._history()
        wiped = read_model(self._stage).wipe()
        events = numbered(stored_events(self._contract, history))
        bus = event_bus(self._stage)
        for event in events:
            bus.publish(_republished(history, event, bus.event_origin()))
        self._stage.records.append(Rebuilt(number, wiped, len(events)))
        self._settle(number, final=False)


def _republished(history: History, event: StoredEvent, origin: tuple[str, str]) -> BusEntry:
    """A stored event as the bus had it before: its text, its source and its bus."""
    source, bus = origin
    stored = (r for r in reversed(history.records) if isinstance(r, Stored))
    text = next(r.text for r in stored if r.key == event.place)
    return BusEntry(source=source, detail_type=str(event.document["type"]), detail=text, bus=bus,
                    again=True)
