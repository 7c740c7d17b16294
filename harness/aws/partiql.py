"""PartiQL statements about one item as the operations that do the same.

moto reads few statements rightly: it knows no parameters in an INSERT, no condition in an UPDATE.
Source: DynamoDB Developer Guide, "PartiQL for DynamoDB": an INSERT of an item that is there fails
with DuplicateItemException, an UPDATE of one that is not with ConditionalCheckFailedException; what
a WHERE says beside the key is a condition. What is not understood is left to moto.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

TOKEN: Final = re.compile(
    r"""\s*('(?:[^']|'')*'|"[^"]*"|\d+(?:\.\d+)?|[A-Za-z_][\w-]*|<=|>=|<>|[^\s\w])""")
COMPARED: Final = ("=", "<", ">", "<=", ">=", "<>")
PUNCTUATION: Final = (*COMPARED, "(", ")", ",", ".", "+", "]")
WORDS: Final = frozenset({"AND", "OR", "NOT", "IN", "SET", "REMOVE"})
FUNCTIONS: Final = frozenset({
    "list_append", "if_not_exists", "attribute_type", "begins_with", "contains", "size"})
DUPLICATE: Final = "com.amazonaws.dynamodb.v20120810#DuplicateItemException"


class _UnknownError(Exception):
    """The statement is not one of those that are understood."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of DynamoDB's, and its request."""

    name: str
    request: dict[str, Any]


@dataclass(slots=True)
class _Reader:
    """A statement's tokens, read from the left, with the values of its question marks."""

    tokens: list[str]
    parameters: list[Any]
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, *wanted: str) -> str:
        """The next token, one of those that are wanted, if any are named."""
        if not self.tokens or (wanted and self.next.upper() not in wanted):
            raise _UnknownError
        return self.tokens.pop(0)

    def value(self) -> dict[str, Any]:
        """A literal, or what a question mark stands for, as an attribute's value."""
        token = self.take()
        if token == "?":
            if not self.parameters:
                raise _UnknownError
            return dict(self.parameters.pop(0))
        if token == "{":
            return {"M": dict(self._members())}
        if token == "[":
            return {"L": list(self._elements())}
        if token.startswith("'"):
            return {"S": token[1:-1].replace("''", "'")}
        if token == "-" or token[0].isdigit():
            return {"N": token + self.take() if token == "-" else token}
        known: dict[str, dict[str, Any]] = {
            "TRUE": {"BOOL": True}, "FALSE": {"BOOL": False}, "NULL": {"NULL": True}}
        if token.upper() not in known:
            raise _UnknownError
        return known[token.upper()]

    def _members(self) -> Iterator[tuple[str, Any]]:
        while self.next != "}":
            name = self.take().strip("'\"")
            self.take(":")
            yield name, self.value()
            if self.take(",", "}") == "}":
                return
        self.take()

    def _elements(self) -> Iterator[Any]:
        while self.next != "]":
            yield self.value()
            if self.take(",", "]") == "]":
                return
        self.take()

    def expression(self, *ends: str) -> str:
        """The text up to one of these words, with names and values by reference."""
        written: list[str] = []
        depth = 0
        while self.tokens and not (depth == 0 and self.next.upper() in ends):
            before = written[-1] if written else ""
            depth += {"(": 1, ")": -1}.get(self.next, 0)
            written.append(self._piece(before))
        return " ".join(written).replace(" . ", ".").replace(" [ ", "[").replace(" ]", "]")

    def _piece(self, before: str) -> str:
        token = self.next
        if before == "[" or token in PUNCTUATION:
            return self.take()
        if token == "[" and before.startswith("#"):
            return self.take()
        if token == "-" and before not in ("", *COMPARED, "(", ","):
            return self.take()
        named = token.startswith('"') or token[0].isalpha() or token[0] == "_"
        if named and token.upper() not in ("TRUE", "FALSE", "NULL"):
            return self._name(self.take())
        reference = f":v{len(self.values)}"
        self.values[reference] = self.value()
        return reference

    def _name(self, token: str) -> str:
        if token in FUNCTIONS or token.upper() in WORDS:
            return token
        if token.upper() in ("IS", "MISSING", "BETWEEN", "EXISTS", "SELECT"):
            raise _UnknownError
        reference = f"#n{len(self.names)}"
        self.names[reference] = token.strip('"')
        return reference


