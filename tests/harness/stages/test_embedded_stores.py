"""Looking into moto's tables."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from harness.aws.calls import REGION
from harness.stages.embedded.stores import remove_items


def keyed(*names: str) -> dict[str, Any]:
    kinds = zip(names, ("HASH", "RANGE"), strict=False)
    return {
        "TableName": "t", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
        "KeySchema": [{"AttributeName": n, "KeyType": kind} for n, kind in kinds],
    }


@pytest.mark.parametrize(("names", "kept", "removed", "key"), [
    (("id",), {"id": "a"}, {"id": "b"}, "b"),
    (("pk", "sk"), {"pk": "a", "sk": "key"}, {"pk": "a", "sk": "view"}, "a\tview"),
    (("pk",), {"pk": "a", "id": "x"}, {"pk": "b", "id": "x"}, "b"),
])
@mock_aws
def test_remove_items(
    names: tuple[str, ...], kept: dict[str, str], removed: dict[str, str], key: str
) -> None:
    """Items are removed by their whole key, whatever its attributes are called."""
    client = boto3.client("dynamodb", REGION)
    client.create_table(**keyed(*names))
    for item in (kept, removed):
        client.put_item(TableName="t", Item={name: {"S": text} for name, text in item.items()})

    assert remove_items("t", REGION, frozenset({key})) == 1
    left = client.scan(TableName="t")["Items"]
    assert left == [{name: {"S": text} for name, text in kept.items()}]
