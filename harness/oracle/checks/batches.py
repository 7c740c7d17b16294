"""Check partial batch responses: they are readable, and name only records that failed.

Invalid records are not judged: some implementations let them come again until the queue sets them
aside. Nor is a record that may have to wait for another one, for a FIFO order, or after a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.core.commands import Acceptance, Command
from harness.core.contract import Contract
from harness.core.history import Called, Handed, History, Role
from harness.core.ledger import Ledger
from harness.core.repetition import canonical_text
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import StoredEvent, carries, stored_events
from harness.oracle.worlds import possible_events


def check_reports(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """A report names messages of its batch; a command that did not fail is not in it."""
    for handed in history.of(Handed):
        if not handed.readable:
            hop = Hop.PROJECTION if handed.role is Role.PROJECTION else Hop.COMMAND
            yield Violation(Kind.REPORT_UNREADABLE, None, -1,
                            "the ids of messages that failed, each as itemIdentifier",
                            f"a report on {len(handed.messages)} messages that names others", hop)
    if _undisturbed(history):
        yield from _wrongly_back(contract, history, ledger)


def _undisturbed(history: History) -> bool:
    """Nothing has hit the command function, which may take some time to get over that."""
    calls = [call for call in history.of(Called) if call.role is Role.COMMAND]
    return all(call.error is None and call.branch is None for call in calls)


def _wrongly_back(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    stored = stored_events(contract, history)
    batches = [h for h in history.of(Handed) if h.role is Role.COMMAND and not h.ordered]
    last = {message: place in handed.back
            for handed in batches for place, message in enumerate(handed.messages)}
    for handed in batches:
        commands = [contract.read(body) for body in handed.bodies]
        named = [contract.aggregate(c.command) for c in commands if c.command is not None]
        for place in handed.back if len(set(named)) == len(named) else ():
            command = commands[place].command
            if command is None or commands[place].acceptance is not Acceptance.MUST:
                continue
            for_ever = last[handed.messages[place]]
            what = _did_not_fail(contract, command, stored, ledger, for_ever=for_ever)
            if what is not None:
                yield Violation(Kind.REPORTED_BACK, contract.aggregate(command), -1,
                                f"done with: {what}", handed.bodies[place], Hop.COMMAND)


def _did_not_fail(
    contract: Contract, command: Command, stored: list[StoredEvent], ledger: Ledger,
    *, for_ever: bool,
) -> str | None:
    """Why a command need not come again; None if it need, or if that is another check's to say."""
    aggregate = contract.aggregate(command)
    own = [e.document for e in stored if e.aggregate == aggregate]
    worlds = ledger.worlds.get(aggregate, ())
    possible = possible_events(contract, worlds, command)
    if any(_are_stored(events, own) for events in possible):
        return "it took effect"
    effects = [text for world in worlds for text in world.effects]
    had_effect = any(canonical_text(event) in effects for events in possible for event in events)
    return "it is refused" if for_ever and not had_effect else None


def _are_stored(events: tuple[Command, ...], documents: list[dict[str, Any]]) -> bool:
    return all(any(carries(document, dict(event)) for document in documents) for event in events)
