"""The edge of a stage: a dialect goes out and comes in there, and nowhere else."""

from __future__ import annotations

import tomllib
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from harness.core.clock import FakeClock
from harness.core.contract_registry import reference_template
from harness.core.errors import StageError
from harness.core.history import History, Invoked, Queried, Record, Stored, System
from harness.core.http import Request, Response, TakenIn
from harness.core.json_values import to_json
from harness.core.pace import Pace
from harness.core.repetition import Repetition, Scope
from harness.core.scenario import (
    Concurrently,
    Deliver,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from harness.core.stage import Stage
from harness.dialect import DialectError, default_dialect, load_dialect, read_dialect
from harness.dialect.wire import WireMessage
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.stages.embedded.systems import dialect_of, embedded_system
from harness.stages.interpreted import PAGES, InterpretedStage
from harness.stages.participants import participants
from harness.template import RoleNotFound, load
from scenarios.domains.orders import CONTRACT
from tests.systems.building import ROOM as FOLDER
from tests.systems.catalogue import SYSTEMS

CONTRACTS = {system.name: system.contract for system in SYSTEMS}
CREATED = ('{"type": "OrderCreated", "orderId": "~a", "customer": "A", '
           '"createdAt": "2026-01-02T03:04:05Z"}')
UPDATED = '{"type": "OrderUpdated", "orderId": "~a", "updatedAt": "2026-01-02T03:04:05Z"}'
PLAYED = (
    Scenario((Send(CREATED, key="k"), Query("~a"), Send(CREATED, key="k"), Send("[]"), Settle(),
              Send(UPDATED), Deliver(), Redeliver(), Rebuild())),
    Scenario((Send(CREATED, base64=True), Concurrently(((Send(UPDATED),), (Send(UPDATED),))),
              Query("../~a"))),
)


def told(history: History) -> History:
    """A history without what differs each time: seconds."""
    return replace(history, records=tuple(
        replace(r, seconds=0.0) if isinstance(r, Invoked) else r for r in history.records))


def test_default_dialect() -> None:
    """In the default dialect every history is what it is without an interpreter."""
    template = load(reference_template(CONTRACT))
    with MotoStage(template, CONTRACT.path) as stage:
        plain = [told(play(scenario, stage, CONTRACT)) for scenario in PLAYED]
        stage.reset()
        interpreted = InterpretedStage(stage, default_dialect(CONTRACT), CONTRACT)
        spoken = [told(play(scenario, interpreted, CONTRACT)) for scenario in PLAYED]
    assert [_comparable(h) for h in spoken] == [_comparable(h) for h in plain]


def _comparable(history: History) -> list[object]:
    """The records; a stored text is written anew by an interpreter, with the same members."""
    return [replace(r, text="") if isinstance(r, Stored) else type(r).__name__
            for r in history.records]


class TestParticipants:
    @pytest.mark.parametrize(("name", "roles"), [
        ("tickets", {"command": 3, "query": 1, "projection": 1}),
        ("stock", {"command": 4, "query": 1, "projection": 1}),
    ])
    def test_all_behind_the_dialect(self, name: str, roles: dict[str, int]) -> None:
        """Every function behind a command's route or invocation is a command function."""
        contract = CONTRACTS[name]
        dialect = load_dialect(FOLDER / name / "dialect.toml", contract)
        found = participants(load(FOLDER / name / "template.yaml"), contract.path, dialect)
        counted = [role.value for role in found.roles.values()]
        assert {role: counted.count(role) for role in roles} == roles

    @pytest.mark.parametrize(("old", "new", "expected"), [
        ('"POST /v1/tickets"', '"PUT /v1/tickets"',
         r"commands.TicketOpened.route .* expected a route of the template \(.*POST /v1/tickets"),
        ('table = "EventsTable"', 'table = "Events"', "events.table .* expected a table of the"),
        ('server_ids = "ticket.id"', 'server_ids = "ticket.id"\nprojection = "Projector"',
         "projection .* expected a function of the template"),
    ])
    def test_not_in_the_template(
        self, old: str, new: str, expected: str, tmp_path: Path
    ) -> None:
        """A name that the template does not have is a mistake in the dialect."""
        text = (FOLDER / "tickets" / "dialect.toml").read_text("utf-8")
        (tmp_path / "d.toml").write_text(text.replace(old, new), "utf-8")
        dialect = load_dialect(tmp_path / "d.toml", CONTRACTS["tickets"])
        with pytest.raises(DialectError, match=expected):
            participants(load(FOLDER / "tickets" / "template.yaml"), "/tickets", dialect)

    def test_named_without_a_route(self, tmp_path: Path) -> None:
        """A function that settings name and no route reaches is a user's mistake, not a 404."""
        text = (FOLDER / "stock" / "template.yaml").read_text("utf-8")
        (tmp_path / "template.yaml").write_text(text, "utf-8")
        (tmp_path / "cqrs-conformance.toml").write_text(
            'command = "ReceiveFunction"\nquery = "GetItemFunction"\n', "utf-8")
        (tmp_path / "app").mkdir()
        with pytest.raises(RoleNotFound, match=r"a route POST /stock .* in a dialect"):
            participants(load(tmp_path / "template.yaml"), "/stock")


class TestDialectOf:
    def test_in_settings(self, tmp_path: Path) -> None:
        """The dialect stands in the settings beside the template, if no file is given."""
        text = (FOLDER / "club" / "template.yaml").read_text("utf-8")
        (tmp_path / "template.yaml").write_text(text, "utf-8")
        lines = (FOLDER / "club" / "dialect.toml").read_text("utf-8").replace("\n[", "\n[dialect.")
        (tmp_path / "cqrs-conformance.toml").write_text(
            lines.replace("[commands", "[dialect.commands", 1), "utf-8")
        found = dialect_of(load(tmp_path / "template.yaml"), CONTRACTS["club"], None)
        assert found is not None
        assert found.commands.keys() == {"MemberJoined", "PointsEarned", "MemberLeft"}

    def test_none(self) -> None:
        """Without a file and without settings the dialect is the default one."""
        assert dialect_of(load(reference_template(CONTRACT)), CONTRACT, None) is None


class TestUnsayable:
    def test_does_nothing(self) -> None:
        """A step that no client could take leaves no record, and its reason is counted."""
        contract = CONTRACTS["tickets"]
        template = load(FOLDER / "tickets" / "template.yaml")
        dialect = load_dialect(FOLDER / "tickets" / "dialect.toml", contract)
        opened = '{"type": "TicketOpened", "ticketId": "~a", "subject": "s"}'
        scenario = Scenario((Send("[]"), Send(opened), Send(opened)))
        with embedded_system(template, contract, dialect) as stage:
            assert isinstance(stage, InterpretedStage)
            history = play(scenario, stage, contract)
            assert sum(stage.unsayable.values()) == 2
        assert [type(r).__name__ for r in history.records].count("Sent") == 1

    def test_no_event_store(self, tmp_path: Path) -> None:
        """A template without a bucket has no log, unless a dialect names a table."""
        contract = CONTRACTS["stock"]
        template = load(FOLDER / "stock" / "template.yaml")
        text = (FOLDER / "stock" / "dialect.toml").read_text("utf-8")
        (tmp_path / "d.toml").write_text(text[:text.index("[events]")], "utf-8")
        found = []
        for path in (tmp_path / "d.toml", FOLDER / "stock" / "dialect.toml"):
            with embedded_system(template, contract, load_dialect(path, contract)) as stage:
                found.append("log" in stage.capabilities)
        assert found == [False, True]


class TestEventLog:
    def test_a_bucket_for_other_things(self, tmp_path: Path) -> None:
        """A bucket that no command function may put objects into is no event store."""
        text = (FOLDER / "stock" / "template.yaml").read_text("utf-8")
        (tmp_path / "template.yaml").write_text(
            f"{text}\n  Pictures:\n    Type: AWS::S3::Bucket\n", "utf-8")
        copytree(FOLDER / "stock" / "app", tmp_path / "app")
        dialect = (FOLDER / "stock" / "dialect.toml").read_text("utf-8")
        (tmp_path / "d.toml").write_text(dialect[:dialect.index("[events]")], "utf-8")
        contract = CONTRACTS["stock"]
        parts = participants(load(tmp_path / "template.yaml"), contract.path,
                             load_dialect(tmp_path / "d.toml", contract))
        with MotoStage(load(tmp_path / "template.yaml"), contract.path, parts=parts) as stage:
            assert "log" not in stage.capabilities


class TestSetups:
    def stage(self, folder: Path, old: str = "", new: str = "") -> AbstractContextManager[Stage]:
        """The shop's baskets, with a change of the dialect."""
        text = (FOLDER / "baskets" / "dialect.toml").read_text("utf-8")
        (folder / "d.toml").write_text(text.replace(old, new, 1) if old else text, "utf-8")
        contract = CONTRACTS["baskets"]
        return embedded_system(load(FOLDER / "baskets" / "template.yaml"), contract,
                               load_dialect(folder / "d.toml", contract))

    def test_not_in_the_history(self, tmp_path: Path) -> None:
        """A set-up is no part of a history, and a rebuild leaves it in place."""
        opened, put = (f'{{"type": "{kind}", "basketId": "~a", "product": "pen", "quantity": 2}}'
                       for kind in ("BasketOpened", "ItemPut"))
        opened = opened.replace(', "product": "pen", "quantity": 2', "")
        scenario = Scenario((Send(opened), Send(put), Settle(), Rebuild(), Query("~a")))
        with self.stage(tmp_path) as stage:
            history = play(scenario, stage, CONTRACTS["baskets"])
        functions = {r.function for r in history.records if isinstance(r, Invoked)}
        shown = [r.response.json()["lines"] for r in history.records if isinstance(r, Queried)]
        assert ("AddProductFunction" in functions, shown[-1]) == (
            False, [{"product": "pen", "quantity": 2, "price": 250}])

    @pytest.mark.parametrize(("old", "new", "reason"), [
        ("price = 250", 'price = "250"', "setup.pen .*it was refused: 400"),
        ('"SHOP#{id}"', "5", "setup.shop .*it was refused: 400"),
    ])
    def test_refused(self, old: str, new: str, reason: str, tmp_path: Path) -> None:
        """A play does not begin without what its commands need."""
        with self.stage(tmp_path, old, new) as stage, pytest.raises(StageError, match=reason):
            stage.start(fresh=False, always_cold=False)


class Scripted:
    """A stage that answers messages with what a test says, and records nothing."""

    name, capabilities, pace, system = "scripted", frozenset({"http"}), None, System()

    def __init__(self, *responses: Response) -> None:
        self.records: list[Record] = []
        self.sent: list[WireMessage] = []
        self._responses = list(responses)

    def transmit(self, message: WireMessage, *, base64: bool = False) -> Response:
        self.sent.append(message)
        return self._responses.pop(0)

    def settle(self, *, final: bool) -> tuple[int, int]:
        return 0, 0

    def address_relays(self) -> None:
        pass


def answered(change: str, *responses: Response) -> tuple[Response, Scripted]:
    text = (FOLDER / "tickets" / "dialect.toml").read_text("utf-8")
    written = tomllib.loads(text.replace("[replies]\n", f"[replies]\n{change}\n"))
    dialect = read_dialect(written, CONTRACTS["tickets"], "a test's dialect")
    inner: Any = Scripted(*responses)
    stage = InterpretedStage(inner, dialect, CONTRACTS["tickets"])
    body = '{"type": "TicketOpened", "ticketId": "a", "subject": "s"}'
    return stage.send(Request("POST", "/tickets", (), body)), inner


class TestAlone:
    """A play that what earlier plays left would disturb begins from nothing."""

    class Begun(Exception):
        """A play has begun."""

    class Beginning:
        """A stage that tells how a play begins."""

        pace = None

        def start(self, *, fresh: bool, always_cold: bool) -> str:
            raise TestAlone.Begun(fresh)

    @pytest.mark.parametrize("scope", Scope)
    def test_marks_of_all(self, scope: Scope) -> None:
        """A mark that counts for all aggregates has not been used before."""
        stage: Any = self.Beginning()
        with pytest.raises(self.Begun) as begun:
            play(Scenario(()), stage, replace(CONTRACT, repetition=Repetition(scope=scope)))
        assert begun.value.args == (scope is Scope.ALL,)

    @pytest.mark.parametrize("paged", [True, False])
    def test_pages(self, paged: bool) -> None:
        """A list in pages has few of them."""
        text = TestPages.PAGES.replace("next = NEXT", 'next = { at = "more" }' if paged else "")
        stage: Any = self.Beginning()
        dialect = read_dialect(tomllib.loads(text), CONTRACT, "a test's dialect")
        with pytest.raises(self.Begun) as begun:
            play(Scenario(()), InterpretedStage(stage, dialect, CONTRACT), CONTRACT)
        assert begun.value.args == (paged,)


class TestPages:
    """A list in pages is asked for until the aggregate is there, or the last page was."""

    PAGES = """
        [commands."*"]
        route = "POST /orders"
        [query]
        route = "GET /orders"
        at = "orders"
        among = "id"
        next = NEXT
    """

    @pytest.mark.parametrize(("written", "token", "asked"), [
        ('{ at = "more", query = "cursor" }', "a/b", "/orders?cursor=a%2Fb"),
        ('{ at = "more" }', "https://x.org/v1/orders?page=2", "/orders?page=2"),
        ('{ at = "more" }', "/others?page=2", "/others?page=2"),
    ])
    def test_route(self, written: str, token: str, asked: str) -> None:
        """A token goes into a parameter; a link is asked for as it is."""
        found, inner = self._asked(self.PAGES.replace("NEXT", written), token)
        assert (found.json(), inner.sent[1].request.path) == ({"id": "a", "customer": "A"}, asked)

    @pytest.mark.parametrize(("header", "asked"), [
        ('<https://x.org/orders?page=3>; rel="next", <https://x.org/orders?page=9>; rel="last"',
         ["/orders", "/orders?page=3"]),
        ('<https://x.org/orders?page=1>; rel="prev"', ["/orders"]), ("", ["/orders"]),
    ])
    def test_header(self, header: str, asked: list[str]) -> None:
        """The header Link names the next page, or none."""
        replies = [Response(200, (("link", header),), '{"orders": []}'),
                   Response(200, (), '{"orders": []}')]
        assert self._paths('{ header = "Link" }', *replies) == asked

    @pytest.mark.parametrize(("written", "replies", "asked"), [
        ('{ page = "p" }', ['{"orders": [{"id": "b"}]}', '{"orders": [{"id": "c"}]}', "{}"],
         ["/orders", "/orders?p=2", "/orders?p=3"]),
        ('{ page = "p", at = "more" }', ['{"orders": [{"id": "b"}], "more": true}',
                                         '{"orders": [{"id": "c"}], "more": false}'],
         ["/orders", "/orders?p=2"]),
        ('{ offset = "skip" }', ['{"orders": [{"id": "b"}, {"id": "c"}]}',
                                 '{"orders": [{"id": "d"}]}', '{"orders": []}'],
         ["/orders", "/orders?skip=2", "/orders?skip=3"]),
    ])
    def test_counted(self, written: str, replies: list[str], asked: list[str]) -> None:
        """Pages or entries are counted until a page is empty, or says that it is the last."""
        assert self._paths(written, *(Response(200, (), reply) for reply in replies)) == asked

    def _paths(self, written: str, *responses: Response) -> list[str]:
        """The paths that are asked for an order that is on no page."""
        inner: Any = Scripted(*responses)
        dialect = read_dialect(
            tomllib.loads(self.PAGES.replace("NEXT", written)), CONTRACT, "a test's dialect")
        found = InterpretedStage(inner, dialect, CONTRACT).send(Request("GET", "/orders/a"))
        assert found.status == 404
        return [message.request.path for message in inner.sent]

    def test_invocation(self) -> None:
        """A token goes into the payload."""
        text = self.PAGES.replace("NEXT", '{ at = "more", body = "page.after" }')
        _, inner = self._asked(text.replace('route = "GET /orders"', 'invoke = "List"'), "t")
        assert inner.sent[1].text == '{"page": {"after": "t"}}'

    def test_not_there(self) -> None:
        """The last page without the id shows that it is not there, and so does the same again."""
        text = self.PAGES.replace("NEXT", '{ at = "more", query = "cursor" }')
        found, inner = self._asked(text, "t", last='{"orders": [], "more": "t"}')
        assert (found.status, len(inner.sent)) == (404, 2)

    def test_without_an_end(self) -> None:
        """A list that always names another page is a mistake, and not asked for ever."""
        text = self.PAGES.replace("NEXT", '{ at = "more", query = "cursor" }')
        inner: Any = Scripted(*(Response(200, (), to_json({"orders": [], "more": f"t{number}"}))
                                for number in range(PAGES)))
        dialect = read_dialect(tomllib.loads(text), CONTRACT, "a test's dialect")
        with pytest.raises(StageError, match="after 1000 pages it still names another one"):
            InterpretedStage(inner, dialect, CONTRACT).send(Request("GET", "/orders/a"))

    @staticmethod
    def _asked(
        text: str, token: str, last: str = '{"orders": [{"id": "a", "customer": "A"}]}'
    ) -> tuple[Response, Any]:
        first = to_json({"orders": [{"id": "b", "customer": "B"}], "more": token})
        inner: Any = Scripted(Response(200, (), first), Response(200, (), last))
        dialect = read_dialect(tomllib.loads(text), CONTRACT, "a test's dialect")
        return InterpretedStage(inner, dialect, CONTRACT).send(Request("GET", "/orders/a")), inner


class TestReplies:
    LATER = 'later = { route = "GET /jobs/{job}", at = "state", pending = ["RUNNING"] }'
    TAKEN_IN = Response(202, (), '{"job": "j"}')
    DONE = Response(201, (), '{"state": "DONE", "ticket": {"id": "u"}}')

    def test_asked_for_elsewhere(self) -> None:
        """The result of a command that was only taken in is asked for until it is there."""
        found, inner = answered(
            self.LATER, self.TAKEN_IN, Response(200, (), '{"state": "RUNNING"}'), self.DONE)
        assert (found.status, len(inner.sent)) == (201, 3)

    def test_never_there(self) -> None:
        """A result that does not come leaves it open whether the command took effect."""
        found = self._running(6)
        assert isinstance(found, TakenIn)
        assert (found.answered, found.later, found.result()) == (False, False, None)

    def test_there_at_last(self) -> None:
        """A result that comes after its client gave up is one."""
        found = self._running(5, self.DONE)
        assert isinstance(found, TakenIn)
        assert found.result() == self.DONE

    def test_not_waited_for(self) -> None:
        """Where steps decide about deliveries to relays the client goes on, and asks in the end."""
        found = self._running(0, self.DONE, at_relays=True)
        assert isinstance(found, TakenIn)
        assert (found.later, found.result()) == (True, self.DONE)

    def test_waited_for(self) -> None:
        """Where events move by themselves a result is waited for as long as a view."""
        clock = FakeClock()
        found = self._running(9, self.DONE, pace=Pace(clock))
        assert (found.status, clock.now() > 5) == (201, True)

    @classmethod
    def _running(
        cls, times: int, *more: Response, pace: Pace | None = None, at_relays: bool = False
    ) -> Response:
        """The reply to a command that is taken in and whose result is pending so often."""
        pending = Response(200, (), '{"state": "PENDING"}')
        inner: Any = Scripted(cls.TAKEN_IN, *[pending] * times, *more)
        inner.pace = pace
        contract = CONTRACTS["tanks"]
        stage = InterpretedStage(
            inner, load_dialect(FOLDER / "tanks" / "dialect.toml", contract), contract)
        if at_relays:
            stage.address_relays()
        return stage.send(Request(
            "POST", "/tanks", (), '{"type": "TankRegistered", "tankId": "a", "name": "n"}'))

    def test_no_id(self) -> None:
        """A creation that is accepted without an id shows that the dialect is wrong."""
        with pytest.raises(StageError, match=r"the reply to TicketOpened.*correct server_ids"):
            answered("", Response(201, (), "{}"))
