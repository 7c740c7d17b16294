"""A client of any region reaches the stage's."""

import pytest
from botocore.awsrequest import AWSPreparedRequest

from harness.aws.regions import address_here
from harness.seams.botocore import HTTPHeaders

SIGNED = "AWS4-HMAC-SHA256 Credential=K/20260101/{}/dynamodb/aws4_request, SignedHeaders=host"


class TestAddress:
    @pytest.mark.parametrize(("url", "expected"), [
        ("https://dynamodb.eu-central-1.amazonaws.com/", "https://dynamodb.us-east-1.amazonaws.com/"),
        ("https://dynamodb.us-east-1.amazonaws.com/", "https://dynamodb.us-east-1.amazonaws.com/"),
        ("https://b.s3.eu-west-1.amazonaws.com/eu-west-1", "https://b.s3.us-east-1.amazonaws.com/eu-west-1"),
        ("https://b.s3.amazonaws.com/x.eu-west-1.amazonaws.com",
         "https://b.s3.amazonaws.com/x.eu-west-1.amazonaws.com"),
    ])
    def test_host(self, url: str, expected: str) -> None:
        """The region in the host's name becomes the stage's; the path stays."""
        request = AWSPreparedRequest("POST", url, HTTPHeaders(), b"", False)
        address_here(request)
        assert request.url == expected

    def test_signature(self) -> None:
        """The scope of the signature names the stage's region, too."""
        headers = HTTPHeaders()
        headers["Authorization"] = SIGNED.format("eu-west-1")
        request = AWSPreparedRequest(
            "POST", "https://dynamodb.eu-west-1.amazonaws.com/", headers, b"", False)
        address_here(request)
        assert request.headers.get_all("Authorization") == [SIGNED.format("us-east-1")]
