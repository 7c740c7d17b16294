"""Commands that a system need not refuse leave no other finding behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.contract import Contract
from harness.core.violation import Kind
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, UPDATED, Story, event

WRONG_ID = CREATED | {"orderId": "' OR 1=1"}
WRONG_MEMBER = CREATED | {"customer": 5}
FREE = replace(CONTRACT, not_promised=frozenset({"API-06", "API-08"}))


def taken(document: dict[str, object], contract: Contract) -> set[Kind]:
    """The violations after an invalid command was accepted and its event stored."""
    told = Story(contract=contract).store(event(document, 1)).send(document)
    return told.kinds


@pytest.mark.parametrize("document", [WRONG_ID, WRONG_MEMBER], ids=["id", "member"])
class TestInvalid:
    def test_promised(self, document: dict[str, object]) -> None:
        """Where refusals are promised, the event of an invalid command is a finding as well."""
        assert taken(document, CONTRACT) >= {Kind.INVALID_ACCEPTED, Kind.EVENT_EXTRA}

    def test_not_promised(self, document: dict[str, object]) -> None:
        """Where they are not, only the acceptance is noted, which the report leaves out."""
        assert taken(document, FREE) == {Kind.INVALID_ACCEPTED}


def test_id_in_another_form() -> None:
    """The event may have the wrong id as a URL has it."""
    stored = event(WRONG_ID | {"orderId": "'%20OR%201=1"}, 1)
    assert Story(contract=FREE).store(stored).send(WRONG_ID).kinds == {Kind.INVALID_ACCEPTED}


def test_other_aggregates() -> None:
    """A violation on another aggregate is still found."""
    told = Story(contract=FREE).store(event(WRONG_ID, 1)).send(WRONG_ID).send(CREATED)
    assert Kind.EVENT_MISSING in told.kinds


def test_rules() -> None:
    """A command that the rules refuse, where that is not promised, excuses its aggregate alone."""
    free = replace(CONTRACT, not_promised=frozenset({"API-07"}))
    told = Story(contract=free).store(event(UPDATED, 1)).send(UPDATED)
    assert told.kinds == {Kind.REFUSAL_ACCEPTED}


@pytest.mark.parametrize(("free", "kinds"), [
    (frozenset(), {Kind.EVENT_EXTRA}), (frozenset({"API-07"}), set())])
def test_open_order(free: frozenset[str], kinds: set[Kind]) -> None:
    """A command that is refused only if an indefinite one took effect excuses its aggregate."""
    told = Story(contract=replace(CONTRACT, not_promised=free))
    for version in (1, 2):
        told.store(event(CREATED, version))
    told.send(CREATED, 503).send(CREATED)
    assert told.kinds & {Kind.EVENT_EXTRA} == kinds
