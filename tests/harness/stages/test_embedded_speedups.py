"""The speed-ups of the embedded stage change no answer of the SDK or of moto."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import metadata
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore import useragent
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

from harness.aws.responses import respond
from harness.seams import botocore, moto
from harness.stages.embedded.speedups import missing_speedups, without_repeated_work

BUCKET = "listed"
SERVICES = ("s3", "dynamodb", "events", "sqs", "sns", "kinesis", "lambda", "iam", "logs", "sts",
            "ssm", "kms", "secretsmanager", "cloudformation", "apigateway", "s3control", "pipes")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.Session(region_name="us-east-1").client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
        yield client


def _listed(client: Any) -> Any:
    return client.list_objects_v2(Bucket=BUCKET)["Contents"]


def test_an_answer_is_the_same(client: Any) -> None:
    before = _listed(client)
    with without_repeated_work():
        assert [_listed(client), _listed(client)] == [before, before]


def test_ids_of_answers(client: Any) -> None:
    """Each answer has an id of its own, of the same letters and as long as always."""
    def id_of(answer: Any) -> str:
        return str(answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"])

    before = id_of(client.list_buckets())
    with without_repeated_work():
        found = [id_of(client.list_buckets()) for _ in range(3)]
    assert len(set(found)) == 3
    assert all(len(id) == len(before) and id.isalnum() and id.isascii() for id in found)


def test_times_are_told_apart(client: Any) -> None:
    with without_repeated_work():
        first = _listed(client)[0]["LastModified"]
        later = first.replace(year=2031, tzinfo=None)
        with mock.patch("moto.s3.models.utcnow", return_value=later):
            client.put_object(Bucket=BUCKET, Key="b", Body=b"2")
        assert [found["LastModified"].year for found in _listed(client)] == [first.year, 2031]


def test_no_call_waits_for_a_rate(client: Any) -> None:
    """Adaptive retries reckon in real time, of which a throttled client would take a lot."""
    adaptive = Config(retries={"mode": "adaptive", "total_max_attempts": 1})
    throttled = respond("https://s3", 503, {}, "<Error><Code>SlowDown</Code></Error>")
    with without_repeated_work():
        limited = boto3.Session(region_name="us-east-1").client("s3", config=adaptive)
        limited.meta.events.register_first("before-send.s3", lambda **_: throttled)
        started = time.perf_counter()
        for _ in range(8):
            with pytest.raises(ClientError, match="SlowDown"):
                limited.list_buckets()
    assert time.perf_counter() - started < 8


def test_afterwards_all_is_as_before() -> None:
    seams = (*botocore.SPEEDUPS, *moto.SPEEDUPS)
    before = [seam.value() for seam in seams]
    with without_repeated_work():
        assert all(seam.value() is not old for seam, old in zip(seams, before, strict=True))
    assert [seam.value() for seam in seams] == before


class TestWithoutASeam:
    @pytest.fixture
    def absent(self, monkeypatch: pytest.MonkeyPatch) -> str:
        name = "sanitize_user_agent_string_component"
        monkeypatch.delattr(useragent, name)
        return name

    def test_the_speedup_is_left_out(self, absent: str) -> None:
        with without_repeated_work():
            assert not hasattr(useragent, absent)

    def test_a_sentence_names_the_library_and_its_version(self, absent: str) -> None:
        version = metadata.version("botocore")
        assert missing_speedups() == (
            f"Slower than usual: botocore {version} no longer has "
            f"botocore.useragent.{absent}, see harness/seams/botocore.py",)

    def test_with_all_seams_there_is_no_sentence(self) -> None:
        assert missing_speedups() == ()


def test_an_answer_of_every_kind_of_value_is_the_same(client: Any) -> None:
    """DynamoDB's answers have each kind of value, and members that stand for none."""
    dynamodb = boto3.Session(region_name="us-east-1").client("dynamodb")
    dynamodb.create_table(
        TableName="kinds", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
    dynamodb.put_item(TableName="kinds", Item={
        "id": {"S": "a"}, "n": {"N": "1"}, "none": {"NULL": True}, "yes": {"BOOL": False},
        "bytes": {"B": b"1"}, "names": {"SS": ["x"]}, "list": {"L": [{"M": {"S": {"S": ""}}}]}})

    def answer() -> dict[str, Any]:
        found = dynamodb.scan(TableName="kinds", ReturnConsumedCapacity="TOTAL")
        return {name: value for name, value in found.items() if name != "ResponseMetadata"}

    before = answer()
    with without_repeated_work():
        assert [answer(), answer()] == [before, before]


def test_folders_of_the_sdks_data_are_listed_however_they_are_asked_for() -> None:
    """boto3 names the argument, botocore does not."""
    def listed() -> tuple[list[str], list[str]]:
        session = boto3.Session(region_name="us-east-1")
        return session.get_available_resources(), session.get_available_services()

    before = listed()
    with without_repeated_work():
        assert [listed(), listed()] == [before, before]


def test_a_hook_of_one_client_is_no_other_clients(client: Any) -> None:
    """Clients share the names of events, not the functions that events call."""
    with without_repeated_work():
        session = boto3.Session(region_name="us-east-1")
        hooked, other = session.client("s3"), session.client("s3")
        called: list[str] = []
        hooked.meta.events.register(
            "before-call.s3.ListBuckets", lambda **_: called.append("hooked"))
        other.list_buckets()
        assert called == []
        hooked.list_buckets()
        assert called == ["hooked"]


def test_a_path_that_a_client_changes_is_no_other_sessions(client: Any) -> None:
    """A client of S3 takes the bucket out of an operation's path, and out of its own only."""
    with without_repeated_work():
        boto3.Session(region_name="us-east-1").client("s3").put_object(
            Bucket=BUCKET, Key="a", Body=b"")
        described = Session().get_service_model("s3").operation_model("PutObject")
    assert described.http["requestUri"].startswith("/{Bucket}")


def test_an_address_is_the_same_services() -> None:
    """No service takes an address of another one where frequent services come first."""
    models = map(Session().get_service_model, SERVICES)
    addresses = [f"https://{each.endpoint_prefix}.us-east-1.amazonaws.com/{path}"
                 for each in models for path in ("", "a/b.s3.amazonaws.com")]
    addresses += [f"https://{bucket}.s3.amazonaws.com/a/sqs.x" for bucket in ("b", "b.c", "s3-b")]

    def services() -> list[str | None]:
        return [next((service for service, pattern in moto.PATTERNS.value()
                      if pattern.match(address)), None) for address in addresses]

    before = services()
    assert {"s3", "dynamodb", "events", "sqs"} < set(before)
    with without_repeated_work():
        assert services() == before


@pytest.mark.parametrize("text", [
    '{"Resources": {"A": {"Type": "T", "Properties": {"a": [1, 1.5, "1", null, "\\u00e9"]}}}}',
    "Resources: {A: {Type: T, Properties: {a: !Ref B}}}"])
def test_a_template_is_read_the_same(text: str) -> None:
    """JSON as well as what only YAML says."""
    before = moto.TEMPLATE.value()(text)
    with without_repeated_work():
        assert moto.TEMPLATE.value()(text) == before


def test_the_offerings_of_the_stages_region_are_read() -> None:
    """Those of other regions are not, nor is another file left out."""
    asked: list[tuple[str, ...]] = []
    with moto.RESOURCE.replaced(lambda *path: asked.append(path)):
        load = moto.offerings_of("us-east-1")
        for name in ("us-east-1.json.gz", "eu-west-1.json"):
            load("ec2", f"{moto.OFFERINGS}region/{name}")
        load("ec2/resources/amis.json")
    assert asked == [("ec2", f"{moto.OFFERINGS}region/us-east-1.json.gz"),
                     ("ec2/resources/amis.json",)]
