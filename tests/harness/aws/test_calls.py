"""Reading an AWS request off the wire."""

import json
from types import MappingProxyType
from typing import Any

import pytest

from harness.aws.calls import Call, read_call

S3 = "https://s3.us-east-1.amazonaws.com"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/"


def read(
    service: str, operation: str, document: Any, url: str = "https://x",
    keys: Any = MappingProxyType({}),
) -> Call:
    return read_call(service, operation, url, json.dumps(document).encode(), keys=keys)


class TestS3:
    @pytest.mark.parametrize(("url", "key"), [
        ("https://bucket.s3.amazonaws.com/a/1.json", "a/1.json"),
        ("https://bucket.s3.us-east-1.amazonaws.com/a%2F1%20b", "a/1 b"),
        ("https://s3.amazonaws.com/bucket/a/1.json", "a/1.json"),
        (f"{S3}/bucket/%C3%A9", "\u00e9"),
        (f"{S3}/bucket?list-type=2&prefix=a%2F", "a/"),
        ("https://bucket.s3.amazonaws.com/?list-type=2&prefix=a%2F", "a/"),
        ("https://bucket.s3.amazonaws.com/?list-type=2", ""),
        ("http://localhost:5000/bucket/a", "a"),
    ])
    def test_bucket_and_key(self, url: str, key: str) -> None:
        """Bucket and key are found by host and by path, and a listing's prefix is its key."""
        call = read_call("s3", "GetObject", url, b"")
        assert (call.resource, call.key) == ("bucket", key)

    def test_object(self) -> None:
        """The ARN of a call on an object names the object."""
        assert read_call("s3", "PutObject", f"{S3}/bucket/a/1", b"x").arns == (
            "arn:aws:s3:::bucket/a/1",)

    def test_listing(self) -> None:
        """The ARN of a listing names the bucket."""
        assert read_call("s3", "ListObjectsV2", f"{S3}/bucket?prefix=a", b"").arns == (
            "arn:aws:s3:::bucket",)


