"""One request, one response, and exact JSON."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.http import Response
from harness.core.json_values import parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class TestParseJson:
    @given(JSON)
    def test_reads_what_json_writes(self, value: Any) -> None:
        """Every JSON value without fractions comes back as it was written."""
        assert parse_json(json.dumps(value)) == value

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
    def test_fractions_are_exact(self, number: Decimal) -> None:
        """A number with a fraction is the decimal that was written, not a float near it."""
        assert parse_json(f"{number:f}") == number

    @given(st.text())
    def test_anything_else_is_a_value_error(self, text: str) -> None:
        """Text that is no JSON raises ValueError and nothing else."""
        try:
            parse_json(text)
        except ValueError:
            return
        assert json.loads(text) is not ...

    @pytest.mark.parametrize("text", [
        "NaN", "Infinity", "-Infinity", '{"a": NaN}', "", "[" * 100_000, '{"a":' * 50_000,
        "1.5e99999999999999999999", "9" * 5000, "\ufeff{}",
    ])
    def test_hostile_texts(self, text: str) -> None:
        """Text that is no JSON, nests too deep or exceeds all bounds is a ValueError."""
        with pytest.raises(ValueError, match=r"."):
            parse_json(text)


class TestResponse:
    @pytest.mark.parametrize("name", ["Content-Type", "content-type", "CONTENT-TYPE"])
    def test_header_of_any_case(self, name: str) -> None:
        """A header is found whatever its case."""
        response = Response(200, (("content-Type", "application/json"),))
        assert response.header(name) == "application/json"

    def test_first_header(self) -> None:
        """Of several headers of one name the first counts."""
        assert Response(200, (("x", "1"), ("X", "2"))).header("x") == "1"

    def test_absent_header(self) -> None:
        """A header that is not there is None."""
        assert Response(200).header("x") is None

    def test_body_is_json(self) -> None:
        """1.50 in a body equals 1.5 exactly."""
        assert Response(200, (), '{"a": 1.50}').json() == {"a": Decimal("1.5")}
