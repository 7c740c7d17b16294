"""Requests that AWS refuses are refused, and those at a limit are taken.

Sources: DynamoDB Developer Guide, "Quotas and limits in Amazon DynamoDB"; S3 User Guide, "Naming
Amazon S3 objects"; LocalStack's snapshots of conditional writes and of SQS messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.aws.aws_answers import answers, refused

Client = Callable[[str], Any]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with answers() as found:
        yield found


def key(partition: str, sort: str = "s") -> dict[str, Any]:
    return {"p": {"S": partition}, "s": {"S": sort}}


class TestKeysOfItems:
    @pytest.mark.parametrize(("partition", "sort", "status"), [
        (2048, 1024, 200), (2049, 1, 400), (1, 1025, 400)])
    @pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
    def test_too_long(
        self, client: Client, operation: str, partition: int, sort: int, status: int
    ) -> None:
        """A key that is too long is refused by reads and writes alike."""
        call = getattr(client("dynamodb"), operation)
        found = refused(call, TableName="table", Key=key("x" * partition, "x" * sort))
        assert found[0] == status

    def test_bytes(self, client: Client) -> None:
        """Bytes of UTF-8 count, not characters."""
        found = refused(client("dynamodb").get_item, TableName="table", Key=key("ä" * 1025))
        assert "Size of hashkey has exceeded the maximum size limit of2048" in found[2]

    def test_in_a_batch(self, client: Client) -> None:
        asked = {"table": {"Keys": [key("a"), key("x" * 2049)]}}
        assert refused(client("dynamodb").batch_get_item, RequestItems=asked)[0] == 400

    @pytest.mark.parametrize("request_of", ["PutRequest", "DeleteRequest"])
    def test_missing_in_a_batch(self, client: Client, request_of: str) -> None:
        """Source: LocalStack's snapshot test_batch_write_not_matching_schema."""
        asked = {"Item" if request_of == "PutRequest" else "Key": {"p": {"S": "a"}}}
        found = refused(client("dynamodb").batch_write_item,
                        RequestItems={"table": [{request_of: asked}]})
        assert found == (400, "ValidationException",
                         "The provided key element does not match the schema")

    def test_in_a_transaction(self, client: Client) -> None:
        items = [{"Delete": {"TableName": "table", "Key": key("x" * 2049)}}]
        assert refused(client("dynamodb").transact_write_items, TransactItems=items)[0] == 400


class TestPages:
    """Source: API reference, "Query" and "Scan", Limit and LastEvaluatedKey."""

    @pytest.fixture
    def dynamodb(self, client: Client) -> Any:
        for number in range(3):
            client("dynamodb").put_item(TableName="table", Item=key("a", str(number)))
        return client("dynamodb")

    @pytest.mark.parametrize(("limit", "last"), [(2, "1"), (3, "2"), (4, None)])
    @pytest.mark.parametrize("filtered", [False, True])
    def test_limit(
        self, dynamodb: Any, limit: int, last: str | None, filtered: bool
    ) -> None:
        """A page that its limit ended has a key, also if nothing follows or is left of it."""
        names = {"FilterExpression": "attribute_exists(#n)",
                 "ExpressionAttributeNames": {"#n": "n"}} if filtered else {}
        page = dynamodb.query(
            TableName="table", Limit=limit, KeyConditionExpression="p = :p",
            ExpressionAttributeValues={":p": {"S": "a"}}, **names)
        found = page.get("LastEvaluatedKey")
        assert found == (None if last is None else key("a", last))

    def test_the_page_after_it(self, dynamodb: Any) -> None:
        """It is empty, and is the last one."""
        page = dynamodb.scan(TableName="table", Limit=3)
        after = dynamodb.scan(TableName="table", Limit=3,
                              ExclusiveStartKey=page["LastEvaluatedKey"])
        assert (len(page["Items"]), after["Items"], "LastEvaluatedKey" in after) == (3, [], False)


class TestItemsOfARequest:
    @pytest.mark.parametrize(("number", "status"), [(25, 200), (26, 400)])
    def test_written(self, client: Client, number: int, status: int) -> None:
        """A batch writes 25 items at most."""
        writes = [{"PutRequest": {"Item": key("a", str(each))}} for each in range(number)]
        found = refused(client("dynamodb").batch_write_item, RequestItems={"table": writes})
        assert found[0] == status

    @pytest.mark.parametrize(("number", "status"), [(100, 200), (101, 400)])
    def test_read(self, client: Client, number: int, status: int) -> None:
        """A batch reads 100 items at most."""
        asked = {"table": {"Keys": [key("a", str(each)) for each in range(number)]}}
        assert refused(client("dynamodb").batch_get_item, RequestItems=asked)[0] == status

    @pytest.mark.parametrize(("number", "status"), [(409600 - 4 - 1, 200), (409600 - 4, 400)])
    def test_size(self, client: Client, number: int, status: int) -> None:
        """An item has 400 KB with the names of its attributes."""
        item = {**key("a"), "t": {"S": "x" * number}}
        assert refused(client("dynamodb").put_item, TableName="table", Item=item)[0] == status

    def test_index_key(self, client: Client) -> None:
        """An attribute that is an index's key has the type of its definition."""
        item = {**key("a"), "g": {"N": "1"}}
        found = refused(client("dynamodb").put_item, TableName="table", Item=item)
        assert "Type mismatch for Index Key g Expected: S Actual: N IndexName: index" in found[2]


