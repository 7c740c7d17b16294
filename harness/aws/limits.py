"""Requests that AWS refuses for their size or their form, and that moto would take.

Sources: DynamoDB Developer Guide, "Quotas and limits in Amazon DynamoDB", and API references
"BatchWriteItem" and "BatchGetItem"; Amazon S3 User Guide, "Naming Amazon S3 objects" (1,024 bytes
of UTF-8) and "How to prevent object overwrites with conditional writes"; SQS API reference,
"SendMessage"; SNS API reference, "PublishBatch" (256 KB). LocalStack's snapshots of real AWS have
the codes and the messages of S3 and SQS, of keys that a batch lacks, and of empty parameters.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from harness.aws.calls import Call, KeyNames, table_name

KEY_BYTES = (2048, 1024)
"""Bytes of a partition key and of a sort key."""
TOO_LONG_KEYS = (
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "
    "limit of2048 bytes",
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "
    "the size limit of 1024 bytes")
ITEMS = {"BatchWriteItem": 25, "BatchGetItem": 100}
OBJECT_NAME_BYTES = 1024
TOPIC_BATCH_BYTES = 256 * 1024
CONDITIONAL_WRITES = frozenset({"PutObject", "CopyObject", "CompleteMultipartUpload"})
SENDABLE = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
Answer = tuple[int, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of AWS's. ``members``: what its body has beside code and message."""

    code: str
    message: str
    status: int = 400
    members: Mapping[str, str] = field(default_factory=dict)

    def answer(self, service: str) -> Answer:
        """Status, headers and body."""
        if service == "s3":
            parts = {"Code": self.code, "Message": self.message, **self.members}
            xml = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in parts.items())
            return self.status, {"Content-Type": "application/xml"}, f"<Error>{xml}</Error>"
        if service == "sns":
            return self.status, {"Content-Type": "text/xml"}, (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>{self.code}</Code>"
                f"<Message>{escape(self.message)}</Message></Error></ErrorResponse>")
        body = json.dumps({"__type": self.code, "message": self.message})
        return self.status, {"Content-Type": "application/x-amz-json-1.0"}, body


def refusal(call: Call, headers: Mapping[str, str], keys: KeyNames) -> Refusal | None:
    """AWS's refusal of a request that it would not look at any further.

    ``headers``: the request's, by lower-case names. ``keys``: the tables' key attributes.
    """
    if call.service == "s3":
        return _of_object(call, headers)
    if call.service == "dynamodb":
        return _of_statement(call) or _of_items(call, keys)
    if call.operation == "SendMessage":
        return _of_message(call)
    return _of_topic(call) if call.operation == "PublishBatch" else None


def _of_object(call: Call, headers: Mapping[str, str]) -> Refusal | None:
    if not call.operation.startswith("List") and (
            len(call.key.encode("utf-8", "surrogatepass")) > OBJECT_NAME_BYTES):
        return Refusal("KeyTooLongError", "Your key is too long")
    if call.operation not in CONDITIONAL_WRITES:
        return None
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match and none_match:
        return _not_implemented(
            "If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    header = "If-Match" if match == "*" else "If-None-Match"
    if match == "*" or (none_match and none_match != "*"):
        return _not_implemented(
            header, f"We don't accept the provided value of {header} header for this API")
    return None


def _not_implemented(header: str, more: str) -> Refusal:
    return Refusal("NotImplemented", "A header you provided implies functionality that is not "
                   "implemented", 501, {"Header": header, "additionalMessage": more})


def unmet_condition(headers: Mapping[str, str], etag: str | None, key: str) -> Refusal | None:
    """The refusal of a conditional write; ``etag``: of the object there now, if there is one."""
    match = headers.get("if-match")
    if match and etag is None:
        return Refusal("NoSuchKey", "The specified key does not exist.", 404, {"Key": key})
    unmet = "If-Match" if match and etag and match.strip('"') != etag.strip('"') else ""
    if headers.get("if-none-match") and etag is not None:
        unmet = "If-None-Match"
    return Refusal("PreconditionFailed", "At least one of the pre-conditions you specified did "
                   "not hold", 412, {"Condition": unmet}) if unmet else None


def _of_statement(call: Call) -> Refusal | None:
    if call.operation != "ExecuteStatement" or call.document().get("Parameters") != []:
        return None
    return Refusal("ValidationException",
                   "1 validation error detected: Value '[]' at 'parameters' failed to satisfy "
                   "constraint: Member must have length greater than or equal to 1")


def _of_items(call: Call, keys: KeyNames) -> Refusal | None:
    most = ITEMS.get(call.operation)
    if most is None and len(call.body) <= min(KEY_BYTES):
        return None
    items = list(named_items(call.document()))
    if most is not None and len(items) > most:
        return Refusal("ValidationException",
                       f"Too many items requested for the {call.operation} call")
    for table, item in items:
        if call.operation == "BatchWriteItem" and not item.keys() >= {*keys.get(table, ())}:
            return Refusal("ValidationException",
                           "The provided key element does not match the schema")
        for name, most, told in zip(keys.get(table, ()), KEY_BYTES, TOO_LONG_KEYS, strict=False):
            if _bytes(item.get(name)) > most:
                return Refusal("ValidationException", told)
    return None


def _bytes(value: Any) -> int:
    """The size of a key: a text's in UTF-8, a binary value's without its encoding."""
    if not isinstance(value, dict):
        return 0
    if isinstance(value.get("B"), str):
        return len(b64decode(value["B"] + "=="))
    return len(str(value.get("S", "")).encode("utf-8", "surrogatepass"))


def named_items(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and attributes of every item or key that a request names."""
    actions = [action for each in document.get("TransactItems") or () for action in each.values()]
    for request in (document, *actions):
        if "Key" in request or "Item" in request:
            yield table_name(str(request.get("TableName"))), request.get("Key") or request["Item"]
    for name, given in (document.get("RequestItems") or {}).items():
        table = table_name(name)
        if isinstance(given, dict):
            yield from ((table, key) for key in given.get("Keys", ()))
            continue
        for write in given:
            asked = next(iter(write.values()))
            yield table, asked.get("Key") or asked.get("Item") or {}


def _of_message(call: Call) -> Refusal | None:
    """The refusal of a message without a body, or with characters that SQS does not take."""
    text = call.document().get("MessageBody")
    if text == "":
        return Refusal("MissingParameter", "The request must contain the parameter MessageBody.")
    if isinstance(text, str) and not SENDABLE.fullmatch(text):
        return Refusal("InvalidMessageContents",
                       "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | "
                       "#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
    return None


def _of_topic(call: Call) -> Refusal | None:
    size = sum(len(value.encode()) for name, value in parse_qsl(call.body.decode())
               if name.startswith("PublishBatchRequestEntries.") and name.endswith(".Message"))
    if size <= TOPIC_BATCH_BYTES:
        return None
    return Refusal("BatchRequestTooLong",
                   "The length of all the batch messages put together is more than the limit.")
