"""The embedded stage: moto's services in this process, the harness as the bus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from harness.aws.calls import ACCOUNT, REGION
from harness.aws.responses import respond
from harness.aws.sdk_requests import AwsRequest
from harness.core.bus_entry import BusEntry
from harness.seams import cpython, moto, moto_items
from harness.seams.seam import require
from harness.stages.controlled.bus import Bus
from harness.stages.controlled.past import ItemStore, Kept
from harness.stages.controlled.process_variables import UNCONFIGURED, variables
from harness.stages.controlled.provisioning import Deployment, deploy
from harness.stages.controlled.put_item import put_item
from harness.stages.controlled.runtime_variables import CREDENTIALS
from harness.stages.controlled.stage import ControlledStage
from harness.stages.embedded import stores as moto_data
from harness.stages.embedded.speedups import without_repeated_work
from harness.stages.participants import Participants
from harness.template import Template

JSON = {"Content-Type": "application/x-amz-json-1.0"}
NOT_TEXT = '{"__type": "SerializationException", "message": "a string is not valid Unicode"}'
OBJECTS_BOUND = 500
"""Objects in the event store after which it is cleared: moto lists a bucket by scanning it."""


class MotoStage(ControlledStage):
    """A template on moto."""

    def __init__(
        self, template: Template, path: str, *, deadline: float = 30.0,
        parts: Participants | None = None, debug: bool = False,
    ) -> None:
        super().__init__(template, path, MotoBackend(), deadline=deadline, parts=parts,
                         debug=debug)


class MotoBackend:
    """moto's services; see ``Backend``."""

    name = "moto"
    in_process = True

    def __init__(self) -> None:
        self.past: ItemStore | None = self
        self._transactions: dict[str, Any] = {}
        self._dynamodb: Any = None

    def open(self, template: Template, resources: ExitStack) -> Deployment:
        """Create the template's resources.

        Raises:
            SeamMoved: an installed library lacks a part that the stage depends on.
        """
        require((*moto.NEEDED, *moto_items.NEEDED, *cpython.NEEDED))
        resources.enter_context(variables(
            {**UNCONFIGURED, **CREDENTIALS, "AWS_DEFAULT_REGION": REGION}))
        resources.enter_context(mock_aws())
        resources.enter_context(without_repeated_work())
        resources.enter_context(moto.repeating_transactions(self._transactions))
        resources.enter_context(moto.refusing_keys_of_wrong_type())
        resources.enter_context(moto_items.items_as_in_dynamodb())
        boto3.DEFAULT_SESSION = None
        return deploy(template)

    def perform(self, asked: AwsRequest) -> AWSResponse | None:
        """The answer of moto, without a client of botocore's in between."""
        try:
            found = moto.answer_to(asked.prepared)
        except NotImplementedError:
            return None
        except UnicodeError:  # half a surrogate pair, as JSON may escape one
            return respond(asked.prepared.url, 400, JSON, NOT_TEXT)
        if found is None:
            return None
        status, headers, body = found
        return respond(asked.prepared.url, status, headers, body)

    def put_events(self, bus: Bus, body: bytes) -> tuple[int, dict[str, str], str]:
        """The harness is the bus: moto cannot carry events to functions."""
        return bus.put_events(body)

    def publish(self, bus: Bus, entry: BusEntry) -> None:
        """Put an entry of our own on the bus."""
        bus.publish(entry)

    def crowded(self, buckets: Iterable[str], tables: Iterable[str] = ()) -> bool:
        """Tell if listings, or queries of a table, have become slow."""
        objects = sum(len(moto_data.bucket_keys(bucket)) for bucket in buckets)
        return objects + sum(moto_data.table_size(t, REGION) for t in tables) > OBJECTS_BOUND

    def clear(self, buckets: Iterable[str], tables: Iterable[str]) -> None:
        """Empty buckets and tables; tokens come again, since chance repeats itself."""
        moto_data.clear(buckets, tables, REGION)
        self._transactions.clear()

    def forget_messages(self) -> None:
        """Purge the queues: the harness delivers what is sent, and moto looks through all."""
        moto.purge_queues(ACCOUNT, REGION)

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        return moto_data.bucket_keys(bucket)

    def text(self, bucket: str, key: str) -> str | None:
        """An object's content."""
        return moto_data.object_text(bucket, key)

    def items(self, table: str, keys: frozenset[str]) -> dict[str, str]:
        """The items of a table with those keys, or all, as DynamoDB JSON by key."""
        return moto_data.table_items(table, REGION, keys)

    def item(self, table: str, key: str) -> str | None:
        """The item whose only key attribute has that text."""
        return moto_data.table_item(table, REGION, key)

    def keep(self, table: str, key: Mapping[str, Any]) -> Any:
        """An item as it is now. See ``ItemStore``."""
        return moto_data.kept_item(table, REGION, key)

    def showing(self, items: Sequence[Kept]) -> AbstractContextManager[None]:
        """Show other items while the context lasts. See ``ItemStore``."""
        return moto_data.showing(items, REGION)

    def put_item(self, table: str, item: dict[str, Any]) -> str:
        """Put an item into a table; gives the reason why it is refused."""
        self._dynamodb = self._dynamodb or boto3.client("dynamodb", region_name=REGION)
        return put_item(self._dynamodb, table, item)

    def remove_items(self, table: str, keys: frozenset[str]) -> int:
        """Remove items."""
        return moto_data.remove_items(table, REGION, keys)
