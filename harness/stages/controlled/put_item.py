"""An item that a dialect has put into a table, so that commands find it there."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def put_item(client: Any, table: str, item: dict[str, Any]) -> str:
    """Put an item into a table; gives the reason why it is refused, empty if it is not."""
    try:
        client.put_item(TableName=table, Item=item)
    except ClientError as error:
        return str(error)
    return ""
