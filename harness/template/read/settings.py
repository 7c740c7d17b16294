"""The table ``[tool.cqrs-conformance]``, for templates from which roles cannot be read.

It stands in pyproject.toml or in cqrs-conformance.toml (there also as top-level keys),
in the template's folder or the nearest folder above it, not beyond the repository.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from harness.template.read.errors import SettingsInvalid, enumeration, on_one_line, suggestion

NO_PARAMETERS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Settings:
    """The content of ``[tool.cqrs-conformance]``; empty by default.

    ``runtimes``: the words of the command that starts a runtime, by its name or beginning.
    ``dialect``: the table of that name as it is written; None: there is none.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    command: str | None = None
    query: str | None = None
    projection: tuple[str, ...] = ()
    runtimes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dialect: Mapping[str, Any] | None = None
    path: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of a run, by the name that the command line has, with their values as they are."""


OPTIONS = ("template", "contract", "profile", "requirement", "exclude", "seed", "strict",
           "baseline", "max-failures", "max-time", "no-known")
ROLES = ("parameters", "command", "query", "projection", "runtimes", "dialect")
KNOWN = (*ROLES, *OPTIONS)
NAME = "cqrs-conformance"
TABLE = f"[tool.{NAME}]"


def find(folder: Path) -> Settings:
    """The settings for a template in that folder; without any, the defaults.

    Raises:
        SettingsInvalid: the file is not TOML, or has unknown or ill-typed keys.
    """
    try:
        return _nearest_settings(folder.resolve())
    except OSError as error:
        reason = on_one_line(str(error))
        raise _invalid(folder, "readable folders above it", reason, "make them so") from None


def _nearest_settings(here: Path) -> Settings:
    for place in (here, *here.parents):
        found = _own_file(place) or _pyproject(place)
        if found is not None or (place / ".git").exists():
            return found or Settings()
    return Settings()


def _own_file(place: Path) -> Settings | None:
    path = place / f"{NAME}.toml"
    if not path.is_file():
        _refuse_misspelled(place, {each.stem for each in place.glob("*.toml")}, ".toml")
        return None
    document = _toml(path)
    table = _table(document)
    return _settings(path, document if table is None else table)


def _pyproject(place: Path) -> Settings | None:
    path = place / "pyproject.toml"
    if not path.is_file():
        return None
    document = _toml(path)
    table = _table(document)
    if table is None:
        tool = document.get("tool")
        _refuse_misspelled(path, tool if isinstance(tool, dict) else ())
    return None if table is None else _settings(path, table)


def _refuse_misspelled(path: Path, names: Iterable[str], ending: str = "") -> None:
    """Refuse a name that can only be meant for ours: nothing would ever read it."""
    meant = next((name for name in names if name.lower().replace("_", "-") == NAME), None)
    if meant is not None:
        raise _invalid(path, f"the name {NAME}{ending}", f"{meant}{ending}", "rename it")


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _invalid(path, "TOML", on_one_line(str(error)), "correct the file") from None


def _table(document: Mapping[str, Any]) -> Any:
    tool = document.get("tool")
    return tool.get(NAME) if isinstance(tool, dict) else None


def _settings(path: Path, table: Any) -> Settings:
    if not isinstance(table, dict):
        raise _invalid(path, f"{TABLE} to be a table", repr(table)[:80], "make it a table")
    _refuse_unknown(path, table)
    return Settings(
        parameters=_parameters(path, table.get("parameters", {})),
        command=_name(path, table, "command"),
        query=_name(path, table, "query"),
        projection=_names(path, table.get("projection", ())),
        runtimes=_runtimes(path, table.get("runtimes", {})),
        dialect=_dialect(path, table.get("dialect")),
        path=path,
        options={key: table[key] for key in OPTIONS if key in table},
    )


def _refuse_unknown(path: Path, table: Mapping[str, Any]) -> None:
    unknown = next((key for key in table if key not in KNOWN), None)
    if unknown is not None:
        hint = suggestion(unknown, KNOWN) + "rename or remove it"
        raise _invalid(path, f"only the keys {enumeration(KNOWN)}", f"the key {unknown}", hint)


def _parameters(path: Path, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or any(isinstance(v, dict | list) for v in value.values()):
        raise _invalid(
            path, "parameters to be a table of plain values", repr(value)[:80], "give strings"
        )
    return {name: _plain(item) for name, item in value.items()}


def _dialect(path: Path, value: Any) -> Mapping[str, Any] | None:
    if value is None or isinstance(value, dict):
        return value
    raise _invalid(path, "dialect to be a table", repr(value)[:80], "make it a table")


def _runtimes(path: Path, value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise _invalid(path, "runtimes to be a table of commands", repr(value)[:80],
                       "name a runtime and its command")
    return {name: _command(path, name, item) for name, item in value.items()}


def _command(path: Path, runtime: str, value: Any) -> tuple[str, ...]:
    try:
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError:
        words = None
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        return tuple(words)
    raise _invalid(path, f"the runtime {runtime} to have a command", repr(value)[:80],
                   "give it as one string or as a list of strings")


def _plain(item: Any) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)


def _name(path: Path, table: Mapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is None or isinstance(value, str):
        return value
    raise _invalid(path, f"{key} to be a function's logical id", repr(value)[:80], "give a string")


def _names(path: Path, value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return tuple(names)
    expected = "projection to be a function's logical id or a list of them"
    raise _invalid(path, expected, repr(value)[:80], "give a string or a list of strings")


def _invalid(path: Path, expected: str, got: str, remedy: str) -> SettingsInvalid:
    return SettingsInvalid(f"{TABLE} in {path}", expected=expected, got=got, remedy=remedy)
