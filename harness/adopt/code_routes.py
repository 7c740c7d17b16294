"""The routes that a web framework serves behind one route for all paths, read from the sources.

A function behind ``ANY /{proxy+}`` often holds a whole application: Express and its kin, Flask,
FastAPI, Powertools for AWS Lambda, Spring. Each route is one line there, which these expressions
read; a prefix counts where it stands in the same file. What is computed is not found.

Sources: the documentation of these frameworks, "Routing"; Spring, "Mapping Requests".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.adopt.code_files import own_files
from harness.adopt.openapi import Operation, Operations, plain_path

ENDINGS = (".py", ".js", ".mjs", ".cjs", ".ts", ".java", ".kt")
LEFT_OUT = frozenset({"test", "tests", "__tests__", "build", "target", "dist"})
"""Folders that hold tests, and what was built of the sources."""
MOST, LARGEST = 400, 400_000
"""Files that are read, and bytes of each."""
CALL = re.compile(r"\b(?:app|router|api|server|bp|blueprint|\w*[Rr]outer|\w*[Aa]pp)\s*\."
                  r"(get|post|put|patch|delete)\(\s*[\"'`](/[^\"'`]*)[\"'`]")
"""``app.post('/orders', ...)`` and ``@app.post("/orders")``."""
CHAINED = re.compile(r"^\s*\.(get|post|put|patch|delete)\(\s*[\"'`](/[^\"'`]*)[\"'`]", re.MULTILINE)
MAKES_APP = re.compile(r"\b(?:express|Router|fastify|Hono)\(")
"""``express()`` with ``.post('/orders', ...)`` in a line of its own."""
FLASK = re.compile(r"\.route\(\s*[\"'](/[^\"']*)[\"'](?:[^)]*methods\s*=\s*[\[(]([^\])]*))?")
PREFIX = re.compile(r"@RequestMapping\(\s*(?:(?:path|value)\s*=\s*)?\"([^\"]*)\"\s*\)"
                    r"(?=[^;{]*\bclass\b)")
MAPPING = re.compile(r"@(Get|Post|Put|Patch|Delete)Mapping\b"
                     r"(?:\(\s*(?:(?:path|value)\s*=\s*)?\{?\s*(?:\"([^\"]*)\")?)?")
REQUEST = re.compile(r"@RequestMapping\(([^)]*RequestMethod\.\w+[^)]*)\)")
PATH_IN = re.compile(r"\"([^\"]*)\"")
METHOD_IN = re.compile(r"RequestMethod\.(\w+)")
PARAMETER = re.compile(r":(\w+)\??|<(?:\w+:)?(\w+)>|\{(\w+)(?::[^}]*)?\}")
"""``:id`` of Express, ``<int:id>`` of Flask, ``{id}`` of the others."""


def routes_in_code(folder: Path) -> Operations:
    """The routes that the sources below a folder name, without their members."""
    found: dict[tuple[str, str], Operation] = {}
    for text in _texts(folder):
        for method, path in _routes(text):
            named = PARAMETER.sub(lambda m: f"{{{m[1] or m[2] or m[3]}}}", path)
            found.setdefault((method, plain_path(named)), Operation(named))
    return found


def _texts(folder: Path) -> Iterator[str]:
    sources = [path for path in own_files(folder) if path.suffix in ENDINGS
               and not LEFT_OUT & set(path.relative_to(folder).parts[:-1])]
    for path in sources[:MOST]:
        if path.stat().st_size <= LARGEST:
            yield path.read_text("utf-8", "replace")


def _routes(text: str) -> Iterator[tuple[str, str]]:
    for method, path in CALL.findall(text):
        yield method.upper(), path
    for method, path in CHAINED.findall(text) if MAKES_APP.search(text) else ():
        yield method.upper(), path
    for path, methods in FLASK.findall(text):
        for method in re.findall(r"[A-Z]+", methods) or ["GET"]:
            yield method, path
    yield from _of_spring(text)


def _of_spring(text: str) -> Iterator[tuple[str, str]]:
    prefix = next(iter(PREFIX.findall(text)), "")
    for method, path in MAPPING.findall(text):
        yield method.upper(), _joined(prefix, path)
    for inside in REQUEST.findall(text):
        path = next(iter(PATH_IN.findall(inside)), "")
        for method in METHOD_IN.findall(inside):
            yield method, _joined(prefix, path)


def _joined(prefix: str, path: str) -> str:
    parts = [part.strip("/") for part in (prefix, path)]
    return "/" + "/".join(part for part in parts if part)

