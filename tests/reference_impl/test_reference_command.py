"""The command function: replies, stored and published events, and what has no effect."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .payloads import rest_api
from .simulation import BUCKET, System

Body = dict[str, Any]


class TestAccepted:
    """Valid commands."""

    def test_reply(self, system: System, payload: Callable[..., Body], created: Body) -> None:
        """Both of API Gateway's formats get the receipt."""
        status, receipt = system.reply(system.command, payload(json.dumps(created)))
        event_id = system.stored()[0]["eventId"]
        expected = {"eventId": event_id, "orderId": "o-1", "version": 1, "type": "OrderCreated"}
        assert (status, receipt) == (200, expected)

    def test_stores_the_event(self, system: System, created: Body) -> None:
        """The stored event has an id, a version and the command's own members, and no others."""
        _, receipt = system.post({**created, "version": 9, "eventId": "mine", "extra": 1})
        assert system.stored() == [{**created, "eventId": receipt["eventId"], "version": 1}]

    def test_publishes_what_it_stores(self, system: System, created: Body) -> None:
        """The published detail is the stored event, under its type."""
        system.post(created)
        (envelope,) = system.published()
        assert (envelope["detail-type"], [envelope["detail"]]) == (
            "OrderCreated",
            system.stored(),
        )

    def test_versions_sort_as_numbers(self, system: System, created: Body, updated: Body) -> None:
        """The tenth event follows the ninth."""
        system.post(created)
        versions = [system.post(updated)[1]["version"] for _ in range(11)]
        assert versions == list(range(2, 13))

    def test_reads_every_page_of_a_history(
        self, system: System, created: Body, updated: Body, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A listing that comes in pages of two is read to its end."""
        system.post(created)
        system.command.SERVICE.store.client.meta.events.register(
            "provide-client-params.s3.ListObjectsV2", lambda params, **_: {**params, "MaxKeys": 2}
        )
        assert [system.post(updated)[1]["version"] for _ in range(6)] == [2, 3, 4, 5, 6, 7]

    def test_prefix_ids_are_strangers(self, system: System, created: Body) -> None:
        """An id that begins like another one has a history of its own."""
        versions = [
            system.post({**created, "orderId": order_id})[1]["version"]
            for order_id in ("o-12", "o-1", "o", "o-1.x")
        ]
        assert versions == [1, 1, 1, 1]

    def test_order_is_created_anew(self, system: System, created: Body, deleted: Body) -> None:
        """After deletion the same id may be created again, as the next version."""
        replies = [system.post(body) for body in (created, deleted, created)]
        assert [(status, body["version"]) for status, body in replies] == [
            (200, 1),
            (200, 2),
            (200, 3),
        ]

    def test_base64_body(
        self, system: System, as_base64: Callable[[str], Body], created: Body
    ) -> None:
        """A body that API Gateway has encoded is read as what it encodes."""
        body = json.dumps({**created, "customer": "Zoë 😀"}, ensure_ascii=False)
        system.reply(system.command, as_base64(body))
        assert system.stored()[0]["customer"] == "Zoë 😀"

    @settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        customer=st.text(
            st.characters(exclude_categories=["Cs"], min_codepoint=0x20), min_size=1, max_size=50
        )
    )
    def test_text_comes_back_as_sent(self, system: System, created: Body, customer: str) -> None:
        """Whatever the characters, the view has the very text of the command."""
        system.post(created)
        update = {"type": "OrderUpdated", "orderId": "o-1", "updatedAt": created["createdAt"]}
        system.post({**update, "customer": customer})
        system.deliver(system.published()[-1])
        assert system.get("o-1")[1]["customer"] == customer


BAD_BODIES = [None, "", " ", "null", "[]", "3", '"x"', "{", "NaN", '{"type": NaN}', "[" * 60000]
BAD_BODIES += ['{"a":' * 10000 + "1" + "}" * 10000, "\ud800", '{"type": "OrderCreated"}', "{}"]


class TestInvalid:
    """A body that is no command gives 400 (413) and has no effect."""

    @pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
    def test_body(self, system: System, body: str | None) -> None:
        """Anything but a JSON object that is a command gets one of our own sentences."""
        status, reply = system.reply(system.command, rest_api(body))
        assert (status, list(reply), system.stored()) == (400, ["message"], [])

    def test_no_body(self, system: System, payload: Callable[..., Body]) -> None:
        """A payload without a body is no command, in both of API Gateway's formats."""
        assert system.reply(system.command, payload(None))[0] == 400

    @pytest.mark.parametrize(
        "change",
        [{"customer": "a\ud800"}, {"customer": True}, {"orderId": 1}, {"createdAt": "today"}],
        ids=str,
    )
    def test_member(self, system: System, created: Body, change: Body) -> None:
        """An ill-typed or ill-formed member gets 400, and nothing is stored."""
        assert (system.post({**created, **change})[0], system.stored()) == (400, [])

    def test_oversized_body(self, system: System, created: Body) -> None:
        """Bytes count, not characters: 40,000 two-byte characters are too many."""
        body = json.dumps({**created, "extra": "é" * 40_000}, ensure_ascii=False)
        assert (system.post(body)[0], system.stored()) == (413, [])

    @pytest.mark.parametrize("body", ["###", "/w==", "é", "eyJ0"])
    def test_bad_base64(self, system: System, body: str) -> None:
        """A body that is no base64 of UTF-8 of JSON gets 400."""
        payload = {**rest_api(body), "isBase64Encoded": True}
        assert system.reply(system.command, payload)[0] == 400

    @pytest.mark.parametrize("key", ["", "x" * 65, "é", "a\nb", "\x7f"])
    def test_idempotency_key(self, system: System, created: Body, key: str) -> None:
        """A key that is not 1 to 64 printable ASCII characters gets 400."""
        assert (system.post(created, key)[0], system.stored()) == (400, [])


class TestRefused:
    """Commands that the rules do not allow now."""

    def test_creation_of_an_existing_order(self, system: System, created: Body) -> None:
        """The second creation gets 409 and leaves the store as it was."""
        system.post(created)
        assert (system.post(created)[0], len(system.stored())) == (409, 1)

    @pytest.mark.parametrize("command", ["updated", "deleted"])
    def test_unknown_order(
        self, system: System, command: str, request: pytest.FixtureRequest
    ) -> None:
        """An order that does not exist is neither updated nor deleted: 404."""
        status, _ = system.post(request.getfixturevalue(command))
        assert (status, system.stored()) == (404, [])


def test_foreign_objects_block_only_their_aggregate(system: System, created: Body) -> None:
    """A history with a gap is not written on; other orders are untouched by it."""
    system.s3.put_object(Bucket=BUCKET, Key="o-1/0000000007.json", Body=b"{}")
    statuses = [system.post({**created, "orderId": name})[0] for name in ("o-1", "o-2")]
    assert statuses == [503, 200]


def test_success_is_quiet(system: System, created: Body, caplog: pytest.LogCaptureFixture) -> None:
    """A command that goes well, or is refused, leaves no line in the log."""
    with caplog.at_level(logging.INFO, logger="command"):
        system.post(created)
        system.post(created)
    assert caplog.records == []
