"""The error of a dialect that cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class DialectError(Exception):
    """A user's mistake in a dialect: its place, what was expected and got, and what to do."""

    def __init__(self, subject: str, *, expected: str, got: str, remedy: str) -> None:
        self.subject, self.expected, self.got, self.remedy = subject, expected, got, remedy
        super().__init__(f"{subject}: expected {expected}, got {got}; {remedy}.")


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"did you mean {close[0]}? " if close else ""
