"""Named conversions: nothing is lost on the way to the wire and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.json_values import same_json
from harness.dialect.conversions import CONVERSIONS, ConversionError

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=4)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(TEXTS, v, max_size=3), max_leaves=6)
OF = {"text": NUMBERS, "cents": NUMBERS, "number": st.integers(0, 10**30).map(str),
      "json": VALUES, "base64": TEXTS, "list": VALUES, "setup": TEXTS}


class TestConversions:
    @pytest.mark.parametrize("name", CONVERSIONS)
    @given(st.data())
    def test_there_and_back(self, name: str, data: st.DataObject) -> None:
        """A value comes back from the wire as it was."""
        conversion, value = CONVERSIONS[name], data.draw(OF[name])
        assert same_json(conversion.to_canonical(conversion.to_wire(value)), value)

    @pytest.mark.parametrize(("name", "value"), [
        ("text", "1"), ("text", True), ("cents", None), ("number", "01"), ("number", 1),
        ("base64", 5), ("base64", "\ud800"),
    ])
    def test_foreign_values(self, name: str, value: Any) -> None:
        """A value that the conversion does not know has no form on the wire."""
        with pytest.raises(ConversionError):
            CONVERSIONS[name].to_wire(value)

    @pytest.mark.parametrize(("name", "value"), [
        ("text", 1), ("text", "one"), ("cents", "1"), ("json", "{"), ("base64", "%"), ("list", []),
    ])
    def test_foreign_replies(self, name: str, value: Any) -> None:
        """A wire's value of another form is no value of the contract."""
        with pytest.raises(ConversionError):
            CONVERSIONS[name].to_canonical(value)

    def test_cents(self) -> None:
        """An amount is an integer in hundredths."""
        assert CONVERSIONS["cents"].to_wire(Decimal("12.50")) == 1250
