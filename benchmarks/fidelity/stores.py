"""Conditional writes of S3, as a function's requests meet them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from benchmarks.fidelity.comparison import Comparison, snapshot
from harness.aws.interception import Interceptor
from harness.aws.responses import respond
from harness.aws.sdk_requests import AwsRequest
from harness.seams import moto, moto_items

FILE = "s3/test_s3_api.snapshot.json"
OBJECT = {"Bucket": "bucket", "Key": "there"}
MISSING = {"Bucket": "bucket", "Key": "missing"}
SOURCE = {"CopySource": "bucket/source"}
MEMBERS = ("Code", "Condition", "Header", "Message", "additionalMessage")
CASES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("test_put_object_if_none_match", "put-obj-if-none-match", "put_object",
     {**OBJECT, "IfNoneMatch": "*"}),
    ("test_put_object_if_none_match_validation", "put-obj-if-none-match-bad-value", "put_object",
     {**OBJECT, "IfNoneMatch": "notstar"}),
    ("test_put_object_if_match", "put-obj-if-match-wrong-etag", "put_object",
     {**OBJECT, "IfMatch": "wrong"}),
    ("test_put_object_if_match", "put-obj-if-match-key-not-exists", "put_object",
     {**MISSING, "IfMatch": "wrong"}),
    ("test_put_object_if_match_validation", "put-obj-if-match-star-value", "put_object",
     {**OBJECT, "IfMatch": "*"}),
    ("test_put_object_if_match_and_if_none_match_validation", "put-obj-both-precondition",
     "put_object", {**OBJECT, "IfMatch": "x", "IfNoneMatch": "*"}),
    ("test_copy_object_if_none_match", "copy-obj-if-none-match-fail", "copy_object",
     {**OBJECT, **SOURCE, "IfNoneMatch": "*"}),
    ("test_copy_object_if_match", "copy-obj-if-match-fail-wrong-etag", "copy_object",
     {**OBJECT, **SOURCE, "IfMatch": "wrong"}),
    ("test_copy_object_if_match", "copy-obj-if-match-fail-no-object", "copy_object",
     {**MISSING, **SOURCE, "IfMatch": "wrong"}),
    ("test_copy_object_precondition_write_validation", "copy-obj-none-match-etag", "copy_object",
     {**OBJECT, **SOURCE, "IfNoneMatch": "etag"}),
    ("test_copy_object_precondition_write_validation", "copy-obj-if-match-star", "copy_object",
     {**OBJECT, **SOURCE, "IfMatch": "*"}),
    ("test_copy_object_precondition_write_validation", "copy-obj-both", "copy_object",
     {**OBJECT, **SOURCE, "IfMatch": "x", "IfNoneMatch": "*"}),
    ("test_delete_object_if_match_non_express", "delete-obj-if-match", "delete_object",
     {**OBJECT, "IfMatch": "wrong"}),
)
"""Test, name in its snapshot, operation, and parameters of the request."""


def preconditions(folder: Path) -> Iterator[Comparison]:
    """The errors of conditional writes whose condition does not hold, or is not known."""
    with client("s3") as buckets:
        buckets.create_bucket(Bucket="bucket")
        for key in ("there", "source"):
            buckets.put_object(Bucket="bucket", Key=key, Body=b"x")
        for test, name, operation, parameters in CASES:
            recorded = snapshot(folder, FILE, f"::{test}").get(name)
            if recorded is not None:
                yield Comparison(name, _error(recorded),
                                 _refused(getattr(buckets, operation), parameters))


def _refused(call: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        call(**parameters)
    except ClientError as error:
        return _error(error.response)
    return {}


def _error(response: Any) -> dict[str, Any]:
    told = {name: response["Error"][name] for name in MEMBERS if name in response["Error"]}
    return {**told, "status": response["ResponseMetadata"]["HTTPStatusCode"]}


@contextmanager
def client(service: str, keys: Mapping[str, tuple[str, ...]] | None = None) -> Iterator[Any]:
    """A client whose requests go the way of a function's; its parameters are not checked here."""
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
    intercepted = Interceptor(
        lambda call, perform: perform(), lambda: True, answer=_moto, keys=keys or {})
    once = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    with mock_aws(), moto_items.items_as_in_dynamodb(), intercepted.installed():
        yield boto3.client(service, region_name="us-east-1", config=once)


def _moto(asked: AwsRequest) -> AWSResponse | None:
    found = moto.answer_to(asked.prepared)
    return respond(asked.prepared.url, *found) if found else None
