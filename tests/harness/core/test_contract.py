"""How a contract reads a request body, and when two JSON values are the same."""

import json
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.commands import Acceptance, Flaw
from harness.core.contract import OVERSIZED_BYTES, Member
from harness.core.json_values import parse_json, plain_numbers, same_json, to_json
from scenarios.domains.orders import CONTRACT

CREATED = {
    "type": "OrderCreated", "orderId": "a", "customer": "Ada", "createdAt": "2026-01-02T03:04:05Z",
}
MUST, MAY, MUST_NOT = Acceptance.MUST, Acceptance.MAY, Acceptance.MUST_NOT
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3),
    max_leaves=8,
)


def created(**changes: Any) -> str:
    return json.dumps(CREATED | changes)


def lacking(name: str) -> str:
    return json.dumps({key: value for key, value in CREATED.items() if key != name})


@pytest.mark.parametrize(("path", "found"), [("/orders", "/orders/a%2Fb"), ("/", "/a%2Fb")])
def test_path_of_a_view(path: str, found: str) -> None:
    """A view stands below the path of the commands, also where that is the root."""
    assert replace(CONTRACT, path=path).view_path("a/b") == found


class TestRead:
    def test_plain_command(self) -> None:
        """A plain command must be accepted and is read as it stands."""
        reading = CONTRACT.read(json.dumps(CREATED))
        assert (reading.command, reading.acceptance, reading.flaw) == (CREATED, MUST, None)

    @pytest.mark.parametrize("body", [
        None, "", " ", "null", "true", "0", '"x"', "[]", "{", "NaN", "[" * 100_000, "\ufeff{}",
        '{"type": "OrderCreated"} x', '{"a": 1.5e99999999999999999999}',
    ])
    def test_no_object(self, body: str | None) -> None:
        """A body that is no JSON object is no command."""
        reading = CONTRACT.read(body)
        assert (reading.command, reading.acceptance, reading.flaw) == (None, MUST_NOT, Flaw.BODY)

    @pytest.mark.parametrize("kind", [
        None, 5, True, [], {}, "", "Nothing", "ordercreated", "__proto__",
    ])
    def test_unknown_type(self, kind: Any) -> None:
        """A type that the contract does not name is no command's."""
        assert CONTRACT.read(created(type=kind)).flaw is Flaw.TYPE

    def test_missing_type(self) -> None:
        """A body without a type is no command."""
        assert CONTRACT.read(lacking("type")).flaw is Flaw.TYPE

    @pytest.mark.parametrize("id", [None, 5, [], {}, "", ".a", "a/b", "a\n", "x" * 129, "é"])
    def test_hostile_id(self, id: Any) -> None:
        """An id of another form is no command's."""
        assert CONTRACT.read(created(orderId=id)).flaw is Flaw.ID

    def test_missing_id(self) -> None:
        """A body without an id is no command."""
        assert CONTRACT.read(lacking("orderId")).flaw is Flaw.ID

    @pytest.mark.parametrize("name", ["customer", "createdAt"])
    def test_missing_member(self, name: str) -> None:
        """A required member must not be missing."""
        reading = CONTRACT.read(lacking(name))
        assert (reading.acceptance, reading.flaw) == (MUST_NOT, Flaw.MEMBER)

    @pytest.mark.parametrize("name", ["customer", "createdAt"])
    def test_ill_typed_member(self, name: str) -> None:
        """A member of another type makes no command."""
        assert CONTRACT.read(created(**{name: 5})).flaw is Flaw.MEMBER

    def test_null_is_not_absent(self) -> None:
        """An optional member that is null is ill-typed, not absent."""
        body = {"type": "OrderUpdated", "orderId": "a", "customer": None,
                "updatedAt": "2026-01-02T03:04:05Z"}
        assert CONTRACT.read(json.dumps(body)).flaw is Flaw.MEMBER

    def test_optional_member(self) -> None:
        """An optional member may be absent."""
        body = {"type": "OrderUpdated", "orderId": "a", "updatedAt": "2026-01-02T03:04:05Z"}
        assert CONTRACT.read(json.dumps(body)).acceptance is MUST

    def test_debatable_member(self) -> None:
        """A command with a value that readers differ about may be refused."""
        reading = CONTRACT.read(created(createdAt="2026-01-31T03:04:60Z"))
        assert (reading.acceptance, reading.flaw) == (MAY, None)

    def test_worst_member_decides(self) -> None:
        """One impossible member outweighs a debatable one."""
        body = created(createdAt="2026-01-31T03:04:60Z", customer="")
        assert CONTRACT.read(body).acceptance is MUST_NOT

    def test_unknown_member(self) -> None:
        """Unknown members are dropped, or the command is refused."""
        reading = CONTRACT.read(created(isAdmin=True))
        assert (reading.command, reading.acceptance, reading.flaw) == (
            CREATED, MAY, Flaw.UNKNOWN_MEMBER)

    def test_another_types_member_is_unknown(self) -> None:
        """A member that only another type has is unknown to this one."""
        assert CONTRACT.read(created(updatedAt="x")).flaw is Flaw.UNKNOWN_MEMBER

    def test_oversized(self) -> None:
        """A command of more bytes than the bound may be refused for its size."""
        reading = CONTRACT.read(json.dumps(CREATED) + " " * OVERSIZED_BYTES)
        assert (reading.command, reading.acceptance, reading.flaw) == (CREATED, MAY, Flaw.SIZE)

    def test_bytes_count_not_characters(self) -> None:
        """The bound is counted in bytes of UTF-8."""
        body = json.dumps(CREATED | {"customer": "\U0001f600" * 1000}, ensure_ascii=False)
        padded = body + " " * (OVERSIZED_BYTES - len(body.encode()) + 1)
        assert CONTRACT.read(padded).flaw is Flaw.SIZE

    def test_every_plain_command_is_small(self) -> None:
        """The largest plain command is within the bound, even with every character escaped."""
        widest = created(orderId="x" * 128, customer="\U0001f600" * 1000)
        assert CONTRACT.read(widest).flaw is None

    @given(st.text())
    def test_any_text_is_read(self, body: str) -> None:
        """Whatever the body is, reading it gives an answer."""
        assert CONTRACT.read(body).acceptance in Acceptance

    @given(JSON, JSON, JSON)
    def test_any_members_are_read(self, id: Any, customer: Any, time: Any) -> None:
        """Whatever the members hold, reading them gives an answer."""
        body = to_json(CREATED | {"orderId": id, "customer": customer, "createdAt": time})
        assert (CONTRACT.read(body).command is None) is (
            CONTRACT.read(body).acceptance is MUST_NOT)

    def test_type_without_members(self) -> None:
        """A type that has no members of its own needs nothing but an id."""
        body = '{"type": "OrderDeleted", "orderId": "a"}'
        assert CONTRACT.read(body).acceptance is MUST


