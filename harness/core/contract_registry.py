"""Contracts by their names: those of installed distributions, and those in Python files."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from harness.core.contract import Contract
from harness.core.errors import UserMistake
from harness.core.python_files import FileNotLoaded, attribute_of, file_and_attribute

GROUP = "cqrs_conformance.contracts"
IN_A_FILE = "CONTRACT"
"""The attribute of a Python file that is taken where none is named."""


class ContractError(UserMistake):
    """A contract or a requirement does not exist, or cannot be used."""


def _offered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def find_contract(name: str) -> Contract:
    """Find a contract: ``NAME`` among the entry points, or ``FILE.py:NAME`` in a Python file.

    Without ``:NAME`` the file's ``CONTRACT`` is taken.

    Raises:
        ContractError: there is none, or it cannot be imported.
    """
    place = file_and_attribute(name, IN_A_FILE)
    found = _installed(name) if place is None else _in_a_file(*place)
    if not isinstance(found, Contract):
        raise ContractError(f"contract {name!r}", repr(found), expected="a Contract")
    return found


def _installed(name: str) -> object:
    offered = _offered()
    if name not in offered:
        known = ", ".join(sorted(offered))
        raise ContractError(f"contract {name!r}", "there is none", f"known: {known}")
    try:
        return offered[name].load()
    except Exception as error:
        raise ContractError(f"contract {name!r} cannot be imported", repr(error)) from error


def _in_a_file(path: Path, attribute: str) -> object:
    try:
        return attribute_of(path, attribute, Contract)
    except FileNotLoaded as error:
        raise ContractError(f"contract file {path}", error.reason, error.remedy) from None


def check_requirements(contract: Contract, wanted: list[str]) -> None:
    """Check that a contract has all the requirements named.

    Raises:
        ContractError: it has not.
    """
    known = [requirement.id for requirement in contract.requirements]
    for name in wanted:
        if name not in known:
            near = get_close_matches(name.upper(), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "see: cqrs-conformance requirements"
            raise ContractError(
                f"requirement {name!r}", f"contract {contract.name} has none of that id", hint)


def reference_template(contract: Contract) -> Path:
    """Return the template of the implementation that comes with a contract.

    Raises:
        ContractError: none comes with it.
    """
    package, _, name = contract.reference.partition(":")
    try:
        return Path(str(files(package) / name))
    except (ModuleNotFoundError, ValueError) as error:
        raise ContractError(
            f"contract {contract.name!r} comes with no implementation", remedy="give --template"
        ) from error
