"""Access to the stores, the bus and the functions of a deployed stage, where a user gives it.

The seam for stages with a cloud behind them: the front door alone is ``NoEvidence``; a stage that
reaches bucket, table, bus or functions (boto3 against an endpoint) satisfies ``Evidence``, says
by ``capabilities`` what it has and by ``steps`` which steps of a scenario it can play.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.core.bus_entry import BusEntry
from harness.core.errors import StageError
from harness.core.history import Delivered, System
from harness.core.http import Response


class Evidence(Protocol):
    """Access behind the front door. Safe to use from several threads.

    Everything is about one play, by its namespace: a deployed stage keeps what earlier runs left.
    """

    capabilities: frozenset[str]
    steps: frozenset[type]
    system: System

    def objects(self, *marks: str) -> Mapping[str, str]:
        """The event store's objects that have one of a play's marks: key -> text (``log``).

        A mark is the play's namespace, or an id that the system made for it.
        """

    def item(self, aggregate: str) -> str | None:
        """The read model's item of an id, as JSON text (``table``)."""

    def wipe(self, *marks: str) -> int:
        """Remove a play's items from the read model; gives how many (``table``)."""

    def publish(self, entry: BusEntry) -> int:
        """Put an entry on the bus; gives the number of targets it goes to (``bus``)."""

    def event_origin(self) -> tuple[str, str]:
        """Source and bus name of the implementation's events (``bus``)."""

    def redeliver(self, objects: Mapping[str, str], pick: int) -> Sequence[Delivered]:
        """Have the ``pick``-th latest of a play's stored events delivered again (``bus``).

        Gives what was handed to whom.
        """

    def hand_over(self, entry: BusEntry, pick: int, *, late: bool) -> Sequence[Delivered]:
        """Hand an entry to every function that the rules name (``bus``)."""

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand commands to the command function as records of one batch (``invoke``)."""

    def restart(self) -> None:
        """Have every function's next invocation run in a new environment (``cold``)."""

    def invoke(self, function: str, payload: str) -> Response:
        """Invoke a function directly, by its logical id; ``payload`` is JSON.

        Raises:
            StageError: functions are out of reach.
        """

    def enqueue(self, queue: str, body: str) -> Response:
        """Send a message to a queue, by its logical id.

        Raises:
            StageError: queues are out of reach.
        """

    def put_item(self, table: str, text: str) -> Response:
        """Put an item into a table, by its logical id; ``text`` is DynamoDB JSON.

        Raises:
            StageError: tables are out of reach.
        """


class NoEvidence:
    """A black box."""

    capabilities: frozenset[str] = frozenset()
    steps: frozenset[type] = frozenset()
    system = System(capabilities=("http",))

    def objects(self, *marks: str) -> Mapping[str, str]:
        """See ``Evidence``."""
        return {}

    def item(self, aggregate: str) -> str | None:
        """See ``Evidence``."""
        return None

    def wipe(self, *marks: str) -> int:
        """See ``Evidence``."""
        return 0

    def publish(self, entry: BusEntry) -> int:
        """See ``Evidence``."""
        return 0

    def event_origin(self) -> tuple[str, str]:
        """See ``Evidence``."""
        return "", ""

    def redeliver(self, objects: Mapping[str, str], pick: int) -> Sequence[Delivered]:
        """See ``Evidence``."""
        return ()

    def hand_over(self, entry: BusEntry, pick: int, *, late: bool) -> Sequence[Delivered]:
        """See ``Evidence``."""
        return ()

    def send_batch(self, bodies: Sequence[str]) -> None:
        """See ``Evidence``."""

    def restart(self) -> None:
        """See ``Evidence``."""

    def invoke(self, function: str, payload: str) -> Response:
        """See ``Evidence``."""
        raise out_of_reach(f"the function {function}")

    def enqueue(self, queue: str, body: str) -> Response:
        """See ``Evidence``."""
        raise out_of_reach(f"the queue {queue}")

    def put_item(self, table: str, text: str) -> Response:
        """See ``Evidence``."""
        raise out_of_reach(f"the table {table}")


def out_of_reach(what: str) -> StageError:
    """The error of a message for something that only an account's credentials reach."""
    return StageError(what, "is out of reach behind a URL", "judge a stack, or the embedded stage")