class TestDynamoDb:
    @pytest.mark.parametrize(("operation", "document"), [
        ("GetItem", {"TableName": "t", "Key": {"id": {"S": "a"}}}),
        ("PutItem", {"TableName": "t", "Item": {"x": {"S": "y"}, "id": {"S": "a"}}}),
        ("PutItem", {"TableName": f"{TABLE}t", "Item": {"id": {"S": "a"}}}),
        ("DeleteItem", {"TableName": "t", "Key": {"id": {"N": "a"}}}),
        ("Query", {"TableName": "t", "KeyConditionExpression": "id = :i",
                   "ExpressionAttributeValues": {":i": {"S": "a"}}}),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [{"id": {"S": "a"}}]}}}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": "a"}}}}]}}),
        ("TransactWriteItems", {"TransactItems": [
            {"Put": {"TableName": "t", "Item": {"id": {"S": "a"}}}}]}),
    ])
    def test_table_and_key(self, operation: str, document: Any) -> None:
        """Table and key are found in requests of every shape."""
        call = read("dynamodb", operation, document)
        assert (call.resource, call.key, call.arns) == ("t", "a", (f"{TABLE}t",))

    @pytest.mark.parametrize(("operation", "document"), [
        ("Scan", {"TableName": "t"}),
        ("Query", {"TableName": "t", "KeyConditionExpression": "a = :a AND b = :b",
                   "ExpressionAttributeValues": {":a": {"S": "x"}, ":b": {"S": "y"}}}),
        ("PutItem", {"TableName": "t", "Item": {}}),
        ("GetItem", {"TableName": "t", "Key": {}}),
    ])
    def test_no_key(self, operation: str, document: Any) -> None:
        """Where no single key is named there is none."""
        assert read("dynamodb", operation, document).key == ""

    @pytest.mark.parametrize(("operation", "document"), [
        ("GetItem", {"TableName": "t", "Key": {"sk": {"S": "b"}, "pk": {"S": "a"}}}),
        ("PutItem", {"TableName": "t", "Item": {
            "id": {"S": "x"}, "sk": {"S": "b"}, "pk": {"S": "a"}}}),
        ("BatchGetItem", {"RequestItems": {f"{TABLE}t": {
            "Keys": [{"sk": {"S": "b"}, "pk": {"S": "a"}}]}}}),
        ("BatchWriteItem", {"RequestItems": {"t": [
            {"DeleteRequest": {"Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t", "Item": {
            "id": {"S": "x"}, "sk": {"S": "b"}, "pk": {"S": "a"}}}}]}),
    ])
    def test_key_of_two_attributes(self, operation: str, document: Any) -> None:
        """Partition and sort key together are an item's key, whatever else is in it."""
        call = read_call("dynamodb", operation, "https://x", json.dumps(document).encode(),
                         keys={"t": ("pk", "sk")})
        assert (call.resource, call.key) == ("t", "a\tb")

    def test_several(self) -> None:
        """Several items are all named."""
        put = {"Put": {"TableName": "t", "Item": {"id": {"S": "b"}}}}
        delete = {"Delete": {"TableName": "u", "Key": {"id": {"S": "a"}}}}
        call = read("dynamodb", "TransactWriteItems", {"TransactItems": [put, delete]})
        assert (call.resource, call.key, len(call.arns)) == ("t,u", "a\nb", 2)

    def test_index(self) -> None:
        """A query of an index needs a right to the index."""
        document = {"TableName": "t", "IndexName": "by-name"}
        assert read("dynamodb", "Query", document).arns == (f"{TABLE}t/index/by-name",)


class TestOthers:
    @pytest.mark.parametrize("service", ["events", "eventbridge"])
    def test_bus(self, service: str) -> None:
        """A publication is about its buses, by name or by ARN, the default one if none is named."""
        entries = [{"EventBusName": "b"}, {}, {"EventBusName": "arn:aws:events:x:1:event-bus/b"}]
        call = read(service, "PutEvents", {"Entries": entries})
        assert (call.service, call.resource) == ("events", "b,default")

    def test_queue(self) -> None:
        """A message is about its queue."""
        call = read("sqs", "SendMessage", {"QueueUrl": "https://sqs/1/q"})
        assert (call.resource, call.arns) == ("q", ("arn:aws:sqs:us-east-1:123456789012:q",))

    def test_unknown_service(self) -> None:
        """Of another service the operation is all that is known."""
        assert read("kms", "Decrypt", {}) == Call("kms", "Decrypt", "", "", ())

    @pytest.mark.parametrize("service", ["dynamodb", "events", "sqs", "kms"])
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"Entries": null}'])
    def test_garbage(self, service: str, body: bytes) -> None:
        """A body that is nothing of the kind is read without an error."""
        assert read_call(service, "X", "https://x", body).operation == "X"


class TestPartiQL:
    @pytest.mark.parametrize(("text", "parameters", "key"), [
        ('SELECT * FROM "t" WHERE id = ?', ["a"], "a"),
        ("INSERT INTO t VALUE {'n': ?, 'id': ?}", ["1", "a"], "a"),
        ("UPDATE t SET n = ? SET m = 2 WHERE \"id\" = ? AND n < ?", ["1", "a", "1"], "a"),
        ("DELETE FROM t WHERE id = 'a'", [], "a"),
        ("SELECT * FROM t", [], ""),
        ("SELECT * FROM t WHERE id IN [?, ?]", ["a", "b"], ""),
        ("UPDATE t SET n = 1 WHERE id = ?", [], ""),
    ])
    def test_statement(self, text: str, parameters: list[str], key: str) -> None:
        """A statement is about its table, and about an item if it says plainly which one."""
        document = {"Statement": text, "Parameters": [{"S": value} for value in parameters]}
        call = read("dynamodb", "ExecuteStatement", document, keys={"t": ("id",)})
        assert (call.resource, call.key) == ("t", key)

    def test_several(self) -> None:
        """So it is with several statements in one request."""
        statements = [{"Statement": f"DELETE FROM t WHERE id = '{id}'"} for id in "ab"]
        call = read("dynamodb", "ExecuteTransaction", {"TransactStatements": statements},
                    keys={"t": ("id",)})
        assert (call.resource, call.key) == ("t", "a\nb")
