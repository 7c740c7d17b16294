"""Forms of members that are put together, or that leave open what systems do not agree on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqrs_conformance import values
from harness.core.commands import Acceptance
from harness.core.contract import Member

MUST, MAY, MUST_NOT = Acceptance.MUST, Acceptance.MAY, Acceptance.MUST_NOT
ITEM = values.object_of({"sku": values.name(), "count": values.number("1", "9", required=False)})
FORMS = {
    "choice": values.choice("NEW", "USED"), "boolean": values.boolean(),
    "plain text": values.plain_text(20), "long text": values.plain_text(20, least=5),
    "email": values.email(), "item": ITEM,
    "items": values.list_of(ITEM, least=1), "names": values.list_of(values.name()),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
class TestForms:
    @given(st.data())
    def test_valid(self, form: Member, data: st.DataObject) -> None:
        """Valid and tricky values must be accepted."""
        assert form.accepts(data.draw(form.valid)) is MUST
        assert {form.accepts(value) for value in form.tricky} == {MUST}

    @given(st.data())
    def test_invalid(self, form: Member, data: st.DataObject) -> None:
        """Invalid values must be refused."""
        assert form.accepts(data.draw(form.invalid)) is MUST_NOT


@pytest.mark.parametrize(("form", "value", "expected"), [
    ("choice", "new", MUST_NOT), ("choice", "USED", MUST), ("boolean", 1, MUST_NOT),
    ("plain text", "", MAY), ("plain text", "a\n", MAY), ("plain text", "x" * 21, MAY),
    ("long text", "Ada", MAY), ("long text", "Grace", MUST),
    ("email", "Ada <ada@example.com>", MAY), ("items", [], MUST_NOT), ("names", [], MUST),
    ("names", ["a"] * 6, MAY), ("item", {"sku": "a", "note": 1}, MAY), ("item", {}, MUST_NOT),
    ("item", {"sku": "a", "count": Decimal("0.5")}, MUST_NOT), ("items", [{"sku": 5}], MUST_NOT),
])
def test_accepts(form: str, value: Any, expected: Acceptance) -> None:
    """Each form says of a value if it must, may or must not be accepted."""
    assert FORMS[form].accepts(value) is expected
