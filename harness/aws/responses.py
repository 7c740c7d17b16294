"""Responses of AWS that the harness makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSResponse

from harness.seams.botocore import ResponseBody


def respond(
    url: str, status: int, headers: Mapping[str, Any], body: str | bytes
) -> AWSResponse:
    """An HTTP response as botocore expects it from a ``before-send`` handler."""
    return AWSResponse(url, status, headers, ResponseBody(body))
