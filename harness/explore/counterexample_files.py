"""Counterexamples in files: written when a requirement fails, played again or judged again later.

A file says where the counterexample was found and has everything that the JSON report has of it:
scenario, history, violation. Nothing in it depends on which play it was, so the same failure is
the same file. Requests are kept as the scenario has them: what a stage adds to them (headers of
authentication) is in no file.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.core import scenario_json
from harness.core.bodies import text_without_namespace
from harness.core.errors import UserMistake
from harness.core.history import History
from harness.core.history_json import HistoryError, from_lines, to_lines
from harness.core.scenario import Scenario
from harness.core.scenario_json import ScenarioError
from harness.core.shapes import shape_error
from harness.core.verdict import Counterexample
from harness.core.violation import Cause, Hop, Kind

PLAIN_NAMESPACE = "n00000"
"""In a report every history has this namespace: which play it was depends on those before."""


def evidence(found: Counterexample) -> dict[str, Any]:
    """A counterexample as JSON-ready data."""
    namespace = found.history.namespace
    lines = (text.replace(namespace, PLAIN_NAMESPACE) for text in to_lines(found.history))
    return {
        "scenario": scenario_json.dump(found.scenario),
        "history": [json.loads(text) for text in lines],
        "expected": _plain(found.violation.expected, namespace),
        "observed": _plain(found.violation.observed, namespace),
        "violation": found.violation.kind.value,
        "hop": found.violation.hop.value,
        **({} if found.causes is None else {"causes": _in_order(found.causes)}),
        **({"reproduced": _reproduced(found)} if found.reproduced else {}),
    }


def _in_order(causes: frozenset[Cause]) -> list[str]:
    return [cause.value for cause in Cause if cause in causes]


def _reproduced(found: Counterexample) -> list[dict[str, Any]]:
    return [{"stage": name, "times": times, "of": tries}
            for name, times, tries in found.reproduced]


def _plain(value: Any, namespace: str) -> Any:
    if isinstance(value, str):
        return value.replace(namespace, "")
    return json.loads(text_without_namespace(value, namespace), parse_float=_number)


def _number(text: str) -> float | str:
    """A number as a double, or as its text where that is no number in JSON."""
    value = float(text)
    return value if math.isfinite(value) else text


FORMAT = "cqrs-conformance counterexample"
VERSION = 1
DEFAULT_FOLDER = Path(".cqrs-conformance/counterexamples")
_REMEDY = "give a file that a failing run has written"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a counterexample comes from; no template: the one that comes with the contract.

    ``dialect``: the file of the dialect that was given. A file has it only if there was one.
    """

    contract: str
    template: str | None
    requirement: str
    stage: str
    seed: int
    dialect: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A counterexample as its file has it; ``expected`` and ``observed`` are JSON-ready."""

    origin: Origin
    scenario: Scenario
    history: History
    violation: Kind
    hop: Hop
    expected: Any
    observed: Any


class FileError(UserMistake):
    """A counterexample or history cannot be written or read."""


def document(origin: Origin, found: Counterexample) -> dict[str, Any]:
    """A counterexample's file as JSON-ready data."""
    where = {name: value for name, value in asdict(origin).items()
             if value is not None or name != "dialect"}
    return {"format": FORMAT, "version": VERSION, **where, **evidence(found)}


def save(folder: Path, written: Mapping[str, Any]) -> Path:
    """Write a file, named by its requirement and what it holds; gives its path.

    Raises:
        FileError: it cannot be written.
    """
    about = [written[name] for name in ("contract", "template", "stage", "scenario")]
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:8]
    path = folder / f"{written['requirement']}-{digest}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder == DEFAULT_FOLDER:
            (folder.parent / ".gitignore").write_text("*\n", "utf-8")
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(written, indent=1) + "\n", "utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise FileError(
            f"counterexample {path}",
            f"cannot be written: {error.strerror or error}",
            "give --counterexamples a folder that you may write to") from error
    return path


def read(path: Path) -> Saved:
    """The counterexample in a file.

    Raises:
        FileError: there is none in it.
    """
    return _loaded(path, text_of(path))


def read_history(path: Path) -> tuple[History, Saved | None]:
    """The history in a file: a counterexample's, which comes with it, or JSON Lines.

    Raises:
        FileError: there is none in it.
    """
    text = text_of(path)
    if FORMAT in text[:200]:
        saved = _loaded(path, text)
        return saved.history, saved
    try:
        return from_lines(text.splitlines()), None
    except HistoryError as error:
        raise FileError(
            str(path),
            f"neither a counterexample nor a history in JSON Lines ({error})",
            _REMEDY) from None


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        FileError: it cannot be read.
    """
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise FileError(str(path), "not UTF-8 text", _REMEDY) from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or error}", _REMEDY) from None


def _loaded(path: Path, text: str) -> Saved:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileError(str(path), "not a counterexample of cqrs-conformance", _REMEDY)
    if found.get("version") != VERSION:
        raise FileError(
            str(path),
            f"version {found.get('version')!r:.80} of the format, but this cqrs-conformance "
            f"reads version {VERSION}",
            "use the one that wrote it")
    try:
        return load(found)
    except (ScenarioError, HistoryError, KeyError, ValueError, TypeError) as error:
        told = f"no member {error}" if isinstance(error, KeyError) else str(error)
        raise FileError(str(path), f"damaged: {told}", "let a run write it again") from None


def load(found: Mapping[str, Any]) -> Saved:
    """The counterexample that ``document`` described.

    Raises:
        ScenarioError, HistoryError, KeyError, ValueError, TypeError: it is another document.
    """
    names = Origin.__dataclass_fields__
    saved = Saved(
        origin=Origin(**{name: found[name] for name in names if name != "dialect"},
                      dialect=found.get("dialect")),
        scenario=scenario_json.load(found["scenario"]),
        history=from_lines([json.dumps(record) for record in found["history"]]),
        violation=Kind(found["violation"]),
        hop=Hop(found["hop"]),
        expected=found["expected"],
        observed=found["observed"],
    )
    wrong = shape_error(saved.origin)
    if wrong is not None:
        raise ValueError(wrong)
    return saved
