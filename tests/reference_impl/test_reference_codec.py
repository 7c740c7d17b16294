"""JSON in and out: exact numbers, and nothing but JSON."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.lambdas import codec, rejections
from reference_impl.lambdas.domain.interface import RefusedError

HOSTILE = ["", "{", "nul", "NaN", "-Infinity", "[1e99999999999999999999]", "1" * 5000, "[" * 60000]


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_amounts_survive(amount: Decimal) -> None:
    """An amount with two decimals reads back as it was written."""
    assert codec.loads(codec.dumps([amount])) == [amount]


@given(st.decimals(min_value=0, max_value=10**6, places=2))
def test_floats_become_what_was_written(amount: Decimal) -> None:
    """A number that somebody else has read as a float is the decimal it was written as."""
    assert codec.exact({"amount": float(amount)}) == {"amount": amount}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_refuses_what_is_not_json(text: str) -> None:
    """Whatever is wrong with a text, there is one error for it."""
    with pytest.raises(codec.NotJsonError):
        codec.loads(text)


def test_a_domains_own_refusal_has_a_status() -> None:
    """A domain can refuse in words of its own without the machinery knowing the class."""
    assert rejections.status(type("NotEnoughMoney", (RefusedError,), {})()) == 409
