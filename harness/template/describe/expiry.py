"""Settings that remove data by themselves: lifecycle rules of buckets, time to live of items.

Rules for old versions, incomplete uploads and other storage classes remove no object that is in
force. A rule with tags or sizes hits objects that only they tell. Sources: CloudFormation's
reference, "AWS::S3::Bucket Rule" and "AWS::DynamoDB::Table TimeToLiveSpecification".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.template.read.resources import Resources, items, mapping

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
REMOVES = ("ExpirationInDays", "ExpirationDate")
NARROWS = ("TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")


@dataclass(frozen=True, slots=True)
class Expiry:
    """(bucket, prefix) of objects that expire; (table, attribute) of items that do."""

    prefixes: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


def read_expiry(resources: Resources) -> Expiry:
    """The settings of all buckets and tables of a template."""
    prefixes = tuple((bucket, prefix) for bucket, properties in resources.of("AWS::S3::Bucket")
                     for prefix in _prefixes(properties))
    found = ((table, mapping(properties.get("TimeToLiveSpecification")))
             for table, properties in resources.of(*TABLES))
    return Expiry(prefixes, tuple((table, str(each.get("AttributeName"))) for table, each in found
                                  if _is_on(each.get("Enabled"))))


def is_over(attribute: Any, now: float) -> bool:
    """Tell if an item's time to live, as DynamoDB JSON, is over; what is no number never is."""
    number = mapping(attribute).get("N")
    return number is not None and float(number) < now


def _prefixes(properties: Mapping[str, Any]) -> Iterator[str]:
    for rule in map(mapping, items(mapping(properties.get("LifecycleConfiguration")).get("Rules"))):
        enabled = rule.get("Status") == "Enabled"
        removes = any(rule.get(name) is not None for name in REMOVES)
        if enabled and removes and not any(rule.get(name) is not None for name in NARROWS):
            yield str(rule.get("Prefix") or "")


def _is_on(value: Any) -> bool:
    return str(value).lower() == "true"
