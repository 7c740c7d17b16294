"""YAML as CloudFormation reads it, from a file that may be hostile.

Source of the tags: CloudFormation User Guide, "Intrinsic function reference". YAML's
own dates stay text, as in CloudFormation, and so do base-60 numbers (12:30).

Order matters: the events are counted first, because libyaml's composer follows nesting
with the C stack and deep nesting ends the process; then the node graph is audited, for
cycles and aliases that multiply; only then are values built.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import yaml

MAX_DEPTH = 150
MAX_NODES = 200_000
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_TAGS = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")
_BARE_TAGS = ("Ref", "Condition")


class Unreadable(Exception):
    """The text cannot be read; the message is the reason in a few words."""


def parse(text: str) -> Any:
    """The document as plain JSON-like values, each of its own (aliases are expanded).

    Raises:
        Unreadable: not YAML, or built to be expensive.
    """
    try:
        return plain(_construct(text))
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_located(error)) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise Unreadable(str(error)) from None
    except RecursionError:
        raise Unreadable("nesting that is too deep") from None


def plain(value: Any) -> Any:
    """The value in JSON's types: text keys, no shared parts, GetAtt in its long form."""
    if isinstance(value, dict):
        return {_key(key): _attribute(key, plain(item)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise Unreadable(f"a value of type {type(value).__name__}")


def _construct(text: str) -> Any:
    _refuse_depth(text)
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _Audit().size(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _refuse_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nesting deeper than {MAX_DEPTH} levels")


class _Audit:
    """Counts the values of a node whose aliases are expanded."""

    def __init__(self) -> None:
        self._sizes: dict[int, int | None] = {}

    def size(self, node: yaml.Node) -> int:
        if id(node) not in self._sizes:
            self._sizes[id(node)] = None
            self._sizes[id(node)] = self._count(node)
        size = self._sizes[id(node)]
        if size is None:
            raise Unreadable(f"an alias to itself (line {_line(node)})")
        return size

    def _count(self, node: yaml.Node) -> int:
        size = 1 + sum(self.size(child) for child in _children(node))
        if size > MAX_NODES:
            raise Unreadable(f"aliases that expand to more than {MAX_NODES} values")
        return size


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def repeated_keys(text: str) -> tuple[str, ...]:
    """The keys that a mapping has more than once, with their lines: CloudFormation takes the last.

    ``text`` is YAML that ``parse`` reads.
    """
    found: list[str] = []
    nodes, seen = [yaml.compose(text, Loader=_Base)], set[int]()
    for node in nodes:  # grows meanwhile
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            found += _repeated(node) if isinstance(node, yaml.MappingNode) else ()
            nodes += _children(node)
    return tuple(found)


def _repeated(node: yaml.MappingNode) -> Iterator[str]:
    seen: set[str] = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
            if key.value in seen:
                yield f"{key.value} (line {_line(key)})"
            seen.add(key.value)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _located(error: yaml.MarkedYAMLError) -> str:
    line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
    return f"{error.problem or error}{line}"


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _attribute(key: Any, value: Any) -> Any:
    if key == "Fn::GetAtt" and isinstance(value, str):
        return value.split(".", 1)
    return value


class _Loader(_Base):  # type: ignore[misc]  # libyaml's loader is optional, so its type is not known
    """The safe loader with CloudFormation's tags, and only with CloudFormation's types."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class declares it so
        first: [(tag, regexp) for tag, regexp in resolvers if tag not in _TEXT_TAGS]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }


def _intrinsic(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """``!Sub x`` as ``{"Fn::Sub": x}``."""
    name = suffix if suffix in _BARE_TAGS else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


def _integer(loader: Any, node: yaml.ScalarNode) -> Any:
    return node.value if ":" in node.value else loader.construct_yaml_int(node)


def _number(loader: Any, node: yaml.ScalarNode) -> Any:
    return node.value if ":" in node.value else loader.construct_yaml_float(node)


_Loader.add_multi_constructor("!", _intrinsic)
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
