"""Replies to queries: what is blamed, and what is fine."""

import base64
import gzip
import json
from typing import Any

import pytest

from harness.core.history import Called, Item, Queried, Rebuilt, Role
from harness.core.http import Response
from harness.core.violation import Hop, Kind
from harness.oracle.views import shows
from scenarios.domains import accounts
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, DELETED, JSON, UPDATED, VIEW, Story, event

UPDATED_VIEW = VIEW | {"updatedAt": UPDATED["updatedAt"]}
RENAMED = UPDATED | {"customer": "Bob"}
RENAMED_VIEW = UPDATED_VIEW | {"customer": "Bob"}
ATTRIBUTES = {name: {"S": value} for name, value in VIEW.items()}
HTML = (("content-type", "text/html"),)


def created() -> Story:
    return Story().accept(CREATED, 1)


def updated() -> Story:
    return created().accept(UPDATED, 2)


def deleted() -> Story:
    return created().accept(DELETED, 2)


class TestForm:
    @pytest.mark.parametrize("content_type", [
        "application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8",
        "application/json ;charset=utf-8",
    ])
    def test_content_types(self, content_type: str) -> None:
        """JSON with a charset is JSON."""
        headers = (("content-type", content_type),)
        assert created().query(VIEW, headers=headers).violations == []

    @pytest.mark.parametrize("headers", [HTML, (), (("content-type", "text/json"),)])
    def test_other_content_types(self, headers: Any) -> None:
        """Another content type, or none, is blamed once."""
        assert created().query(VIEW, headers=headers).kinds == {Kind.QUERY_FORM}

    @pytest.mark.parametrize("text", ["", "null", "[]", '"x"', "{", "NaN"])
    def test_no_object(self, text: str) -> None:
        """A view that is no JSON object is blamed."""
        assert created().query(text, status=200).kinds == {Kind.QUERY_FORM}

    @pytest.mark.parametrize("text", ["", "null", "Not Found", '{"message": "not found"}'])
    def test_form_of_404(self, text: str) -> None:
        """The body of a 404 is not judged."""
        assert Story().query(text, status=404, headers=HTML).violations == []

    @pytest.mark.parametrize("status", [201, 204, 302, 400, 403, 409])
    def test_odd_status(self, status: int) -> None:
        """A query gives 200 or 404."""
        assert Kind.QUERY_FORM in created().query("{}", status=status).kinds

    def test_throttled(self) -> None:
        """A query that is throttled says nothing."""
        assert created().query("{}", status=429).violations == []

    @pytest.mark.parametrize(("story", "flaw"), [
        (Story(), "unknown"), (created(), "existing"), (deleted(), "gone"),
    ], ids=["unknown", "existing", "gone"])
    def test_failed(self, story: Story, flaw: str) -> None:
        """A server error is blamed, with the condition of the aggregate."""
        found = story.query("{}", status=500).violations[0]
        assert (found.kind, found.flaw) == (Kind.QUERY_FAILED, flaw)


    @pytest.mark.parametrize(("role", "error", "blamed"), [
        (Role.QUERY, "throttled", False), (Role.QUERY, None, True),
        (Role.COMMAND, "throttled", True)])
    def test_failed_amid_a_fault(self, role: Role, error: str | None, blamed: bool) -> None:
        """A fault in a call of the query itself excuses a server error, and nothing else does."""
        story = created()
        began = len(story.records)
        story.add(Called(role, "f", 1, "dynamodb", "GetItem", "views", "a", 0, error))
        story.add(Queried(began, "a", "during", Response(500, JSON, "{}"), began))
        assert (Kind.QUERY_FAILED in story.kinds) is blamed

    def test_failed_after_a_fault(self) -> None:
        """A fault in an earlier query is no excuse."""
        story = created().add(Called(
            Role.QUERY, "f", 1, "dynamodb", "GetItem", "views", "a", 0, "throttled"))
        began = len(story.records)
        story.add(Queried(began, "a", "during", Response(500, JSON, "{}"), began))
        assert Kind.QUERY_FAILED in story.kinds


