"""Hand-made histories of orders whose commands send back the version that a view has shown."""

from typing import Any

import pytest

from harness.core.ledger import Expect
from harness.core.version import Version
from harness.core.violation import Kind
from scenarios.domains import orders, standard
from tests.harness.histories import CREATED, DELETED, UPDATED, VIEW, Story


def versioned(**options: Any) -> Any:
    """The contract of orders with a version in views and commands."""
    base = orders.CONTRACT
    return standard.contract(
        name="versioned", path=base.path, id_member=base.id_member, types=base.types,
        decide=base.decide, evolve=base.evolve, view=base.view,
        version=Version("ifVersion", **options))


FREE, REQUIRED = versioned(shown="version"), versioned(required=True, first=0)


def updated(version: int | None) -> dict[str, Any]:
    """An update that names a version, or none."""
    return UPDATED if version is None else UPDATED | {"ifVersion": version}


def last(story: Story) -> set[Expect]:
    return set(story.ledger.commands[-1].expected)


@pytest.mark.parametrize(("contract", "version", "expect"), [
    (FREE, 1, Expect.ACCEPT), (FREE, 0, Expect.REFUSE), (FREE, 2, Expect.REFUSE),
    (FREE, None, Expect.ACCEPT), (REQUIRED, 0, Expect.ACCEPT), (REQUIRED, 1, Expect.REFUSE),
    (REQUIRED, None, Expect.REFUSE)])
def test_expected(contract: Any, version: int | None, expect: Expect) -> None:
    """The right version is accepted; a stale one, or a missing one that is due, is refused."""
    story = Story(contract=contract).send(CREATED).send(updated(version))
    assert last(story) == {expect}


def test_stale_accepted() -> None:
    """A lost update is a violation."""
    story = Story(contract=FREE).send(CREATED).send(updated(1)).send(DELETED | {"ifVersion": 1})
    assert Kind.REFUSAL_ACCEPTED in {violation.kind for violation in story.violations}


@pytest.mark.parametrize(("shown", "right"), [(1, True), (2, False)])
def test_view(shown: int, right: bool) -> None:
    """A view has the version of the latest event."""
    story = Story(contract=FREE).accept(CREATED, 1).query(VIEW | {"version": shown})
    assert (story.violations == []) is right


def test_events_have_none() -> None:
    """The version that a command names is no part of its event."""
    story = Story(contract=FREE).accept(CREATED, 1).accept(UPDATED, 2)
    story.records[-1] = Story().send(updated(1)).records[0]
    assert story.violations == []


def test_repeated_key() -> None:
    """A repetition with its key is one, though its version is stale by then."""
    story = Story(contract=FREE).send(CREATED).send(updated(1), key="k").send(updated(1), key="k")
    assert last(story) == {Expect.REPEAT}
