"""The one place that every AWS request passes."""

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from harness.aws.calls import Call
from harness.aws.interception import Interceptor, Perform, with_page
from harness.aws.responses import respond


class Witness:
    """The calls seen, while watching is switched on."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.active = True

    def around(self, call: Call, perform: Perform) -> AWSResponse | None:
        self.calls.append(call)
        return perform()

    @property
    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]


@pytest.fixture
def witness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Witness]:
    """An observer of every call to moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    seen = Witness()
    interceptor = Interceptor(seen.around, lambda: seen.active, page=2)
    interceptor.answers["events", "PutEvents"] = lambda call: (
        200, {}, '{"FailedEntryCount": 0, "Entries": [{"EventId": "mine"}]}')
    with mock_aws(), interceptor.installed():
        yield seen


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


class TestCalls:
    def test_seen(self, witness: Witness) -> None:
        """Each call is seen with what it is about."""
        client("s3").create_bucket(Bucket="bucket")
        client("s3").put_object(Bucket="bucket", Key="a/1", Body=b"x")
        assert [(c.service, c.operation, c.resource, c.key) for c in witness.calls] == [
            ("s3", "CreateBucket", "bucket", ""), ("s3", "PutObject", "bucket", "a/1")]

    def test_inactive(self, witness: Witness) -> None:
        """While nobody runs nothing is seen."""
        witness.active = False
        client("s3").create_bucket(Bucket="bucket")
        assert witness.calls == []

    def test_from_a_thread(self, witness: Witness) -> None:
        """A call that a function makes in a thread of its own is seen as well."""
        thread = threading.Thread(target=lambda: client("s3").list_buckets())
        thread.start()
        thread.join()
        assert witness.operations == ["ListBuckets"]

    def test_answered(self, witness: Witness) -> None:
        """A call may be answered in moto's stead."""
        entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}
        answer = client("events").put_events(Entries=[entry])
        assert (answer["Entries"], witness.operations) == ([{"EventId": "mine"}], ["PutEvents"])

    @pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
    def test_small_pages(self, witness: Witness, operation: str) -> None:
        """A listing comes in pages, and all of it comes."""
        pages = list(_five_objects().get_paginator(operation).paginate(Bucket="bucket"))
        assert [len(page["Contents"]) for page in pages] == [2, 2, 1]

    @pytest.mark.parametrize(("asked", "told"), [({}, False), ({"Delimiter": "/"}, True)])
    def test_next_marker(self, witness: Witness, asked: dict[str, str], told: bool) -> None:
        """S3 tells the next marker only who asks for a delimiter."""
        page = _five_objects().list_objects(Bucket="bucket", **asked)
        assert (page["IsTruncated"], "NextMarker" in page) == (True, told)


def _five_objects() -> Any:
    """A client of S3, where a bucket has five objects."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for number in range(5):
        s3.put_object(Bucket="bucket", Key=f"{number}", Body=b"")
    return s3


class TestInstalling:
    def test_taken_back(self) -> None:
        """Afterwards moto is as it was."""
        before = BotocoreStubber.__call__
        interceptor = Interceptor(lambda call, perform: perform(), lambda: True)
        with pytest.raises(RuntimeError), interceptor.installed():
            raise RuntimeError
        assert BotocoreStubber.__call__ is before


class TestPages:
    @pytest.mark.parametrize(("query", "most"), [
        ("", "7"), ("max-keys=3", "3"), ("max-keys=1000", "7"), ("max-keys=x", "7"),
    ])
    def test_most(self, query: str, most: str) -> None:
        """No page is bigger than it may be, but it may be smaller."""
        url = with_page(f"https://b.s3.amazonaws.com/?list-type=2&prefix=a%2Fb&{query}", 7)
        assert (f"max-keys={most}" in url, "prefix=a%2Fb" in url) == (True, True)


class TestRespond:
    def test_response(self) -> None:
        """A made-up response reads like a real one."""
        response = respond("https://x", 503, {"a": "b"}, "text")
        assert (response.status_code, response.content, response.headers["a"]) == (
            503, b"text", "b")
