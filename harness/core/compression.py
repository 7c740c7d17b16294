"""Content that may be gzipped: an event in the bucket, a reply of an API, a view in the table.

Whoever reads it knows by its first bytes (RFC 1952), whatever its headers say or leave out.
"""

from __future__ import annotations

import gzip
import zlib

MAGIC = b"\x1f\x8b"


def unzipped(content: bytes) -> bytes:
    """The content, unpacked if it is a gzip file; as it is if that is broken."""
    if not content.startswith(MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


def as_text(content: bytes) -> str:
    """What an object or an attribute says, packed or not."""
    return unzipped(content).decode("utf-8", "replace")
