"""Chains of deliveries, each of which has set off the next by what its function published.

On AWS a function that starts itself in this way runs until somebody stops it (Lambda Developer
Guide, "Use Lambda recursive loop detection to prevent infinite loops"). Here a chain is cut, so
that a play ends. Functions that send a message back until the one before it has come need, for n
messages in the opposite order, n * n / 2 deliveries; a function that sends a message back with a
delay waits for a time, and makes no endless chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

USUAL = 8
"""Links of a chain up to which none is counted."""
MOST_BEYOND = 24
"""Deliveries further down their chains after which all chains are cut, and one for each pair of
messages."""
MOST_PAIRS = 2000


@dataclass
class Chains:
    """The places of events in their chains, by the events' numbers; 0 begins one."""

    _next: int = 0
    _waits: bool = False
    _places: dict[int, int] = field(default_factory=dict)
    _delayed: set[int] = field(default_factory=set)
    _left: int = MOST_BEYOND

    def begin(self, waiting: int) -> None:
        """Let each of so many events that are on their way begin a chain."""
        self._next, self._waits = 0, False
        self._left = MOST_BEYOND + min(MOST_PAIRS, waiting * waiting // 2)
        self._places.clear()

    def add(self, number: int, *, delayed: bool) -> None:
        """Note an event that is published now; ``delayed``: its message is sent with a delay."""
        if self._next:
            self._places[number] = self._next
        if delayed or self._waits:
            self._delayed.add(number)

    @contextmanager
    def handed_over(self, numbers: Iterable[int]) -> Iterator[None]:
        """Let what is published meanwhile be the next link."""
        known = list(numbers)
        before = self._next, self._waits
        place = max((self._places.get(number, 0) for number in known), default=0)
        self._next, self._waits = place + 1, not self._delayed.isdisjoint(known)
        self._left -= place > USUAL
        try:
            yield
        finally:
            self._next, self._waits = before

    def goes_on(self, number: int) -> bool:
        """Tell if the chain of an event is not cut."""
        return self._left > 0 or self._places.get(number, 0) <= USUAL

    def is_endless(self, number: int) -> bool:
        """Tell if a chain was cut for its length, and waits for no time."""
        return not self.goes_on(number) and number not in self._delayed
