"""Steps of a scenario in the system's own words: the requests, payloads and messages of its users.

Ids and keys are those of the scenario, whatever form they have on the wire. Headers that are sent
always are not told: they may be credentials.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.contract import Contract
from harness.core.http import Request
from harness.core.scenario import NAMESPACE_MARK, Query, Send
from harness.dialect.bindings import Bindings
from harness.dialect.expressions import Constant
from harness.dialect.model import Dialect
from harness.dialect.outgoing import Spoken, speak_command, speak_query
from harness.dialect.wire import (
    HttpMessage,
    Payload,
    QueueMessage,
    TableItem,
    Unsayable,
    WireMessage,
)

CONTENT_TYPE = "content-type"
FRESH_KEY = "a key of its own"


class _Untold(Bindings):
    """Bindings that tell a key made for one command only as what it is."""

    def new_key(self) -> str:
        """See ``Bindings``."""
        return FRESH_KEY


def _place(message: QueueMessage | TableItem) -> str:
    if isinstance(message, QueueMessage):
        return f"queue {message.queue}"
    return f"table {message.table}"


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Tells the steps of a client in the words of a dialect."""

    dialect: Dialect
    contract: Contract

    def __call__(self, step: Send | Query) -> str:
        """The message of a step; for a step that is not applicable, the reason."""
        if isinstance(step, Query):
            id = step.id.replace(NAMESPACE_MARK, "")
            return self._told(speak_query(self.dialect, self.contract, id, Bindings()))
        body = None if step.body is None else step.body.replace(NAMESPACE_MARK, "")
        headers = () if step.key is None else ((step.header, step.key),)
        request = Request("POST", self.contract.path, headers, body)
        spoken = speak_command(self.dialect, self.contract, request, _Untold())
        return self._told(spoken.message if isinstance(spoken, Spoken) else spoken)

    def _told(self, message: WireMessage | Unsayable) -> str:
        if isinstance(message, Unsayable):
            return f"nothing ({message.reason})"
        if isinstance(message, HttpMessage):
            return self._request(message.request)
        if isinstance(message, Payload):
            return f"{message.text} to the function {message.function}"
        return f"{message.text} to the {_place(message)}"

    def _request(self, request: Request) -> str:
        hidden = self._always_sent()
        headers = [f"{name}: {value}" for name, value in request.headers
                   if name.lower() not in hidden]
        parts = [request.method, request.path, *([] if request.body is None else [request.body])]
        return " ".join(parts) + (f" ({', '.join(headers)})" if headers else "")

    def _always_sent(self) -> set[str]:
        """The names of headers that have the same value in every request."""
        messages = [form.message for form in self.dialect.commands.values()]
        nodes = [pair for message in (*messages, self.dialect.query.message)
                 for pair in message.headers.items()]
        constant = {name.lower() for name, node in nodes if isinstance(node, Constant)}
        return {CONTENT_TYPE} | constant
