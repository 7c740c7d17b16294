"""Messages of SNS topics: what a function and a queue get of them, and which filters let them pass.

Sources: SNS Developer Guide, "Fanout to Lambda functions", "Amazon SNS message attributes",
"Amazon SNS raw message delivery" and "Filter policy scope"; Lambda Developer Guide, "Invoking
Lambda functions with Amazon SNS notifications" (the event).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.functions.events.patterns import event_pattern

CERTIFICATE: Final = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService.pem"
Attributes = Mapping[str, tuple[str, str]]
"""Name -> type (String, Number, String.Array, Binary) and value as text."""


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message of a topic or a queue.

    ``group`` and ``token`` are those of a FIFO one; ``delayed``: the queue hides it for a while.
    """

    message: str
    subject: str | None = None
    attributes: Attributes = field(default_factory=dict)
    group: str | None = None
    token: str | None = None
    delayed: bool = False


def sns_event(notice: Mapping[str, Any], *, subscription: str) -> dict[str, Any]:
    """The event of a function that is subscribed, made of a ``notice``."""
    names = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    told = {names.get(name, name): value for name, value in notice.items()}
    return {"Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription,
        "Sns": {"Subject": None, "MessageAttributes": {}, **told},
    }]}


def notice(
    sent: TopicMessage, *, message_id: str, topic_arn: str, time: str
) -> dict[str, Any]:
    """The document that wraps a message; a queue without raw delivery gets it as its body."""
    attributes = {name: {"Type": kind, "Value": value}
                  for name, (kind, value) in sent.attributes.items()}
    return {
        "Type": "Notification", "MessageId": message_id, "TopicArn": topic_arn,
        **({"Subject": sent.subject} if sent.subject else {}),
        "Message": sent.message, "Timestamp": time, "SignatureVersion": "1",
        "Signature": "EXAMPLE", "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": f"{topic_arn}/unsubscribe",
        **({"MessageAttributes": attributes} if attributes else {}),
    }


def passes(sent: TopicMessage, policy: str | None, *, in_body: bool) -> bool:
    """Tell if a filter policy lets a message pass."""
    if policy is None:
        return True
    found = _body(sent.message) if in_body else {
        name: _value(*attribute) for name, attribute in sent.attributes.items()}
    return found is not None and event_pattern(policy).matches(found)


def _body(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _value(kind: str, text: str) -> Any:
    if kind not in ("Number", "String.Array"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
