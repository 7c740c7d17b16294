"""A survey of a system: the parts that take part in a run, and the mistakes in its three files.

Nothing is started. A survey collects every mistake that it finds, where a run stops at the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.adopt.code_files import code_problem
from harness.adopt.other_stores import users_of_other_stores
from harness.adopt.references import dangling_references
from harness.adopt.runtimes import other_pythons, unknown_runtime
from harness.core.contract import Contract
from harness.core.errors import HarnessError, UserMistake
from harness.core.history import Role
from harness.core.requirements import Requirement
from harness.core.verdict import NotJudged
from harness.dialect import Dialect
from harness.dialect.model import Route as DialectRoute
from harness.dialect.needs import not_judged
from harness.stages.participants import Participants, participants
from harness.template import (
    Function,
    Route,
    Template,
    dead_ends,
    refuse_dead_ends,
    refuse_relays,
    route,
)

NO_DIALECT_FOR_TABLES = (
    "no requirement on stored events is judged: the template has no bucket, and no dialect names "
    "a table; give a dialect with [events] and table = \"LOGICAL_ID\"")


@dataclass(frozen=True, slots=True)
class Subject:
    """The files to survey; ``dialect`` None: the default one."""

    template: Template
    contract: Contract
    dialect: Dialect | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The facts of a system and its mistakes.

    ``parts``: None if no run could begin. ``speakers``: by route, the command types and ``query``
    that the dialect sends there. ``problems``: each is one sentence. ``notes``: facts that a user
    should know, and that stop no run. ``not_judged``: by reason, the requirements left out.
    """

    subject: Subject
    parts: Participants | None
    speakers: Mapping[Route, tuple[str, ...]]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    not_judged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def role(self, function: str) -> str:
        """The role of a function; empty if it takes no part."""
        return "" if self.parts is None else self.parts.roles.get(function, "")


def survey(subject: Subject) -> Survey:
    """Survey a system."""
    parts, mistakes = _parts(subject)
    taking_part = [f for f in subject.template.functions if parts is None or
                   f.logical_id in parts.roles]
    problems = [
        *mistakes,
        *unusable(subject.template, taking_part),
        *filter(None, (code_problem(f) for f in taking_part if not _without_code(f))),
        *(_relay_problems(subject, parts) if parts else ()),
        *(_mapped_routes(parts) if parts else ()),
        *users_of_other_stores(subject.template.path, tuple(f.logical_id for f in taking_part)),
    ]
    return Survey(subject, parts, dict(_speakers(subject)), tuple(dict.fromkeys(problems)),
                  tuple(_notes(subject, parts)), _left_out(subject))


def _parts(subject: Subject) -> tuple[Participants | None, list[str]]:
    """The parts of the system, or every mistake that keeps them from being found."""
    try:
        return participants(subject.template, subject.contract.path, subject.dialect), []
    except UserMistake as error:
        mistakes = [str(error)]
    for part in _smaller(subject.dialect):
        mistakes += _mistakes(subject, part)
    return None, list(dict.fromkeys(mistakes))


def _smaller(dialect: Dialect | None) -> Iterator[Dialect]:
    """The dialect with one command at a time, so that one mistake hides no other."""
    for kind, form in dialect.commands.items() if dialect else ():
        assert dialect is not None
        yield replace(dialect, commands={kind: form})


def _mistakes(subject: Subject, dialect: Dialect) -> list[str]:
    try:
        participants(subject.template, subject.contract.path, dialect)
    except UserMistake as error:
        return [str(error)]
    return []


def unusable(template: Template, functions: Collection[Function]) -> Iterator[str]:
    """The mistakes of a template that AWS refuses, or whose functions nothing could start."""
    yield from dangling_references(template.path)
    for function in functions:
        problem = unknown_runtime(template, function) or _without_code(function)
        if problem:
            yield problem


def _without_code(function: Function) -> str | None:
    try:
        function.runnable()
    except HarnessError as error:
        return str(error)
    return None


