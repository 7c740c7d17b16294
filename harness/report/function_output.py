"""The output of functions in a counterexample: the last lines of the last invocations.

A line that holds the cause of a failure is never cut: an exception, or an error that a structured
log has packed into JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from harness.core.history import History, Invoked
from harness.core.json_values import parse_object
from harness.functions.processes.stack_traces import summary

INVOCATIONS = 5
LINES = 3
WIDTH = 200
WRAPPED = 76
CAUSE = re.compile(r"\w*(?:Error|Exception|Traceback)\b|\b(?:ERROR|CRITICAL|FATAL)\b")
LEVELS, MESSAGES = ("level", "severity", "levelname"), ("message", "msg", "errorMessage")
TRACES = ("exception", "stack_trace", "stackTrace", "stack", "exc_info", "trace")


def render_function_output(history: History) -> list[str]:
    """A title, and the output of each invocation below it; empty without output."""
    printing = [run for run in history.of(Invoked) if run.output.strip()]
    lines = [line for run in printing[-INVOCATIONS:]
             for line in last_lines(run, history.namespace)]
    earlier = len(printing) - INVOCATIONS
    note = f" ({earlier} earlier invocations left out)" if earlier > 0 else ""
    return [f"Printed by functions{note}:", *lines] if lines else []


def last_lines(run: Invoked, namespace: str = "") -> list[str]:
    """The last lines of an invocation's output, and earlier ones that hold a cause.

    Control characters are escaped, because a terminal would execute them.
    """
    lines = [text for line in run.output.replace(namespace, "").strip().splitlines()
             for text in _unpacked(line)]
    last = len(lines) - LINES
    kept = [line for at, line in enumerate(lines) if at >= last or CAUSE.search(line)]
    head = f"  {run.function}, invocation {run.invocation}: "
    dots = [f"{head}..."] if len(kept) < len(lines) else []
    return dots + [f"{head}{shown}" for line in kept for shown in _shown(line)]


def _unpacked(line: str) -> Iterator[str]:
    """A line of a structured log as level and message, and its exception; others as they are."""
    document = parse_object(line) if line.startswith("{") else None
    message = next((document[n] for n in MESSAGES if n in document), None) if document else None
    if document is None or message is None:
        yield line
        return
    level = next((f"{document[n]} " for n in LEVELS if n in document), "")
    yield f"{level}{message}".splitlines()[0] if f"{level}{message}" else line
    for name in TRACES:
        trace = document.get(name)
        text = "\n".join(map(str, trace)) if isinstance(trace, list) else trace
        if isinstance(text, str) and text.strip():
            yield summary(text)
            return


def _shown(line: str) -> list[str]:
    """A line that may be printed: a cause is wrapped, any other line is cut."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)
    if CAUSE.search(shown):
        return wrap(shown, WIDTH if len(shown) <= WIDTH else WRAPPED) or [shown]
    return [shown if len(shown) <= WIDTH else shown[:WIDTH] + "..."]
