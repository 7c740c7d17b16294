"""Templates of whole public repositories: each is read, or refused in one sentence.

Each is read in a process of its own that is ended after a while, so that a hang is counted.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.fidelity.comparison import Comparison
from harness.core.errors import UserMistake
from harness.template import load

SUFFIXES = (".yaml", ".yml", ".json")
MARKS = ("AWS::Serverless", "AWS::Lambda::Function", "AWSTemplateFormatVersion")
MOST_BYTES = 1_000_000
SECONDS = 60.0
"""The time after which reading a template counts as a hang."""
FINE = "read, or refused in a sentence"


def templates(folder: Path) -> Iterator[Comparison]:
    """Whatever looks like a template, in all folders."""
    waiting = list(_templates(folder))
    while waiting:
        given, told = multiprocessing.Pipe()
        reader = multiprocessing.Process(target=_read_all, args=(told, waiting), daemon=True)
        reader.start()
        told.close()
        while waiting:
            outcome = _next(given)
            yield Comparison(str(waiting.pop(0).relative_to(folder)), FINE, outcome)
            if outcome != FINE:
                break
        reader.kill()
        reader.join()


def _next(given: Connection) -> str:
    if not given.poll(SECONDS):
        return "a hang"
    try:
        return str(given.recv())
    except EOFError:
        return "the end of the process"


def _read_all(told: Connection, paths: list[Path]) -> None:
    for path in paths:
        told.send(_outcome(path))


def _outcome(path: Path) -> str:
    try:
        load(path)
    except UserMistake as mistake:
        return FINE if str(mistake).strip() else "an empty sentence"
    except Exception as error:  # whatever it is
        return f"{type(error).__name__}: {error}"[:200]
    return FINE


def _templates(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < MOST_BYTES:
            text = path.read_text("utf-8", errors="replace")
            if "Resources" in text and any(mark in text for mark in MARKS):
                yield path
