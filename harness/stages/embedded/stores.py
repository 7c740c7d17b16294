"""Looking into moto's stores directly: evidence and clearing, at no cost of AWS calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from harness.aws.calls import ACCOUNT, item_key, item_text
from harness.core.compression import as_text
from harness.seams import moto, moto_items


def _buckets() -> dict[str, Any]:
    return moto.buckets(ACCOUNT)


def _table(name: str, region: str) -> Any:
    return moto.table(name, ACCOUNT, region)


def bucket_keys(bucket: str) -> list[str]:
    """The keys of a bucket's current objects."""
    return list(_buckets()[bucket].keys) if bucket in _buckets() else []


def object_text(bucket: str, key: str) -> str | None:
    """An object's content as text, None where there is no object."""
    found = _buckets()[bucket].keys.get(key) if bucket in _buckets() else None
    value = getattr(found, "value", None)
    return as_text(value) if isinstance(value, bytes) else None


def clear(buckets: Iterable[str], tables: Iterable[str], region: str) -> None:
    """Empty buckets and tables."""
    for bucket in buckets:
        if bucket in _buckets():
            _buckets()[bucket].keys.clear()
    for name in tables:
        moto.remove_all_items(_table(name, region))


def table_item(name: str, region: str, key: str) -> str | None:
    """The item whose only key attribute has that text, as DynamoDB JSON."""
    table = _table(name, region)
    if table is None or table.has_range_key:
        return None
    for hash_key, item in table.items.items():
        if hash_key.value == key:
            return item_text(item.to_json()["Attributes"])
    return None


def remove_items(name: str, region: str, keys: frozenset[str]) -> int:
    """Remove the items whose key text is among ``keys``; gives their number."""
    table = _table(name, region)
    wiped = 0
    for hash_key, entry in list(table.items.items()) if table else []:
        for item in list(entry.values()) if table.has_range_key else [entry]:
            if item_key(item.to_json()["Attributes"], table.table_key_attrs) in keys:
                table.delete_item(hash_key, item.range_key if table.has_range_key else None)
                wiped += 1
    return wiped


def table_size(name: str, region: str) -> int:
    """The number of a table's items."""
    table = _table(name, region)
    if table is None:
        return 0
    return sum(len(entry) for entry in table.items.values()) if table.has_range_key else (
        len(table.items))


def table_items(name: str, region: str, keys: frozenset[str]) -> dict[str, str]:
    """The items with those keys, or all (no keys): DynamoDB JSON by the text of the key."""
    table = _table(name, region)
    wanted = {key.partition("\t")[0] for key in keys}
    found: dict[str, str] = {}
    for hash_key, entry in list(table.items.items()) if table else []:
        if wanted and str(hash_key.value) not in wanted:
            continue
        for item in list(entry.values()) if table.has_range_key else [entry]:
            attributes = item.to_json()["Attributes"]
            key = item_key(attributes, table.table_key_attrs)
            if key in keys or not keys:
                found[key] = item_text(attributes)
    return found


def kept_item(name: str, region: str, key: Mapping[str, Any]) -> Any:
    """The item with a key as it is now, to be shown later; None if there is none."""
    table = _table(name, region)
    return moto_items.item_at(table, key) if table else None


@contextmanager
def showing(items: Sequence[tuple[str, Mapping[str, Any], Any]], region: str) -> Iterator[None]:
    """Show other items of tables while the context lasts; each has a table, a key, an item."""
    there = [(table, key, kept_item(table, region, key)) for table, key, _ in items]
    _put(items, region)
    try:
        yield
    finally:
        _put(there, region)


def _put(items: Sequence[tuple[str, Mapping[str, Any], Any]], region: str) -> None:
    for name, key, item in items:
        moto_items.put_item_at(_table(name, region), key, item)
