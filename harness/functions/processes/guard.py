"""A program that ends process groups when whoever started it has ended, however that was.

It reads one number a line: a group that has begun, or, with a minus, one that is over. The end of
its input, which the kernel closes with the last process that holds it, is the end of all others.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def left(lines: Iterable[str]) -> set[int]:
    """The groups that have begun and are not over."""
    living: set[int] = set()
    for number in map(int, lines):
        if number > 0:
            living.add(number)
        else:
            living.discard(-number)
    return living


if __name__ == "__main__":
    for group in left(sys.stdin):
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
