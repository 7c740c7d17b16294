"""Gzipped content is decompressed: in the bucket, in the table and in replies."""

import base64
import gzip
import json

import boto3
import pytest
from moto import mock_aws

from harness.aws.calls import REGION
from harness.core.compression import as_text, unzipped
from harness.functions.events import http_response
from harness.stages.embedded.stores import object_text, table_item
from tests.harness.stages.test_embedded_stores import keyed

TEXT = '{"a": "é"}'
PACKED = gzip.compress(TEXT.encode(), mtime=0)


@pytest.mark.parametrize(("content", "text"), [
    (TEXT.encode(), TEXT), (PACKED, TEXT), (b"", ""), (b"\xff", "\ufffd"),
])
def test_as_text(content: bytes, text: str) -> None:
    """Packed or not, and whatever bytes there are."""
    assert as_text(content) == text


@pytest.mark.parametrize("broken", [PACKED[:12], PACKED[:-1], b"\x1f\x8b", b"\x1f\x8bxxxxxxxxxx"],
                         ids=["cut", "short", "mark", "other"])
def test_broken(broken: bytes) -> None:
    """Content that only begins like a gzip file stays as it is."""
    assert unzipped(broken) == broken


@pytest.mark.parametrize("payload", ["1.0", "2.0"])
def test_reply(payload: str) -> None:
    """A client unpacks a reply."""
    result = {"statusCode": 200, "isBase64Encoded": True, "headers": {"Content-Encoding": "gzip"},
              "body": base64.b64encode(PACKED).decode()}
    assert http_response(result, payload=payload).body == TEXT  # type: ignore[arg-type]  # either of them


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@mock_aws
def test_object() -> None:
    """An event in the bucket is evidence, packed or not."""
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=PACKED, ContentEncoding="gzip")
    assert object_text("bucket", "k") == TEXT


@mock_aws
def test_item() -> None:
    """A Binary attribute is told as DynamoDB's JSON tells it."""
    client = boto3.client("dynamodb", REGION)
    client.create_table(**keyed("id"))
    client.put_item(TableName="t", Item={"id": {"S": "a"}, "z": {"B": PACKED}})
    assert json.loads(table_item("t", REGION, "a") or "")["z"] == {
        "B": base64.b64encode(PACKED).decode()}
