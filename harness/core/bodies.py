"""Request bodies of scenarios: the namespace mark in ids, and how bodies are written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.core.commands import Reading
from harness.core.contract import Contract
from harness.core.json_values import plain_numbers, to_json
from harness.core.scenario import (
    NAMESPACE_MARK,
    Poison,
    Query,
    Scenario,
    Send,
    SendBatch,
    Step,
    change,
)


def read_sent_body(contract: Contract, step: Send) -> Reading:
    """How the contract reads a step's body; any namespace will do."""
    return contract.read(None if step.body is None else with_namespace(step.body))


def with_namespace(text: str) -> str:
    """A scenario's text with some namespace in place of the tilde."""
    return text.replace("~", "n00000")


def with_ids_of(scenario: Scenario, namespace: str) -> Scenario:
    """The scenario with the very ids of a play that had that namespace, on an empty system."""
    def literal(text: str) -> str:
        return text.replace(NAMESPACE_MARK, namespace)

    def edit(step: Step) -> Step:
        match step:
            case Send(str(body)):
                return replace(step, body=literal(body))
            case SendBatch(bodies):
                return SendBatch(tuple(map(literal, bodies)))
            case Query(id):
                return Query(literal(id))
            case Poison():
                return replace(step, detail=literal(step.detail))
        return step

    return replace(change(scenario, edit), fresh=True)


def text_without_namespace(value: Any, namespace: str) -> str:
    """A value as JSON text, in ASCII so that no two look alike, with ids as in the story."""
    text = value if isinstance(value, str) else to_json(plain_numbers(value), ascii=True)
    return text.replace(namespace, "")


def write_body(document: dict[str, Any], id_member: str) -> str:
    """JSON text of a body: a tilde stands for the namespace in the id, for itself elsewhere."""
    members = (
        f"{_member(name, meant=False)}: {_member(value, meant=name == id_member)}"
        for name, value in document.items()
    )
    return "{" + ", ".join(members) + "}"


def _member(value: Any, *, meant: bool) -> str:
    text = to_json(value)
    return text if meant else text.replace("~", "\\u007e")
