"""botocore still has the undocumented parts that the harness depends on."""

from __future__ import annotations

from io import BytesIO

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from harness.seams import botocore
from harness.seams.seam import Seam, version

MOVED = (f"botocore {version('botocore')} has changed {{0}}: read its source, "
         "then adapt harness/seams/botocore.py")


@pytest.mark.parametrize("seam", botocore.SPEEDUPS, ids=str)
def test_speedup_is_there(seam: Seam) -> None:
    assert seam.exists(), MOVED.format(seam)


@pytest.mark.parametrize("method", ["add_auth", "canonical_request", "signature"])
def test_signers(method: str) -> None:
    for signer in (botocore.SigV4Auth, botocore.S3SigV4Auth):
        assert hasattr(signer, method), MOVED.format(f"botocore.auth.{signer.__name__}.{method}")


def test_http_session() -> None:
    assert hasattr(botocore.URLLib3Session, "send"), MOVED.format("botocore.httpsession")


def test_response_body_is_read_as_a_response() -> None:
    body: BytesIO = botocore.ResponseBody("ä")
    assert AWSResponse("https://s3", 200, {}, body).content == "ä".encode(), MOVED.format(
        "how botocore.awsrequest.AWSResponse reads its body")


def test_patience_is_known_during_a_call() -> None:
    found: list[float | None] = []
    client = boto3.client("s3", "us-east-1", aws_access_key_id="k", aws_secret_access_key="s",
                          config=Config(read_timeout=7, retries={"total_max_attempts": 2}))

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        found.append(botocore.patience())
        return AWSResponse("https://s3", 200, {}, botocore.ResponseBody("<x/>"))

    client.meta.events.register("before-send", answer)
    client.list_buckets()
    assert (found, botocore.patience()) == ([14], None), MOVED.format("how a call is made")


def test_service_models_of_one_session_share_their_description() -> None:
    session = boto3.Session(region_name="us-east-1")
    first, second = (botocore.description_of(session.client("s3").meta.service_model)
                     for _ in range(2))
    assert first is second, MOVED.format("botocore.model.ServiceModel._service_description")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_regions_of_the_largest_service_are_those_of_its_description(partition: str) -> None:
    original = botocore.REGIONS.value()
    listed = botocore.regions_by_prefix(original)
    for service in (botocore.LARGEST, "s3", "unknown"):
        told, known = (ask(boto3.Session()._session, service, partition)
                       for ask in (listed, original))
        assert told == known, MOVED.format(botocore.REGIONS)
    assert listed(boto3.Session()._session, botocore.LARGEST, partition), "no region"