def _relay_problems(subject: Subject, parts: Participants) -> Iterator[str]:
    roles = parts.functions(Role.COMMAND), parts.functions(Role.PROJECTION)
    try:
        refuse_relays(subject.template, subject.contract.path, roles)
        refuse_dead_ends(subject.template, *roles)
    except UserMistake as error:
        yield str(error)


def _mapped_routes(parts: Participants) -> Iterator[str]:
    for found in dict.fromkeys(parts.routes):
        if not found.proxy:
            yield (f"route {found}: its integration maps requests by a template, which is not "
                   "imitated here; hand the request over as it is, or judge the deployed stack")


def _speakers(subject: Subject) -> Iterator[tuple[Route, tuple[str, ...]]]:
    """Each route of the template with the messages that go there."""
    messages = dict(_routed(subject))
    found: dict[Route, list[str]] = {}
    for name, (method, path) in messages.items():
        matched = route(subject.template, method, path)
        if matched is not None:
            found.setdefault(matched[0], []).append(name)
    return ((place, tuple(names)) for place, names in found.items())


def _routed(subject: Subject) -> Iterator[tuple[str, tuple[str, str]]]:
    """The messages that go to a route, with its method and a sample of its path."""
    if subject.dialect is None:
        yield "commands", ("POST", subject.contract.path)
        yield "query", ("GET", f"{subject.contract.path.rstrip('/')}/x")
        return
    forms = {kind: form.message for kind, form in subject.dialect.commands.items()}
    forms |= {f"setup {setup.name}": setup.message for setup in subject.dialect.setups
              if setup.message is not None}
    for name, message in {**forms, "query": subject.dialect.query.message}.items():
        if isinstance(message.address, DialectRoute):
            path = message.address.path
            yield name, (message.address.method, path.fill(dict.fromkeys(path.names, "x")))


def _notes(subject: Subject, parts: Participants | None) -> Iterator[str]:
    template = subject.template
    if subject.dialect is None and not template.buckets and template.tables:
        yield NO_DIALECT_FOR_TABLES
    if parts is not None:
        taking_part = {*parts.roles, *template.invocations.helpers(parts.roles)}
        idle = [f.logical_id for f in template.functions if f.logical_id not in taking_part]
        if idle:
            yield f"no run invokes {', '.join(idle)}"
        passing_on = parts.functions(Role.COMMAND) | parts.functions(Role.RELAY)
        for told in dead_ends(template, passing_on):
            yield f"{told}: what is sent there is left out"
        yield from other_pythons(template, taking_part)
    yield from _elsewhere(subject, parts)
    yield from template.warnings
    yield from template.not_imitated


def _elsewhere(subject: Subject, parts: Participants | None) -> Iterator[str]:
    """The events and views that another contract is for."""
    store = None if subject.dialect is None else subject.dialect.store
    streamed = dict.fromkeys(feed.source for feed in subject.template.streams
                             if parts is not None and feed.function in parts.roles)
    if store is not None and store.table in streamed:
        for other in [table for table in streamed if table != store.table]:
            yield (f"[events] names {store.table}, so no requirement judges the events in {other}: "
                   "give them a contract and a dialect of their own, and run each")
    for name in subject.dialect.other_queries if subject.dialect else ():
        yield (f'no requirement judges the view of [queries.{name}]: run a contract with query = '
               f'"{name}" as well')


def _left_out(subject: Subject) -> dict[str, tuple[str, ...]]:
    """The requirements that the dialect leaves out, by the reason."""
    found: dict[str, list[str]] = {}
    for requirement in subject.contract.requirements:
        reason = _reason(subject.dialect, subject.contract, requirement)
        if reason is not None:
            found.setdefault(f"{reason.outcome.value}: {reason.reason}", []).append(requirement.id)
    return {reason: tuple(ids) for reason, ids in found.items()}


def _reason(
    dialect: Dialect | None, contract: Contract, requirement: Requirement
) -> NotJudged | None:
    if dialect is None:
        return None
    return not_judged(dialect, requirement, contract.repetition)


def relative(path: Path) -> str:
    """A path for people: below the working folder it is relative to it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
