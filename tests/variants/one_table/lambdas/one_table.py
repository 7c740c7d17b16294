"""One table for everything: pk is the aggregate, sk says what an item of it is.

VIEW is the read model's. SEEN#event marks an event that is in the view. KEY#key is an
Idempotency-Key that came, the command function's own; views are none of its business.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from . import codec
from .aws import Client, ClientError, error_code
from .domain.interface import Command
from .rejections import KeyReusedError


def item_key(aggregate_id: str, kind: str) -> dict[str, Any]:
    """Return an item's key."""
    return {"pk": {"S": f"AGGREGATE#{aggregate_id}"}, "sk": {"S": kind}}


@dataclass(frozen=True, slots=True)
class Keys:
    """The Idempotency-Keys that came, each with its command and the id that its event has."""

    client: Client
    table: str

    def event_id(self, command: Command, key: str | None) -> str:
        """Return the id of the key's event; raises KeyReusedError if it came otherwise before.

        A key says nothing about what became of its command: the event store does.
        """
        if key is None:
            return str(uuid4())
        where = item_key(command.aggregate_id, f"KEY#{key}")
        mark = {"eventId": {"S": str(uuid4())}, "command": {"S": _digest(command)}}
        try:
            self.client.put_item(
                TableName=self.table,
                Item={**where, **mark},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            mark = self._found(where)
        if mark["command"]["S"] != _digest(command):
            raise KeyReusedError("Idempotency-Key: used before, with another command")
        return mark["eventId"]["S"]

    def _found(self, where: dict[str, Any]) -> dict[str, Any]:
        found = self.client.get_item(TableName=self.table, Key=where, ConsistentRead=True)
        return found["Item"]


def _digest(command: Command) -> str:
    text = codec.dumps([command.type, sorted(command.members.items())])
    return hashlib.sha256(text.encode()).hexdigest()
