"""Exhaustive exploration of short scenarios: every crash point, every order of AWS calls.

A sweep plays a scenario, looks at the calls that were made, and derives from them the next
scenarios to try.
"""

from harness.explore.sweep.commands import ERRORS, IN_A_ROW, crashes, failures, publish_failures
from harness.explore.sweep.failing import FAILURES
from harness.explore.sweep.interleavings import conflict, interleavings, querying, races
from harness.explore.sweep.order import as_they_are, each_in_turn, in_turn, staggered
from harness.explore.sweep.readers import (
    catching_up,
    projecting,
    projection_failures,
    query_failures,
    relaying,
)

__all__ = [
    "ERRORS", "FAILURES", "IN_A_ROW", "as_they_are", "catching_up", "conflict", "crashes",
    "each_in_turn", "failures", "in_turn", "interleavings", "projecting", "projection_failures",
    "publish_failures", "query_failures", "querying", "races", "relaying",
    "staggered",
]
