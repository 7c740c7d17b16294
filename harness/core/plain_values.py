"""Plain values of a command's members, for samples and for tests that name only what matters."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from harness.core.commands import Acceptance
from harness.core.contract import Member

PLAIN = settings(database=None, derandomize=True, max_examples=200,
                 phases=(Phase.generate, Phase.shrink), deadline=None)
CANDIDATES = ("sample", 1, 10)


def plain_value(member: Member) -> Any:
    """A plain valid value, which every implementation has to accept."""
    for value in CANDIDATES:
        if member.accepts(value) is Acceptance.MUST:
            return value
    return simplest(member.valid, member)


def simplest(strategy: st.SearchStrategy[Any], member: Member) -> Any:
    """The simplest value of a strategy that has to be accepted."""
    return find(strategy, lambda value: member.accepts(value) is Acceptance.MUST, settings=PLAIN)
