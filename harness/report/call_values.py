"""Values that an AWS call has written or read, short enough for a picture of many calls."""

from __future__ import annotations

import re
from typing import Any

from harness.core.attribute_values import plain_item
from harness.core.aws_operations import is_read
from harness.core.history import Called
from harness.core.json_values import parse_json, to_json

LONGEST = 34
"""Characters of a value in the picture."""
KEYS = re.compile(r"<Key>(.*?)</Key>")
"""The keys in an answer of S3's ListObjects."""
WRITTEN, READ = ">", "<"


def value_of(call: Called, namespace: str) -> str:
    """The value that a call has sent to be written, or was given as read; empty without one."""
    reads = is_read(call.operation)
    text = call.answer if reads else call.payload
    if not text or (reads and call.status != 200):
        return ""
    shown = " ".join(_plain(text).replace(namespace, "").split())
    cut = shown if len(shown) <= LONGEST else shown[:LONGEST - 3] + "..."
    return f"{READ if reads else WRITTEN} {cut}" if cut else ""


def _plain(text: str) -> str:
    """The values in a request or an answer, without the names of the protocol around them."""
    if text.startswith("<?xml"):
        return ", ".join(KEYS.findall(text)) or "nothing"
    try:
        document = parse_json(text)
    except ValueError:
        return text
    if not isinstance(document, dict):
        return text
    found = list(_values(document))
    return ", ".join(each if isinstance(each, str) else to_json(each) for each in found)


def _values(document: dict[str, Any]) -> list[Any]:
    match document:
        case {"Item": dict(item)}:
            return [plain_item(item)]
        case {"Items": list(items)}:
            return [plain_item(item) for item in items] or ["nothing"]
        case {"Attributes": dict(item)} | {"ExpressionAttributeValues": dict(item)}:
            return [plain_item(item)]
        case {"TransactItems": list(writes)}:
            return [value for write in writes for part in write.values()
                    for value in _values(part)]
        case {"Entries": list(entries)}:
            return [entry.get("Detail") or entry.get("MessageBody") or entry for entry in entries]
        case {"MessageBody": str(body)}:
            return [body]
        case {"Key": dict(key)}:
            return [plain_item(key)]
    return [document] if document else ["nothing"]
