"""Exhaustive exploration of short scenarios: every crash point, every order of AWS calls.

A sweep plays a scenario, looks at the calls that were made, and derives from them the next
scenarios to try.
"""

from harness.explore.sweep.commands import ERRORS, IN_A_ROW, crashes, failures, publish_failures
from harness.explore.sweep.due import long_lived
from harness.explore.sweep.failing import FAILURES
from harness.explore.sweep.first_calls import first_calls
from harness.explore.sweep.interleavings import conflict, interleavings, querying, races
from harness.explore.sweep.leftovers import crashed_recoveries, two_crashes
from harness.explore.sweep.order import as_they_are, each_in_turn, in_turn, staggered
from harness.explore.sweep.overlapping import overlapping
from harness.explore.sweep.readers import (
    catching_up,
    closing_gaps,
    last_crashes,
    projecting,
    projection_failures,
    query_failures,
    relaying,
)
from harness.explore.sweep.slow import slow_commands, slow_projections, slow_races
from harness.explore.sweep.stale import (
    races_and_stale_queries,
    races_and_stale_reads,
    stale_queries,
    themselves_and_stale_deliveries,
)

__all__ = [
    "ERRORS", "FAILURES", "IN_A_ROW", "as_they_are", "catching_up", "closing_gaps", "conflict",
    "crashed_recoveries", "crashes", "each_in_turn", "failures", "first_calls", "in_turn",
    "interleavings", "last_crashes", "long_lived", "overlapping", "projecting",
    "projection_failures", "publish_failures", "query_failures", "querying", "races",
    "races_and_stale_queries", "races_and_stale_reads", "relaying", "slow_commands",
    "slow_projections", "slow_races", "staggered", "stale_queries",
    "themselves_and_stale_deliveries", "two_crashes",
]
