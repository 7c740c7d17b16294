"""Chance and ids that are fresh in each play, and the same in each run."""

from __future__ import annotations

import os
import random
import uuid
from dataclasses import dataclass, field

REAL_URANDOM = os.urandom
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass
class PlayChance:
    """Numbers the plays, and gives each its namespace, ids and random bytes."""

    plays: int = 0
    _ids: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def begin(self) -> None:
        """Begin the next play."""
        self.plays, self._ids = self.plays + 1, 0

    def seed(self) -> None:
        """Begin chance anew, once all environments wait; also that of the module ``random``."""
        random.seed(self.plays)
        self._random = random.Random(self.plays)

    @property
    def namespace(self) -> str:
        """The namespace of the play: all are of one length."""
        return "n" + _base36(self.plays).rjust(5, "0")

    def identify(self) -> str:
        """An id of a request, a message or an event."""
        self._ids += 1
        return str(uuid.UUID(int=(self.plays << 64) + self._ids, version=4))

    def random_bytes(self, size: int) -> bytes:
        """The random bytes that a function gets from ``os.urandom``."""
        return self._random.randbytes(size)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
