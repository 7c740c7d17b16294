"""The query function: the view, the whole view, and nothing else."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .faults import Faults
from .simulation import System

Body = dict[str, Any]


@pytest.fixture
def order(system: System, created: Body) -> Body:
    """Return the view of an order that is in the read model."""
    system.deliver(system.happened(created))
    return {name: value for name, value in created.items() if name != "type"}


def test_shows_the_view(system: System, order: Body) -> None:
    """The body is exactly the contract's view."""
    assert system.get("o-1") == (200, order)


def test_content_type(system: System, order: Body) -> None:
    """A view is application/json."""
    reply = system.query.handler({"pathParameters": {"id": "o-1"}}, None)
    assert reply["headers"] == {"Content-Type": "application/json"}


def test_unknown_id(system: System) -> None:
    """There is nothing to show of what nobody created."""
    assert system.get("o-2") == (404, {"message": "not found"})


@pytest.mark.parametrize("order_id", ["..", "a/b", "%2e%2e", "a\n", "x" * 2048, "__proto__", ""])
def test_hostile_ids_do_not_reach_the_table(system: System, faults: Faults, order_id: str) -> None:
    """An invalid id gets 404 without a call."""
    faults.raises(system.query.READ_MODEL.client, "GetItem", AssertionError("the table was asked"))
    assert system.get(order_id)[0] == 404


@pytest.mark.parametrize("parameters", [None, {}, {"name": "o-1"}])
def test_path_without_id(system: System, parameters: Body | None) -> None:
    """A payload that names no id is a question for nothing."""
    assert system.reply(system.query, {"pathParameters": parameters})[0] == 404


def test_errors_stay_inside(system: System, faults: Faults, order: Body) -> None:
    """An AWS error becomes 503 with one of our own sentences."""
    error = ClientError({"Error": {"Code": "X", "Message": "table read-model"}}, "GetItem")
    faults.raises(system.query.READ_MODEL.client, "GetItem", error)
    status, reply = system.get("o-1")
    assert (status, "read-model" in str(reply)) == (503, False)


def test_only_reads(system: System, order: Body) -> None:
    """A query makes one call: a consistent GetItem."""
    calls: list[tuple[str, bool]] = []
    system.query.READ_MODEL.client.meta.events.register(
        "provide-client-params.*.*",
        lambda params, model, **_: calls.append((model.name, params["ConsistentRead"])),
    )
    system.get("o-1")
    assert calls == [("GetItem", True)]
