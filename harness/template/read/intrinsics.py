"""The value of a template before deployment: parameters, mappings, conditions and functions.

Source: CloudFormation User Guide, "Intrinsic function reference" and "Pseudo parameters
reference". References to resources and to the pseudo parameters stay references (see
tokens.py): their values come from the deployment. A function of a wrong shape, which
CloudFormation would refuse, is left out.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.template.read.errors import NotATemplate
from harness.template.read.pseudo_parameters import REGION, as_text, text_before_deployment
from harness.template.read.tokens import bounded, clean, is_final, rendered, token

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


class _NoValue:
    """The type of ``NO_VALUE``, for ``AWS::NoValue``: a key or list item that is left out."""


NO_VALUE: Final = _NoValue()


@dataclass(frozen=True, slots=True)
class Scope:
    """The meaning of names in one template; ``decided`` keeps conditions, None while deciding."""

    parameters: Mapping[str, str | list[str]]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    decided: dict[str, bool | None] = field(default_factory=dict)

    def holds(self, name: Any) -> bool:
        """Tell if the condition of that name is true; an unknown one is not."""
        key = str(name)
        if key not in self.decided:
            self.decided[key] = None
            self.decided[key] = _truth(self.conditions.get(key), self)
        decision = self.decided[key]
        if decision is None:
            raise _circular(key)
        return decision


def evaluate(value: Any, scope: Scope) -> Any:
    """The value with all functions applied that need no deployment."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        items = (evaluate(item, scope) for item in value)
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(value, dict):
        return value
    function = FUNCTIONS.get(next(iter(value))) if len(value) == 1 else None
    return _mapping(value, scope) if function is None else _applied(function, value, scope)


def _applied(function: _Function, value: dict[str, Any], scope: Scope) -> Any:
    argument = next(iter(value.values()))
    try:
        return function(argument, scope)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        return NO_VALUE


def _mapping(value: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """The data of a mapping, without functions beside other keys, which mean nothing."""
    data = {clean(key): item for key, item in value.items() if key not in FUNCTIONS}
    found = {key: evaluate(item, scope) for key, item in data.items()}
    return {key: item for key, item in found.items() if item is not NO_VALUE}


def _ref(name: Any, scope: Scope) -> Any:
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.parameters[name] if name in scope.parameters else token({"Ref": str(name)})


def _attribute(argument: Any, scope: Scope) -> Any:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return token({"Fn::GetAtt": [str(name), as_text(evaluate(attribute, scope))]})


def _sub(argument: Any, scope: Scope) -> Any:
    text, given = (argument, {}) if isinstance(argument, str) else argument
    local = {name: evaluate(item, scope) for name, item in given.items()}
    return bounded(_VARIABLE.sub(lambda m: _variable(m.group(1), local, scope), clean(text)))


def _variable(name: str, local: Mapping[str, Any], scope: Scope) -> str:
    if name.startswith("!"):
        return f"${{{name[1:]}}}"
    key = name.strip()
    if key in local:
        return as_text(local[key])
    found = _attribute(key, scope) if "." in key else _ref(key, scope)
    return "" if found is NO_VALUE else as_text(found)


def _join(argument: Any, scope: Scope) -> Any:
    delimiter, items = argument[0], evaluate(argument[1], scope)
    if isinstance(items, list):
        return bounded(str(delimiter).join(map(as_text, items)))
    return token({"Fn::Join": [delimiter, rendered(items)]})


def _split(argument: Any, scope: Scope) -> Any:
    delimiter, text = argument[0], as_text(evaluate(argument[1], scope))
    if is_final(text):
        return text.split(delimiter)
    return token({"Fn::Split": [delimiter, rendered(text)]})


def _select(argument: Any, scope: Scope) -> Any:
    index, items = int(evaluate(argument[0], scope)), evaluate(argument[1], scope)
    if isinstance(items, list):
        return items[index]
    return token({"Fn::Select": [index, rendered(items)]})


def _if(argument: Any, scope: Scope) -> Any:
    name, yes, no = argument
    return evaluate(yes if scope.holds(name) else no, scope)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    found: Any = scope.mappings
    for key in argument[:3]:
        name = text_before_deployment(evaluate(key, scope))
        if name not in found:
            return _map_default(argument, scope)
        found = found[name]
    return evaluate(found, scope)


def _map_default(argument: Any, scope: Scope) -> Any:
    return evaluate(argument[3]["DefaultValue"], scope)


def _base64(argument: Any, scope: Scope) -> Any:
    text = as_text(evaluate(argument, scope))
    if is_final(text):
        return bounded(base64.b64encode(text.encode("utf-8", "replace")).decode("ascii"))
    return token({"Fn::Base64": rendered(text)})


def _to_json(argument: Any, scope: Scope) -> Any:
    value = evaluate(argument, scope)
    if is_final(value):
        return bounded(json.dumps(value))
    return token({"Fn::ToJsonString": rendered(value)})


def _import(argument: Any, scope: Scope) -> Any:
    """The name of another stack's export in place of its value, which is not known here."""
    return evaluate(argument, scope)


def _zones(_argument: Any, _scope: Scope) -> list[str]:
    return [f"{REGION}{zone}" for zone in "abc"]


def _cidr(argument: Any, scope: Scope) -> list[str]:
    block, count = evaluate(argument[0], scope), int(evaluate(argument[1], scope))
    bits = int(evaluate(argument[2], scope)) if len(argument) > 2 else 8
    network = ipaddress.ip_network(block)
    blocks = network.subnets(new_prefix=network.max_prefixlen - bits)
    return [str(subnet) for subnet, _ in zip(blocks, range(min(count, 256)), strict=False)]


def _length(argument: Any, scope: Scope) -> Any:
    return len(evaluate(argument, scope))


def _macro(_argument: Any, _scope: Scope) -> Any:
    return NO_VALUE


_Function = Callable[[Any, Scope], Any]
FUNCTIONS: Final[Mapping[str, _Function]] = {
    "Ref": _ref,
    "Fn::GetAtt": _attribute,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Base64": _base64,
    "Fn::ToJsonString": _to_json,
    "Fn::ImportValue": _import,
    "Fn::GetAZs": _zones,
    "Fn::Cidr": _cidr,
    "Fn::Length": _length,
    "Fn::Transform": _macro,
}


def _truth(expression: Any, scope: Scope) -> bool:
    if not isinstance(expression, dict) or len(expression) != 1:
        return expression is True
    name, argument = next(iter(expression.items()))
    if name == "Condition":
        return scope.holds(argument)
    items = argument if isinstance(argument, list) else []
    if name == "Fn::Equals":
        return len({text_before_deployment(evaluate(item, scope)) for item in items}) == 1
    return _combined(name, items, scope)


def _combined(name: str, items: list[Any], scope: Scope) -> bool:
    if name == "Fn::And":
        return all(_truth(item, scope) for item in items)
    if name == "Fn::Or":
        return any(_truth(item, scope) for item in items)
    return name == "Fn::Not" and not any(_truth(item, scope) for item in items)


def _circular(name: str) -> NotATemplate:
    return NotATemplate(
        f"condition {name}",
        expected="a condition that can be decided",
        got="one that depends on itself",
        remedy="break the circle",
    )
