"""The AWS calls of a counterexample: interleaved calls, and calls that failed.

Simultaneous branches are columns and each call is a line, so that time runs from top to bottom.
Of the other invocations only those that met a fault are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from harness.core.history import Called, History, Interleaved, Queried, Record, Sent
from harness.report.call_values import READ, WRITTEN, value_of

INVOCATIONS = 3
"""The most disturbed invocations that are shown."""
GAP = "  "
REPLIED = "->"
LEGEND = {WRITTEN: f"{WRITTEN} written", READ: f"{READ} read", REPLIED: f"{REPLIED} reply"}
"""The signs before a text and what they say."""

Entry = tuple[int, str]
"""A column and its text."""


def render_calls(history: History) -> list[str]:
    """The calls of every concurrent block, then those of other invocations that met a fault."""
    blocks = [(at, r) for at, r in enumerate(history.records) if isinstance(r, Interleaved)]
    lines: list[str] = []
    for at, block in blocks:
        lines += _block(block, history.records[block.since : at], history.namespace)
    return [*lines, *_disturbed(history)]


def _block(block: Interleaved, records: Sequence[Record], namespace: str) -> list[str]:
    entries = list(_entries(records, namespace))
    if not entries:
        return []
    title = f"The AWS calls of step {block.step + 1}, in their order, a column for each branch:"
    return [title, *_columns(entries, _heads(records)), *_legend(entries)]


def _legend(entries: Sequence[Entry]) -> Iterator[str]:
    """A line that explains the signs, if there are any."""
    signs = {text.partition(" ")[0] for _, text in entries}
    told = [sentence for sign, sentence in LEGEND.items() if sign in signs]
    if told:
        yield f"{GAP}({', '.join(told)})"


def _heads(records: Sequence[Record]) -> dict[int, str]:
    """The name of each column: the branch and the function that calls in it first."""
    heads: dict[int, str] = {}
    for call in records:
        if isinstance(call, Called) and call.branch is not None:
            heads.setdefault(call.branch, f"[{call.branch + 1}: {call.role or call.function}]")
    return heads


def _entries(records: Sequence[Record], namespace: str) -> Iterator[Entry]:
    """The calls and replies of branches; a reply belongs to the branch that called last."""
    branch: int | None = None
    for record in records:
        if isinstance(record, Called):
            branch = record.branch
            if branch is not None:
                yield branch, _call(record, namespace)
                value = value_of(record, namespace)
                yield from [(branch, value)] if value else []
        elif isinstance(record, Sent | Queried) and branch is not None:
            yield branch, f"{REPLIED} {record.response.status}"


def _columns(entries: Sequence[Entry], heads: Mapping[int, str]) -> list[str]:
    columns = range(max(column for column, _ in entries) + 1)
    widths = [max([len(heads.get(column, "")),
                   *(len(text) for c, text in entries if c == column)])
              for column in columns]
    indents = [sum(widths[:column]) + len(GAP) * column for column in columns]
    first = (heads.get(column, "").ljust(widths[column]) for column in columns)
    return [f"{GAP}{GAP.join(first)}".rstrip(),
            *(GAP + " " * indents[column] + text for column, text in entries)]


def _call(call: Called, namespace: str) -> str:
    """An operation, its key or resource, and its error or status if it failed."""
    about = (call.key or call.resource).replace(namespace, "").replace("\n", ", ")
    return f"{call.operation} {about}{_ending(call)}  {_line(call)}".rstrip()


def _line(call: Called) -> str:
    """The line of the call, with the last folder of its file: columns have little room."""
    return "/".join(call.line.split("/")[-2:])


def _ending(call: Called) -> str:
    if call.error is not None:
        return f"  ({call.error})"
    if call.denied:
        return f"  ({call.status}: the function's role does not allow {call.denied})"
    return f"  ({call.status})" if call.status >= 400 else ""


def _disturbed(history: History) -> Iterator[str]:
    alone = [r for r in history.of(Called) if r.branch is None]
    hit = dict.fromkeys(call.invocation for call in alone
                        if call.error is not None or call.denied)
    for invocation in list(hit)[:INVOCATIONS]:
        calls = [call for call in alone if call.invocation == invocation]
        yield f"The AWS calls of the {calls[0].role or calls[0].function} function, disturbed:"
        for text, same in groupby(_call(call, history.namespace) for call in calls):
            times = len(list(same))
            yield GAP + text + (f", {times} times" if times > 1 else "")
