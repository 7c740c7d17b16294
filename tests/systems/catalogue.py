"""The systems and their broken versions, with the requirement that each broken one violates.

``cqrs-conformance power --catalogue tests.systems.catalogue:SYSTEMS`` hunts them.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.core.contract import Contract
from harness.mutants.catalogue import Catalogue, Implementation
from tests.miniatures.building import Change, ChangeError
from tests.systems.club.contract import CONTRACT as CLUB
from tests.systems.stock.contract import CONTRACT as STOCK
from tests.systems.tickets.contract import CONTRACT as TICKETS

FOLDER = Path(__file__).parent
DIALECT = "dialect.toml"
CONTRACTS: dict[str, Contract] = {"tickets": TICKETS, "stock": STOCK, "club": CLUB}


@dataclass(frozen=True, slots=True)
class Broken:
    """A system with one fault: the change, and the requirement that it violates."""

    name: str
    system: str
    fault: str
    change: Change
    fails: str
    may_fail: str = ""

    def build(self, folder: Path) -> Path:
        """Make it in an empty folder; gives its template.

        Raises:
            ChangeError: the old text is not there, or there more than once.
        """
        template = copied(self.system, folder)
        file = folder / self.change.file
        text = file.read_text("utf-8")
        if text.count(self.change.old) != 1:
            raise ChangeError(f"{self.name}: {self.change.file}: expected once: "
                              f"{self.change.old!r}; adapt the change to the system")
        file.write_text(text.replace(self.change.old, self.change.new), "utf-8")
        return template


def copied(system: str, folder: Path) -> Path:
    """A system in an empty folder; gives its template."""
    shutil.copytree(FOLDER / system, folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("__pycache__", "contract.py"))
    return folder / "template.yaml"


BROKEN = (
    Broken("tickets_closed_ones_are_open", "tickets",
           "A closed ticket takes comments: nothing looks whether it is closed.",
           Change("app/commands.py", 'if ticket["closed"]:', "if False:"), "API-07"),
    Broken("tickets_overwrite_events", "tickets",
           "Events are put without a condition: of two at once the later replaces the other.",
           Change("app/store.py",
                  'TABLE.put_item(Item=item, ConditionExpression="attribute_not_exists(pk)")',
                  "TABLE.put_item(Item=item)"), "CMD-05", "CMD-04 CMD-08 CMD-01"),
    Broken("tickets_lose_failed_entries", "tickets",
           "PutEvents answers 200 with FailedEntryCount, which nothing looks at.",
           Change("app/commands.py", 'if answer["FailedEntryCount"]:', "if False:"), "CMD-11"),
    Broken("stock_ships_what_is_not_there", "stock",
           "Nothing compares the quantity with what is there.",
           Change("app/commands.py",
                  'if kind == "SHIPPED" and data["quantity"] > item["onHand"]:', "if False:"),
           "API-07"),
    Broken("stock_forgets_requests", "stock",
           "A request that comes again is handled again.",
           Change("app/commands.py", "        if known:\n", "        if False:\n"), "CMD-06",
           "CMD-07"),
    Broken("stock_projects_twice", "stock",
           "An event that was projected is projected again.",
           Change("app/projection.py", '    if view["seq"] >= seq:\n        return\n', ""),
           "PRJ-02", "PRJ-03 PRJ-04 PRJ-07 PRJ-08"),
    Broken("club_says_yes_to_everything", "club",
           "What the rules refuse is answered with success.",
           Change("app/rpc.py", "return reply(False, error=\"already a member\"",
                  "return reply(True, error=\"already a member\""), "API-07"),
    Broken("club_lists_who_has_left", "club",
           "The projection leaves the entry of a member who leaves as it was.",
           Change("app/projection.py", "    if not events:\n",
                  "    if not events or store.fold(events) is None:\n"), "QRY-04", "PRJ-01"),
    Broken("club_overwrites_events", "club",
           "Events are put without If-None-Match: of two at once the later replaces the other.",
           Change("app/store.py", ', IfNoneMatch="*"', ""), "CMD-05", "CMD-04 CMD-08 CMD-01"),
)


def _conforming(name: str) -> Implementation:
    return Implementation(name, CONTRACTS[name], partial(copied, name), dialect=DIALECT)


def _broken(row: Broken) -> Implementation:
    return Implementation(row.name, CONTRACTS[row.system], row.build, frozenset({row.fails}),
                          frozenset(row.may_fail.split()), dialect=DIALECT)


SYSTEMS: Catalogue = (*map(_conforming, CONTRACTS), *map(_broken, BROKEN))
