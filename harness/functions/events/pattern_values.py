"""One value of an event pattern: the test that a leaf of an event has to pass.

Sources: Amazon EventBridge User Guide, "Comparison operators" and "Event pattern syntax";
aws/event-ruler 2.0.1, README, and JsonRuleCompiler for what is refused. Rules that the guide does
not state and event-ruler does:

- a number that a double cannot hold exactly is refused in ``numeric`` and ``anything-but``;
- a string that is an IP address matches every spelling of that address;
- ``anything-but`` matches every leaf of another type, null included, but no field that is absent;
- a letter is compared without case as its lower-case and its upper-case form.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from harness.functions.events.pattern_leaves import Number, address, comparable
from harness.functions.events.pattern_wildcards import Token, wildcard_regex, wildcard_tokens

Test = Callable[[Any], bool]
Pairs = tuple[tuple[str, Any], ...]
"""A JSON object as its members in order, so that a member written twice is seen twice."""
_MASK: Final = re.compile(r"\+?[0-9]{1,9}", re.ASCII)
_MASK_LIMITS: Final = {4: 31, 6: 127}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field: its test, or the absence it asks for; and its wildcards, if any."""

    test: Test | None
    wildcards: tuple[tuple[Token, ...], ...] = ()


class ValueRefused(ValueError):
    """AWS refuses a value of a pattern; ``expected`` and ``got`` say why."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


def read_value(given: Any) -> Value:
    """Make the test of one value in a field's list.

    Raises:
        ValueRefused: AWS refuses it.
    """
    if isinstance(given, tuple):
        return _operator(given)
    if isinstance(given, str):
        return Value(_equals_text(given))
    if isinstance(given, Number):
        return Value(partial(_equals_number, given))
    if given is None or isinstance(given, bool):
        return Value(partial(_is, given))
    raise ValueRefused("a string, number, true, false, null or an operator", "a list in a list")


def _is(wanted: bool | None, leaf: Any) -> bool:
    return leaf is wanted


def _equals_number(wanted: Number, leaf: Any) -> bool:
    value = comparable(leaf)
    if value is not None:
        return value == wanted.value
    return isinstance(leaf, int) and not isinstance(leaf, bool) and str(leaf) == wanted.text


def _equals_text(text: str) -> Test:
    wanted = address(text)
    if wanted is None:
        return lambda leaf: isinstance(leaf, str) and leaf == text
    return lambda leaf: address(leaf) == wanted


def _operator(members: Pairs) -> Value:
    name, operand = _only_member(members, "an operator")
    reader = _OPERATORS.get(name)
    if reader is None:
        raise ValueRefused(f"one of the operators {', '.join(_OPERATORS)}", repr(name))
    return reader(operand)


def _only_member(members: Pairs, what: str) -> tuple[str, Any]:
    if len(members) != 1:
        names = ", ".join(name for name, _ in members)
        raise ValueRefused(f"{what} with exactly one name", names or "an empty object")
    return members[0]


def _text(operand: Any, operator: str) -> str:
    if not isinstance(operand, str):
        raise ValueRefused(f"a string after {operator}", shown(operand))
    return operand


def _prefix(operand: Any) -> Value:
    if isinstance(operand, tuple):
        return Value(_matches(_without_case(_caseless(operand, "prefix")) + ".*"))
    text = _text(operand, "prefix")
    return Value(lambda leaf: isinstance(leaf, str) and leaf.startswith(text))


def _suffix(operand: Any) -> Value:
    if isinstance(operand, tuple):
        return Value(_matches(".*" + _without_case(_caseless(operand, "suffix"))))
    text = _text(operand, "suffix")
    return Value(lambda leaf: isinstance(leaf, str) and leaf.endswith(text))


def _caseless(operand: Pairs, operator: str) -> str:
    name, text = _only_member(operand, f"an object after {operator}")
    if name != "equals-ignore-case":
        raise ValueRefused(f"equals-ignore-case after {operator}", repr(name))
    return _text(text, name)


def _equals_ignore_case(operand: Any) -> Value:
    return Value(_matches(_without_case(_text(operand, "equals-ignore-case"))))


def _wildcard(operand: Any) -> Value:
    tokens = _tokens(_text(operand, "wildcard"))
    return Value(_matches(wildcard_regex(tokens)), (tokens,))


def _tokens(text: str) -> tuple[Token, ...]:
    try:
        return wildcard_tokens(text)
    except ValueError as error:
        raise ValueRefused("single asterisks, and \\ only before * or \\ in a wildcard",
                           f"{text!r} ({error})") from None


def _exactly(operand: Any) -> Value:
    text = _text(operand, "exactly")
    return Value(lambda leaf: isinstance(leaf, str) and leaf == text)


def _exists(operand: Any) -> Value:
    if not isinstance(operand, bool):
        raise ValueRefused("true or false after exists", shown(operand))
    return Value(_anything if operand else None)


def _anything(leaf: Any) -> bool:
    return True


def _matches(regex: str) -> Test:
    found = re.compile(regex, re.DOTALL).fullmatch
    return lambda leaf: isinstance(leaf, str) and found(leaf) is not None


def _without_case(text: str) -> str:
    return "".join(_letter(character) for character in text)


def _letter(character: str) -> str:
    forms = dict.fromkeys([character.lower(), character.upper()])
    return f"(?:{'|'.join(map(re.escape, forms))})"


def _anything_but(operand: Any) -> Value:
    if isinstance(operand, tuple):
        return _anything_but_like(operand)
    refused = list(operand) if isinstance(operand, list) else [operand]
    if refused and all(isinstance(each, str) for each in refused):
        texts = frozenset(refused)
        return Value(lambda leaf: not (isinstance(leaf, str) and leaf in texts))
    if refused and all(isinstance(each, Number) for each in refused):
        numbers = frozenset(_value_of(each) for each in refused)
        return Value(lambda leaf: comparable(leaf) not in numbers)
    raise ValueRefused("a string, a number, or a list of strings or of numbers after anything-but",
                       shown(operand))


def _anything_but_like(operand: Pairs) -> Value:
    name, given = _only_member(operand, "an object after anything-but")
    if name not in _NEGATED:
        raise ValueRefused(f"one of {', '.join(_NEGATED)} after anything-but", repr(name))
    texts = [_text(each, name) for each in (given if isinstance(given, list) else [given])]
    if not texts:
        raise ValueRefused(f"at least one text after {name} in anything-but", "an empty list")
    if name in ("prefix", "suffix") and "" in texts:
        raise ValueRefused(f"a text after {name} in anything-but", "an empty one")
    values = [_NEGATED[name](text) for text in dict.fromkeys(texts)]
    tests = [value.test for value in values if value.test is not None]
    return Value(lambda leaf: not any(test(leaf) for test in tests),
                 tuple(tokens for value in values for tokens in value.wildcards))


def _value_of(given: Any) -> float:
    if not isinstance(given, Number):
        raise ValueRefused("a number", shown(given))
    if given.value is None:
        raise ValueRefused("a number that a double holds exactly", given.text)
    return given.value


def _numeric(operand: Any) -> Value:
    if not isinstance(operand, list):
        raise ValueRefused("a list after numeric", shown(operand))
    signs, bounds = operand[::2], operand[1::2]
    if signs not in _RANGES or len(bounds) != len(signs):
        raise ValueRefused(
            'one of =, <, <=, > and >= with a number after numeric, or a range such as '
            '[">", 0, "<=", 5]', shown(operand))
    values = [_value_of(bound) for bound in bounds]
    if len(values) > 1 and values[0] >= values[1]:
        raise ValueRefused("a range whose lower bound is below its upper one", shown(operand))
    tests = [partial(_COMPARISONS[sign], value) for sign, value in zip(signs, values, strict=True)]
    return Value(partial(_in_range, tests))


def _in_range(tests: Sequence[Callable[[float], bool]], leaf: Any) -> bool:
    value = comparable(leaf)
    return value is not None and all(test(value) for test in tests)


def _cidr(operand: Any) -> Value:
    text = _text(operand, "cidr")
    parts = text.rstrip("/").split("/")
    base = address(parts[0])
    mask = int(parts[1]) if len(parts) == 2 and _MASK.fullmatch(parts[1]) else -1
    if base is None or not 0 <= mask <= _MASK_LIMITS[base.version]:
        raise ValueRefused("an IP address and its mask bits after cidr (at most 31, IPv6 127)",
                           repr(text))
    network = ipaddress.ip_network((base, mask), strict=False)
    return Value(lambda leaf: (found := address(leaf)) is not None and found in network)


def shown(operand: Any) -> str:
    """A part of a pattern as a message quotes it."""
    if isinstance(operand, tuple):
        return "an object"
    if isinstance(operand, Number):
        return operand.text
    if isinstance(operand, list):
        return f"[{', '.join(map(shown, operand))}]"
    return {True: "true", False: "false", None: "null"}.get(operand, repr(operand))


_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "=": lambda bound, value: value == bound,
    "<": lambda bound, value: value < bound,
    "<=": lambda bound, value: value <= bound,
    ">": lambda bound, value: value > bound,
    ">=": lambda bound, value: value >= bound,
}
_RANGES: Final = [*([sign] for sign in _COMPARISONS),
                  *([low, high] for low in (">", ">=") for high in ("<", "<="))]
_OPERATORS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignore_case,
    "exactly": _exactly,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
_NEGATED: Final[Mapping[str, Callable[[Any], Value]]] = {
    name: _OPERATORS[name] for name in ("equals-ignore-case", "prefix", "suffix", "wildcard")}
