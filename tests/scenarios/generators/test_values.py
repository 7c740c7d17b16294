"""Values for command members: what is drawn as valid must be accepted, and so on."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.commands import Acceptance
from harness.core.contract import Member
from scenarios.generators import values

MUST, MAY, MUST_NOT = Acceptance.MUST, Acceptance.MAY, Acceptance.MUST_NOT
MEMBERS: dict[str, Member] = {
    "text": values.text(1000), "date-time": values.date_time(), "name": values.name(),
    "amount": values.number("0.01", "1000000", decimals=2), "count": values.number("0", "10"),
    "open": values.number("1", "10", beyond=True),
}
NAMESPACE = "n0001a"


def with_namespace(id: Any) -> Any:
    return id.replace("~", NAMESPACE) if isinstance(id, str) else id


class TestDrawnValues:
    @pytest.mark.parametrize("name", MEMBERS)
    @given(data=st.data())
    def test_valid(self, name: str, data: st.DataObject) -> None:
        """Every value drawn as valid must be accepted."""
        member = MEMBERS[name]
        assert member.accepts(data.draw(member.valid)) is MUST

    @pytest.mark.parametrize("name", MEMBERS)
    @given(data=st.data())
    def test_invalid(self, name: str, data: st.DataObject) -> None:
        """Every value drawn as invalid must not be accepted."""
        member = MEMBERS[name]
        assert member.accepts(data.draw(member.invalid)) is MUST_NOT

    @given(values.ids().valid)
    def test_valid_ids(self, id: str) -> None:
        """Every id drawn as valid must be accepted, with a namespace in it."""
        assert values.accepts_id(with_namespace(id)) is MUST

    @given(values.ids().invalid)
    def test_invalid_ids(self, id: Any) -> None:
        """Every id drawn as invalid must not be accepted, with a namespace in it."""
        assert values.accepts_id(with_namespace(id)) is MUST_NOT


class TestTables:
    @pytest.mark.parametrize("id", [*values.HOSTILE_IDS, *values.NOT_IDS], ids=repr)
    def test_hostile_ids(self, id: Any) -> None:
        """Every hostile id is one."""
        assert values.accepts_id(with_namespace(id)) is MUST_NOT

    @pytest.mark.parametrize(
        "id", [*values.ORDINARY_IDS, *values.LOOKALIKE_IDS, *values.SPECIAL_IDS, values.LONG_ID]
    )
    def test_good_ids(self, id: str) -> None:
        """Ordinary, look-alike, special and the longest ids are ids."""
        assert values.accepts_id(with_namespace(id)) is MUST

    def test_longest_id(self) -> None:
        """The longest id has 128 characters once it has its namespace."""
        assert len(with_namespace(values.LONG_ID)) == 128

    @pytest.mark.parametrize("text", values.TRICKY_TEXTS, ids=repr)
    def test_telling_texts(self, text: str) -> None:
        """Every telling text is a valid one."""
        assert values.accepts_text(1000)(text) is MUST


class TestText:
    @pytest.mark.parametrize(("text", "expected"), [
        ("x", MUST), ("x" * 10, MUST), ("x" * 11, MUST_NOT), ("", MUST_NOT),
        ("\U0001f600" * 10, MUST), ("\x1f", MUST_NOT), ("\x20", MUST), ("\x7f", MUST),
        ("\ud800", MUST_NOT), ("\x00", MUST_NOT), (None, MUST_NOT), (5, MUST_NOT),
        (["x"], MUST_NOT),
    ])
    def test_accepts(self, text: Any, expected: Acceptance) -> None:
        """Length is counted in characters; C0 controls and lone surrogates are out."""
        assert values.accepts_text(10)(text) is expected


class TestDateTime:
    @pytest.mark.parametrize("text", [
        "2026-01-02T03:04:05Z", "2026-12-28T23:59:59+14:00", "2026-01-02T03:04:05.123456789Z",
        "2026-02-28T00:00:00-08:00",
    ])
    def test_must(self, text: str) -> None:
        """Texts that every reader of RFC 3339 accepts."""
        assert values.accepts_date_time(text) is MUST

    @pytest.mark.parametrize("text", [
        "2016-12-31T23:59:60Z", "2026-01-02t03:04:05z", "2026-01-31T00:00:00Z",
        "2026-01-02T03:04:05-00:00", "0000-01-01T00:00:00Z", "9999-01-01T00:00:00Z",
        "2026-01-02T03:04:05+23:59", "2026-02-30T00:00:00Z",
        "2026-01-02T03:04:05." + "1" * 40 + "Z",
    ])
    def test_may(self, text: str) -> None:
        """Texts that readers judge differently may be refused."""
        assert values.accepts_date_time(text) is MAY

    @pytest.mark.parametrize("text", [
        "", "2026-01-02", "2026-01-02T03:04:05", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05Z\n",
        "2026-01-02T03:04:05+24:00", "\u0662026-01-02T03:04:05Z", "2026-01-02 03:04:05Z", 5, None,
    ])
    def test_must_not(self, text: Any) -> None:
        """Texts that no reader of RFC 3339 accepts."""
        assert values.accepts_date_time(text) is MUST_NOT

    @given(st.text())
    def test_anything(self, text: str) -> None:
        """Whatever the text, there is a judgement."""
        assert values.accepts_date_time(text) in Acceptance


class TestNumber:
    @pytest.mark.parametrize(("value", "expected"), [
        (1, MUST), (10, MUST), (11, MUST_NOT), (0, MUST_NOT), (-1, MUST_NOT), (True, MUST_NOT),
        (Decimal("1.5"), MUST_NOT), (Decimal("5.0"), MAY), (Decimal("1E+1"), MAY),
        (Decimal("1E+400"), MUST_NOT), ("5", MUST_NOT), (None, MUST_NOT), ([5], MUST_NOT),
    ])
    def test_whole(self, value: Any, expected: Acceptance) -> None:
        """Whole numbers in range; one that is written as a fraction may be refused."""
        assert values.accepts_number(Decimal(1), Decimal(10), 0)(value) is expected

    @pytest.mark.parametrize(("value", "expected"), [
        ("0.01", MUST), ("1.50", MUST), ("1E+1", MUST), ("10.00", MUST), ("1.500", MAY),
        ("0.001", MUST_NOT), ("0.011", MUST_NOT), ("10.01", MUST_NOT), ("1E-400", MUST_NOT),
        ("1.0000000000000000000000000000000000000001", MUST_NOT),
    ])
    def test_decimals(self, value: str, expected: Acceptance) -> None:
        """No more decimals than said; zeros beyond them may be refused."""
        assert values.accepts_number(Decimal("0.01"), Decimal(10), 2)(Decimal(value)) is expected
