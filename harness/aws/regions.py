"""One region for all: a client that names another one reaches the stage's all the same.

A system may name its region in its code, and the stage knows no other. A client's region stands
in the host's name and in the scope of its signature.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from botocore.awsrequest import AWSPreparedRequest

from harness.aws.calls import REGION

_HOST = re.compile(r"(?<=[.-])[a-z]{2}(?:-[a-z]+)+-\d(?=\.amazonaws\.com(?::\d+)?$)")
_SCOPE = re.compile(r"(Credential=[^/,\s]+/\d{8}/)([^/]+)(?=/)")


def address_here(request: AWSPreparedRequest) -> None:
    """Address a request to the stage's region."""
    parts = urlsplit(request.url)
    host = _HOST.sub(REGION, parts.netloc)
    if host != parts.netloc:
        request.url = urlunsplit(parts._replace(netloc=host))
        signed = request.headers.get("Authorization")
        if signed is not None:
            text = signed.decode() if isinstance(signed, bytes) else str(signed)
            del request.headers["Authorization"]
            request.headers["Authorization"] = _SCOPE.sub(rf"\g<1>{REGION}", text)
