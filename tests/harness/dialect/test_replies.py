"""From the wire's replies to canonical ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.http import Request, Response
from harness.core.json_values import to_json
from harness.dialect import default_dialect
from harness.dialect.bindings import Bindings
from harness.dialect.expressions import pattern, pointer
from harness.dialect.incoming import (
    NoIdError,
    command_reply,
    id_in,
    is_pending,
    of_proxy,
    query_reply,
    result_request,
)
from harness.dialect.model import Dialect, IdPlace, Replies
from scenarios.domains.orders import CONTRACT

from .dialects import INVOCATIONS, LIST, TYPED_ROUTES, dialect

STATUSES = Replies(accepted=(201, 204), refused=("4xx", 500), invalid=(422,), indefinite=(202,))
FLAGS = Replies(pointer("ok"), accepted=(True,), refused=(False,), invalid=("bad",))
ERRORS = Replies(pointer("errors.0.message"), refused=("*",))
JSON = (("Content-Type", "application/json"),)


def place(own: Dialect) -> IdPlace:
    """The place of the ids that a system makes."""
    assert own.server_id is not None
    return own.server_id


class TestCommandReplies:
    @pytest.mark.parametrize(("replies", "status", "body", "canonical"), [
        (STATUSES, 201, '{"id": 1}', 201), (STATUSES, 204, "", 200), (STATUSES, 404, "", 404),
        (STATUSES, 500, "", 409), (STATUSES, 202, "{}", 503), (STATUSES, 503, "", 503),
        (FLAGS, 200, '{"ok": true}', 200), (FLAGS, 200, '{"ok": false}', 409),
        (FLAGS, 200, '{"ok": "bad"}', 400), (FLAGS, 200, '{"ok": 1}', 200),
        (FLAGS, 403, "no JSON", 403), (ERRORS, 200, '{"errors": [{"message": "no"}]}', 409),
        (ERRORS, 200, '{"errors": null}', 200), (ERRORS, 200, '{"data": {}}', 200),
    ])
    def test_statuses(self, replies: Replies, status: int, body: str, canonical: int) -> None:
        """A reply has the status of what it means; one that is not listed keeps its own."""
        assert command_reply(replies, Response(status, JSON, body)).status == canonical

    def test_an_object(self) -> None:
        """A reply that is listed as accepted needs no body."""
        assert command_reply(STATUSES, Response(204)).json() == {}

    @given(st.integers(200, 599), st.text(max_size=9))
    def test_default(self, status: int, body: str) -> None:
        """In the default dialect a reply is what it is."""
        own = default_dialect(CONTRACT).commands["*"].replies
        assert command_reply(own, Response(status, JSON, body)) == Response(status, JSON, body)

    def test_no_answer(self) -> None:
        """A request without a reply has no meaning."""
        assert not command_reply(STATUSES, Response(0)).answered

    def test_result_asked_for_elsewhere(self) -> None:
        """A command that was only taken in has a place where its result is."""
        own = dialect(LIST.replace("refused = false", 'refused = false\nlater = { route = '
                                   '"GET /jobs/{job}", at = "state", pending = ["RUNNING"] }'))
        replies = own.commands["*"].replies
        asked = result_request(replies, Response(202, JSON, '{"job": "j1"}'))
        assert asked == Request("GET", "/jobs/j1")
        assert is_pending(replies, Response(200, JSON, '{"state": "RUNNING"}'))
        assert not is_pending(replies, Response(200, JSON, '{"state": "DONE", "success": true}'))


class TestProxyResults:
    RESULT = Response(200, (), to_json({"statusCode": 409, "headers": {"ETag": 7}, "body": "{}"}))

    def test_an_http_response(self) -> None:
        """A result with a status is read as the response that it describes."""
        assert of_proxy(self.RESULT, ()) == Response(409, (("ETag", "7"),), "{}")

    @pytest.mark.parametrize(("result", "at"), [
        (RESULT, "body.success"), (RESULT, "statusCode"),
        (Response(200, (), '{"statusCode": "OPEN"}'), "x"), (Response(200, (), "[]"), "x")])
    def test_as_it_is(self, result: Response, at: str) -> None:
        """A dialect may name places in it, and a result without a status is no response."""
        assert of_proxy(result, (pointer(at),)) == result


class TestMadeIds:
    def test_in_the_body(self) -> None:
        """The id stands where the dialect says."""
        response = Response(201, JSON, '{"data": {"id": 7}}')
        assert id_in(place(dialect(TYPED_ROUTES)), response) == 7

    @pytest.mark.parametrize("before", [
        "", "https://api.example.com", "https://x.example.com/Prod", "/dev"])
    def test_location(self, before: str) -> None:
        """The id is a part of the Location header, which may be a URL, with a stage or without."""
        own = place(dialect(TYPED_ROUTES.replace('"data.id"', '"Location /v1/orders/{id}"')))
        assert own.location == pattern("/v1/orders/{id}")
        assert id_in(own, Response(201, (("location", f"{before}/v1/orders/x-1"),))) == "x-1"

    @pytest.mark.parametrize(("body", "id"), [('"u-1"', "u-1"), ("u-1\n", "u-1"), ("7", 7)])
    def test_whole_body(self, body: str, id: Any) -> None:
        """A body that is nothing but the id has it, as JSON or as plain text."""
        own = place(dialect(TYPED_ROUTES.replace('"data.id"', '""')))
        assert id_in(own, Response(201, (), body)) == id

    def test_whole_body_is_no_id(self) -> None:
        """An object is no id, and neither is an empty body."""
        own = place(dialect(TYPED_ROUTES.replace('"data.id"', '""')))
        for body in ('{"id": 7}', ""):
            with pytest.raises(NoIdError, match="got 201"):
                id_in(own, Response(201, (), body))

    @pytest.mark.parametrize("body", ["{}", "[]", "", '{"data": {"id": null}}'])
    def test_nowhere(self, body: str) -> None:
        """A reply without an id is told with what it says."""
        with pytest.raises(NoIdError, match="got 201"):
            id_in(place(dialect(TYPED_ROUTES)), Response(201, JSON, body))


class TestQueryReplies:
    @given(st.dictionaries(st.sampled_from(("orderId", "customer", "version")), st.text()))
    def test_default(self, view: dict[str, Any]) -> None:
        """In the default dialect a view is what it is."""
        response = Response(200, JSON, to_json(view))
        assert query_reply(default_dialect(CONTRACT), CONTRACT, "a", response,
                           Bindings()).json() == view

    def test_renamed(self) -> None:
        """Members have their canonical names, also nested ones; others stay what they are."""
        own, bindings = dialect(TYPED_ROUTES), Bindings()
        bindings.created("a", "u-1")
        response = Response(200, JSON, to_json({"data": {
            "id": "u-1", "buyer": {"name": "Eve"}, "created": "t", "etag": 5}}))
        assert query_reply(own, CONTRACT, "a", response, bindings).json() == {
            "orderId": "a", "customer": "Eve", "createdAt": "t", "etag": 5}

    def test_id_of_another_name(self) -> None:
        """A view without the contract's id member may have the id in a member that is called id."""
        bindings = Bindings()
        bindings.created("a", 7)
        response = Response(200, JSON, '{"id": 7, "number": 7}')
        found = query_reply(default_dialect(CONTRACT), CONTRACT, "a", response, bindings).json()
        assert found == {"id": "a", "number": 7}

    def test_another_meaning(self) -> None:
        """A member that only looks like one of the contract's is no part of the view."""
        response = Response(200, JSON, to_json({"data": {"id": "u", "customer": "Bob"}}))
        found = query_reply(dialect(TYPED_ROUTES), CONTRACT, "a", response, Bindings()).json()
        assert found == {"orderId": "u"}

    def test_in_a_list(self) -> None:
        """The view is the entry of the list that has the id; without one there is none."""
        entries = [{"id": "b", "customer": "Qm9i"}, {"id": "a", "customer": "RXZl"}]
        response = Response(200, JSON, to_json({"orders": entries}))
        own, bindings = dialect(LIST), Bindings()
        assert query_reply(own, CONTRACT, "a", response, bindings).json() == {
            "orderId": "a", "customer": "Eve"}
        assert query_reply(own, CONTRACT, "c", response, bindings).status == 404

    @pytest.mark.parametrize("at", ["", "data"])
    def test_a_list_as_the_view(self, at: str) -> None:
        """The view of a reply that is a list is put together from it; its entries have places."""
        moves = 'moves = { at = "", each = { by = "amount|text", why = "note.why" } }'
        text = LIST.replace('at = "orders"', f'at = "{at}"').replace('among = "id"', "").replace(
            "view = {", f"view = {{ {moves},")
        entries = [{"amount": "1.50", "note": {"why": "x"}}, {"amount": "2"}]
        response = Response(200, JSON, to_json({"data": entries} if at else entries))
        assert query_reply(dialect(text), CONTRACT, "a", response, Bindings()).json() == {
            "moves": [{"by": Decimal("1.50"), "why": "x"}, {"by": 2}]}

    @pytest.mark.parametrize(("errors", "status"), [
        ('[{"code": "BUSY"}]', 503), ('[{"code": "OTHER"}]', 404), ("null", 404)])
    def test_an_error_in_a_200(self, errors: str, status: int) -> None:
        """A reply that tells an error of the system is one, whatever its status and its view."""
        own = dialect(INVOCATIONS.replace(
            'at = "item"', 'at = "item"\nfailed = { at = "errors.0.code", is = "BUSY" }'))
        response = Response(200, JSON, f'{{"item": null, "errors": {errors}}}')
        assert query_reply(own, CONTRACT, "a", response, Bindings()).status == status

    def test_any_error_in_a_200(self) -> None:
        """A star is any value but null."""
        own = dialect(INVOCATIONS.replace(
            'at = "item"', 'at = "item"\nfailed = { at = "errors", is = "*" }'))
        found = [query_reply(own, CONTRACT, "a", Response(200, JSON, body), Bindings()).status
                 for body in ('{"errors": ["x"]}', '{"errors": null, "item": {}}')]
        assert found == [503, 200]

    @pytest.mark.parametrize(("tag", "version"), [('"3"', 3), ('W/"4"', 4), ('"a1"', "a1")])
    def test_version_in_the_etag(self, tag: str, version: Any) -> None:
        """The version of a view may be in its ETag alone."""
        own = dialect(INVOCATIONS.replace('at = "item"', 'at = "item"\netag = "version"'))
        response = Response(200, (*JSON, ("ETag", tag)), '{"item": {}}')
        assert query_reply(own, CONTRACT, "a", response, Bindings()).json() == {"version": version}

    def test_plain_entries(self) -> None:
        """The entries of a list may have one place each, or be the values themselves."""
        text = LIST.replace('at = "orders"', "").replace('among = "id"', "").replace(
            "view = {", 'view = { sums = { at = "a", each = "|text" }, '
                        'ids = { at = "b", each = "id" },')
        response = Response(200, JSON, '{"a": ["1.50", "2"], "b": [{"id": 1}, {"id": 2}]}')
        assert query_reply(dialect(text), CONTRACT, "a", response, Bindings()).json() == {
            "sums": [Decimal("1.50"), 2], "ids": [1, 2]}

    @pytest.mark.parametrize(("own", "shown"), [(TYPED_ROUTES, True), (None, False)])
    def test_json_of_another_type(self, own: str | None, shown: bool) -> None:
        """A media type of JSON's syntax is JSON in a dialect that places the view's members."""
        found = default_dialect(CONTRACT) if own is None else dialect(own)
        response = Response(200, (("Content-Type", "application/vnd.api+json"),), '{"data": {}}')
        reply = query_reply(found, CONTRACT, "a", response, Bindings())
        assert (reply.header("content-type") == "application/json") is shown

    @pytest.mark.parametrize("body", ['{"item": null}', "{}", '{"item": {"a": 1}, "found": false}'])
    def test_not_there(self, body: str) -> None:
        """The dialect's sign of a missing view is 404."""
        response = Response(200, JSON, body)
        assert query_reply(dialect(INVOCATIONS), CONTRACT, "a", response, Bindings()).status == 404

    @pytest.mark.parametrize(("sign", "body"), [
        ('"null"', '{"item": null}'), ("410", "{}"), ('{ at = "gone", is = 1 }', '{"gone": 1}')])
    def test_one_sign(self, sign: str, body: str) -> None:
        """A sign that stands alone needs no list."""
        text = INVOCATIONS.replace('["null", "missing", { at = "found", is = false }]', sign)
        response = Response(410 if sign == "410" else 200, JSON, body)
        assert query_reply(dialect(text), CONTRACT, "a", response, Bindings()).status == 404

    def test_an_invocation(self) -> None:
        """An invocation's reply is JSON by itself, and has no members that are dropped."""
        response = Response(200, (), '{"item": {"customer": "Eve", "version": 3}}')
        found = query_reply(dialect(INVOCATIONS), CONTRACT, "a", response, Bindings())
        assert (found.header("content-type"), found.json()) == (
            "application/json", {"customer": "Eve"})

    @pytest.mark.parametrize(("status", "body"), [(500, "{}"), (403, "{}"), (200, "no JSON")])
    def test_others(self, status: int, body: str) -> None:
        """A reply that is no view stays as it is, and the checks judge it."""
        response = Response(status, JSON, body)
        assert query_reply(dialect(TYPED_ROUTES), CONTRACT, "a", response, Bindings()) == response
