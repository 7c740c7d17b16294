"""Lines of the user's code, payloads and answers in a counterexample: one more play tells them.

The counterexample stays as it was found. Lines are taken over only where the play makes the same
calls in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from harness.core.contract import Contract
from harness.core.errors import HarnessError
from harness.core.history import Called, History
from harness.core.scenario import Scenario
from harness.core.stage import Stage, TracesCalls
from harness.play.runner import play


def with_lines(
    history: History, scenario: Scenario, stage: Stage, contract: Contract
) -> History:
    """Return a history whose calls have their lines, where the stage can tell them."""
    if not isinstance(stage, TracesCalls):
        return history
    with tracing(stage), suppress(HarnessError):
        return merged(history, play(scenario, stage, contract))
    return history


@contextmanager
def tracing(stage: Stage) -> Iterator[None]:
    """Let a stage note the lines of calls while the context lasts, if it can."""
    if not isinstance(stage, TracesCalls):
        yield
        return
    stage.trace_calls(on=True)
    try:
        yield
    finally:
        stage.trace_calls(on=False)


def merged(history: History, traced: History) -> History:
    """Return a history with the lines of another one that made the same calls."""
    lines = iter(traced.of(Called))
    if [_call(one) for one in history.of(Called)] != [_call(one) for one in traced.of(Called)]:
        return history
    return replace(history, records=tuple(
        _traced(record, next(lines), traced.namespace, history.namespace)
        if isinstance(record, Called) else record for record in history.records))


def _traced(call: Called, traced: Called, theirs: str, ours: str) -> Called:
    payload, answer = (text.replace(theirs, ours) for text in (traced.payload, traced.answer))
    return replace(call, line=traced.line, payload=payload, at=traced.at, answer=answer)


def _call(call: Called) -> tuple[str, str, str]:
    return call.function, call.service, call.operation
