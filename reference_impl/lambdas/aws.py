"""How the functions reach AWS.

The SDK retries throttling and server errors itself, at most twice; the time-outs keep one slow call
from outlasting the function, which would leave the caller without a reply of ours.
"""

from typing import Any, TypeAlias

import boto3  # type: ignore[import-untyped, unused-ignore]  # boto3 has no annotations
from botocore.config import Config  # type: ignore[import-untyped, unused-ignore]
from botocore.exceptions import ClientError  # type: ignore[import-untyped, unused-ignore]

__all__ = ["Client", "ClientError", "client", "error_code"]

Client: TypeAlias = Any  # boto3 makes its clients' classes at run time

_CONFIG = Config(
    connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 3}
)


def client(service: str) -> Client:
    """Return a new client; handlers make theirs once per environment, at import."""
    return boto3.client(service, config=_CONFIG)


def error_code(error: ClientError) -> str:
    """Return the code by which AWS names the error, such as `PreconditionFailed`."""
    return str(error.response.get("Error", {}).get("Code", ""))
