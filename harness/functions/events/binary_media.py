"""Media types that a REST API treats as binary: in base64 towards the function, decoded back.

Source: API Gateway Developer Guide, "Binary media types for REST APIs in API Gateway" and "Return
binary media from a Lambda proxy integration"; LocalStack's tests on AWS: the first type of Accept
alone counts, ``image/*`` stands for its subtypes, and ``*/*`` for everything.
"""

from __future__ import annotations

from collections.abc import Collection

from harness.core.http import Headers

EVERYTHING = "*/*"


def is_binary(headers: Headers, types: Collection[str]) -> bool:
    """Tell if a request's body is handed over in base64, whatever it is."""
    return _matches(_header(headers, "content-type"), types)


def takes_binary(headers: Headers, types: Collection[str]) -> bool:
    """Tell if a reply in base64 is decoded for the client."""
    return _matches(_header(headers, "accept"), types)


def _matches(header: str, types: Collection[str]) -> bool:
    media = header.partition(",")[0].partition(";")[0].strip().lower()
    kind = media.partition("/")[0]
    return EVERYTHING in types or (media != EVERYTHING and bool(media) and (
        media in types or f"{kind}/*" in types))


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")
