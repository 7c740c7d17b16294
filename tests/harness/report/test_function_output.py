"""The output of functions is shown with a counterexample, shortened and escaped."""

import pytest

from harness.core.history import Invoked, Role
from harness.report.function_output import render_function_output
from tests.harness.histories import Story


def printed(*outputs: str) -> list[str]:
    """The lines rendered for invocations with this output."""
    story = Story()
    for number, output in enumerate(outputs, 1):
        story.add(Invoked(Role.COMMAND, "F", number, False, None, output, 0.1))
    return render_function_output(story.history)


def test_by_invocation() -> None:
    """Each line says whose it is; who printed nothing is not named."""
    assert printed("one\ntwo\n", "", " \n", "three") == [
        "Printed by functions:", "  F, invocation 1: one", "  F, invocation 1: two",
        "  F, invocation 4: three"]


def test_nothing() -> None:
    """Where nothing was printed nothing is told."""
    assert printed("", "\n") == []


def test_last_lines() -> None:
    """Of much only the end is shown."""
    assert printed("1\n2\n3\n4\n") == ["Printed by functions:", "  F, invocation 1: ...", *(
        f"  F, invocation 1: {n}" for n in (2, 3, 4))]


def test_last_invocations() -> None:
    """Of many invocations the last are shown, and it is said how many were before."""
    lines = printed(*"abcdefg")
    assert (lines[0], len(lines), lines[-1]) == (
        "Printed by functions (2 earlier invocations left out):", 6, "  F, invocation 7: g")


@pytest.mark.parametrize(("output", "shown"), [
    ("n0001aa", "a"), ("\x1b[31mred", r"\x1b[31mred"), ("x" * 300, "x" * 200 + "...")])
def test_plain(output: str, shown: str) -> None:
    """Namespaces, what a terminal would obey, and long lines are not shown as they are."""
    assert printed(output)[1] == f"  F, invocation 1: {shown}"


LONG = "ValueError: " + "word " * 60 + "end"


def test_cause_is_not_cut() -> None:
    """A long line that holds the cause is wrapped, and an early one is shown, too."""
    lines = printed(f"{LONG}\n1\n2\n3\n4")
    text = " ".join(line.removeprefix("  F, invocation 1: ") for line in lines[2:])
    assert (lines[1], f"{LONG} 2 3 4" == text, max(map(len, lines)) < 100) == (
        "  F, invocation 1: ...", True, True)


def test_structured_log() -> None:
    """An error that a log has packed into JSON is shown by message, exception and line."""
    packed = ('{"level": "ERROR", "message": "no luck", "time": "2026", "exception": "Traceback '
              '(most recent call last):\\n  File \\"/app/do.py\\", line 7, in do\\n    x()\\n'
              'KeyError: 1"}')
    assert printed(packed)[1:] == [
        "  F, invocation 1: ERROR no luck", "  F, invocation 1: KeyError: 1, in do (/app/do.py:7)"]


def test_other_json() -> None:
    """An object without a message is shown as it is."""
    assert printed('{"id": "a"}')[1] == '  F, invocation 1: {"id": "a"}'
