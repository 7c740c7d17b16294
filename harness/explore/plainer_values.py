"""Plainer values for the members of a step, the plainest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from harness.core.bodies import with_namespace, write_body
from harness.core.contract import Contract
from harness.core.json_values import parse_json, same_json
from harness.core.scenario import (
    Step,
)

Branches = tuple[tuple[Step, ...], ...]
LEFT_OUT = frozenset({"key", "header", "base64", "poison", "aside", "source", "lasting"})
"""Members of steps that are what they are by default, if that tells as much."""


def plain_body(contract: Contract, body: str) -> str:
    """A body with plain values in all members but type and id."""
    document = parsed_body(body)
    if not isinstance(document, dict):
        return body
    fixed = ("type", contract.id_member)
    plain = {name: value if name in fixed else PLAIN.get(_value_kind(value), value)
             for name, value in document.items()}
    return write_body(plain, contract.id_member)


def plainer_steps(contract: Contract, step: Step) -> Iterator[Step]:
    """Steps that are a little simpler than this one, the simplest first."""
    for field in fields(step):
        value = getattr(step, field.name)
        for plainer in _plainer_value(contract, field.name, value, field.default):
            yield replace(step, **{field.name: plainer})


def _plainer_value(contract: Contract, name: str, value: Any, default: Any) -> Iterator[Any]:
    if name == "body" and isinstance(value, str):
        yield from _plainer_body(contract, value)
    elif name == "bodies":
        for position in range(len(value)):
            if len(value) > 1:
                yield value[:position] + value[position + 1 :]
            for body in _plainer_body(contract, value[position]):
                yield (*value[:position], body, *value[position + 1 :])
    elif name == "branches":
        yield from _plainer_branches(contract, value)
    elif name == "schedule":
        yield from _plainer_schedule(value)
    elif name in LEFT_OUT and value != default:
        yield default
    elif name in ("pick", "size", "nth") and isinstance(value, int):
        least = int(name == "size")
        yield from (fewer for fewer in (least, value // 2, value - 1) if least <= fewer < value)


def _plainer_branches(contract: Contract, branches: Branches) -> Iterator[Branches]:
    """Fewer branches, fewer steps in one, or a plainer step in one."""
    for place, branch in enumerate(branches):
        before, after = branches[:place], branches[place + 1 :]
        if len(branches) > 1:
            yield before + after
        for position, step in enumerate(branch):
            if len(branch) > 1:
                yield (*before, branch[:position] + branch[position + 1 :], *after)
            for plainer in plainer_steps(contract, step):
                yield (*before, (*branch[:position], plainer, *branch[position + 1 :]), *after)


def _plainer_schedule(schedule: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Fewer switches, or an earlier one."""
    for place, number in enumerate(schedule):
        yield schedule[:place] + schedule[place + 1 :]
        if number - 1 not in schedule and number > 0:
            yield (*schedule[:place], number - 1, *schedule[place + 1 :])


def _plainer_body(contract: Contract, body: str) -> Iterator[str]:
    document = parsed_body(body)
    if not isinstance(document, dict):
        if len(body) > 40:
            yield body[: len(body) // 2]
        return
    for name, value in document.items():
        if name not in ("type", contract.id_member) and not _needed(contract, body, name):
            rest = {key: v for key, v in document.items() if key != name}
            yield write_body(rest, contract.id_member)
        for plainer in _plainer_member(contract, document, name, value):
            yield write_body({**document, name: plainer}, contract.id_member)


def _needed(contract: Contract, body: str, name: str) -> bool:
    """Tell if a command would be none without that member, though its id were a plain one.

    A body with a bad id is to show what that id does, and not what a missing member does.
    """
    plain = write_body({**parsed_body(body), contract.id_member: "~a"}, contract.id_member)
    command = contract.read(with_namespace(plain)).command
    member = contract.types[command["type"]].get(name) if command is not None else None
    return member is not None and member.required


def _plainer_member(
    contract: Contract, document: dict[str, Any], name: str, value: Any
) -> Iterator[Any]:
    if name == "type":
        return
    if name == contract.id_member:
        yield from (plain for plain in ("~a", "~b")
                    if isinstance(value, str) and value.startswith("~") and plain < value)
        return
    kind = _value_kind(value)
    plain = PLAIN.get(kind, value)
    if not same_json(value, plain):
        yield plain
        yield from _halves(value) if kind == "text" else ()
        yield from _rounder_numbers(value) if kind == "number" else ()


def _halves(value: str) -> Iterator[str]:
    if len(value) > 1:
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]


def _rounder_numbers(value: int | Decimal) -> Iterator[int | Decimal]:
    """Smaller numbers of fewer digits."""
    if 0 < value < ROUNDED_BELOW:
        tenths = Decimal(int(value * 10)) / 10
        yield from (n for n in (int(value), tenths, int(value) // 2) if 0 < n < value)


ROUNDED_BELOW = 10**9
PLAIN: dict[str, Any] = {"text": "x", "date-time": "2026-01-01T00:00:00Z", "number": 1}


def _value_kind(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return "number"
    if not isinstance(value, str):
        return "other"
    return "date-time" if value[:2] == "20" and "T" in value else "text"


def parsed_body(body: str) -> Any:
    """A body as JSON; None if it is none."""
    try:
        return parse_json(body)
    except ValueError:
        return None
