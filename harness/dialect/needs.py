"""Requirements that cannot be judged in a dialect, and the line that would enable each.

A requirement whose evidence a dialect does not describe is skipped and names the line. A
requirement that makes no sense for the shape of a system is not applicable to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.core.repetition import BY_KEY, Mark, Repetition
from harness.core.requirements import Requirement
from harness.core.verdict import NotJudged, Outcome
from harness.dialect.model import ANY, Dialect, Invocation, Queue, Route
from harness.dialect.outgoing import has_repetition

PROJECTED = ("PRJ-02", "PRJ-03", "PRJ-04", "PRJ-05", "PRJ-06", "PRJ-07", "PRJ-08", "PRJ-09",
             "PRJ-11")
"""Requirements on a projection that events are delivered to."""


Rule = tuple[Callable[[Dialect], bool], NotJudged]


def _needs(line: str) -> NotJudged:
    return NotJudged(f"needs {line} in the dialect")


def _senseless(reason: str) -> NotJudged:
    return NotJudged(reason, Outcome.NOT_APPLICABLE)


def _says_anything(dialect: Dialect) -> bool:
    return any(form.message.sent for form in dialect.commands.values())


def _has_type(dialect: Dialect) -> bool:
    return ANY in dialect.commands


def _has_route_with_body(dialect: Dialect) -> bool:
    messages = [form.message for form in dialect.commands.values()]
    return any(isinstance(m.address, Route) and (m.sent or m.body is not None) for m in messages)


def _has_queue(dialect: Dialect) -> bool:
    """True if the command function may get batches: from a queue, also behind a route."""
    addresses = [form.message.address for form in dialect.commands.values()]
    return any(isinstance(address, Queue) for address in addresses) or _says_anything(dialect)


def _tells_version(dialect: Dialect) -> bool:
    return dialect.store is None or dialect.store.tells("version")


def _projects(dialect: Dialect) -> bool:
    return dialect.projection != ()


REPETITION = _needs('"$key" in every command\'s headers, query or body')
RULES: Mapping[str, Rule] = MappingProxyType({
    "API-04": (_says_anything, _senseless(
        "every command is put together from members: no other body can be sent")),
    "API-05": (_has_type, _senseless(
        "each command type has a way of its own: no other type can be named")),
    "API-11": (_has_route_with_body, _senseless("no command is the body of an HTTP request")),
    "CMD-03": (_tells_version, _needs("events.members.version, or {version} in a pattern,")),
    "CMD-06": (has_repetition, REPETITION),
    "CMD-07": (has_repetition, REPETITION),
    "CMD-09": (_has_queue, _senseless("no queue feeds the command function")),
    "CMD-11": (lambda dialect: dialect.published is not None, _needs("the table [published]")),
    "CMD-13": (lambda dialect: dialect.published is not None, _needs("the table [published]")),
    "SYS-01": (_projects, _senseless(
        "no function projects: a query reads what commands have written")),
    **{id: (_projects, _senseless("the query folds the events: nothing projects them"))
       for id in PROJECTED},
})
"""Requirement -> what has to hold of a dialect, and what is lacking where it does not."""


def not_judged(
    dialect: Dialect, requirement: Requirement, repetition: Repetition = BY_KEY
) -> NotJudged | None:
    """Why a requirement is not judged in a dialect; None if it is, as far as the dialect goes.

    The dialect has a place for the mark of a repetition only where that is a key of its own.
    """
    holds, lack = RULES.get(requirement.id, (lambda _: True, None))
    marked_otherwise = lack is REPETITION and repetition.mark is not Mark.KEY
    if not holds(dialect) and not marked_otherwise:
        return lack
    if "log" in requirement.needs and dialect.store is None:
        return _needs("the table [events]")
    return None


def untold(dialect: Dialect) -> tuple[str, ...]:
    """The kinds of evidence that a dialect does not tell; ``System`` lists them."""
    form = dialect.published
    told = {"published": form is not None, "key": has_repetition(dialect),
            "version": _tells_version(dialect),
            "published.eventId": form is None or form.event_id is not None,
            "published.version": form is None or form.version is not None}
    return tuple(kind for kind, there in told.items() if not there)


def capabilities(dialect: Dialect, given: frozenset[str]) -> frozenset[str]:
    """The capabilities of a stage that are left where a system speaks the dialect."""
    unseen = {"log"} if dialect.store is None else set()
    return given - unseen - (set() if _projects(dialect) else {"bus", "table"})


def invoked(dialect: Dialect) -> tuple[str, ...]:
    """The functions that the dialect invokes directly, by their logical ids."""
    messages = [*(form.message for form in dialect.commands.values()), dialect.query.message]
    return tuple(dict.fromkeys(
        m.address.function for m in messages if isinstance(m.address, Invocation)))
