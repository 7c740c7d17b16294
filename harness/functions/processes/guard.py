"""A program that kills process groups once the harness that started it has ended in any way.

It reads one number a line: a group that has started, or, with a minus, one that has ended. The
kernel closes its input with the last process that holds it; then the program kills the groups that
are left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def running_groups(lines: Iterable[str]) -> set[int]:
    """The groups that have started and not ended."""
    running: set[int] = set()
    for number in map(int, lines):
        if number > 0:
            running.add(number)
        else:
            running.discard(-number)
    return running


if __name__ == "__main__":
    for group in running_groups(sys.stdin):
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
