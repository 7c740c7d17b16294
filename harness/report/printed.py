"""What functions printed in a counterexample: the last lines of the last invocations that did."""

from __future__ import annotations

from harness.core.history import History, Invoked

INVOCATIONS = 5
LINES = 3
WIDTH = 200


def tell_printed(history: History) -> list[str]:
    """A title, and each invocation's output below it; nothing if nothing was printed."""
    wrote = [run for run in history.of(Invoked) if run.output.strip()]
    told = [line for run in wrote[-INVOCATIONS:] for line in _told(run, history.namespace)]
    earlier = len(wrote) - INVOCATIONS
    note = f" ({earlier} earlier invocations left out)" if earlier > 0 else ""
    return [f"Printed by functions{note}:", *told] if told else []


def _told(run: Invoked, namespace: str) -> list[str]:
    """The last lines; control characters are escaped, because a terminal would obey them."""
    lines = run.output.replace(namespace, "").strip().splitlines()
    dots = [f"  {run.function}, invocation {run.invocation}: ..."] if len(lines) > LINES else []
    return dots + [f"  {run.function}, invocation {run.invocation}: {_short(line)}"
                   for line in lines[-LINES:]]


def _short(line: str) -> str:
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    return shown if len(shown) <= WIDTH else shown[:WIDTH] + "..."