class TestSameJson:
    @pytest.mark.parametrize(("left", "right"), [
        (1, Decimal("1.0")), (Decimal("1.50"), Decimal("1.5")), ([], []), ({}, {}), (None, None),
        ({"a": [1]}, {"a": [Decimal(1)]}), ("é", "\u00e9"), ((1, 2), [1, 2]),
    ])
    def test_same(self, left: Any, right: Any) -> None:
        """Numbers are compared by value, containers by what they hold."""
        assert same_json(left, right)

    @pytest.mark.parametrize(("left", "right"), [
        (1, True), (0, False), ("1", 1), (None, 0), (None, False), ([], {}), ("", None),
        ([1], [1, 1]), ({"a": 1}, {"a": 1, "b": None}), ("é", "e\u0301"), ([1, 2], [2, 1]),
        ([0], [False]),
    ])
    def test_different(self, left: Any, right: Any) -> None:
        """Types, order and composition of characters count, in both directions."""
        assert not same_json(left, right)
        assert not same_json(right, left)

    @given(JSON)
    def test_reflexive(self, value: Any) -> None:
        """Every value is the same as itself after a trip through text."""
        assert same_json(parse_json(to_json(value)), value)


class TestToJson:
    def test_decimals_are_numbers(self) -> None:
        """A Decimal is written as the number it is, digit by digit."""
        value = {"a": [Decimal("1.50"), Decimal("0.1000000000000000000001")], "b": "\u00e9"}
        assert to_json(value) == '{"a": [1.50, 0.1000000000000000000001], "b": "\u00e9"}'

    @given(st.recursive(SCALARS | DECIMALS, lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
    def test_nothing_is_lost(self, value: Any) -> None:
        """Numbers are the same to the last digit when they are read again."""
        assert same_json(parse_json(to_json(value)), value)

    def test_characters_as_they_are(self) -> None:
        """Characters stand for themselves, so a reader sees them."""
        assert to_json("é") == '"é"'

    def test_lone_surrogates(self) -> None:
        """A lone surrogate is escaped: UTF-8 has no form for it."""
        assert to_json("\ud800") == '"\\ud800"'

    @given(JSON)
    def test_always_encodable(self, value: Any) -> None:
        """Whatever is written can be sent."""
        assert to_json(value).encode()


class TestLookingUp:
    def test_requirement(self) -> None:
        """A requirement is found by its id."""
        assert CONTRACT.requirement("CMD-01").id == "CMD-01"

    def test_unknown_requirement(self) -> None:
        """An unknown id is a KeyError."""
        with pytest.raises(KeyError):
            CONTRACT.requirement("CMD-99")

    def test_named_members(self) -> None:
        """Every member of any command is named, the id and the type among them."""
        assert CONTRACT.named_members() == {
            "type", "orderId", "customer", "createdAt", "updatedAt"}

    def test_type_with_no_members_at_all(self) -> None:
        """A contract may have types without members only."""
        bare = replace(CONTRACT, types=MappingProxyType({"Pinged": {}}))
        assert bare.read('{"type": "Pinged", "orderId": "a"}').acceptance is MUST

    def test_numbers_as_members(self) -> None:
        """Members may hold exact decimals."""
        accepts = {True: MUST, False: MUST_NOT}
        amount = Member(lambda v: accepts[v == Decimal("1.50")], st.just(1), st.just(2))
        paid = replace(CONTRACT, types=MappingProxyType({"Paid": {"amount": amount}}))
        body = '{"type": "Paid", "orderId": "a", "amount": 1.5}'
        assert paid.read(body).acceptance is MUST


class TestPlainNumbers:
    @pytest.mark.parametrize(("written", "plain"), [
        ("1.50", "1.5"), ("100.0", "100"), ("1E+2", "100"), ("0E+5", "0"), ("-0.0", "0"),
        ("-2.10", "-2.1"), ("1E+999999999", "1E+999999999"), ("10E-999999", "1E-999998"),
    ])
    def test_one_form(self, written: str, plain: str) -> None:
        """A number has one plain form, however it was written, and in bounds."""
        assert to_json(plain_numbers([Decimal(written)])) == f"[{plain}]"

    @given(st.dictionaries(st.text(), DECIMALS | SCALARS))
    def test_value(self, value: Any) -> None:
        """Its value stays the same."""
        assert same_json(plain_numbers(value), value)
