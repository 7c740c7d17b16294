"""The event that an EventBridge rule delivers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import (
    EventBridgeEvent,
)
from hypothesis import given
from hypothesis import strategies as st

from harness.core.bus_entry import BusEntry
from harness.functions.events import (
    MalformedDetailError,
    event_bridge_event,
)
from tests.harness.functions.event_values import JSON, TEXT, bus_event


class TestEventBridgeEvent:
    """The event a rule delivers."""

    @given(st.dictionaries(TEXT, JSON, max_size=4), TEXT, st.lists(TEXT, max_size=2))
    def test_gives_back_the_entry(
        self, detail: dict[str, Any], source: str, resources: list[str]
    ) -> None:
        """An independent reader finds the entry's members and the event's id."""
        entry = BusEntry(source, "OrderCreated", json.dumps(detail), tuple(resources))
        made = event_bridge_event(entry, event_id="e-1", time="t", account="a", region="r")
        event = EventBridgeEvent(json.loads(json.dumps(made)))
        read = (event.get_id, event.source, event.detail_type, event.detail, event.resources)
        assert read == ("e-1", source, "OrderCreated", detail, resources)

    def test_members(self) -> None:
        """The envelope has exactly the members of the document."""
        assert bus_event({"orderId": "o-1"}) == {
            "version": "0",
            "id": "e-1",
            "detail-type": "OrderCreated",
            "source": "orders",
            "account": "123456789012",
            "time": "2020-03-04T19:15:17Z",
            "region": "eu-west-3",
            "resources": [],
            "detail": {"orderId": "o-1"},
        }

    def test_own_time(self) -> None:
        """An entry's own time wins over the time of publication."""
        assert bus_event(time="2019-01-01T00:00:00Z")["time"] == "2019-01-01T00:00:00Z"

    @pytest.mark.parametrize("detail", ["", "{", "[]", '"x"', "null", '{"a": NaN}', "[" * 100_000])
    def test_malformed_detail(self, detail: str) -> None:
        """A detail that is no JSON object is refused."""
        with pytest.raises(MalformedDetailError):
            event_bridge_event(
                BusEntry("s", "t", detail), event_id="e", time="t", account="a", region="r"
            )