class TestHostileIds:
    @pytest.mark.parametrize("status", [400, 403, 404, 414, 422])
    def test_refused(self, status: int) -> None:
        """Any 4xx refuses a hostile id."""
        assert Story().query("{}", "during", id="../a", status=status).violations == []

    @pytest.mark.parametrize("status", [200, 302, 500, 503])
    def test_not_refused(self, status: int) -> None:
        """Anything else is blamed, and only for that."""
        story = created().query(VIEW, "during", id="../a", status=status)
        assert story.kinds == {Kind.HOSTILE_QUERY_FAILED}


class TestViews:
    def test_right(self) -> None:
        """The fold of what was acknowledged is right, read once and again."""
        assert updated().query(UPDATED_VIEW).query(UPDATED_VIEW, "again").violations == []

    @pytest.mark.parametrize("more", [
        {"id": "a"}, {"version": 1}, {"type": "order"}, {"deleted": False}, {"eventId": "e"},
        {"_links": {"self": "x"}}, {"status": "open"},
    ], ids=repr)
    def test_added_members(self, more: dict[str, Any]) -> None:
        """Members that the contract does not name may be added."""
        assert created().query(VIEW | more).violations == []

    @pytest.mark.parametrize("view", [
        None, {}, UPDATED_VIEW, VIEW | {"customer": "ADA"}, VIEW | {"customer": ["Ada"]},
        VIEW | {"orderId": "b"}, VIEW | {"updatedAt": None}, {"order": VIEW},
        {name: value for name, value in VIEW.items() if name != "createdAt"},
    ], ids=lambda view: repr(view)[:60])
    def test_wrong(self, view: Any) -> None:
        """Anything else is blamed."""
        assert created().query(view).kinds == {Kind.VIEW_WRONG}

    def test_evidence(self) -> None:
        """The evidence shows the view that was expected and the one that was read."""
        found = updated().query(VIEW).violations[0]
        assert (found.expected, found.observed) == (UPDATED_VIEW, VIEW)

    def test_deleted(self) -> None:
        """A deleted aggregate that has a view is blamed as such."""
        assert deleted().query(VIEW).kinds == {Kind.DELETED_VISIBLE}

    def test_unknown(self) -> None:
        """An id that never was and has a view is blamed as such."""
        assert Story().query(VIEW).kinds == {Kind.UNKNOWN_VISIBLE}

    def test_refused_creation(self) -> None:
        """The effect of a refused command must not be visible."""
        refused = Story().send(UPDATED, 404).query(UPDATED_VIEW)
        assert refused.kinds == {Kind.UNKNOWN_VISIBLE}

    def test_unstable(self) -> None:
        """A view that changes after it converged is blamed."""
        assert updated().query(UPDATED_VIEW).query(VIEW, "again").kinds >= {Kind.VIEW_UNSTABLE}


class TestHops:
    @pytest.mark.parametrize(("story", "hop"), [
        (Story().send(CREATED).query(None), Hop.STORE),
        (Story().send(CREATED).store(event(CREATED, 1)).query(None), Hop.BUS),
        (created().query(None).add(Item("a", None)), Hop.PROJECTION),
        (created().query(None), Hop.PROJECTION),
        (created().query(None).add(Item("a", json.dumps(ATTRIBUTES))), Hop.QUERY),
        (created().query(None).add(Item("a", json.dumps({"view": {"M": ATTRIBUTES}}))), Hop.QUERY),
        (deleted().query(VIEW).add(Item("a", '{"id": {"S": "a"}, "deleted": {"BOOL": true}}')),
         Hop.QUERY),
    ], ids=["store", "bus", "projection", "no item", "query", "nested view", "tombstone"])
    def test_first_difference(self, story: Story, hop: Hop) -> None:
        """A wrong view names the place where its events first left the way."""
        assert [v.hop for v in story.violations if v.aggregate == "a"][-1] == hop


OPENED = {"type": "AccountOpened", "accountId": "a", "owner": "Ada",
          "openedAt": "2026-01-02T03:04:05Z"}
DEPOSITED = {"type": "MoneyDeposited", "accountId": "a", "entryId": "e", "amount": 1.5}
ACCOUNT = {"accountId": "a", "owner": "Ada", "openedAt": "2026-01-02T03:04:05Z", "balance": 1.5,
           "entries": [{"entryId": "e", "amount": 1.5}]}