class TestObjects:
    @pytest.mark.parametrize(("name", "status"), [
        ("k" * 1024, 200), ("k" * 1025, 400), ("ä" * 512, 200), ("ä" * 513, 400)])
    def test_name(self, client: Client, name: str, status: int) -> None:
        """An object's name has 1,024 bytes of UTF-8 at most."""
        found = refused(client("s3").put_object, Bucket="bucket", Key=name, Body=b"x")
        assert found[:2] == (status, "KeyTooLongError" if status == 400 else "")

    @pytest.mark.parametrize("conditions", [
        {"IfNoneMatch": '"abc"'}, {"IfMatch": "*"}, {"IfMatch": '"abc"', "IfNoneMatch": "*"}])
    @pytest.mark.parametrize("operation", ["put_object", "copy_object"])
    def test_conditions(
        self, client: Client, operation: str, conditions: dict[str, str]
    ) -> None:
        """Conditions that S3 does not know for a write are not implemented."""
        source = {"CopySource": "bucket/a"} if operation == "copy_object" else {}
        call = getattr(client("s3"), operation)
        found = refused(call, Bucket="bucket", Key="a", **source, **conditions)
        assert found[:2] == (501, "NotImplemented")


class TestConditionalCopies:
    @pytest.mark.parametrize(("target", "conditions", "status"), [
        ("there", {"IfNoneMatch": "*"}, 412), ("missing", {"IfNoneMatch": "*"}, 200),
        ("there", {"IfMatch": '"other"'}, 412), ("missing", {"IfMatch": '"other"'}, 404),
        ("there", {"IfMatch": "ETAG"}, 200)])
    def test_copy(
        self, client: Client, target: str, conditions: dict[str, str], status: int
    ) -> None:
        """A copy heeds the conditions about the object that it would replace."""
        s3 = client("s3")
        s3.put_object(Bucket="bucket", Key="source", Body=b"new")
        etag = s3.put_object(Bucket="bucket", Key="there", Body=b"old")["ETag"]
        asked = {name: etag if value == "ETAG" else value for name, value in conditions.items()}
        found = refused(
            s3.copy_object, Bucket="bucket", Key=target, CopySource="bucket/source", **asked)
        assert found[0] == status

    @pytest.mark.parametrize(("match", "status"), [('"other"', 412), ("ETAG", 200)])
    def test_upload(self, client: Client, match: str, status: int) -> None:
        """The end of an upload heeds If-Match."""
        s3 = client("s3")
        etag = s3.put_object(Bucket="bucket", Key="a", Body=b"old")["ETag"]
        upload = s3.create_multipart_upload(Bucket="bucket", Key="a")["UploadId"]
        part = s3.upload_part(Bucket="bucket", Key="a", UploadId=upload, PartNumber=1, Body=b"x")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        found = refused(
            s3.complete_multipart_upload, Bucket="bucket", Key="a", UploadId=upload,
            MultipartUpload=parts, IfMatch=etag if match == "ETAG" else match)
        assert found[0] == status


class TestMessages:
    @pytest.mark.parametrize(("body", "code"), [
        ("a\tb", ""), ("", "MissingParameter"), ("\x01", "InvalidMessageContents")])
    def test_contents(self, client: Client, body: str, code: str) -> None:
        """A message has a body of characters that SQS takes."""
        url = client("sqs").create_queue(QueueName="queue")["QueueUrl"]
        assert refused(client("sqs").send_message, QueueUrl=url, MessageBody=body)[1] == code

    def test_batch_of_a_topic(self, client: Client) -> None:
        """The messages of a batch to a topic have 256 KB together."""
        topic = client("sns").create_topic(Name="topic")["TopicArn"]
        entries = [{"Id": str(each), "Message": "x" * 200_000} for each in range(2)]
        found = refused(client("sns").publish_batch, TopicArn=topic,
                        PublishBatchRequestEntries=entries)
        assert found[:2] == (400, "BatchRequestTooLong")


class TestWhatMotoRefuses:
    """Limits that are moto's own: another version of moto may lose one.

    Sources: API references "TransactWriteItems", "SendMessage" and "SendMessageBatch"; SQS
    Developer Guide, "Amazon SQS message quotas" (1 MiB a message and a batch).
    """

    @pytest.mark.parametrize(("number", "status"), [(100, 200), (101, 400)])
    def test_transaction(self, client: Client, number: int, status: int) -> None:
        items = [{"Put": {"TableName": "table", "Item": key(str(n))}} for n in range(number)]
        assert refused(client("dynamodb").transact_write_items, TransactItems=items)[0] == status

    @pytest.mark.parametrize(("number", "size", "code"), [
        (10, 1, ""), (11, 1, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (2, 512 * 1024, ""), (2, 512 * 1024 + 1, "AWS.SimpleQueueService.BatchRequestTooLong")])
    def test_batch_of_messages(self, client: Client, number: int, size: int, code: str) -> None:
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="queue")["QueueUrl"]
        entries = [{"Id": str(n), "MessageBody": "x" * size} for n in range(number)]
        assert refused(sqs.send_message_batch, QueueUrl=url, Entries=entries)[1] == code

    @pytest.mark.parametrize(("size", "status"), [(1024 * 1024, 200), (1024 * 1024 + 1, 400)])
    def test_message(self, client: Client, size: int, status: int) -> None:
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="queue")["QueueUrl"]
        assert refused(sqs.send_message, QueueUrl=url, MessageBody="x" * size)[0] == status
