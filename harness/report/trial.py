"""A trial as text: each message and its response, and what the dialect recognised in them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.adopt.trial import Evidence, Exchange
from harness.core.http import Response
from harness.core.json_values import to_json
from harness.dialect.wire import HttpMessage, Payload, TableItem, WireMessage
from harness.report.function_output import last_lines
from harness.report.terminal import limited

LABEL = 12


def render_exchange(found: Exchange) -> str:
    """One exchange, a line for each part of it."""
    lines = [found.title, *_lines(found)]
    return "\n".join(limited(line) for line in lines)


def _lines(found: Exchange) -> Iterator[str]:
    yield _line("sent", "nothing" if found.message is None else message_text(found.message))
    if found.response is not None:
        yield _line("answered", response_text(found.response))
    if found.title == "query":
        yield _line("shown", found.meaning)
    else:
        yield _line("means", found.meaning)
        for each in found.evidence:
            yield from _evidence(each, with_source=bool(found.problems))
    for error in found.errors:
        yield _line("error", error)
    for run in found.printed if _is_unexpected(found) else ():
        yield from (_line("printed", line.strip()) for line in last_lines(run))
    for problem in found.problems:
        yield _line("WRONG", problem)


def _is_unexpected(found: Exchange) -> bool:
    """Tell if the reply itself is a wrong one, of which its function may have printed the cause."""
    failed = found.response is not None and found.response.status >= 400
    wrong = failed if found.title == "query" else found.meaning != found.expected
    return wrong and bool(found.problems)


def _line(label: str, text: str) -> str:
    return f"  {label.ljust(LABEL)}{text}"


def _evidence(found: Evidence, *, with_source: bool) -> Iterator[str]:
    """The event that was recognised; with its source, the text that it was read from."""
    label = "published" if found.change == "published" else "stored"
    change = "" if found.change in ("published", "added") else f" ({found.change})"
    place = f"{found.place}{change}"
    if found.event is None:
        why = f" ({found.reason})" if found.reason else ""
        yield _line(label, f"{place}: not recognised as an event{why}: {found.raw}")
        return
    yield _line(label, f"{place}: {to_json(found.event)}")
    if with_source:
        yield _line("", f"read from {found.raw}")


def message_text(message: WireMessage) -> str:
    """A message as it went over the wire."""
    if isinstance(message, HttpMessage):
        request = message.request
        headers = "".join(f" {name}: {value}" for name, value in request.headers
                          if name.lower() != "content-type")
        return f"{request.method} {request.path}{headers} {request.body or ''}".rstrip()
    if isinstance(message, Payload):
        return f"invoke {message.function} {message.text}"
    if isinstance(message, TableItem):
        return f"put into {message.table} {message.text}"
    return f"queue {message.queue} {message.text}"


def response_text(response: Response) -> str:
    """A response as it came over the wire."""
    if not response.answered:
        return "nothing: a time-out"
    return f"{response.status} {response.body}".rstrip()
