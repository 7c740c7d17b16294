"""Numbers are written, and refused, as DynamoDB does it.

Source: DynamoDB Developer Guide, "Supported data types and naming rules".
"""

from __future__ import annotations

import json

import pytest

from harness.core.dynamodb_numbers import (
    NumberRefusedError,
    plain_number,
    total,
    with_plain_numbers,
)


@pytest.mark.parametrize(("sent", "kept"), [
    ("1.50", "1.5"), ("1E2", "100"), ("-0", "0"), ("0e1000", "0"), ("+1", "1"), (".5", "0.5"),
    ("0001.23", "1.23"), ("100", "100"), ("-7.10", "-7.1"), ("1" * 38, "1" * 38),
    ("1" + "0" * 50, "1" + "0" * 50), ("1e125", "1" + "0" * 125),
    ("1e-130", "0." + "0" * 129 + "1"), ("0.000012345", "0.000012345")])
def test_one_way_to_write_a_number(sent: str, kept: str) -> None:
    """Zeroes that say nothing are trimmed."""
    assert plain_number(sent) == kept


@pytest.mark.parametrize(("sent", "message"), [
    ("1" * 39, "38 significant digits"), ("1e126", "overflow"), ("11e125", "overflow"),
    ("0.9e-130", "underflow"), ("1e99999999", "overflow"), ("NaN", "numeric value"),
    ("1_0", "numeric value"), (" 1", "numeric value"), ("", "numeric value")])
def test_refused(sent: str, message: str) -> None:
    with pytest.raises(NumberRefusedError, match=message):
        plain_number(sent)


def test_sums_are_exact() -> None:
    """A sum has as many digits as a number may have."""
    assert total("1", "1e37") == "1" + "0" * 36 + "1"


def test_sums_that_do_not_fit() -> None:
    with pytest.raises(NumberRefusedError):
        total("1e50", "1")


def test_attributes_alone_are_numbers() -> None:
    """A member that is called N, but holds an attribute, is no number."""
    item = {"Item": {"N": {"S": "1.50"}, "a": {"L": [{"N": "1.50"}]}, "b": {"NS": ["2.0"]}}}
    assert json.loads(with_plain_numbers(json.dumps(item).encode())) == {
        "Item": {"N": {"S": "1.50"}, "a": {"L": [{"N": "1.5"}]}, "b": {"NS": ["2"]}}}
