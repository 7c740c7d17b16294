"""Catalogues: implementations whose verdict is known, found by name, by module or by file.

Distributions offer a catalogue under an entry-point group, as they offer contracts; one that is
not installed is named by its module, or is a JSON file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from harness.core.contract import Contract
from harness.core.contract_registry import find_contract
from harness.core.errors import UserMistake
from harness.core.requirements import Level
from harness.mutants.catalogue_file import SUFFIX, Row, read_rows

GROUP = "cqrs_conformance.catalogues"
DEFAULT = "miniatures"
CLONE = Path(__file__).parents[2].resolve()
CLONE_HAS = "tests.miniatures.measured:MEASURED"
"""The catalogue that only a clone of the project has; no entry point may name a user's tests."""


class CatalogueError(UserMistake):
    """A catalogue does not exist or cannot be used, or it has nothing of a name."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """One implementation whose verdict is known: a mutant, or one that conforms.

    ``build`` makes it in an empty folder and returns its template. ``fails``: the requirements
    that it must fail; none if it conforms. ``may_fail``: other requirements that its fault
    violates, too. ``trigger``: the kind of scenario that reveals its fault, in the catalogue's own
    words; kills are counted for each trigger. ``dialect``: the file of its dialect, from the folder
    of its template, if its settings do not have it.
    """

    name: str
    contract: Contract
    build: Callable[[Path], Path]
    fails: frozenset[str] = frozenset()
    may_fail: frozenset[str] = frozenset()
    trigger: str = ""
    dialect: str | None = None

    def dialect_beside(self, template: Path) -> str | None:
        """The path of the dialect's file; None if the implementation names none."""
        return None if self.dialect is None else str(template.parent / self.dialect)

    @property
    def conforms(self) -> bool:
        """True for a conforming implementation, False for a mutant."""
        return not self.fails

    @property
    def counted(self) -> frozenset[str]:
        """The requirements that count: every promised MUST, and those that it has to fail.

        Of one that conforms, every violation is a false alarm.
        """
        promised = (r for r in self.contract.requirements
                    if r.id not in self.contract.not_promised)
        return self.fails | frozenset(
            r.id for r in promised if self.conforms or r.level is Level.MUST)


Catalogue = tuple[Implementation, ...]


def find_catalogue(
    name: str, contract: str | None = None, dialect: str | None = None
) -> Catalogue:
    """The catalogue that is installed under a name, at ``module:attribute`` or in a JSON file.

    Modules are looked for in the working folder, too, where a clone's catalogue is.

    Raises:
        CatalogueError: there is none, or it cannot be used.
        UserMistake: a row of the file cannot be used.
    """
    found = _in_a_file(Path(name)) if name.endswith(SUFFIX) else _imported(name)
    if contract is not None:
        judge = find_contract(contract)
        found = tuple(replace(each, contract=judge) for each in found)
    if dialect is not None:
        own = str(Path(dialect).resolve())
        found = tuple(replace(each, dialect=own) for each in found)
    return found


def _in_a_file(file: Path) -> Catalogue:
    return tuple(Implementation(row.name, row.contract, partial(_template, row), row.violates,
                                dialect=row.dialect) for row in read_rows(file))


def _template(row: Row, folder: Path) -> Path:
    """The template where it is: nothing has to be built."""
    return row.template


def _imported(name: str) -> Catalogue:
    entry = _entry(name)
    try:
        found = entry.load()
    except Exception as error:
        raise CatalogueError(
            f"catalogue {name!r} cannot be imported ({error!r})", remedy="run this in a clone of "
            "the project that has it, or give --catalogue MODULE:NAME") from error
    if not isinstance(found, tuple) or not all(isinstance(each, Implementation) for each in found):
        raise CatalogueError(
            f"catalogue {name!r}", type(found).__name__, expected="a tuple of Implementation")
    return found


def _entry(name: str) -> EntryPoint:
    offered = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name == DEFAULT:
        _import_the_clones()
        return EntryPoint(name, CLONE_HAS, GROUP)
    if ":" in name:
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())
        return EntryPoint(name, name, GROUP)
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise CatalogueError(
            f"catalogue {name!r}",
            "there is none",
            f"known: {known}; another one is given as --catalogue MODULE:NAME or FILE.json")
    return offered[name]


def _import_the_clones() -> None:
    """Let ``tests`` mean the clone's folder, never one that a user has.

    Raises:
        CatalogueError: this is no clone, or a package ``tests`` of another place is imported.
    """
    package = CLONE_HAS.partition(".")[0]
    folder = CLONE / package
    if not (folder / "miniatures").is_dir():
        raise CatalogueError(f"catalogue {DEFAULT!r}", "only a clone of the project has it",
                             "give --catalogue MODULE:NAME or FILE.json")
    module = sys.modules.get(package)
    if module is None:
        module = sys.modules[package] = ModuleType(package)
        module.__path__ = [str(folder)]
    if str(folder) not in map(os.path.abspath, module.__path__):
        raise CatalogueError(f"catalogue {DEFAULT!r}", f"{package} is imported already, from "
                             f"{next(iter(module.__path__))}", "use the command")


def select(catalogue: Catalogue, names: list[str]) -> Catalogue:
    """Those of some names; all if there are none.

    Raises:
        CatalogueError: it has none of a name.
    """
    known = [implementation.name for implementation in catalogue]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {len(known)} others"
            raise CatalogueError(f"the catalogue has nothing called {name!r}", remedy=hint)
    return tuple(s for s in catalogue if s.name in names or not names)
