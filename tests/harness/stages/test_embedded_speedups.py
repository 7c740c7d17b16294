"""What the SDK and moto need not work out: nobody can tell from what they answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore import useragent
from botocore.auth import SigV4Auth
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from harness.aws.interception import respond
from harness.stages.embedded.speedups import PURE, speedups

BUCKET = "listed"


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
    with speedups():
        assert [_listed(client), _listed(client)] == [before, before]


def test_ids_of_answers(client: Any) -> None:
    """Each answer has an id of its own, of the same letters and as long as always."""
    def id_of(answer: Any) -> str:
        return str(answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"])

    before = id_of(client.list_buckets())
    with speedups():
        found = [id_of(client.list_buckets()) for _ in range(3)]
    assert len(set(found)) == 3
    assert all(len(id) == len(before) and id.isalnum() and id.isascii() for id in found)


def test_times_are_told_apart(client: Any) -> None:
    with speedups():
        first = _listed(client)[0]["LastModified"]
        later = first.replace(year=2031, tzinfo=None)
        with mock.patch("moto.s3.models.utcnow", return_value=later):
            client.put_object(Bucket=BUCKET, Key="b", Body=b"2")
        assert [found["LastModified"].year for found in _listed(client)] == [first.year, 2031]


def test_no_call_waits_for_a_rate(client: Any) -> None:
    """Adaptive retries reckon in real time, of which a throttled client would take a lot."""
    adaptive = Config(retries={"mode": "adaptive", "total_max_attempts": 1})
    throttled = respond("https://s3", 503, {}, "<Error><Code>SlowDown</Code></Error>")
    with speedups():
        limited = boto3.Session(region_name="us-east-1").client("s3", config=adaptive)
        limited.meta.events.register_first("before-send.s3", lambda **_: throttled)
        started = time.perf_counter()
        for _ in range(8):
            with pytest.raises(ClientError, match="SlowDown"):
                limited.list_buckets()
    assert time.perf_counter() - started < 8


def test_afterwards_all_is_as_before() -> None:
    before = [getattr(place, name) for place, name in PURE], SigV4Auth.signature
    with speedups():
        assert SigV4Auth.signature is not before[1]
    assert ([getattr(place, name) for place, name in PURE], SigV4Auth.signature) == before


def test_a_seam_that_is_gone_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "sanitize_user_agent_string_component"
    monkeypatch.delattr(useragent, name)
    with speedups():
        assert not hasattr(useragent, name)
