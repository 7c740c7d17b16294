"""Literals of Python code, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from posixpath import dirname, join

from harness.adopt.literals import (
    BODY_NAMES,
    EVENT_TYPE,
    Code,
    Literals,
    key_header,
    of_events,
    unique,
)

LOADS = frozenset({"loads", "parse", "body", "get_body", "parse_body", "model_validate_json"})
"""Functions whose result usually is a request's body."""
Functions = dict[str, ast.AST]


def python_literals(code: Code, file: str, text: str, handler: str) -> Literals:
    """The literals that a handler's file and the local files that it imports have.

    Members of the body are looked for where the handler gets by calls within its file.
    """
    tree = _parsed(text)
    if tree is None:
        return Literals()
    own = replace(_read(list(_reachable(tree, handler)), tree), key_header=key_header(text))
    for name in _imported(tree, dirname(file)):
        found = code.first((f"{name}.py", f"{name}/__init__.py"))
        other = _parsed(found[1]) if found else None
        if other is not None:
            there = _read([other], other)
            own = own.merged(Literals(attributes=there.attributes, detail=there.detail,
                                      prefixes=there.prefixes,
                                      key_header=key_header(found[1] if found else ""),
                                      texts=there.texts))
    return own


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _reachable(tree: ast.Module, handler: str) -> Iterator[ast.AST]:
    """The function of a handler and those of the same file that it calls."""
    functions: Functions = {node.name: node for node in ast.walk(tree)
                            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    waiting, seen = [handler], set[str]()
    if handler not in functions:
        yield tree
        return
    while waiting:
        name = waiting.pop(0)
        if name in functions and name not in seen:
            seen.add(name)
            yield functions[name]
            waiting += [node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)]


def _imported(tree: ast.Module, folder: str) -> Iterator[str]:
    """The paths of imported modules, without their ending; ``folder``: that of the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.replace(".", "/") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = folder if node.level == 1 else ""
            module = join(start, (node.module or "").replace(".", "/"))
            yield module
            yield from (join(module, alias.name) for alias in node.names)


def _read(roots: list[ast.AST], tree: ast.Module) -> Literals:
    nodes = [node for root in roots for node in ast.walk(root)]
    dicts = _named_dicts(nodes)
    bodies = BODY_NAMES | _bodies(nodes)
    return Literals(
        members=unique(name for node in nodes for name in _members(node, bodies)),
        models=dict(_models(tree, {n.id for n in nodes if isinstance(n, ast.Name)})),
        event_types=unique(name for node in nodes for name in _event_types(node, bodies)),
        attributes=unique(name for node in nodes for name in _put_items(node, dicts)),
        detail=unique(name for node in nodes for name in _details(node, dicts)),
        prefixes=of_events(pair for node in nodes for pair in _prefixes(node)),
        texts=unique(name for node in nodes for name in _texts(node)))


def _named_dicts(nodes: list[ast.AST]) -> dict[str, ast.Dict]:
    return {node.targets[0].id: node.value for node in nodes
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Dict)}


def _bodies(nodes: list[ast.AST]) -> frozenset[str]:
    """The variables that a parsed body is assigned to."""
    return frozenset(
        node.targets[0].id for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call) and _called(node.value) in LOADS)


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _is_body(node: ast.AST, bodies: frozenset[str]) -> bool:
    if isinstance(node, ast.Call):
        return _called(node) in LOADS
    return isinstance(node, ast.Name) and node.id in bodies


def _members(node: ast.AST, bodies: frozenset[str]) -> Iterator[str]:
    """``body["x"]``, ``body.get("x")`` and ``check(body, "x")``."""
    if isinstance(node, ast.Subscript) and _is_body(node.value, bodies):
        yield from _names(node.slice)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (
            node.func.attr == "get" and _is_body(node.func.value, bodies)):
        yield from (name for argument in node.args[:1] for name in _names(argument))
    elif isinstance(node, ast.Call) and len(node.args) > 1 and _is_body(node.args[0], bodies):
        yield from _names(node.args[1])


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and (
            node.value.isidentifier() and not node.value.isupper()
            and not EVENT_TYPE.fullmatch(node.value)):
        yield node.value


def _event_types(node: ast.AST, bodies: frozenset[str]) -> Iterator[str]:
    """Texts that look like an event's type, and upper-case ones beside a body in a call."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (node.value,) if EVENT_TYPE.fullmatch(node.value) else ()
    elif isinstance(node, ast.Call) and node.args and _is_body(node.args[0], bodies):
        yield from (each.value for each in node.args[1:] if isinstance(each, ast.Constant)
                    and isinstance(each.value, str) and each.value.isupper())


def _models(tree: ast.Module, used: set[str]) -> Iterator[tuple[str, str]]:
    """The members of pydantic's models that the code uses."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or node.name not in used:
            continue
        if any(isinstance(base, ast.Name) and base.id == "BaseModel" for base in node.bases):
            for each in node.body:
                if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                    yield each.target.id, ast.unparse(each.annotation)


def _put_items(node: ast.AST, dicts: dict[str, ast.Dict]) -> Iterator[str]:
    """The attributes in ``put_item(Item=...)`` and in ``{"Put": {"Item": ...}}``."""
    if isinstance(node, ast.keyword) and node.arg == "Item":
        yield from _keys(node.value, dicts)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "Item":
                yield from _keys(value, dicts)


def _prefixes(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The beginnings of texts that are put together: ``{"pk": f"ORDER#{id}"}``."""
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(
            node, ast.Dict) else ():
        joined = value.values if isinstance(value, ast.JoinedStr) else []
        first = joined[0] if len(joined) == 2 else None
        if isinstance(key, ast.Constant) and isinstance(first, ast.Constant):
            yield str(key.value), str(first.value)


def _texts(node: ast.AST) -> Iterator[str]:
    """The keys in ``{"payload": json.dumps(...)}``."""
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(
            node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(value, ast.Call) and (
                _called(value) == "dumps"):
            yield str(key.value)


def _details(node: ast.AST, dicts: dict[str, ast.Dict]) -> Iterator[str]:
    """The members in ``{"Detail": json.dumps(...)}``."""
    for key, value in zip(node.keys, node.values, strict=True) if isinstance(
            node, ast.Dict) else ():
        if isinstance(key, ast.Constant) and key.value == "Detail":
            yield from _keys(value, dicts)


def _keys(value: ast.AST, dicts: dict[str, ast.Dict]) -> Iterator[str]:
    if isinstance(value, ast.Call) and value.args:
        yield from _keys(value.args[0], dicts)
    elif isinstance(value, ast.Name) and value.id in dicts:
        yield from _keys(dicts[value.id], {})
    elif isinstance(value, ast.Dict):
        yield from (key.value for key in value.keys
                    if isinstance(key, ast.Constant) and isinstance(key.value, str))
