"""The store that a template seems to keep its events in, and the places that its keys tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.template import Template

GENERAL = ("pk", "hk", "hash", "key", "partitionkey", "partition_key")
"""Names of partition keys that may hold anything, often with a prefix."""


def event_store(template: Template) -> tuple[str, str]:
    """The store that looks like that of the events, as ``table`` or ``bucket``."""
    named = [(kind, name) for kind, names in (("table", template.tables),
                                              ("bucket", template.buckets))
             for name in names if re.search(r"event|journal|stream|log", name, re.IGNORECASE)]
    ranged = [("table", name) for name in template.tables if len(keys_of(template, name)) > 1]
    streamed = [("table", name) for name in template.tables
                if "StreamSpecification" in _properties(template, name)]
    rest = [("bucket", name) for name in template.buckets]
    return next(iter((*named, *ranged, *streamed, *rest)), ("", ""))


def _properties(template: Template, table: str) -> Mapping[str, Any]:
    found = template.body.get("Resources", {}).get(table, {}).get("Properties", {})
    return found if isinstance(found, dict) else {}


def keys_of(template: Template, table: str) -> tuple[str, ...]:
    """The key attributes of a table, the partition key first."""
    schema = _properties(template, table).get("KeySchema", [])
    ordered = sorted(schema, key=lambda each: each.get("KeyType") != "HASH")
    return tuple(str(each.get("AttributeName")) for each in ordered)


def told_by_keys(template: Template, table: str) -> dict[str, str]:
    """The places that a table's keys have by themselves: an id, and a number as the version."""
    id, version = (*keys_of(template, table), "", "")[:2]
    numbers = {each.get("AttributeName") for each in
               _properties(template, table).get("AttributeDefinitions", [])
               if each.get("AttributeType") == "N"}
    found = {"id": "" if id.lower() in GENERAL else id,
             "version": version if version in numbers else ""}
    return {name: place for name, place in found.items() if place}
