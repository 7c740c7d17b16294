"""Check the separation of commands and queries: each function keeps to its side and its rights.

The read model is what the query function reads and the projection writes: judged item by item, so
that one table may hold other things beside it, and both sides may read settings from a table.
Rights are judged for the data services of such a system only; a role may well write logs or traces
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.aws_operations import is_read
from harness.core.contract import Contract
from harness.core.history import Called, FunctionFacts, History, Role, Stored
from harness.core.ledger import Ledger
from harness.core.permissions import action_of, allows
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.stored_events import read_event

DATA_SERVICES = frozenset({"s3", "dynamodb", "events", "sqs", "sns", "kinesis", "lambda"})
SEVERAL = frozenset({"TransactWriteItems", "TransactGetItems", "ExecuteStatement",
                     "ExecuteTransaction", "BatchExecuteStatement"})
"""Operations whose actions depend on their content."""


def check_separation(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Each function keeps to its side."""
    written = _items_of(history, Role.PROJECTION, reads=False)
    read = _without_events(_items_of(history, Role.QUERY), written, history)
    projected = _is_projected(history)
    for call in history.of(Called):
        if projected and call.role is Role.COMMAND and _touches(
                call, _views(read, written, call)):
            yield _call(Kind.COMMAND_TOUCHES_VIEW, call, Hop.COMMAND)
        elif call.role is Role.PROJECTION and call.operation == "PutEvents":
            yield _call(Kind.PROJECTION_PUBLISHES, call, Hop.PROJECTION)
        elif call.role is Role.QUERY and _writes(call):
            yield _call(Kind.QUERY_WRITES, call, Hop.QUERY)
    apart = _stores_apart(history)
    for stored in () if apart else history.of(Stored):
        if stored.role is Role.PROJECTION and read_event(contract, stored.key, stored.text):
            yield Violation(Kind.PROJECTION_STORES, None, -1, "no write to the event store",
                            f"{stored.change} {stored.key}", Hop.PROJECTION)


def _is_projected(history: History) -> bool:
    """Tell if a function projects, as far as is known: else commands write what a query reads."""
    roles = {function.role for function in history.system.functions}
    return not roles or Role.PROJECTION in roles


def _stores_apart(history: History) -> bool:
    """Tell if functions that are handed events store them, and others write the views.

    Commands may publish to a topic that keeps events until a function of its own has stored them.
    """
    tables = set(history.system.event_tables)
    written = {(call.function, call.resource in tables) for call in history.of(Called)
               if call.role is Role.PROJECTION and call.service == "dynamodb"
               and not is_read(call.operation)}
    storing = {function for function, of_events in written if of_events}
    projecting = {function for function, of_events in written if not of_events}
    return bool(storing and projecting) and not storing & projecting


def _without_events(
    read: set[tuple[str, str]], written: set[tuple[str, str]], history: History
) -> set[tuple[str, str]]:
    """The items but for those of a table of events, which a query may fold.

    Where a projection writes to that table as well, the read model is in it, too.
    """
    events = set(history.system.event_tables) - {table for table, _ in written}
    return {(table, key) for table, key in read if table not in events}


def _writes(call: Called) -> bool:
    """Tell if a call is a write; a PartiQL statement may be either, and is not judged."""
    return call.service in DATA_SERVICES and not is_read(call.operation) and not _is_statement(call)


def _is_statement(call: Called) -> bool:
    return "Statement" in call.operation or call.operation == "ExecuteTransaction"


def _items_of(
    history: History, role: Role, *, reads: bool = True
) -> set[tuple[str, str]]:
    """(table, key) of the items that a function named, or only of those it wrote; "" for no key."""
    return {
        item
        for call in history.of(Called)
        if call.role is role and call.service == "dynamodb"
        and (reads or not is_read(call.operation))
        for item in _items(call)
    }


def _views(
    read: set[tuple[str, str]], written: set[tuple[str, str]], call: Called
) -> set[tuple[str, str]]:
    """The items of the read model, as far as a call may touch them.

    An item that is only read does not count; an item that a query reads must not be written. A
    PartiQL statement may do either.
    """
    if not is_read(call.operation) and not _is_statement(call):
        return read
    return {(table, key) for table, key in read if any(
        table == place and ("" in (key, item) or _same_item(key, item)) for place, item in written)}


def _items(call: Called) -> set[tuple[str, str]]:
    tables, keys = call.resource.split(","), call.key.split("\n")
    return {(table, key) for table in tables for key in keys}


def _touches(call: Called, views: set[tuple[str, str]]) -> bool:
    """Tell if a call is about an item of the read model, or scans the table it is in.

    The item of a call may be unknown (a query by several values): such a call is not blamed.
    """
    if call.service != "dynamodb":
        return False
    if call.operation == "Scan":
        return any(table == call.resource for table, _ in views)
    return any(table == viewed and _same_item(key, view)
               for table, key in _items(call) for viewed, view in views)


def _same_item(one: str, other: str) -> bool:
    """Tell if two keys are known and mean one item, or one is the other's whole partition."""
    short, long = sorted((one, other), key=len)
    return short != "" and (short == long or long.startswith(f"{short}\t"))


def _call(kind: Kind, call: Called, hop: Hop) -> Violation:
    where = " ".join(part for part in (call.resource, call.key) if part)
    observed = f"{call.service}:{call.operation} {where}".strip()
    return Violation(kind, None, -1, "no such call", observed, hop)


def check_rights(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Each role allows what its function was seen to call, action by action, and no more."""
    facts = {f.name: f for f in history.system.functions if f.statements is not None}
    for fact in facts.values():
        yield from _wildcards(fact)
    seen = dict.fromkeys(
        (call.function, action, arn)
        for call in history.of(Called)
        if call.service in DATA_SERVICES and call.operation not in SEVERAL
        for action in [action_of(call.service, call.operation)]
        for arn in call.resources
    )
    for function, action, arn in seen:
        if function in facts and not allows(facts[function].statements or (), action, arn):
            yield Violation(Kind.NOT_ALLOWED, None, -1, f"{function} may {action} on {arn}",
                            "its role does not allow it", _hop(facts[function]))


def _hop(fact: FunctionFacts) -> Hop:
    return Hop(fact.role.value) if fact.role is not None else Hop.COMMAND


def _wildcards(fact: FunctionFacts) -> Iterator[Violation]:
    for statement in fact.statements or ():
        actions = [a for a in statement.actions if a == "*" or _data_action(a)]
        wild = [a for a in actions if a.rpartition(":")[2].startswith("*")]
        wild += [r for r in statement.resources if _anything(r) and actions]
        for pattern in wild:
            observed = f"{', '.join(statement.actions)} on {', '.join(statement.resources)}"
            yield Violation(Kind.WILDCARD, None, -1, f"{fact.name}: named actions and resources",
                            f"{pattern} in: {observed}", _hop(fact))


def _anything(resource: str) -> bool:
    """Tell if a pattern names no resource: any at all, or any bucket, table, bus or queue."""
    named = resource.split(":", 5)[-1]
    return named.removeprefix("table/").removeprefix("event-bus/").startswith("*")


def _data_action(action: str) -> bool:
    return action.partition(":")[0].lower() in DATA_SERVICES
