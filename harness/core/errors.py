"""Errors that end without a verdict, and the exit codes of the command."""

from __future__ import annotations


class UndecidedError(Exception):
    """The budget ran out: the history is neither right nor wrong as far as is known."""


CONFORMS, DOES_NOT, USAGE, NO_VERDICT = 0, 1, 2, 3
"""Exit codes."""


class StageError(Exception):
    """The stage or the implementation broke in a way that is no verdict (*errored*).

    ``subject`` names what broke, ``reason`` how, ``remedy`` what to do about it.
    """

    def __init__(self, subject: str, reason: str, remedy: str = "") -> None:
        self.subject, self.reason, self.remedy = subject, reason, remedy
        super().__init__(f"{subject}: {reason}" + (f"; {remedy}" if remedy else ""))


class NotSayableError(Exception):
    """No client of the system could send the request: the step is not applicable, and does nothing.

    ``reason`` says why, for people.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
