"""The output of functions in a counterexample: the last lines of the last invocations."""

from __future__ import annotations

from harness.core.history import History, Invoked

INVOCATIONS = 5
LINES = 3
WIDTH = 200


def render_function_output(history: History) -> list[str]:
    """A title, and the output of each invocation below it; empty without output."""
    printing = [run for run in history.of(Invoked) if run.output.strip()]
    lines = [line for run in printing[-INVOCATIONS:]
             for line in _last_lines(run, history.namespace)]
    earlier = len(printing) - INVOCATIONS
    note = f" ({earlier} earlier invocations left out)" if earlier > 0 else ""
    return [f"Printed by functions{note}:", *lines] if lines else []


def _last_lines(run: Invoked, namespace: str) -> list[str]:
    """The last lines of an invocation's output.

    Control characters are escaped, because a terminal would execute them.
    """
    lines = run.output.replace(namespace, "").strip().splitlines()
    dots = [f"  {run.function}, invocation {run.invocation}: ..."] if len(lines) > LINES else []
    return dots + [f"  {run.function}, invocation {run.invocation}: {_short(line)}"
                   for line in lines[-LINES:]]


def _short(line: str) -> str:
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return shown if len(shown) <= WIDTH else shown[:WIDTH] + "..."
