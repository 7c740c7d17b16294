"""Scenarios from lists of input that implementations often handle wrongly, played in every run.

A drawn value is met by some seeds only. A list is short enough to be played as a whole: refused
commands cost little, and accepted ones share a scenario, each on an aggregate of its own. The
short scenarios of ``for_sweeps`` are not played as they are: sweeps derive others from
them.
"""

from scenarios.generators.listed import (
    deliveries,
    for_sweeps,
    hostile_input,
    ids_and_keys,
    lives,
)

__all__ = ["deliveries", "for_sweeps", "hostile_input", "ids_and_keys", "lives"]
