"""Errors that a user can cause or meet, and the exit codes of the command.

Each room derives its errors from ``HarnessError``. The command line and the pytest session handle
that class alone: its exit code says whether the user made a mistake (2) or a run ended without a
verdict (3).
"""

from __future__ import annotations

from typing import ClassVar

CONFORMS, DOES_NOT, USAGE, NO_VERDICT = 0, 1, 2, 3
"""Exit codes."""


class HarnessError(Exception):
    """An error that a user can cause or meet, as data and as one sentence.

    ``subject``: the option, file or part that the error is about. ``expected`` and ``got``: what
    it should be and what it is; either may be empty, and ``got`` alone is a reason. ``remedy``:
    what to do. ``exit_code``: the code of the command that ends with the error.
    """

    exit_code: ClassVar[int] = NO_VERDICT

    def __init__(self, subject: str, got: str = "", remedy: str = "", *,
                 expected: str = "") -> None:
        self.subject, self.expected, self.got, self.remedy = subject, expected, got, remedy
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        got = f"got {self.got}" if self.expected and self.got else self.got
        parts = (self.expected and f"expected {self.expected}", got)
        said = ", ".join(part for part in parts if part)
        sentence = f"{self.subject}: {said}" if said else self.subject
        return f"{sentence}; {self.remedy}" if self.remedy else sentence


class UserMistake(HarnessError):
    """An option or a file of the user cannot be used; nothing has run yet."""

    exit_code = USAGE


class UndecidedError(HarnessError):
    """The oracle's budget ran out: the history is neither right nor wrong as far as is known."""


class StageError(HarnessError):
    """The stage or the implementation broke in a way that is no verdict (*errored*)."""
