"""From TOML to a dialect: what is wrong is said by file, key, expectation and remedy."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from harness.core.verdict import Outcome
from harness.dialect import DialectError, default_dialect, load_dialect, read_dialect
from harness.dialect.model import Route
from harness.dialect.needs import capabilities, not_judged, untold
from harness.dialect.schema import schema
from scenarios.domains.orders import CONTRACT

from .dialects import DOCUMENTS, INVOCATIONS, LIST, TYPED_ROUTES, dialect

ALL = frozenset({"http", "log", "bus", "invoke", "calls", "schedule", "table", "cold"})


class TestSchema:
    def test_a_schema(self) -> None:
        """The schema is one itself."""
        Draft202012Validator.check_schema(schema())

    @pytest.mark.parametrize("name", DOCUMENTS)
    def test_at_most_forty_lines(self, name: str) -> None:
        """No system needs more than forty lines."""
        dialect(DOCUMENTS[name])
        assert len(DOCUMENTS[name].strip().splitlines()) <= 40


class TestQueries:
    TEXT = LIST + '[queries.history]\nroute = "GET /orders/{id}/history"\n'

    @pytest.mark.parametrize(("query", "path"), [("", "/orders"), ("history", "/orders/x/history")])
    def test_chosen(self, query: str, path: str) -> None:
        """The query that the contract names shows its view; without a name it is the first."""
        found = read_dialect(tomllib.loads(self.TEXT), replace(CONTRACT, query=query), "a dialect")
        address = found.query.message.address
        assert isinstance(address, Route)
        assert address.path.fill({"id": "x"}) == path


class TestErrors:
    @pytest.mark.parametrize(("text", "old", "new", "told"), [
        (LIST, "[query]", "[quary]", "got the key quary; did you mean query"),
        (LIST, "at = \"orders\"", "att = 1",
         "query in a test's dialect: expected only the keys .*, got the key att; did you mean at"),
        (LIST, 'route = "GET /orders"', "", "query in .*: expected one of the keys route, invoke"),
        (LIST, 'among = "id"', "among = 5", "query.among in .*: expected a place on the wire"),
        (LIST, '"customer|base64"', '"customer|rot13"',
         "query.view.customer in .*: expected a conversion of text, .* got 'customer|rot13'"),
        (TYPED_ROUTES, "commands.OrderDeleted", "commands.OrderRemoved",
         "commands.OrderRemoved in .*: expected a command type .*did you mean"),
        (TYPED_ROUTES, '"OrderUpdated"', '"OrderUpdate"', "events.types.ORDER_CHANGED"),
        (TYPED_ROUTES, "/v1/orders/{id}/changes", "/v1/orders/{nr}/changes",
         "commands.OrderUpdated in .*: expected members of OrderUpdated"),
        (TYPED_ROUTES, '"$" = 1, kind', "kind",
         "commands.OrderCreated in .*: expected a place for customer and createdAt, got none"),
        (TYPED_ROUTES, '[commands.OrderDeleted]\nroute = "DELETE /v1/orders/{id}"', "",
         "commands in .*: expected a table for OrderDeleted"),
        (INVOCATIONS, '"number"', '"digits"', "ids in .*: expected the form of ids"),
    ])
    def test_messages(self, text: str, old: str, new: str, told: str) -> None:
        """A message names the key, what is expected there, what it got, and what to do."""
        with pytest.raises(DialectError, match=told):
            dialect(text.replace(old, new))

    def test_no_query_of_that_name(self) -> None:
        """A contract's query that the dialect does not have is named."""
        contract = replace(CONTRACT, query="history")
        with pytest.raises(DialectError, match=r"queries.history in .* got none"):
            read_dialect(tomllib.loads(LIST), contract, "a test's dialect")

    def test_no_toml(self, tmp_path: Path) -> None:
        """A file that is no TOML is named."""
        (tmp_path / "d.toml").write_text("[commands", "utf-8")
        with pytest.raises(DialectError, match=r"d\.toml: expected a TOML file"):
            load_dialect(tmp_path / "d.toml", CONTRACT)

    def test_in_settings(self, tmp_path: Path) -> None:
        """A dialect may stand in a settings file."""
        text = LIST.replace("\n[", "\n[tool.cqrs-conformance.dialect.")
        (tmp_path / "pyproject.toml").write_text(text, "utf-8")
        assert load_dialect(tmp_path / "pyproject.toml", CONTRACT).commands.keys() == {"*"}


class TestHook:
    def test_functions(self, tmp_path: Path) -> None:
        """A hook is an object of a file beside the dialect."""
        (tmp_path / "own.py").write_text("HOOK = {'view': lambda found, id: found['x']}", "utf-8")
        (tmp_path / "d.toml").write_text('hook = "own.py:HOOK"\n' + LIST, "utf-8")
        hook = load_dialect(tmp_path / "d.toml", CONTRACT).hook
        assert (hook.apply("view", {"x": 1}, "a"), hook.apply("stored", 5)) == (1, 5)

    @pytest.mark.parametrize("source", ["HOOK = 5", "1/0", ""])
    def test_none(self, source: str, tmp_path: Path) -> None:
        """A hook that is none is a mistake in the dialect."""
        (tmp_path / "own.py").write_text(source, "utf-8")
        (tmp_path / "d.toml").write_text('hook = "own.py:HOOK"\n' + LIST, "utf-8")
        with pytest.raises(DialectError, match="hook in dialect"):
            load_dialect(tmp_path / "d.toml", CONTRACT)


class TestNeeds:
    def test_default(self) -> None:
        """In the default dialect every requirement is judged."""
        own = default_dialect(CONTRACT)
        found = [not_judged(own, r) for r in CONTRACT.requirements]
        assert found == [None] * len(found)
        assert (untold(own), capabilities(own, ALL)) == ((), ALL)

    def test_lines(self) -> None:
        """A requirement without evidence names the line that would give it."""
        found = {r.id: lack.reason for r in CONTRACT.requirements
                 if (lack := not_judged(dialect(LIST), r)) and lack.outcome is Outcome.SKIPPED}
        assert found["CMD-11"] == "needs the table [published] in the dialect"
        assert found["CMD-01"] == "needs the table [events] in the dialect"
        assert untold(dialect(LIST)) == ("published",)

    def test_not_applicable(self) -> None:
        """A requirement that makes no sense for the shape is told apart."""
        found = {r.id for r in CONTRACT.requirements if (
            lack := not_judged(dialect(TYPED_ROUTES), r)) and lack.outcome is not Outcome.SKIPPED}
        assert found == {"API-04", "API-05", "CMD-09"}

    def test_fold_at_read(self) -> None:
        """A system whose query folds the events has no bus to be judged by."""
        own = dialect("projection = []\n" + LIST)
        assert capabilities(own, ALL) == ALL - {"log", "bus", "table"}

    def test_views_that_commands_write(self) -> None:
        """Where no function projects, there is no read model that commands had to leave alone."""
        (apart,) = (r for r in CONTRACT.requirements if r.id == "SYS-01")
        found = [not_judged(dialect(text), apart) for text in (LIST, "projection = []\n" + LIST)]
        assert [lack and lack.outcome for lack in found] == [None, Outcome.NOT_APPLICABLE]
