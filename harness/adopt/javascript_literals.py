"""Literals of JavaScript code, by regular expressions: whole files, without a syntax tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import dirname, join, normpath

from harness.adopt.literals import (
    BODY_NAMES,
    EVENT_TYPE,
    Code,
    Literals,
    key_header,
    of_events,
    unique,
)

NAMES = "|".join(sorted(BODY_NAMES))
MEMBER = re.compile(rf"\b(?:{NAMES})(?:\?)?(?:\.([A-Za-z_$][\w$]*)\b(?!\s*\()|\[[\"'](\w+)[\"']\])")
UNPACKED = re.compile(
    rf"\{{([^{{}}]*)\}}\s*=\s*(?:await\s+)?(?:JSON\.parse\(|(?:{NAMES})\b(?![.\[(]))")
ZOD = re.compile(r"(\w+)\s*:\s*((?:z|Joi|joi)\.\w+\(\)[^,\n}]*)")
"""A member of a model, as zod and Joi write it."""
TEXT = re.compile(r"[\"'`]([A-Za-z_0-9]+)[\"'`]")
OBJECT = re.compile(r"\b{name}[\"']?\s*:\s*(?:[\w.]+\()*\s*(?:\{{|(\w+)\b)")
PREFIX = re.compile(r"(\w+)[\"']?\s*:\s*(?:\{\s*S\s*:\s*)?`([^`$]+)\$\{[^`}]*\}`")
JSON_TEXT = re.compile(r"\b(\w+)[\"']?\s*:\s*(?:\{\s*S\s*:\s*)?JSON\.stringify\(")
LOCAL = re.compile(r"(?:require\(|from\s+|import\()\s*[\"'](\.{1,2}/[^\"']+)[\"']")
NOT_MEMBERS = frozenset({"length", "map", "filter", "reduce", "body", "headers", "toString",
                         "pathParameters", "queryStringParameters", "requestContext", "detail"})


def javascript_literals(code: Code, text: str, file: str) -> Literals:
    """The literals of a handler's file, with what the local files that it imports write."""
    own = _read(text)
    for name in LOCAL.findall(text):
        place = normpath(join(dirname(file), name))
        found = code.first((place, *(place + end for end in (
            ".js", ".mjs", ".cjs", "/index.js", "/index.mjs"))))
        if found is not None:
            there = _read(found[1])
            own = own.merged(Literals(attributes=there.attributes, detail=there.detail,
                                      prefixes=there.prefixes, key_header=there.key_header,
                                      texts=there.texts))
    return own


def _read(text: str) -> Literals:
    members = [a or b for a, b in MEMBER.findall(text)]
    unpacked = [name for names in UNPACKED.findall(text) for name in _unpacked(names)]
    return Literals(
        members=unique(n for n in (*unpacked, *members) if n not in NOT_MEMBERS),
        models={name: written.strip() for name, written in ZOD.findall(text)},
        event_types=unique(t for t in TEXT.findall(text) if EVENT_TYPE.fullmatch(t)),
        attributes=unique(_keys_of("Item", text)),
        detail=unique(_keys_of("Detail", text)),
        prefixes=of_events(PREFIX.findall(text)), key_header=key_header(text),
        texts=unique(JSON_TEXT.findall(text)))


def _unpacked(names: str) -> Iterator[str]:
    """The members in ``{ a, b: c, d = 1 }``."""
    for part in names.split(","):
        name = re.split(r"[:=]", part)[0].strip()
        if name.isidentifier():
            yield name


def _keys_of(name: str, text: str) -> Iterator[str]:
    """The keys of the object that stands at a name, or of the one that the variable there has."""
    for found in re.finditer(OBJECT.pattern.format(name=name), text):
        if found[1] is None:
            yield from _keys(text, found.end() - 1)
        else:
            assigned = re.search(rf"\b{found[1]}\s*=\s*\{{", text)
            yield from _keys(text, assigned.end() - 1) if assigned else ()


def _keys(text: str, start: int) -> Iterable[str]:
    """The keys of the object that begins at a place, without those of objects in it."""
    depth, plain = 0, []
    for character in text[start : start + 2000]:
        depth += (character in "{[(") - (character in "}])")
        if depth == 0:
            break
        if depth == 1 and character not in "}])":
            plain.append(character)
    shallow = "".join(plain)[1:]
    parts = (part.split(":")[0].strip().strip("\"'") for part in shallow.split(","))
    return [part for part in parts if part.isidentifier()]
