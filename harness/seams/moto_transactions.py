"""moto's transactions, which copy whole tables before they begin: copies of their items suffice.

moto restores a table from its copy where a transaction is cancelled. With hundreds of items in a
table the copy takes most of a transaction's time.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from harness.seams.moto import LIBRARY
from harness.seams.moto_items import item_at, put_item_at
from harness.seams.seam import Seam

TRANSACT = Seam(LIBRARY, "moto.dynamodb.models:DynamoDBBackend", "transact_write_items")
COPY = Seam(LIBRARY, "moto.dynamodb.models", "copy")
SPEEDUPS = (TRANSACT, COPY)


def restoring_items() -> Any:
    """Make a transaction that restores the items it names, and copies no table."""
    original = TRANSACT.value()

    def transact(backend: Any, transact_items: list[dict[str, Any]]) -> None:
        kept = tuple(_kept(backend.tables, transact_items))
        if len(kept) < len(transact_items):
            original(backend, transact_items)
            return
        try:
            with COPY.replaced(_without_tables(backend.tables)):
                original(backend, transact_items)
        except Exception:
            for table, key, item in reversed(kept):
                put_item_at(table, key, item)
            raise

    return transact


def _kept(tables: Mapping[str, Any], asked: list[dict[str, Any]]
          ) -> Iterator[tuple[Any, Mapping[str, Any], Any]]:
    """The table, the key and a copy of each item that is named as it should be."""
    for (operation, given), *_ in (list(each.items()) for each in asked if each):
        table = tables.get(given.get("TableName"))
        key = given.get("Item" if operation == "Put" else "Key")
        if table is None or not key or not all(type(key.get(n)) is dict for n in _names(table)):
            return
        own = {name: key[name] for name in _names(table)}
        yield table, own, item_at(table, own)


def _names(table: Any) -> tuple[str, ...]:
    return (table.hash_key_attr, *((table.range_key_attr,) if table.has_range_key else ()))


def _without_tables(tables: Mapping[str, Any]) -> Any:
    """The module ``copy`` as moto uses it, which leaves these tables as they are."""
    whole = {id(table) for table in tables.values()}
    return SimpleNamespace(
        copy=copy.copy, deepcopy=lambda it: it if id(it) in whole else copy.deepcopy(it))
