"""Making a miniature: a copy of the reference implementation with a few texts replaced.

One of another design may lay files of its own over the copy first.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import reference_impl
from harness.contract import Contract
from harness.registry import reference_template
from scenarios.orders import CONTRACT

REFERENCE = Path(reference_impl.__file__).parent
SHORT = 4
"""Steps a counterexample may have unless its fault needs more."""


class ChangeError(ValueError):
    """A change that does not fit the reference implementation any more."""


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement in one file; ``old`` occurs there exactly once."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Miniature:
    """A fault that people really make, and what it must be found as.

    ``fails`` are the requirements that must fail. ``luck`` are others that the fault violates
    too, but that only some seeds meet. ``steps`` is how long a counterexample may be, which is
    more than ``SHORT`` only for the reason that ``why`` ends with. ``by`` are requirements that
    need not fail, but whose scenarios meet the fault. ``contract`` is what it falls short of.
    ``overlay`` is a folder whose files replace the reference's of the same names, or join them.
    """

    name: str
    why: str
    changes: tuple[Change, ...]
    fails: frozenset[str]
    luck: frozenset[str] = frozenset()
    by: frozenset[str] = frozenset()
    steps: int = SHORT
    contract: Contract = CONTRACT
    overlay: Path | None = None


def build(miniature: Miniature, folder: Path) -> Path:
    """Make a miniature in an empty folder; gives its template.

    Raises:
        ChangeError: the old text of a change is not there, or there more than once.
    """
    shutil.copytree(REFERENCE, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__"))
    if miniature.overlay is not None:
        shutil.copytree(miniature.overlay, folder, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))
    for change in miniature.changes:
        _apply(miniature.name, change, folder / change.file)
    return folder / reference_template(miniature.contract).name


def _apply(name: str, change: Change, file: Path) -> None:
    text = file.read_text("utf-8")
    found = text.count(change.old)
    if found != 1:
        raise ChangeError(f"{name}: {change.file}: expected once, found {found} times: "
                          f"{change.old!r}; adapt the change to the reference implementation")
    file.write_text(text.replace(change.old, change.new), "utf-8")