PACKED = base64.b64encode(gzip.compress(json.dumps(ACCOUNT).encode(), mtime=0)).decode()
ENTRY = {"M": {"entryId": {"S": "e"}, "amount": {"N": "1.50"}}}
ROW = {"accountId": {"S": "a"}, "owner": {"S": "Ada"}, "openedAt": {"S": "2026-01-02T03:04:05Z"},
       "balance": {"N": "15E-1"}, "entries": {"L": [ENTRY]}}


def account() -> Story:
    """An account with money on it."""
    story = Story(contract=accounts.CONTRACT)
    for version, command in enumerate((OPENED, DEPOSITED), 1):
        happened = {**command, "eventId": f"e{version}", "version": version}
        story.store(happened).publish(happened).send(command)
    return story


class TestNumbers:
    @pytest.mark.parametrize("amount", ["1.5", "1.50", "15e-1"])
    def test_by_value(self, amount: str) -> None:
        """A number may be written in any way."""
        assert account().query(json.dumps(ACCOUNT).replace("1.5", amount)).violations == []

    @pytest.mark.parametrize("amount", ['"1.5"', "1.49", "1.5000000000000000001", "null"])
    def test_wrong(self, amount: str) -> None:
        """A text is no number, and nearly the same is not the same."""
        story = account().query(json.dumps(ACCOUNT).replace("1.5", amount))
        assert story.kinds == {Kind.VIEW_WRONG}

    @pytest.mark.parametrize(("attributes", "hop"), [
        (ROW, Hop.QUERY), ({"view": {"M": ROW}}, Hop.QUERY),
        (ROW | {"balance": {"S": "1.5"}}, Hop.QUERY),
        (ROW | {"entries": {"S": "[...]"}}, Hop.QUERY),
        (ROW | {"balance": {"N": "1.6"}}, Hop.PROJECTION),
        (ROW | {"entries": {"L": []}}, Hop.PROJECTION),
        (ROW | {"entries": {"L": [ENTRY, ENTRY]}}, Hop.PROJECTION),
        (ROW | {"owner": {"NULL": True}}, Hop.PROJECTION),
        ({"view": {"S": json.dumps(ACCOUNT)}}, Hop.QUERY),
        ({"view": {"S": "{"}}, Hop.PROJECTION),
        ({"view": {"B": PACKED}}, Hop.QUERY), ({"view": {"B": "?"}}, Hop.PROJECTION),
    ])
    def test_first_difference(self, attributes: dict[str, Any], hop: Hop) -> None:
        """A table may keep numbers and lists in any type, but what it shows of them counts."""
        wrong = ACCOUNT | {"balance": "1.5"}
        story = account().query(wrong).add(Item("a", json.dumps(attributes)))
        assert [violation.hop for violation in story.violations] == [hop]


class TestReadsOnTheWay:
    @pytest.mark.parametrize("view", [None, VIEW, UPDATED_VIEW])
    def test_prefix(self, view: Any) -> None:
        """The fold of any prefix is fine."""
        assert updated().query(view, "during").violations == []

    @pytest.mark.parametrize("view", [{"updatedAt": UPDATED["updatedAt"]}, {}, RENAMED_VIEW])
    def test_what_never_was(self, view: Any) -> None:
        """A view that never was is blamed."""
        assert updated().query(view, "during").kinds == {Kind.READ_NOT_PREFIX}

    def test_not_yet(self) -> None:
        """A view from the future is blamed."""
        story = created().query(UPDATED_VIEW, "during").accept(UPDATED, 2)
        assert Kind.READ_NOT_PREFIX in story.kinds

    def test_one_of_two_members(self) -> None:
        """A view in which half an event has arrived is blamed."""
        half = VIEW | {"customer": "Bob"}
        assert created().accept(RENAMED, 2).query(half, "during").kinds == {Kind.READ_NOT_PREFIX}


