"""A survey as text: the parts of a system, then its mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.adopt.survey import Survey, relative
from harness.core.history import Role
from harness.report.terminal import limited
from harness.template import Function, RemoteCode, Route, Template

HINT = ("The contract is {name}, the default. Give --contract NAME|FILE.py:NAME, or write a first "
        "contract and dialect with: cqrs-conformance adopt --template {template}")


def render_survey(found: Survey, *, by_default: bool = False) -> str:
    """The facts and the mistakes; ``by_default``: the contract is the one taken without an option.

    A table's columns are as wide as their longest entry.
    """
    template, contract = found.subject.template, found.subject.contract
    lines = [
        f"Template: {relative(template.path)}",
        f"Contract: {contract.name} ({', '.join(contract.types)})",
        f"Dialect:  {_dialect(found)}",
        *_titled("Functions", _functions(found)),
        *_titled("Routes", _routes(found)),
        *_titled("Events", _events(template)),
        *_titled("Stores", _stores(found)),
        *_titled("Relays", (f"{r.name}, started by {r.source}" for r in template.relays), ()),
        *_titled("Not judged", (f"{', '.join(ids)}: {reason}" for reason, ids
                                in found.not_judged.items()), ()),
        *_titled("Notes", found.notes, ()),
        "",
        *_verdict(found),
    ]
    if by_default and found.problems:
        lines.append(HINT.format(name=contract.name, template=relative(template.path)))
    return "\n".join(lines)


def _dialect(found: Survey) -> str:
    dialect = found.subject.dialect
    if dialect is None:
        return "the default one"
    return "in the settings" if dialect.path is None else relative(dialect.path)


def _titled(title: str, lines: Iterable[str], empty: tuple[str, ...] = ("none",)) -> list[str]:
    shown = list(lines) or list(empty)
    return ["", f"{title}:", *(f"  {limited(line)}" for line in shown)] if shown else []


def _functions(found: Survey) -> list[str]:
    return _columns((f.logical_id, found.role(f.logical_id) or "-", f.runtime, f.handler, _code(f))
                    for f in found.subject.template.functions)


def _code(function: Function) -> str:
    code = function.code
    if isinstance(code, Path):
        return relative(code)
    return code.uri or code.kind if isinstance(code, RemoteCode) else "in the template"


def _routes(found: Survey) -> list[str]:
    return _columns((_shown(r), f"-> {r.target}", ", ".join(found.speakers.get(r, ())))
                    for r in found.subject.template.routes)


def _shown(route: Route) -> str:
    return f"function URL {route.gateway}" if route.own else str(route)


def _events(template: Template) -> Iterator[str]:
    for rule in template.rules:
        targets = ", ".join(target.logical_id for target in rule.targets) or "nothing"
        bus = f" on {rule.bus}" if rule.bus else ""
        yield f"{rule.logical_id}{bus} {rule.pattern or ''} -> {targets}"
    for feed in template.feeds:
        yield f"queue {feed.queue} -> {feed.function}"
    for stream in template.streams:
        yield f"stream of table {stream.source} -> {stream.function}"
    for shards in template.shards:
        yield f"Kinesis stream {shards.source} (shards: {shards.shards}) -> {shards.function}"
    yield from _invocations(template)


def _invocations(template: Template) -> Iterator[str]:
    for verb, found in (("invokes", template.invocations.events),
                        ("calls", template.invocations.called)):
        for function, callees in found.items():
            yield f"{function} {verb} {', '.join(sorted(callees))}"


def _stores(found: Survey) -> Iterator[str]:
    template, parts = found.subject.template, found.parts
    events = () if parts is None else (parts.event_bucket, parts.event_table)
    for kind, names in (("bucket", template.buckets), ("table", template.tables)):
        for name in names:
            yield f"{kind} {name}{' (stored events)' if name in events else ''}"


def _columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows with their entries one below the other."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in table]


def _verdict(found: Survey) -> list[str]:
    roles = set(found.parts.roles.values()) if found.parts else set()
    if found.problems:
        count = "One mistake" if len(found.problems) == 1 else f"{len(found.problems)} mistakes"
        return [f"{count}:", *(f"  {limited(problem)}" for problem in found.problems)]
    missing = "" if Role.PROJECTION in roles else " The query folds the events: nothing projects."
    return [f"No mistake found.{missing}"]
