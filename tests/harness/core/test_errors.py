"""Errors as data: the sentence that they make, and the exit code that they carry."""

from __future__ import annotations

import pytest

from harness.core.errors import NO_VERDICT, USAGE, HarnessError, StageError, UserMistake


@pytest.mark.parametrize(("error", "sentence"), [
    (HarnessError("stack s"), "stack s"),
    (HarnessError("stack s", "is gone"), "stack s: is gone"),
    (HarnessError("stack s", "is gone", "deploy it"), "stack s: is gone; deploy it"),
    (HarnessError("stack s", remedy="deploy it"), "stack s; deploy it"),
    (HarnessError("--rate 0", expected="a number above 0"),
     "--rate 0: expected a number above 0"),
    (HarnessError("a", "5", "give text", expected="text"),
     "a: expected text, got 5; give text"),
])
def test_sentence(error: HarnessError, sentence: str) -> None:
    """The sentence has the subject, then what was expected and got, then the remedy."""
    assert str(error) == sentence


def test_exit_codes() -> None:
    """A user's mistake ends the command with 2, any other error without a verdict."""
    codes = [error.exit_code for error in (UserMistake, StageError, HarnessError)]
    assert codes == [USAGE, NO_VERDICT, NO_VERDICT]
