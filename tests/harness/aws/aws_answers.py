"""AWS as a function sees it: requests pass the harness, moto answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from harness.aws.interception import Interceptor
from harness.aws.responses import respond
from harness.aws.sdk_requests import AwsRequest
from harness.seams import moto, moto_items

NOT_CHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
KEYS = {"table": ("p", "s")}
DEFINITIONS = [{"AttributeName": name, "AttributeType": "S"} for name in ("p", "s", "g")]


def _moto(asked: AwsRequest) -> AWSResponse | None:
    found = moto.answer_to(asked.prepared)
    return respond(asked.prepared.url, *found) if found else None


@contextmanager
def answers() -> Iterator[Callable[[str], Any]]:
    """Give clients by their services; a table, a bucket, a queue and a topic are there."""
    interceptor = Interceptor(
        lambda call, perform: perform(), lambda: True, answer=_moto, keys=KEYS)
    with mock_aws(), moto_items.items_as_in_dynamodb(), interceptor.installed():
        clients = {name: boto3.client(name, region_name="us-east-1", config=NOT_CHECKED)
                   for name in ("dynamodb", "s3", "sqs", "sns")}
        clients["s3"].create_bucket(Bucket="bucket")
        clients["dynamodb"].create_table(
            TableName="table", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=DEFINITIONS,
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"},
                       {"AttributeName": "s", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[{
                "IndexName": "index", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}]}])
        yield clients.__getitem__


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[int, str, str]:
    """The status, the code and the message of a refusal; 200 where there is none."""
    try:
        call(**parameters)
    except ClientError as error:
        told: dict[str, Any] = dict(error.response["Error"])
        return error.response["ResponseMetadata"]["HTTPStatusCode"], told["Code"], told["Message"]
    return 200, "", ""
