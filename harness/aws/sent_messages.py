"""The messages in requests to SNS and SQS that succeeded.

SNS is asked in forms (AWS query protocol), SQS in JSON. Sources: SNS API reference, Publish and
PublishBatch; SQS API reference, SendMessage and SendMessageBatch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from harness.aws.calls import Call
from harness.functions.events.sns import TopicMessage

SENDING = frozenset({("sns", "Publish"), ("sns", "PublishBatch"),
                     ("sqs", "SendMessage"), ("sqs", "SendMessageBatch")})
_ENTRY = re.compile(r"PublishBatchRequestEntries\.member\.(\d+)\.(.+)")
_ATTRIBUTE = re.compile(r"MessageAttributes\.entry\.(\d+)\.(.+)")


def sent_messages(call: Call, answer: bytes) -> Iterator[tuple[str, TopicMessage]]:
    """The name of the topic (its ARN) or queue, and each message that it has taken."""
    if call.service == "sns":
        yield from _of_topic(dict(parse_qsl(call.body.decode(), keep_blank_values=True)))
        return
    asked = json.loads(call.body)
    name = str(asked.get("QueueUrl", "")).rsplit("/", 1)[-1]
    if call.operation == "SendMessage":
        yield name, _of_queue(asked)
        return
    done = {each["Id"] for each in json.loads(answer).get("Successful", [])}
    yield from ((name, _of_queue(e)) for e in asked.get("Entries", []) if e["Id"] in done)


def _of_queue(asked: Mapping[str, Any]) -> TopicMessage:
    attributes = {name: (str(each.get("DataType", "String")), str(each.get("StringValue", "")))
                  for name, each in (asked.get("MessageAttributes") or {}).items()}
    return TopicMessage(str(asked.get("MessageBody", "")), None, attributes,
                        asked.get("MessageGroupId"), asked.get("MessageDeduplicationId"),
                        delayed=bool(asked.get("DelaySeconds")))


def _of_topic(form: Mapping[str, str]) -> Iterator[tuple[str, TopicMessage]]:
    topic = form.get("TopicArn") or form.get("TargetArn") or ""
    entries: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        found = _ENTRY.match(name)
        if found:
            entries.setdefault(found[1], {})[found[2]] = value
    for each in entries.values() if entries else (form,):
        yield topic, TopicMessage(
            each.get("Message", ""), each.get("Subject"), _attributes(each),
            each.get("MessageGroupId"), each.get("MessageDeduplicationId"))


def _attributes(form: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    entries: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        found = _ATTRIBUTE.match(name)
        if found:
            entries.setdefault(found[1], {})[found[2]] = value
    return {each["Name"]: (each.get("Value.DataType", "String"), each.get("Value.StringValue", ""))
            for each in entries.values() if "Name" in each}
