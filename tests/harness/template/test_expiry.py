"""Settings that remove data by themselves are read."""

from typing import Any

import pytest

from harness.template.describe.expiry import Expiry, is_over, read_expiry
from harness.template.read.resources import Resources

TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {
    "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}}}


def bucket(**rule: Any) -> Resources:
    rules = {"Rules": [{"Status": "Enabled", **rule}]}
    return Resources({"Events": {"Type": "AWS::S3::Bucket",
                                 "Properties": {"LifecycleConfiguration": rules}}})


@pytest.mark.parametrize(("rule", "prefixes"), [
    ({"ExpirationInDays": 30}, (("Events", ""),)),
    ({"ExpirationInDays": 30, "Prefix": "log/"}, (("Events", "log/"),)),
    ({"ExpirationInDays": 30, "Status": "Disabled"}, ()),
    ({"ExpirationInDays": 30, "TagFilters": [{"Key": "a", "Value": "b"}]}, ()),
    ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, ()),
    ({"Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 30}]}, ()),
])
def test_rules(rule: dict[str, Any], prefixes: tuple[tuple[str, str], ...]) -> None:
    """Only a rule in force that removes current objects counts, by its prefix."""
    assert read_expiry(bucket(**rule)) == Expiry(prefixes)


def test_time_to_live() -> None:
    """The attribute of a table counts if it is enabled."""
    assert read_expiry(Resources({"Views": TABLE})).attributes == (("Views", "ttl"),)


@pytest.mark.parametrize(("attribute", "over"), [
    ({"N": "99"}, True), ({"N": "101"}, False), ({"S": "99"}, False), (None, False)])
def test_over(attribute: Any, over: bool) -> None:
    """A number of seconds that is past is over; nothing else ever is."""
    assert is_over(attribute, 100.0) is over
