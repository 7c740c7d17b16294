"""Earlier states of tables, which a read that is eventually consistent may show.

An item is kept before a command function or a projection writes it. A read shows, for the tables
that it concerns, the state before the latest other invocation's writes: nothing of them has arrived
yet. Anything later, own writes too, is not there either, so that what is shown did exist at one
time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.awsrequest import AWSResponse

from harness.aws.calls import Call, KeyNames
from harness.aws.eventual import changed_items

Key = Mapping[str, Any]
Kept = tuple[str, Key, Any]
"""A table, an item's key, and the item as it was (None: there was none)."""


class ItemStore(Protocol):
    """The items of a backend's tables, past the interception."""

    def keep(self, table: str, key: Key) -> Any:
        """An item as it is now; None if there is none."""

    def showing(self, items: Sequence[Kept]) -> AbstractContextManager[None]:
        """Show other items while the context lasts."""


@dataclass(frozen=True, slots=True)
class _Write:
    invocation: int
    table: str
    key: Key
    before: Any


@dataclass
class Past:
    """The items of a play as they were before each write. ``store`` None: no past is known."""

    store: ItemStore | None
    keys: KeyNames
    _writes: list[_Write] = field(default_factory=list)

    def begin(self) -> None:
        """Begin a play: nothing was written yet."""
        self._writes.clear()

    def note(self, invocation: int, call: Call) -> None:
        """Keep the items that a call may change."""
        if self.store is not None:
            self._writes += [_Write(invocation, table, key, self.store.keep(table, key))
                             for table, key in changed_items(call, self.keys)]

    def before(self, invocation: int, call: Call) -> list[Kept]:
        """The items of a call's tables before the latest other invocation's writes."""
        tables = call.resource.split(",")
        own = [write for write in self._writes if write.table in tables]
        others = [write.invocation for write in own if write.invocation != invocation]
        if not others:
            return []
        first = next(n for n, write in enumerate(own) if write.invocation == others[-1])
        found: dict[str, Kept] = {}
        for write in own[first:]:
            name = json.dumps([write.table, write.key], sort_keys=True)
            found.setdefault(name, (write.table, write.key, write.before))
        return list(found.values())

    def read(
        self, kept: Sequence[Kept], perform: Callable[[], AWSResponse | None]
    ) -> AWSResponse | None:
        """Perform a read that shows these items."""
        assert self.store is not None
        with self.store.showing(kept):
            return perform()
