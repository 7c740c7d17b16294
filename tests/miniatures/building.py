"""Making a miniature: a copy of the reference implementation with a few texts replaced.

One of another design may lay files of its own over the copy first.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import reference_impl
from harness.core.contract import Contract
from harness.core.contract_registry import reference_template
from scenarios.domains.orders import CONTRACT

REFERENCE = Path(reference_impl.__file__).parent
SHORT = 4
"""Steps a counterexample may have unless its fault needs more."""

COMMAND = "lambdas/command.py"
DOOR = "lambdas/front_door.py"
REJECTIONS = "lambdas/rejections.py"
CODEC = "lambdas/codec.py"
BATCH = "lambdas/batch.py"
MEMBERS = "lambdas/domain/members.py"
ORDERS = "lambdas/domain/orders.py"
ACCOUNTS = "lambdas/domain/accounts.py"
SERVICE = "lambdas/service.py"
EVENTS = "lambdas/events.py"
STORE = "lambdas/event_store.py"
PUBLISHER = "lambdas/publisher.py"
PROJECTION = "lambdas/projection.py"
PROJECTOR = "lambdas/projector.py"
READ_MODEL = "lambdas/read_model.py"
QUERY = "lambdas/query.py"
TEMPLATE = "template.yaml"
ACCOUNTS_TEMPLATE = "template-accounts.yaml"


class Trigger(StrEnum):
    """The smallest trigger that shows a fault."""

    SINGLE = "single command"
    SEQUENCE = "sequence"
    DUPLICATE = "duplicate"
    """A command or an event comes again."""
    REORDER = "reorder"
    CONCURRENCY = "concurrency"
    CRASH = "crash"
    """A function ends between two of its calls."""
    THROTTLING = "throttling"
    """A call fails, in part or in full, or its response is lost."""
    BATCH = "batch"
    ENCODING = "encoding"
    """How a text, a number or a body is written."""
    LIMITS = "limits"
    """The largest, the longest, the most."""
    WARM = "warm state"
    HOSTILE = "hostile input"
    """Input that no honest client and no publisher of ours sends."""


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
    ``source``: a page that shows or explains such a fault (module ``sources``); ``trigger``: what
    reveals it. Only what is no row of a catalogue, a variant that conforms, has neither.
    """

    name: str
    why: str
    changes: tuple[Change, ...]
    fails: frozenset[str]
    luck: frozenset[str] = frozenset()
    by: frozenset[str] = frozenset()
    steps: int = SHORT
    contract: Contract = CONTRACT
    source: str = ""
    trigger: Trigger | None = None
    overlay: Path | None = None


def row(
    name: str, why: str, *changes: Change, source: str, trigger: str, fails: str, luck: str = "",
    by: str = "", steps: int = SHORT, contract: Contract = CONTRACT,
) -> Miniature:
    """A row of a catalogue; ids of requirements are separated by spaces.

    Raises:
        ValueError: there is no such trigger.
    """
    return Miniature(name, why, changes, frozenset(fails.split()), frozenset(luck.split()),
                     frozenset(by.split()), steps, contract, source, Trigger(trigger))


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
        apply(miniature.name, change, folder / change.file)
    return folder / reference_template(miniature.contract).name


def apply(name: str, change: Change, file: Path) -> None:
    """Make a change in a file; ``name`` says in a message of which implementation.

    Raises:
        ChangeError: the old text is not there, or there more than once.
    """
    text = file.read_text("utf-8")
    found = text.count(change.old)
    if found != 1:
        raise ChangeError(f"{name}: {change.file}: expected once, found {found} times: "
                          f"{change.old!r}; adapt the change to the implementation")
    file.write_text(text.replace(change.old, change.new), "utf-8")
