"""A catalogue in a JSON file: systems of a user's own, each with the verdict that is known of it.

The file is a list of rows. Its paths are relative to its folder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.contract import Contract
from harness.core.contract_registry import check_requirements, find_contract
from harness.core.errors import UserMistake
from harness.core.python_files import file_and_attribute

SUFFIX = ".json"
TEXTS = ("name", "contract", "template")
"""The members of a row that are texts; ``violates`` is a list of them, ``dialect`` may be one."""


class CatalogueFileError(UserMistake):
    """A catalogue's file cannot be used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One system: a template, its contract, and the requirements that it violates (none: conforms).

    ``dialect``: the path of its dialect's file, if its settings do not have it.
    """

    name: str
    contract: Contract
    template: Path
    violates: frozenset[str]
    dialect: str | None


def read_rows(file: Path) -> tuple[Row, ...]:
    """The rows of a file. Members of a row that are not ``Row``'s are the user's own.

    Raises:
        CatalogueFileError: the file or one of its rows cannot be used.
        ContractError: there is no such contract, or it has no such requirement.
    """
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueFileError(f"catalogue {file}", str(error),
                                 expected="a JSON file that can be read") from None
    if not isinstance(document, list):
        raise CatalogueFileError(f"catalogue {file}", type(document).__name__,
                                 expected="a JSON array of rows")
    rows = tuple(_row(file, number, given) for number, given in enumerate(document, 1))
    name, times = Counter(row.name for row in rows).most_common(1)[0] if rows else ("", 0)
    if times > 1:
        raise CatalogueFileError(f"catalogue {file}", f"{times} rows are called {name!r}",
                                 "give each row a name of its own")
    return rows


def _row(file: Path, number: int, given: Any) -> Row:
    subject = f"catalogue {file}, row {number}"
    if not isinstance(given, dict):
        raise CatalogueFileError(subject, type(given).__name__, expected="a JSON object")
    name, contract_name, template = (_text(subject, given, member) for member in TEXTS)
    dialect = _text(subject, given, "dialect") if given.get("dialect") is not None else None
    violates = given.get("violates")
    if not isinstance(violates, list) or not all(isinstance(id, str) for id in violates):
        raise CatalogueFileError(
            f"{subject}, violates", json.dumps(violates),
            expected="a list of requirement ids (empty for one that conforms)")
    contract = find_contract(_contract_name(file.parent, contract_name))
    check_requirements(contract, violates)
    return Row(name, contract, _existing(subject, file.parent / template), frozenset(violates),
               None if dialect is None else str(_existing(subject, file.parent / dialect)))


def _text(subject: str, given: Mapping[str, Any], member: str) -> str:
    value = given.get(member)
    if not isinstance(value, str) or not value:
        raise CatalogueFileError(f"{subject}, {member}", json.dumps(value), expected="a text")
    return value


def _contract_name(folder: Path, name: str) -> str:
    """The name of an installed contract as it is; that of one in a file with the file's path."""
    place = file_and_attribute(name, "")
    return name if place is None else str(folder.resolve() / name)


def _existing(subject: str, path: Path) -> Path:
    if not path.exists():
        raise CatalogueFileError(subject, f"there is no {path}", "correct the path, which is "
                                 "relative to the catalogue's folder")
    return path.resolve()
