"""Scenarios that Hypothesis draws: a generator makes one requirement's trigger likely.

Commands go to a small pool of ids, so that they meet. Each scenario leaves out some command types
and some kinds of values altogether ("swarm testing"): rare combinations turn up because the usual
ones are sometimes missing.
"""

from scenarios.generators.drawn import commands, deliveries, disturbances, hostile_input

__all__ = ["commands", "deliveries", "disturbances", "hostile_input"]
