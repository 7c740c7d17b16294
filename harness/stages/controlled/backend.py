"""Where AWS's services come from, on a stage that the harness controls."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any, Protocol

from botocore.awsrequest import AWSResponse

from harness.aws.sdk_requests import AwsRequest
from harness.core.bus_entry import BusEntry
from harness.stages.controlled.bus import Bus
from harness.stages.controlled.past import ItemStore
from harness.stages.controlled.provisioning import Deployment
from harness.template import Template


class Backend(Protocol):
    """Services, and a look into their stores past the interception.

    ``in_process``: functions may run in this process, where botocore is turned to the backend.
    """

    @property
    def name(self) -> str:
        """The stage's name in reports."""

    @property
    def in_process(self) -> bool:
        """Tell if functions may run in this process."""

    @property
    def past(self) -> ItemStore | None:
        """The items of tables, if they can be shown as they were; else None."""

    def open(self, template: Template, resources: ExitStack) -> Deployment:
        """Create the template's resources; ``resources`` ends them.

        Raises:
            StageError: they cannot be created.
        """

    def perform(self, asked: AwsRequest) -> AWSResponse | None:
        """Answer a process's request; None if the service is not there."""

    def put_events(self, bus: Bus, body: bytes) -> tuple[int, dict[str, str], str]:
        """Answer a PutEvents request, and put what it publishes on the bus."""

    def publish(self, bus: Bus, entry: BusEntry) -> None:
        """Put an entry of our own on the bus."""

    def crowded(self, buckets: Iterable[str], tables: Iterable[str] = ()) -> bool:
        """Tell if so much has gathered that it had better be cleared."""

    def clear(self, buckets: Iterable[str], tables: Iterable[str]) -> None:
        """Empty buckets and tables."""

    def forget_messages(self) -> None:
        """Forget the messages in queues, if they are in the way."""

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""

    def text(self, bucket: str, key: str) -> str | None:
        """An object's content, None where there is no object."""

    def items(self, table: str, keys: frozenset[str]) -> dict[str, str]:
        """The items of a table with those keys, or all (no keys), as DynamoDB JSON by key."""

    def item(self, table: str, key: str) -> str | None:
        """The item whose only key attribute has that text, as DynamoDB JSON."""

    def put_item(self, table: str, item: dict[str, Any]) -> str:
        """Put an item into a table; gives the reason why it is refused, empty if it is not."""

    def remove_items(self, table: str, keys: frozenset[str]) -> int:
        """Remove the items whose key text is among ``keys``; gives their number."""
