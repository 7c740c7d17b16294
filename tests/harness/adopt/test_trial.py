"""``check-template --try`` shows the message that a wrong line of a dialect spoils."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.commands import Accepted
from harness.core.contract import Contract
from harness.core.repetition import Repetition
from harness.explore.samples import samples
from scenarios.domains import accounts, orders
from tests.harness.adopt.commands import (
    REFERENCE,
    SYSTEMS,
    Ended,
    change,
    system,
    with_its_files,
)
from tests.harness.oracle.test_events import CONTRACT as bookings
from tests.systems.profiles.contract import CONTRACT as profiles
from tests.systems.stock import contract as stock
from tests.systems.tickets import contract as tickets

Run = Callable[..., Ended]


class TestSamples:
    @pytest.mark.parametrize("contract", [
        orders.CONTRACT, accounts.CONTRACT, stock.CONTRACT, tickets.CONTRACT],
        ids=lambda contract: contract.name)
    def test_accepted(self, contract: Contract) -> None:
        """Each type has a command that the rules accept."""
        found = {s.command["type"] for s in samples(contract) if isinstance(s.decision, Accepted)}
        assert found == set(contract.types)

    def test_several_events(self) -> None:
        """A sample has the events of its command, which the state after it folds."""
        assert [(s.command["type"], [e["type"] for e in s.events]) for s in samples(bookings)] == [
            ("Begin", ["Begun"]), ("Take", ["Taken"]), ("Close", ["Filled"])]

    def test_versions(self) -> None:
        """A sample names the version that the view has shown, where there is one."""
        assert [sample.command.get("seen") for sample in samples(profiles)] == [None, 1, 2]

    def test_marks(self) -> None:
        """A member that marks a repetition has another value in each sample."""
        marked = replace(accounts.CONTRACT, repetition=Repetition.by_member("entryId"))
        assert [s.command["entryId"] for s in samples(marked) if "entryId" in s.command] == [
            "try-2", "try-3"]


class TestFine:
    @pytest.mark.parametrize("name", ["tickets", "stock", "club", "profiles"])
    def test_systems(self, cqrs: Run, name: str) -> None:
        """Every message of a system is understood."""
        ended = cqrs("check-template", *with_its_files(SYSTEMS / name), "--try")
        assert (ended.code, ended.wrong) == (0, [])

    def test_default_dialect(self, cqrs: Run) -> None:
        """Without a dialect the default one is tried."""
        ended = cqrs("check-template", REFERENCE, "--try")
        assert (ended.code, ended.wrong) == (0, [])
        assert 'POST /orders Idempotency-Key: try-1 {"type": "OrderCreated"' in ended.out

    def test_messages(self, cqrs: Run) -> None:
        """Messages are shown as they go over the wire, events as they are recognised."""
        ended = cqrs("check-template", *with_its_files(SYSTEMS / "stock"), "--try")
        first = ended.out.partition("command ItemRegistered\n")[2].splitlines()[:5]
        assert first == [
            '  sent        invoke RegisterFunction '
            '{"name": "sample", "sku": "try-1", "requestId": "try-1"}',
            '  answered    200 {"outcome": "DONE"}',
            "  means       accepted",
            '  stored      try-1 1: {"type": "ItemRegistered", "sku": "try-1", "version": 1, '
            '"name": "sample", "eventId": "try-1\\t1"}',
            '  published   REGISTERED: {"type": "ItemRegistered", "sku": "try-1", "version": 1, '
            '"name": "sample", "eventId": "try-1\\t1"}',
        ]


class TestWrongLines:
    @pytest.mark.parametrize(("name", "old", "new", "expected"), [
        ("tickets", 'server_ids = "ticket.id"', 'server_ids = "id"',
         "the reply to TicketOpened: there is no id in it"),
        ("tickets", 'payload = "data|json"', 'payload = "content|json"',
         "the stored event has nothing for subject, expected \"sample\"; correct [events]"),
        ("tickets", "TICKET_OPENED =", "TICKET_MADE =",
         "no stored event is recognised as TicketOpened among 2 that were stored; correct "
         "[events] in the dialect"),
        ("tickets", 'members = { type = "kind", event_id = "eventId", payload = "data|json" }',
         'members = { type = "kind", event_id = "pk", payload = "data|json" }',
         "the stored event has the eventId \"TICKET#"),
        ("tickets", 'subject = "title"', 'subject = "subject"', "the query shows "),
        ("stock", 'accepted = "DONE"', 'accepted = "OK"\nindefinite = "DONE"',
         "the reply means indefinite, and the contract expects it accepted; correct [replies]"),
        ("stock", 'absent = ["null"]', "absent = [404]", "the query shows null, and the contract "
         "expects nothing; correct [query]"),
    ])
    def test_found(
        self, cqrs: Run, tmp_path: Path, name: str, old: str, new: str, expected: str
    ) -> None:
        """A wrong line is exit 2, and the first line marked names its place."""
        folder = system(name, tmp_path)
        change(folder / "dialect.toml", old, new)
        ended = cqrs("check-template", *with_its_files(folder), "--try")
        assert ended.code == 2
        assert ended.wrong[0].startswith(expected), ended.out

    def test_reason(self, cqrs: Run, tmp_path: Path) -> None:
        """An item that is no event is shown with the line that does not fit it."""
        folder = system("tickets", tmp_path)
        change(folder / "dialect.toml", "TICKET_OPENED =", "TICKET_MADE =")
        ended = cqrs("check-template", *with_its_files(folder), "--try")
        assert 'not recognised as an event (its type "TICKET_OPENED" is not in types)' in ended.out

    def test_function_that_only_prints(self, cqrs: Run, tmp_path: Path) -> None:
        """A function that raises nothing is shown with what it printed beside a wrong reply."""
        folder = system("stock", tmp_path)
        change(folder / "app" / "commands.py", 'name = payload.get("name")',
               'print("ERROR no such name"); name = None')
        ended = cqrs("check-template", *with_its_files(folder), "--try")
        assert ended.wrong
        assert "  printed     RegisterFunction, invocation 1: ERROR no such name" in ended.out

    def test_prints_beside_a_right_reply(self, cqrs: Run, tmp_path: Path) -> None:
        """The prints of a function whose reply is right are left out."""
        folder = system("stock", tmp_path)
        change(folder / "app" / "commands.py", 'name = payload.get("name")',
               'print("ERROR no such name"); name = payload.get("name")')
        change(folder / "dialect.toml", 'absent = ["null"]', "absent = [404]")
        ended = cqrs("check-template", *with_its_files(folder), "--try")
        assert (bool(ended.wrong), "printed" in ended.out) == (True, False)

    def test_function_that_raises(self, cqrs: Run, tmp_path: Path) -> None:
        """An error of a function is shown beside the reply that it caused, with its line."""
        folder = system("stock", tmp_path)
        change(folder / "app" / "commands.py", 'name = payload.get("name")',
               'name = payload["nam"]')
        ended = cqrs("check-template", *with_its_files(folder), "--try")
        (told,) = (line for line in ended.out.splitlines() if line.startswith("  error"))
        assert "RegisterFunction: KeyError: 'nam', in " in told
        assert "commands.py:" in told
