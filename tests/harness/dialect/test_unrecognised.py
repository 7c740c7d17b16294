"""Why a record is no event: the first line of the dialect that does not fit it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.core.attribute_values import typed_item
from harness.core.history import Published, Role, Stored
from harness.core.json_values import to_json
from harness.dialect.unrecognised import reason
from scenarios.domains.orders import CONTRACT

from .dialects import INVOCATIONS, LIST, TYPED_ROUTES, dialect

EVENT = {"pk": "ORDER#u-1", "sk": "EVENT#0", "kind": "ORDER_PLACED"}
NO_ID = LIST + '[events]\nbucket = "*"\nmembers = { type = "type" }\n'
NO_TYPE = LIST + '[events]\nbucket = "*"\nmembers = { id = "id" }\n'


def stored(text: str, key: str = "k") -> Stored:
    return Stored("added", key, text, Role.COMMAND)


class TestItems:
    @pytest.mark.parametrize(("changed", "expected"), [
        ({}, ""),
        ({"pk": "CART#u-1"}, "match.pk 'ORDER#{id}' does not match \"CART#u-1\""),
        ({"sk": None}, "match.sk 'EVENT#{version}' does not match null"),
        ({"kind": "PLACED"}, "its type \"PLACED\" is not in types"),
        ({"kind": 7}, "its type 7 is not in types"),
    ])
    def test_reason(self, changed: dict[str, Any], expected: str) -> None:
        """The value that stands against it is told beside the line."""
        text = to_json(typed_item(EVENT | changed))
        assert reason(dialect(TYPED_ROUTES), CONTRACT, stored(text)) == expected

    @pytest.mark.parametrize(("missing", "expected"), [
        ("sk", "it has no sk, which match names"),
        ("kind", "it has nothing at members.type \"kind\""),
    ])
    def test_missing(self, missing: str, expected: str) -> None:
        """An attribute that is not there is told by its name."""
        document = {name: value for name, value in EVENT.items() if name != missing}
        text = to_json(typed_item(document))
        assert reason(dialect(TYPED_ROUTES), CONTRACT, stored(text)) == expected


class TestObjects:
    @pytest.mark.parametrize(("dialect_text", "key", "text", "expected"), [
        (INVOCATIONS, "heads/7.json", "{}",
         "key 'orders/{id}/{version}.json' does not match \"heads/7.json\""),
        (INVOCATIONS, "orders/7/1.json", "[]", "it is no JSON object"),
        (INVOCATIONS, "orders/7/1.json", "text", "it is no JSON"),
        (NO_ID, "k", '{"type": "OrderDeleted"}', "nothing tells its id: name members.id"),
        (NO_TYPE, "k", '{"id": "a"}', "nothing tells its type: name members.type"),
        (NO_TYPE.replace("id = ", 'type = "type", id = '), "k", '{"type": "OrderDeleted"}',
         "it has nothing at members.id \"id\""),
        (LIST, "k", "{}", ""),
    ])
    def test_reason(self, dialect_text: str, key: str, text: str, expected: str) -> None:
        """An object is told by its key and its content; without a store nothing is."""
        assert reason(dialect(dialect_text), CONTRACT, stored(text, key)) == expected


def test_published() -> None:
    """An entry whose DetailType names no event type is told with it."""
    entry = Published(0, "orders", "PLACED", "{}", "bus", Role.COMMAND, 1)
    own = dialect(TYPED_ROUTES)
    assert reason(own, CONTRACT, entry) == "its type \"PLACED\" is not in types"
