"""SYS-01 to SYS-04: the system as a whole."""

from __future__ import annotations

import pytest

from harness.entry.conform import Conform


@pytest.mark.cqrs_requirement("SYS-01")
def test_commands_and_queries_are_separate(conform: Conform) -> None:
    """Threat: the command function reads or writes the view, or the projection makes events.

    Expectation: each keeps to its side.
    """
    conform()


@pytest.mark.cqrs_requirement("SYS-02")
def test_warm_environments_answer_as_cold_ones(conform: Conform) -> None:
    """Threat: state left by one invocation changes the next one's answer.

    Expectation: none leaks.
    """
    conform()


@pytest.mark.cqrs_requirement("SYS-03")
def test_convergence_times_are_reported(conform: Conform) -> None:
    """Threat: views converge, but nobody knows when.

    Expectation: percentiles of the time are reported.
    """
    conform()


@pytest.mark.cqrs_requirement("SYS-04")
def test_roles_allow_what_is_needed(conform: Conform) -> None:
    """Threat: a role allows everything, or lacks what its function does.

    Expectation: named actions on named resources, enough for every call that was seen.
    """
    conform()
