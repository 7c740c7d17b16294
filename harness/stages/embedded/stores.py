"""Looking into moto's stores directly: evidence and clearing, at no cost of AWS calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.aws.calls import ACCOUNT, item_key, item_text
from harness.core.compression import as_text
from harness.seams import moto


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
