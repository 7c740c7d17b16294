"""Commands that reach their function through a queue, alone or as a batch."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core.http import Request, Response
from harness.functions.events import SqsMessage
from harness.functions.lambda_json import utf8
from harness.stages.controlled.dispatcher import PATIENCE
from harness.stages.controlled.handing import feed_without_queue, hand_batch
from harness.stages.controlled.invocations import Invocations
from harness.template import QueueFeed

JSON = (("Content-Type", "application/json"),)
TAKEN = Response(200, JSON, "{}")
"""The response of a route that puts commands into a queue."""
MESSAGE_BYTES = 1024 * 1024
"""SQS Developer Guide, "Amazon SQS message quotas": a message has 1 MiB at most."""
TOO_LONG = Response(400, JSON, '{"message": "Message must be shorter than 1048576 bytes."}')


@dataclass
class CommandQueue:
    """Hands queued commands to functions, and again those that come back.

    ``wait``: lets time pass once nothing gets through any more; whether it could.
    """

    invocations: Invocations
    feeds: Mapping[str, QueueFeed]
    identify: Callable[[], str]
    wait: Callable[[], bool]
    _receipts: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Begin a play: no message was received yet."""
        self._receipts.clear()

    def enqueue(self, queue: str, request: Request) -> Response:
        """Take a command into a queue; the same key and body are the same message."""
        key = next((v for k, v in request.headers if k.lower() == "idempotency-key"), None)
        return self.take(queue, request.body or "", key)

    def take(self, queue: str, body: str, key: str | None) -> Response:
        """Take a message into a queue; the same key and body are the same message.

        SQS refuses one that is too long.
        """
        if len(utf8(body)) > MESSAGE_BYTES:
            return TOO_LONG
        identity = f"{key}\n{body}" if key else None
        message = str(uuid.uuid5(uuid.NAMESPACE_OID, identity)) if identity else self.identify()
        self._hand_until_done(self.feeds[queue], [SqsMessage(message, body)])
        return TAKEN

    def send_batch(self, function: str, bodies: Sequence[str]) -> None:
        """Hand a function commands as records, as many at once as its queue allows."""
        feed = next((f for f in self.feeds.values() if f.function == function),
                    feed_without_queue(function))
        messages = [SqsMessage(self.identify(), body) for body in bodies]
        for at in range(0, len(messages), feed.batch_size):
            self._hand_until_done(feed, messages[at : at + feed.batch_size])

    def _hand_until_done(self, feed: QueueFeed, messages: list[SqsMessage]) -> None:
        failed = hand_batch(self.invocations, feed, self._received(messages))
        for attempt in range(2 * PATIENCE):
            if failed and attempt == PATIENCE and not self.wait():
                break
            again = [message for message in messages if message.message_id in failed]
            failed = frozenset().union(*(
                hand_batch(self.invocations, feed, self._received([message]))
                for message in again
            )) if again else frozenset()

    def _received(self, messages: list[SqsMessage]) -> list[SqsMessage]:
        """The messages, each of them received once more."""
        self._receipts.update(message.message_id for message in messages)
        return [replace(m, receive_count=self._receipts[m.message_id]) for m in messages]
