"""How much is tried: examples for each requirement, and how long a long history is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Profile:
    """``examples`` a requirement; ``long``: commands in a long history; ``long_examples``.

    ``sweep``: how many scenarios of an exhaustive exploration are played at most.
    """

    name: str
    examples: int
    long: int
    long_examples: int
    sweep: int = 40


PROFILES: Mapping[str, Profile] = MappingProxyType({
    "smoke": Profile("smoke", examples=5, long=12, long_examples=1, sweep=8),
    "quick": Profile("quick", examples=16, long=24, long_examples=2, sweep=24),
    "ci": Profile("ci", examples=100, long=120, long_examples=2, sweep=400),
    "deep": Profile("deep", examples=600, long=300, long_examples=4, sweep=20_000),
})
