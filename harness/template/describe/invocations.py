"""Functions that other functions of the template invoke, and how.

A policy or a variable names the function. An invocation is synchronous unless the code asks for
another one (Lambda API reference, "Invoke": InvocationType is RequestResponse by default). Code
that cannot be read as text may ask for either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile

from harness.template.describe.feeds import Destination, Invocations
from harness.template.describe.model import Function, InlineCode
from harness.template.read.resources import Resources, mapping

SOURCES: Final = (".py", ".js", ".mjs", ".cjs", ".ts", ".java", ".go", ".rs", ".kt")
COMPILED: Final = (".jar", ".class")
LEFT_OUT: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
LARGEST: Final = 4 << 20
"""Bytes of a file that is read; a larger one is taken for compiled code."""
_EVENT: Final = re.compile(
    rb"""InvocationType\W{1,8}(?:\w+[.:]+)*["'`]?Event\b|InvocationType(?:\.|::)?EVENT\b"""
    rb"""|\binvocation_?type\W{1,8}(?:\w+[.:]+)*["'`]?Event\b""", re.I)


def read_invocations(
    functions: Iterable[Function], resources: Resources, uses: Mapping[str, frozenset[str]],
    destinations: Iterable[Destination] = (),
) -> Invocations:
    """The functions of the template that each of them may invoke."""
    known = {function.logical_id: function for function in functions}
    callees = {name: uses.get(name, frozenset()) & known.keys() - {name} for name in known}
    told = {each.function for each in destinations if each.kind == "function"}
    asking = told | {name for name, named in callees.items()
                     if named and _asks_for_events(known[name], resources)}
    return Invocations(
        called={name: named for name, named in callees.items() if named and name not in asking},
        events={name: named for name, named in callees.items() if name in asking})


def with_helpers(
    uses: Mapping[str, frozenset[str]], called: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]]:
    """The resources that each function may use, those of the functions that it calls among them."""
    found = dict(uses)
    for name in called:
        reached = Invocations(called).helpers([name])
        found[name] = frozenset().union(found.get(name, frozenset()),
                                        *(uses.get(each, frozenset()) for each in reached))
    return found


def _asks_for_events(function: Function, resources: Resources) -> bool:
    """Tell if a function's code, or one of its variables, asks for asynchronous invocations."""
    environment = mapping(resources.properties(function.logical_id).get("Environment"))
    if "Event" in map(str, mapping(environment.get("Variables")).values()):
        return True
    if isinstance(function.code, InlineCode):
        return _EVENT.search(function.code.source.encode("utf-8", "replace")) is not None
    return isinstance(function.code, Path) and any(
        text is None or _EVENT.search(text) for text in _texts(function.code))


def _texts(code: Path) -> Iterator[bytes | None]:
    """The texts of a function's code; None for a part that is compiled."""
    try:
        if code.is_file():
            yield from _packed(code)
            return
        for path in sorted(code.rglob("*")):
            if path.is_file() and not LEFT_OUT & set(path.relative_to(code).parts):
                yield from _text(path)
    except (OSError, BadZipFile):
        return


def _text(path: Path) -> Iterator[bytes | None]:
    if path.suffix in COMPILED or path.name == "bootstrap":
        yield None
    elif path.suffix in SOURCES and path.stat().st_size <= LARGEST:
        yield path.read_bytes()


def _packed(code: Path) -> Iterator[bytes | None]:
    if code.suffix == ".jar":
        yield None
        return
    with ZipFile(code) as archive:
        for entry in archive.infolist():
            path = Path(entry.filename)
            if path.suffix in COMPILED or path.name == "bootstrap":
                yield None
            elif path.suffix in SOURCES and not LEFT_OUT & set(path.parts) and (
                    entry.file_size <= LARGEST):
                yield archive.read(entry)