class TestMonotonicReads:
    def test_forward(self) -> None:
        """Newer and newer views are fine, and the same one again."""
        story = updated().query(None, "during").query(VIEW, "during").query(VIEW, "during")
        assert story.query(UPDATED_VIEW).violations == []

    def test_back(self) -> None:
        """An older view after a newer one is blamed."""
        story = updated().query(UPDATED_VIEW, "during").query(VIEW, "during")
        assert story.query(UPDATED_VIEW).kinds == {Kind.READ_WENT_BACK}

    def test_back_after_a_rebuild(self) -> None:
        """When the read model was wiped an older view is on its way to the newest again."""
        story = updated().query(UPDATED_VIEW, "during").add(Rebuilt(3, 1, 2))
        story.query(None, "during").query(VIEW, "during").query(UPDATED_VIEW)
        assert story.violations == []

    def test_back_since_a_rebuild(self) -> None:
        """Reads after the command count."""
        story = updated().add(Rebuilt(2, 1, 2)).query(UPDATED_VIEW, "during")
        assert story.query(VIEW, "during").query(UPDATED_VIEW).kinds == {Kind.READ_WENT_BACK}

    def test_not_found_after_deletion(self) -> None:
        """404 after a view is newer when the order was deleted."""
        story = deleted().query(VIEW, "during").query(None, "during")
        assert story.query(None).violations == []

    def test_created_again(self) -> None:
        """An equal view may be that of the new order."""
        story = deleted().accept(CREATED, 3).query(VIEW, "during").query(None, "during")
        assert story.query(VIEW).violations == []

    def test_two_aggregates(self) -> None:
        """Reads of different aggregates are apart."""
        story = created().query(VIEW, "during").query(None, "during", id="b")
        assert story.violations == []

    @pytest.mark.parametrize(("text", "status"), [
        ("{}", 400), ("{}", 429), ("{}", 499), ("{}", 500), ("[]", 200)])
    def test_unreadable_between(self, text: str, status: int) -> None:
        """A reply that says nothing is no view."""
        story = created().query(VIEW, "during").query(text, "during", status=status).query(VIEW)
        assert not story.kinds & {Kind.READ_WENT_BACK, Kind.READ_NOT_PREFIX}


class TestClientMembers:
    def test_in_the_view(self) -> None:
        """A member that a client made up and that is in a view is blamed."""
        story = created().send(UPDATED | {"isAdmin": True}, 400)
        assert Kind.CLIENT_MEMBER in story.query(VIEW | {"isAdmin": True}).kinds

    def test_set_by_the_implementation(self) -> None:
        """A member of that name with another value is the implementation's."""
        story = created().send(UPDATED | {"version": 987, "id": "x"}, 400)
        assert story.query(VIEW | {"version": 1, "id": "a"}).violations == []

    def test_of_another_aggregate(self) -> None:
        """Members that a client made up for another order do not count here."""
        story = created().send(UPDATED | {"orderId": "b", "note": 1}, 404)
        assert story.query(VIEW | {"note": 1}).violations == []

    def test_member_of_another_type(self) -> None:
        """A member that another type has is no invention once that type set it."""
        early = CREATED | {"updatedAt": UPDATED["updatedAt"]}
        story = Story().send(early).store(event(CREATED, 1)).publish(event(CREATED, 1))
        assert story.accept(UPDATED, 2).query(UPDATED_VIEW).violations == []

    def test_member_of_another_type_smuggled_in(self) -> None:
        """Before that it is."""
        early = CREATED | {"updatedAt": "made-up"}
        story = Story().send(early).store(event(CREATED, 1)).publish(event(CREATED, 1))
        smuggled = story.query(VIEW | {"updatedAt": "made-up"})
        assert smuggled.kinds == {Kind.VIEW_WRONG, Kind.CLIENT_MEMBER}


class TestShows:
    @pytest.mark.parametrize(("observed", "expected", "same"), [
        (None, None, True), (VIEW, None, False), (None, VIEW, False), (VIEW, VIEW, True),
        ({**VIEW, "more": 1}, VIEW, True), (VIEW, {**VIEW, "more": 1}, False),
    ])
    def test_table(self, observed: Any, expected: Any, same: bool) -> None:
        """404 shows nothing; a view shows what it has at least."""
        assert shows(CONTRACT, observed, expected) is same


class TestDisclosureInViews:
    def test_what_a_client_wrote(self) -> None:
        """A name that reads like an error comes back in a view without blame."""
        name = {"customer": "Traceback (most recent call last)"}
        odd = CREATED | name
        assert Story().accept(odd, 1).query(VIEW | name, headers=JSON).violations == []
