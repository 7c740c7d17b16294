"""Content that may be gzipped: an event in the bucket, a reply of an API, a view in the table.

The first bytes tell a gzip file (RFC 1952), whatever the headers say or leave out.
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
    """The text of an object or an attribute, gzipped or not."""
    return unzipped(content).decode("utf-8", "replace")
