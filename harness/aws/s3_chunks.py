"""Bodies in S3's own chunks, taken apart.

Source: S3 API reference, "Signature calculations for the Authorization header: transferring payload
in multiple chunks": chunks of "size;extensions CRLF bytes CRLF", the last of size 0, then trailers.
"""

from __future__ import annotations

from collections.abc import Mapping

MARK = "STREAMING-"
OWN = frozenset({"x-amz-decoded-content-length", "x-amz-trailer"})


def plain(headers: Mapping[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body as they would be without chunks; what has none is given back."""
    given = dict(headers.items())
    digest = next((v for k, v in given.items() if k.lower() == "x-amz-content-sha256"), "")
    if not digest.startswith(MARK):
        return given, body
    kept = {name: value for name, value in given.items() if name.lower() not in OWN}
    for name in [name for name in kept if name.lower() == "content-encoding"]:
        others = [part.strip() for part in kept.pop(name).split(",")]
        rest = [part for part in others if part != "aws-chunked"]
        if rest:
            kept[name] = ",".join(rest)
    return kept, b"".join(_chunks(body))


def _chunks(body: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(body):
        head, _, _ = body[at:].partition(b"\r\n")
        size = int(head.partition(b";")[0] or b"0", 16)
        start = at + len(head) + 2
        if size == 0:
            break
        found.append(body[start : start + size])
        at = start + size + 2
    return found
