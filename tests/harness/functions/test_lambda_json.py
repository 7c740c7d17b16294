"""Results as JSON, as the Lambda runtime writes it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from harness.functions.events import (
    NotJsonError,
    to_json,
)
from tests.harness.functions.event_values import JSON


class TestToJson:
    """Results as the runtime marshals them."""

    @given(JSON)
    def test_round_trip(self, value: Any) -> None:
        """A JSON value comes back as it was."""
        assert json.loads(to_json(value)) == value

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Decimal("1.50"), "1.5"),
            (Decimal("3"), "3"),
            (Decimal("12345678901234567890"), "12345678901234567890"),
            (Decimal("1E+2"), "100"),
            ((1, 2), "[1, 2]"),
        ],
    )
    def test_decimal_and_tuple(self, value: Any, text: str) -> None:
        """The runtime writes a Decimal as a number and a tuple as a list."""
        assert to_json(value) == text

    def test_unserialisable(self) -> None:
        """A result without JSON gives an error with its type, the reason and Lambda's name."""
        with pytest.raises(NotJsonError, match="Unable to marshal response") as caught:
            to_json({"a": {1}})
        error = caught.value
        assert (error.result_type, error.error_type) == ("dict", "Runtime.MarshalError")
        assert error.reason == "Object of type set is not JSON serializable"

    def test_endless(self) -> None:
        """A result that contains itself, or nests without end, is the same error."""
        endless: list[Any] = []
        endless.append(endless)
        deep: list[Any] = []
        for _ in range(200_000):
            deep = [deep]
        for value in (endless, deep):
            with pytest.raises(NotJsonError):
                to_json(value)
