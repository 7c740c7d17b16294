"""Values of the tests of events: texts, JSON, and the event of a published entry."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from harness.core.bus_entry import BusEntry
from harness.functions.events import (
    event_bridge_event,
)

EPOCH_MS = 1_583_349_317_135
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
).filter(lambda value: "Infinity" not in json.dumps(value))


def bus_event(detail: Any = None, **options: Any) -> dict[str, Any]:
    """Make the event of an entry with this detail."""
    text = json.dumps({} if detail is None else detail)
    entry = BusEntry("orders", "OrderCreated", text, **options)
    return event_bridge_event(
        entry,
        event_id="e-1",
        time="2020-03-04T19:15:17Z",
        account="123456789012",
        region="eu-west-3",
    )