def operation(statement: dict[str, Any], keys: Mapping[str, tuple[str, ...]]) -> Operation | None:
    """The operation that does what a statement says; None where that is not known."""
    text, given = str(statement.get("Statement", "")), list(statement.get("Parameters") or [])
    reader = _Reader(TOKEN.findall(text.rstrip("; \n")), given)
    try:
        made = _READ[reader.take(*_READ).upper()](reader, keys)
    except (_UnknownError, KeyError, IndexError):
        return None
    consistent = made.name == "GetItem" and statement.get("ConsistentRead")
    return Operation(made.name, made.request | ({"ConsistentRead": True} if consistent else {}))


def _insert(reader: _Reader, keys: Mapping[str, tuple[str, ...]]) -> Operation:
    reader.take("INTO")
    table = reader.take().strip('"')
    reader.take("VALUE")
    return Operation("PutItem", {
        "TableName": table, "Item": reader.value()["M"],
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": keys[table][0]}})


def _update(reader: _Reader, keys: Mapping[str, tuple[str, ...]]) -> Operation:
    table = reader.take().strip('"')
    clauses: dict[str, list[str]] = {}
    while reader.next.upper() in ("SET", "REMOVE"):
        word = reader.take().upper()
        clauses.setdefault(word, []).append(reader.expression("SET", "REMOVE", "WHERE"))
    update = " ".join(f"{word} {', '.join(said)}" for word, said in clauses.items())
    key, conditions = _where(reader, keys[table])
    reader.names["#key"] = keys[table][0]
    request = {
        "TableName": table, "Key": key, "UpdateExpression": update,
        "ConditionExpression": " AND ".join(["attribute_exists(#key)", *conditions])}
    return Operation("UpdateItem", request | _references(reader))


def _delete(reader: _Reader, keys: Mapping[str, tuple[str, ...]]) -> Operation:
    reader.take("FROM")
    table = reader.take().strip('"')
    key, conditions = _where(reader, keys[table])
    condition = {"ConditionExpression": " AND ".join(conditions)} if conditions else {}
    request = {"TableName": table, "Key": key, **condition}
    return Operation("DeleteItem", request | _references(reader))


def _select(reader: _Reader, keys: Mapping[str, tuple[str, ...]]) -> Operation:
    reader.take("*")
    reader.take("FROM")
    table = reader.take().strip('"')
    key, conditions = _where(reader, keys[table])
    if conditions:
        raise _UnknownError
    return Operation("GetItem", {"TableName": table, "Key": key})


_READ: Final[Mapping[str, Callable[[_Reader, Mapping[str, tuple[str, ...]]], Operation]]] = {
    "INSERT": _insert, "UPDATE": _update, "DELETE": _delete, "SELECT": _select}


def _where(reader: _Reader, names: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The key that a WHERE names, and its other conditions."""
    key: dict[str, Any] = {}
    conditions: list[str] = []
    reader.take("WHERE")
    while True:
        name = reader.next.strip('"')
        if name in names and reader.tokens[1:2] == ["="]:
            del reader.tokens[:2]
            key[name] = reader.value()
        else:
            conditions.append(f"( {reader.expression('AND', 'RETURNING')} )")
        if not reader.tokens:
            break
        reader.take("AND")
    if set(key) != set(names):
        raise _UnknownError
    return key, conditions


def _references(reader: _Reader) -> dict[str, Any]:
    found = {"ExpressionAttributeNames": reader.names, "ExpressionAttributeValues": reader.values}
    return {name: value for name, value in found.items() if value}


def answer(name: str, status: int, body: bytes) -> bytes:
    """The answer of an operation, as the statement's answer."""
    document = json.loads(body or b"{}")
    if status >= 400:
        duplicate = name == "PutItem" and "ConditionalCheckFailed" in str(document.get("__type"))
        return json.dumps({**document, "__type": DUPLICATE} if duplicate else document).encode()
    items = [document["Item"]] if "Item" in document else []
    return json.dumps({"Items": items}).encode()
