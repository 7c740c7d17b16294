"""How often a history exercised a requirement. Zero over a whole run is *vacuous*.

Each counts what the requirement's sentence is about, in what really happened: duplicates that
were delivered, refusals that were asked for, listings that went past version 9.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.core.commands import Flaw
from harness.core.contract import OVERSIZED_BYTES
from harness.core.faults import CRASHES, PUBLISHING, FaultKind
from harness.core.history import (
    Called,
    Delivered,
    Expired,
    Held,
    History,
    Interleaved,
    Invoked,
    Poisoned,
    Published,
    Queried,
    Rebuilt,
    Role,
    Sent,
    SentBatch,
    Settled,
    Stored,
)
from harness.core.ledger import Expect, Ledger, Read
from harness.oracle.checks.sessions import reads_of_views, session_guarantees

Trigger = Callable[[History, Ledger], int]


def _replies(*wanted: Expect) -> Trigger:
    """Commands of which exactly this was expected."""
    return lambda history, ledger: sum(j.expected == frozenset(wanted) for j in ledger.commands)


def _flaws(*flaws: Flaw) -> Trigger:
    return lambda history, ledger: sum(j.reading.flaw in flaws for j in ledger.commands)


def _hostile(history: History, ledger: Ledger) -> int:
    queries = sum(q.phase == "during" for q in history.of(Queried))
    return _flaws(Flaw.ID)(history, ledger) + queries


def _oversized(history: History, ledger: Ledger) -> int:
    return sum(len((sent.body or "").encode("utf-8", "replace")) > OVERSIZED_BYTES
               for sent in history.of(Sent))


def _error_replies(history: History, ledger: Ledger) -> int:
    replies = [record for record in history.records if isinstance(record, Sent | Queried)]
    return sum(record.response.status >= 400 for record in replies)


def _effects(history: History, ledger: Ledger) -> int:
    return sum(max(len(world.effects) for world in worlds) for worlds in ledger.worlds.values())


def _without_effect(history: History, ledger: Ledger) -> int:
    return sum(not j.expected & {Expect.ACCEPT, Expect.REPEAT} for j in ledger.commands)


def _versions(history: History, ledger: Ledger) -> int:
    return sum(len(worlds[0].effects) > 1 for worlds in ledger.worlds.values())


def _long(history: History, ledger: Ledger) -> int:
    return sum(len(worlds[0].effects) >= 10 for worlds in ledger.worlds.values())


def _batched_commands(history: History, ledger: Ledger) -> int:
    return sum(len(batch.bodies) > 1 for batch in history.of(SentBatch))


def _prefixes(history: History, ledger: Ledger) -> int:
    names = [name for name, worlds in ledger.worlds.items() if worlds[0].effects]
    return sum(a != b and b.startswith(a) for a in names for b in names)


def _existing(history: History, ledger: Ledger) -> int:
    return sum(read.query.phase != "during" and read.query.response.status == 200
               for read in ledger.reads)


def _never_existed(history: History, ledger: Ledger) -> int:
    return sum(not any(world.effects for world in read.worlds) for read in ledger.reads)


def _redelivered(history: History, ledger: Ledger) -> int:
    return sum(delivery.again for delivery in history.of(Delivered))


def _late(history: History, ledger: Ledger) -> int:
    return sum(delivery.late for delivery in history.of(Delivered))


def _after_the_end(history: History, ledger: Ledger) -> int:
    ended = any(len(read.worlds[0].effects) > 1 for read in _gone(ledger))
    return _redelivered(history, ledger) + _late(history, ledger) if ended else 0


def _gone(ledger: Ledger) -> list[Read]:
    return [read for read in ledger.reads
            if read.query.phase == "settled" and read.query.response.status == 404]


def _lost(history: History, ledger: Ledger) -> int:
    return sum(held.lost for held in history.of(Held))


def _rebuilt(history: History, ledger: Ledger) -> int:
    return sum(rebuilt.wiped > 0 and rebuilt.delivered > 0 for rebuilt in history.of(Rebuilt))


def _several(history: History, ledger: Ledger) -> int:
    return int(sum(bool(worlds[0].effects) for worlds in ledger.worlds.values()) > 1)


def _batched_events(history: History, ledger: Ledger) -> int:
    return sum(delivery.records > 1 for delivery in history.of(Delivered))


def _calls(*roles: Role) -> Trigger:
    return lambda history, ledger: sum(call.role in roles for call in history.of(Called))


def _calls_with_rights(history: History, ledger: Ledger) -> int:
    known = {f.name for f in history.system.functions if f.statements is not None}
    return sum(call.function in known for call in history.of(Called))


def _count(kind: type) -> Trigger:
    return lambda history, ledger: sum(isinstance(record, kind) for record in history.records)


def _repeated_reads(history: History, ledger: Ledger) -> int:
    reads = Counter(query.id for query in history.of(Queried) if query.phase != "again")
    return sum(number - 1 for number in reads.values())


def _reads_on_the_way(history: History, ledger: Ledger) -> int:
    return sum(query.phase == "during" for query in history.of(Queried))


def _deleted(history: History, ledger: Ledger) -> int:
    return len(_gone(ledger)) if _effects(history, ledger) > 1 else 0


def _overlapped(history: History, ledger: Ledger) -> int:
    return sum(judged.overlapped for judged in ledger.commands)


def _faults(history: History, role: Role, *, crash: bool | None = None) -> list[Called]:
    hit = [call for call in history.of(Called) if call.error is not None and call.role is role]
    return [c for c in hit if crash in (None, FaultKind(c.error or "") in CRASHES)]


def _crashed(history: History, ledger: Ledger) -> int:
    return len(_faults(history, Role.COMMAND, crash=True))


def _failed_publishing(history: History, ledger: Ledger) -> int:
    return sum(call.operation in PUBLISHING for call in _faults(history, Role.COMMAND))


def _failed_calls(history: History, ledger: Ledger) -> int:
    return len(_faults(history, Role.COMMAND, crash=False))


def _failed_projections(history: History, ledger: Ledger) -> int:
    return len(_faults(history, Role.PROJECTION))


def _overlapping_deliveries(history: History, ledger: Ledger) -> int:
    blocks = [(block.since, at) for at, block in enumerate(history.records)
              if isinstance(block, Interleaved)]
    return sum(
        sum(isinstance(r, Delivered) for r in history.records[since:at]) > 1
        for since, at in blocks
    )


def _relayed(history: History, ledger: Ledger) -> int:
    """Invocations of relays."""
    return sum(run.role is Role.RELAY for run in history.of(Invoked))


def _failed_relays(history: History, ledger: Ledger) -> int:
    return len(_faults(history, Role.RELAY))


def _failed_relaying(history: History, ledger: Ledger) -> int:
    return sum(call.operation in PUBLISHING for call in _faults(history, Role.RELAY))


def _warm(history: History, ledger: Ledger) -> int:
    return sum(not run.cold for run in history.of(Invoked))


def _requests(history: History, ledger: Ledger) -> int:
    return sum(isinstance(record, Sent | Queried) for record in history.records)


def _base64(history: History, ledger: Ledger) -> int:
    return sum(sent.base64 for sent in history.of(Sent))


def _settled(history: History, ledger: Ledger) -> int:
    return sum(query.phase == "settled" for query in history.of(Queried))


TRIGGERS: Mapping[str, Trigger] = MappingProxyType({
    "API-01": _replies(Expect.ACCEPT),
    "API-02": _existing,
    "API-03": _never_existed,
    "API-04": _flaws(Flaw.BODY),
    "API-05": _flaws(Flaw.TYPE),
    "API-06": _flaws(Flaw.MEMBER),
    "API-07": _replies(Expect.REFUSE),
    "API-08": _hostile,
    "API-09": _oversized,
    "API-10": _error_replies,
    "API-11": _base64,
    "API-12": _flaws(Flaw.UNKNOWN_MEMBER),
    "API-13": _requests,
    "CMD-01": _effects,
    "CMD-02": _without_effect,
    "CMD-03": _versions,
    "CMD-04": _overlapped,
    "CMD-05": _overlapped,
    "CMD-06": _replies(Expect.REPEAT),
    "CMD-07": _replies(Expect.REFUSE_REUSE),
    "CMD-08": _count(Stored),
    "CMD-09": _batched_commands,
    "CMD-10": _crashed,
    "CMD-11": _failed_publishing,
    "CMD-12": _failed_calls,
    "CMD-13": _count(Published),
    "CMD-14": _long,
    "CMD-15": _prefixes,
    "PRJ-01": _settled,
    "PRJ-02": _redelivered,
    "PRJ-03": _late,
    "PRJ-04": _after_the_end,
    "PRJ-05": _lost,
    "PRJ-06": _count(Poisoned),
    "PRJ-07": _failed_projections,
    "PRJ-08": _overlapping_deliveries,
    "PRJ-09": _rebuilt,
    "PRJ-10": _several,
    "PRJ-11": _batched_events,
    "RLY-01": _relayed,
    "RLY-02": _failed_relays,
    "RLY-03": _failed_relaying,
    "RLY-04": _batched_events,
    "RLY-05": _count(Poisoned),
    "RLY-06": _count(Expired),
    "QRY-01": _calls(Role.QUERY),
    "QRY-02": _repeated_reads,
    "QRY-03": _reads_on_the_way,
    "QRY-04": _deleted,
    "SYS-01": _calls(Role.COMMAND, Role.PROJECTION),
    "SYS-02": _warm,
    "SYS-03": _settled,
    "SYS-04": _calls_with_rights,
})


def _convergence(history: History) -> list[float]:
    """Seconds the projection took for each event that it handled, or until views agreed."""
    handled = [run.seconds for run in history.of(Invoked)
               if run.role is Role.PROJECTION and run.error is None]
    return handled or [settled.seconds for settled in history.of(Settled) if settled.seconds > 0]


MEASURES: Mapping[str, Callable[[History], list[float]]] = MappingProxyType(
    {"SYS-03": _convergence}
)
FACTS = MappingProxyType({"QRY-02": reads_of_views, "QRY-03": session_guarantees})
