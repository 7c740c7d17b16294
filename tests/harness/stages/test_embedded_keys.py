"""The behaviour of moto for invalid keys."""

import boto3
import pytest
from botocore.exceptions import ClientError

from harness.stages.embedded.stage import MotoStage
from harness.template import load
from tests.miniatures.building import REFERENCE


@pytest.mark.parametrize("key", [{"L": [{"S": "a"}]}, {"M": {"a": {"S": "a"}}}])
def test_no_scalar(key: dict[str, object]) -> None:
    """A key that is a list or a map is refused as DynamoDB refuses it."""
    with MotoStage(load(REFERENCE / "template.yaml"), "/orders"):
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="t", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        with pytest.raises(ClientError, match="key element does not match the schema"):
            client.get_item(TableName="t", Key={"id": key})
