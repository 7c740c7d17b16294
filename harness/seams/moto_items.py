"""moto's DynamoDB items: sizes, sums and types of index keys as DynamoDB has them.

Sources: DynamoDB Developer Guide, "DynamoDB item sizes and formats" and "Quotas and limits" (400 KB
an item); "Using Global Secondary Indexes" (an index key has the type of its definition); API
reference, "Query" and "Scan" (a page that ends with its Limit has a LastEvaluatedKey).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from inspect import signature
from typing import Any

from harness.core.dynamodb_numbers import NumberRefusedError, total
from harness.seams.moto import LIBRARY
from harness.seams.seam import Seam

TYPE = "moto.dynamodb.models.dynamo_type:DynamoType"
KIND = Seam(LIBRARY, "moto.dynamodb.models.dynamo_type", "DynamoType")
SUM = Seam(LIBRARY, TYPE, "__add__")
DIFFERENCE = Seam(LIBRARY, TYPE, "__sub__")
MEMBER_SET = Seam(LIBRARY, "moto.dynamodb.models.dynamo_type:LimitedSizeDict", "__setitem__")
PUT = Seam(LIBRARY, "moto.dynamodb.models.table:Table", "put_item")
QUERY = Seam(LIBRARY, "moto.dynamodb.models.table:Table", "query")
SCAN = Seam(LIBRARY, "moto.dynamodb.models.table:Table", "scan")
LAST_KEY = Seam(LIBRARY, "moto.dynamodb.models.table:Table", "_get_last_evaluated_key")
TOO_LARGE = Seam(LIBRARY, "moto.dynamodb.exceptions", "ItemSizeTooLarge")
INVALID = Seam(LIBRARY, "moto.dynamodb.exceptions", "MockValidationException")
NEEDED = (KIND, SUM, DIFFERENCE, MEMBER_SET, PUT, QUERY, SCAN, LAST_KEY, TOO_LARGE,
          INVALID)
ITEM_BYTES = 400 * 1024


@contextmanager
def items_as_in_dynamodb() -> Iterator[None]:
    """Let moto's items be as large, as exact and as typed as DynamoDB's."""
    with ExitStack() as seams:
        seams.enter_context(SUM.replaced(_arithmetic(SUM.value(), minus=False)))
        seams.enter_context(DIFFERENCE.replaced(_arithmetic(DIFFERENCE.value(), minus=True)))
        seams.enter_context(MEMBER_SET.replaced(_set_within_limit))
        seams.enter_context(PUT.replaced(_with_typed_indexes(PUT.value())))
        for page in (QUERY, SCAN):
            seams.enter_context(page.replaced(_with_last_key(page.value())))
        yield


def _arithmetic(original: Any, *, minus: bool) -> Any:
    """Make a sum or a difference of 38 digits; moto has 28, and knows no exponents."""

    def computed(left: Any, right: Any) -> Any:
        if left.type != "N" or right.type != "N":
            return original(left, right)
        try:
            return type(left)({"N": total(left.value, right.value, minus=minus)})
        except NumberRefusedError as error:
            raise INVALID.value()(str(error)) from None

    return computed


def _set_within_limit(attributes: Any, name: str, value: Any) -> None:
    members = {**attributes, name: value}
    if sum(_bytes(each) + size(member) for each, member in members.items()) > ITEM_BYTES:
        raise TOO_LARGE.value()
    dict.__setitem__(attributes, name, value)


def size(value: Any) -> int:
    """The bytes that an attribute's value takes: one of moto's values, or its content."""
    kind, content = getattr(value, "type", "S"), getattr(value, "value", value)
    if kind == "N":
        return len(str(content).strip("-0.").replace(".", "")) // 2 + 1
    if kind == "B":
        return len(content) if isinstance(content, bytes) else len(content) * 3 // 4
    if isinstance(content, Mapping):
        return 3 + sum(_bytes(name) + size(member) + 1 for name, member in content.items())
    if isinstance(content, list | tuple | set):
        held = sum(_bytes(each) if isinstance(each, str) else size(each) for each in content)
        return held + (3 + len(content) if kind == "L" else 0)
    return 1 if content is None or isinstance(content, bool) else _bytes(content)


def _bytes(text: Any) -> int:
    """The bytes of a text in UTF-8; half a surrogate pair has none, and raises UnicodeError."""
    return len(text if isinstance(text, bytes) else str(text).encode())


def _with_typed_indexes(original: Any) -> Any:
    """Make a put that refuses index keys of another type than the table defines."""

    def put_item(table: Any, item_attrs: Any, *others: Any, **named: Any) -> Any:
        for index in (*table.global_indexes, *table.indexes):
            for key in index.schema:
                _see_type(table, index, key["AttributeName"], item_attrs)
        return original(table, item_attrs, *others, **named)

    return put_item


def _with_last_key(original: Any) -> Any:
    """Make a query or scan whose last page has a key as well, where its Limit ended it.

    moto gives one only where more follows. The item that the key is of may be filtered out.
    """
    filters = ("filter_expression", "projection_expressions", "projection_expression")

    def page(table: Any, *given: Any, **named: Any) -> Any:
        found, scanned, last = original(table, *given, **named)
        asked = signature(original).bind(table, *given, **named).arguments
        if last is None and scanned and scanned == asked.get("limit"):
            extra: dict[str, Any] = asked.pop("filter_kwargs", {})
            whole = {name: None if name in filters else value for name, value in asked.items()}
            items = original(**{**whole, **extra})[0]
            last = LAST_KEY.value()(table, items[-1], asked.get("index_name")) if items else None
        return found, scanned, last

    return page


def _see_type(table: Any, index: Any, name: str, item: Mapping[str, Any]) -> None:
    wanted = next((d["AttributeType"] for d in table.attr if d["AttributeName"] == name), None)
    given = next(iter(item.get(name) or ()), wanted)
    if wanted is not None and given != wanted and name not in table.table_key_attrs:
        raise INVALID.value()(
            f"One or more parameter values were invalid: Type mismatch for Index Key {name} "
            f"Expected: {wanted} Actual: {given} IndexName: {index.name}")


def item_at(table: Any, key: Mapping[str, Any]) -> Any:
    """A copy of the item with a key; None if there is none."""
    entries, at = _entry(table, key)
    return deepcopy(entries.get(at))


def put_item_at(table: Any, key: Mapping[str, Any], item: Any) -> None:
    """Put an item, or its absence (None), in its place, past conditions and streams."""
    entries, at = _entry(table, key)
    if item is None:
        entries.pop(at, None)
    else:
        entries[at] = item


def _entry(table: Any, key: Mapping[str, Any]) -> tuple[Any, Any]:
    """The dictionary that has the item, and the item's key in it."""
    kind = KIND.value()
    at = kind(key[table.hash_key_attr])
    if not table.has_range_key:
        return table.items, at
    return table.items[at], kind(key[table.range_key_attr])
