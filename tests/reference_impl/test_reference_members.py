"""The checks of single members: ids, date-times, texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.lambdas.domain import members

customers = st.text(
    st.characters(exclude_categories=["Cs"], min_codepoint=0x20), min_size=1, max_size=1000
)


class TestIds:
    """`orderId` and its like."""

    @pytest.mark.parametrize("value", ["a", "7", "o-1", "A.b_c-d", "x" * 128])
    def test_accepts(self, value: str) -> None:
        """A letter or digit, then up to 127 letters, digits, dots, underscores and hyphens."""
        assert members.is_identifier(value)

    @pytest.mark.parametrize(
        "value",
        [
            "",
            ".",
            "..",
            "-a",
            "_a",
            "__proto__",
            "a/b",
            "a\\b",
            "a%2Fb",
            "a b",
            "a\n",
            "a\x00",
            "x" * 129,
            "é",
            "٣",
            "a٣",
            None,
            1,
            True,
            ["a"],
        ],
    )
    def test_refuses(self, value: object) -> None:
        """Anything else is refused, above all what could leave the aggregate's own keys."""
        assert not members.is_identifier(value)


class TestDateTimes:
    """`createdAt` and `updatedAt`."""

    @pytest.mark.parametrize(
        "value",
        [
            "2024-02-29T23:59:59Z",
            "2024-01-02T03:04:05.123456789012345+05:30",
            "0000-02-29T00:00:00Z",
            "2024-01-02t03:04:05z",
            "2024-01-02T03:04:05-00:00",
            "2016-12-31T23:59:60Z",
            "1990-12-31T15:59:60-08:00",
            "2017-01-01T05:29:60+05:30",
        ],
    )
    def test_accepts(self, value: str) -> None:
        """Every form of RFC 3339 is a date-time, leap seconds included."""
        assert members.is_date_time(value)

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "2024-01-02",
            "2024-01-02T03:04:05",
            "2024-01-02 03:04:05Z",
            "2024-01-02T03:04Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-02T24:00:00Z",
            "2024-01-02T03:60:00Z",
            "2024-01-02T03:04:61Z",
            "2024-01-02T03:04:60Z",
            "2024-01-02T03:04:05.Z",
            "2024-01-02T03:04:05+0100",
            "2024-01-02T03:04:05+24:00",
            "2024-01-02T03:04:05Z\n",
            "٢024-01-02T03:04:05Z",
            "20240102T030405Z",
            "2024-W01-1T00:00:00Z",
            None,
            1704164645,
            True,
        ],
    )
    def test_refuses(self, value: object) -> None:
        """ISO 8601 has more forms; none of them passes, nor does a day no calendar has."""
        assert not members.is_date_time(value)


class TestCustomers:
    """`customer`."""

    @given(customers)
    def test_accepts(self, value: str) -> None:
        """Any 1 to 1,000 code points pass, as long as none is a control or a surrogate."""
        assert members.is_text(value)

    def test_counts_code_points(self) -> None:
        """A character outside the basic plane counts once."""
        assert members.is_text("\N{PILE OF POO}" * 1000)

    @pytest.mark.parametrize(
        "value", ["", "x" * 1001, "a\nb", "\0", "\x1f", "a\ud800", None, 5, []]
    )
    def test_refuses(self, value: object) -> None:
        """Empty, long, control characters, lone surrogates and other types are refused."""
        assert not members.is_text(value)
