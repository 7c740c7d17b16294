"""moto still has the private parts that the harness depends on, and they do what they did."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from harness.seams import moto, moto_items, moto_transactions
from harness.seams.seam import Seam, version

REGION = "us-east-1"
MOVED = (f"moto {version('moto')} has changed {{0}}: read its source, "
         "then adapt harness/seams/moto.py")


def moved(part: object) -> str:
    return MOVED.format(part)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


def test_queues_are_purged(session: boto3.Session) -> None:
    """A purged queue has no message any more."""
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one")
    moto.purge_queues(DEFAULT_ACCOUNT_ID, REGION)
    assert "Messages" not in sqs.receive_message(QueueUrl=url), moved("Queue._messages")


SEAMS = [*moto.NEEDED, *moto_items.NEEDED, moto.CREATION, moto.MANAGED_POLICIES, *moto.SPEEDUPS]


@pytest.mark.parametrize("seam", SEAMS, ids=str)
def test_seam_is_there(seam: Seam) -> None:
    assert seam.exists(), moved(seam)


def test_a_failing_resource_is_named(session: boto3.Session) -> None:
    body = ('{"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": '
            '{"KeyPolicy": {}, "Tags": [{"Key": "a", "Value": "b"}]}}}}')
    with pytest.raises(Exception) as raised:  # noqa: PT011
        session.client("cloudformation").create_stack(StackName="s", TemplateBody=body)
    assert moto.resource_that_failed(raised.value) == "Key", moved(moto.CREATION)


class TestRequests:
    def test_every_request_passes_the_handler(self, session: boto3.Session) -> None:
        seen = []

        def handle(event: str, request: AWSPreparedRequest, perform: moto.Perform) -> Any:
            seen.append(event)
            return perform()

        with moto.requests_handled_by(handle):
            session.client("s3").list_buckets()
        assert seen == ["before-send.s3.ListBuckets"], moved(moto.HOOK)

    @pytest.mark.usefixtures("session")
    def test_a_prepared_request_is_answered(self) -> None:
        request = AWSPreparedRequest("GET", "https://s3.amazonaws.com/", {}, b"", False)
        answer = moto.answer_to(request)
        assert answer is not None, moved(moto.ANSWER)
        assert answer[0] == 200, moved(moto.ANSWER)


class TestStores:
    def test_objects(self, session: boto3.Session) -> None:
        s3 = session.client("s3")
        s3.create_bucket(Bucket="stored")
        s3.put_object(Bucket="stored", Key="a", Body=b"1")
        keys = moto.buckets(DEFAULT_ACCOUNT_ID)["stored"].keys
        assert [(key, keys[key].value) for key in keys] == [("a", b"1")], moved(
            "moto.s3.models.FakeBucket.keys")

    def test_items(self, session: boto3.Session) -> None:
        dynamodb = session.client("dynamodb")
        _create_table(dynamodb)
        dynamodb.put_item(TableName="stored", Item={"id": {"S": "a"}})
        table = moto.table("stored", DEFAULT_ACCOUNT_ID, REGION)
        assert [key.value for key in table.items] == ["a"], moved(
            "moto.dynamodb.models.table.Table.items")
        moto.remove_all_items(table)
        assert dynamodb.scan(TableName="stored")["Items"] == []

    def test_rules(self, session: boto3.Session) -> None:
        session.client("events").put_rule(Name="all", EventPattern='{"source": ["s"]}')
        rules = moto.event_buses(DEFAULT_ACCOUNT_ID, REGION)["default"].rules
        assert rules["all"].state == "ENABLED", moved("moto.events.models.EventBus.rules")

    def test_a_managed_policy(self) -> None:
        document = moto.managed_policy("AmazonS3ReadOnlyAccess")
        assert document["Statement"], moved(moto.MANAGED_POLICIES)


class TestDynamoDB:
    def test_a_map_as_key_is_refused(self, session: boto3.Session) -> None:
        dynamodb = session.client("dynamodb")
        _create_table(dynamodb)
        refused = dynamodb.exceptions.ClientError
        with moto.refusing_keys_of_wrong_type(), pytest.raises(refused, match="ValidationExc"):
            dynamodb.get_item(TableName="stored", Key={"id": {"M": {}}})

    def test_a_transaction_with_a_known_token_is_not_done_again(
        self, session: boto3.Session
    ) -> None:
        dynamodb, done = session.client("dynamodb"), dict[str, Any]()
        _create_table(dynamodb)
        put = {"Put": {"TableName": "stored", "Item": {"id": {"S": "a"}},
                       "ConditionExpression": "attribute_not_exists(id)"}}
        with moto.repeating_transactions(done):
            for _ in range(2):
                dynamodb.transact_write_items(TransactItems=[put], ClientRequestToken="token")
        assert list(done) == ["token"], moved(moto.TRANSACTION)

    def test_a_cancelled_transaction_restores_the_items_it_names(
        self, session: boto3.Session
    ) -> None:
        dynamodb = session.client("dynamodb")
        _create_table(dynamodb)
        dynamodb.put_item(TableName="stored", Item={"id": {"S": "a"}, "n": {"N": "1"}})
        update = {"Update": {"TableName": "stored", "Key": {"id": {"S": "a"}},
                             "UpdateExpression": "SET n = :n",
                             "ExpressionAttributeValues": {":n": {"N": "2"}}}}
        put = {"Put": {"TableName": "stored", "Item": {"id": {"S": "b"}}}}
        refused = {"ConditionCheck": {"TableName": "stored", "Key": {"id": {"S": "c"}},
                                      "ConditionExpression": "attribute_exists(id)"}}
        with moto_transactions.TRANSACT.replaced(moto_transactions.restoring_items()):
            with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
                dynamodb.transact_write_items(TransactItems=[update, put, refused])
            cancelled = dynamodb.scan(TableName="stored")["Items"]
            dynamodb.transact_write_items(TransactItems=[update, put])
        assert cancelled == [{"id": {"S": "a"}, "n": {"N": "1"}}]
        assert dynamodb.scan(TableName="stored")["Items"] == [
            {"id": {"S": "a"}, "n": {"N": "2"}}, {"id": {"S": "b"}}]


def test_names_follow_from_the_seed() -> None:
    def drawn() -> str:
        moto.seed_names(7)
        return str(moto.RANDOM.value().get_random_string())

    assert drawn() == drawn(), moved(moto.RANDOM)


def test_a_random_string_is_as_moto_makes_it() -> None:
    original = moto.RANDOM_STRING.value()(moto.RANDOM.value(), length=9)
    assert len(original) == len(moto.random_string(Random(1), length=9)) == 9


def _create_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName="stored", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
