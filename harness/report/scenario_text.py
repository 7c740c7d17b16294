"""A scenario as text in domain words: one numbered sentence for each step."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator

from harness.core.contract import Contract
from harness.core.faults import FaultKind
from harness.core.history import History, Queried, Sent
from harness.core.json_values import parse_object, to_json
from harness.core.scenario import (
    NAMESPACE_MARK,
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Expire,
    Fault,
    Hold,
    Poison,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    TimePasses,
)

LONGEST = 160
Words = Callable[[Send | Query], str]
"""Tells a client's step in the words of the system's own dialect."""


def render_scenario(
    contract: Contract, scenario: Scenario, history: History, words: Words | None = None
) -> list[str]:
    """The numbered sentences of a scenario, with the replies that were received."""
    return [*_circumstances(scenario), *render_steps(contract, scenario, history, words),
            "   Then everything settles and every aggregate is queried."]


def render_steps(
    contract: Contract, scenario: Scenario, history: History, words: Words | None = None
) -> list[str]:
    """A numbered sentence for each step, with the replies that were received."""
    replies = _replies(history, len(scenario.steps))
    arrows = (f"  -> {', '.join(replies[at])}" if at in replies else ""
              for at in range(len(scenario.steps)))
    return [f"{at}. {describe(contract, step, words)}{arrow}"
            for at, (step, arrow) in enumerate(zip(scenario.steps, arrows, strict=True), 1)]


def _replies(history: History, steps: int) -> dict[int, list[str]]:
    """The statuses of the replies to each step, of commands and of queries."""
    replies: dict[int, list[str]] = defaultdict(list)
    for record in history.records:
        if isinstance(record, Sent | Queried) and record.step < steps:
            replies[record.step].append(str(record.response.status))
    return replies


def _circumstances(scenario: Scenario) -> Iterator[str]:
    if scenario.fresh:
        yield "   (on an empty system)"
    if scenario.always_cold:
        yield "   (every invocation in a new environment)"
    if scenario.at_relays:
        yield "   (deliveries are those to relays)"


def describe(contract: Contract, step: Step, words: Words | None = None) -> str:
    """One step as a sentence; ``words``: those of the system's dialect, if it has its own."""
    match step:
        case Send() if words is not None:
            encoded = ", base64-encoded" if step.base64 else ""
            return f"A client sends {_short(words(step))}{encoded}"
        case Query() if words is not None:
            return f"A client sends {_short(words(step))}"
        case Send():
            return _sending(contract, step)
        case SendBatch(bodies):
            shown = "; ".join(_body(contract, body) for body in bodies)
            return f"A queue hands the command function {len(bodies)} records: {shown}"
        case Query(id):
            return f"A client queries {shown_id(id)}"
        case Settle():
            return "Everything on its way is delivered"
        case Deliver(pick):
            return f"The {_nth(pick)} event on its way is delivered first"
        case Redeliver(pick):
            return f"The {_nth(pick)} latest delivered event is delivered again"
        case Hold(pick):
            return f"The {_nth(pick)} event on its way is held back"
        case Drop(pick):
            return f"The delivery of the {_nth(pick)} event on its way is lost until the end"
        case Batch(size, poison, aside):
            bad = "" if poison is None else ", one of them unprocessable"
            if bad and aside:
                bad += ", which comes again until all that is left is set aside"
            return f"Up to {size} events on their way are delivered in one batch{bad}"
        case Poison(detail_type, detail, source):
            origin = "" if source is None else f" by {source}"
            shown = _short(detail.replace(NAMESPACE_MARK, ""))
            return f"An unprocessable {detail_type} event is published{origin}: {shown}"
        case ColdStart():
            return "Every function starts cold"
        case TimePasses():
            return "Sixteen minutes pass"
        case Expire(pick):
            return f"The time to live of the {_nth(pick)} latest item that has one runs out"
        case Rebuild():
            return "The read model is wiped and the stored events are delivered again"
        case Fault():
            return _fault(step)
        case Concurrently(branches, schedule):
            sentences = [[describe(contract, s, words) for s in branch] for branch in branches]
            shown = " || ".join(map("; ".join, sentences))
            return f"At the same time, switching before calls {list(schedule)}: {shown}"


def _fault(step: Fault) -> str:
    usual = "eventually consistent read" if step.what is FaultKind.STALE else "AWS call"
    call = usual if step.operation == "*" else step.operation
    again = ", and every later one of that invocation" if step.lasting else ""
    return f"The {step.role} function's {_nth(step.nth)} {call} from now{again}: {step.what}"


def _nth(pick: int) -> str:
    return {0: "1st", 1: "2nd", 2: "3rd"}.get(pick, f"{pick + 1}th")


def _sending(contract: Contract, step: Send) -> str:
    key = "" if step.key is None else f" with {step.header}: {step.key}"
    encoded = ", base64-encoded" if step.base64 else ""
    return f"A client sends {_body(contract, step.body)}{key}{encoded}"


def _body(contract: Contract, body: str | None) -> str:
    if body is None:
        return "no body"
    document = parse_object(body)
    if document is None or not isinstance(document.get("type"), str):
        return f"the body {_short(json.dumps(body.replace(NAMESPACE_MARK, '')))}"
    rest = {k: v for k, v in document.items() if k not in ("type", contract.id_member)}
    about = document.get(contract.id_member)
    if contract.id_member in document:
        subject = shown_id(about) if isinstance(about, str) else to_json(about, ascii=True)
    else:
        subject = f"no {contract.id_member}"
    members = ", ".join(f"{name} {to_json(value, ascii=True)}" for name, value in rest.items())
    return _short(f"{document['type']} for {subject}" + (f" ({members})" if members else ""))


def shown_id(id: str) -> str:
    """An id as people read it, without its namespace."""
    return ascii(id.replace(NAMESPACE_MARK, ""))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


