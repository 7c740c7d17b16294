"""The plain literals of a function's code that tell of its messages: names, never values.

Only the handler and the functions of the same file that it calls are read, and files of the code
that it imports. A name that is computed is not found; a draft marks what it could not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from harness.template import Function, InlineCode

LARGEST = 400_000
"""Characters of a file that are read at most, without the packages in it."""
BUNDLE = 8_000_000
"""Bytes of a file that are looked at: bundles hold packages as well."""
FILE_IN_BUNDLE = re.compile(r"^ *// (\S+\.[cm]?[jt]sx?)$", re.MULTILINE)
"""The comment that a bundler writes before the code of each file."""
LONGEST_LINE = 5000
"""Characters of a line; code with longer ones is minified, and its names tell nothing."""
EVENT_TYPE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?:[A-Z][a-z0-9]+){2,}(?<=ed)")
"""Texts that look like the type of an event: ORDER_CREATED, OrderCreated."""
KEY_HEADER = re.compile(r"[\"']((?:x-)?idempotency-key)[\"']", re.IGNORECASE)
"""A header that marks a repetition, in any language."""
BESIDE = re.compile(r"outbox|request|idempot|snapshot|lock|head|meta|job|unique", re.IGNORECASE)
"""Names of items that stand beside events."""
BODY_NAMES = frozenset({"body", "payload", "data", "command", "cmd", "request", "params", "input",
                        "dto"})
"""Names of variables that usually hold a request's body."""


@dataclass(frozen=True, slots=True)
class Literals:
    """Names in code.

    ``members``: of a request's body. ``models``: member -> its type as the model writes it.
    ``event_types``: texts that look like the type of an event.
    ``attributes``: of items that are put into a table. ``prefixes``: attribute -> the text that
    its value begins with. ``detail``: members of published events. ``key_header``: the header that
    marks a repetition; empty if none is read. ``texts``: names whose value is JSON text.
    """

    members: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    event_types: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)
    key_header: str = ""
    texts: tuple[str, ...] = ()

    def merged(self, other: Literals) -> Literals:
        """These literals and other ones; each name once, these first."""
        return Literals(
            unique(self.members, other.members), {**other.models, **self.models},
            unique(self.event_types, other.event_types),
            unique(self.attributes, other.attributes), unique(self.detail, other.detail),
            {**other.prefixes, **self.prefixes}, self.key_header or other.key_header,
            unique(self.texts, other.texts))


def without_packages(text: str) -> str:
    """The code of a bundle's own files; empty if it is minified. Any other code is as it was."""
    begin, *files = FILE_IN_BUNDLE.split(text)
    named = list(zip(files[::2], files[1::2], strict=True))
    if any("node_modules/" in name for name, _ in named):
        begin = "\n".join(code for name, code in named if "node_modules/" not in name)
        return begin or "\n"
    return "" if any(len(line) > LONGEST_LINE for line in text.splitlines()) else text


def unique(*names: Iterable[str]) -> tuple[str, ...]:
    """All the names in order, each once."""
    return tuple(dict.fromkeys(name for each in names for name in each))


def of_events(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each attribute the first text that its value begins with, of events where there are any.

    A table of events may have items beside them, such as an outbox, whose keys tell what they are.
    """
    found: dict[str, str] = {}
    for name, beginning in sorted(pairs, key=lambda pair: BESIDE.search(pair[1]) is not None):
        found.setdefault(name, beginning)
    return found


def key_header(text: str) -> str:
    """The header that marks a repetition in a text, as it is usually written; empty without one."""
    found = KEY_HEADER.search(text)
    return "" if found is None else found[1].title()


class Code:
    """The text files of a function, by their names relative to its code."""

    def __init__(self, function: Function) -> None:
        self._code = function.code
        self.inline = function.code.source if isinstance(function.code, InlineCode) else None

    def text(self, name: str) -> str | None:
        """The text of a file; None if there is none that can be read."""
        if not isinstance(self._code, Path):
            return None
        try:
            data = self._in_archive(name) if self._code.is_file() else (
                self._code / name).read_bytes()
        except (OSError, KeyError, BadZipFile):
            return None
        text = without_packages(data.decode("utf-8", "replace")) if len(data) <= BUNDLE else ""
        return text if 0 < len(text) <= LARGEST or not data else None

    def _in_archive(self, name: str) -> bytes:
        assert isinstance(self._code, Path)
        with ZipFile(self._code) as packed:
            return packed.read(name)

    def first(self, names: Iterable[str]) -> tuple[str, str] | None:
        """The first of some files that is there, with its text."""
        return next(((name, text) for name in names
                     if (text := self.text(name)) is not None), None)
