"""Finding contracts by name, among those that installed distributions offer."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from harness.core.contract import Contract
from harness.core.errors import UserMistake

GROUP = "cqrs_conformance.contracts"


class ContractError(UserMistake):
    """A contract or a requirement does not exist, or cannot be used."""


def _offered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def find_contract(name: str) -> Contract:
    """The contract of that name.

    Raises:
        ContractError: there is none, or it cannot be imported.
    """
    offered = _offered()
    if name not in offered:
        known = ", ".join(sorted(offered))
        raise ContractError(f"contract {name!r}", "there is none", f"known: {known}")
    try:
        contract = offered[name].load()
    except Exception as error:
        raise ContractError(f"contract {name!r} cannot be imported", repr(error)) from error
    if not isinstance(contract, Contract):
        raise ContractError(f"contract {name!r}", repr(contract), expected="a Contract")
    return contract


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
    """The template of the implementation that comes with a contract.

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
