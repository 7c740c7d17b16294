"""The events of lockers, published at once; rows of the outbox wait for the rest."""

import os

import boto3
import outbox_store
import publisher
from botocore.exceptions import BotoCoreError, ClientError
from table_store import load

OUTBOX = boto3.resource("dynamodb").Table(os.environ["OUTBOX_TABLE"])
__all__ = ["load", "stored"]


def stored(event):
    """Store an event and publish it; what cannot be published now is left to the sweeper."""
    if not outbox_store.stored(event):
        return False
    try:
        publisher.publish(event)
        OUTBOX.delete_item(Key={"id": f"{event['locker']}#{event['seq']}"})
    except (BotoCoreError, ClientError, RuntimeError) as error:
        print(f"left to the sweeper: {error!r}")
    return True
