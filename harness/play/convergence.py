"""Waiting for views where things move by themselves: read again, ever less often, up to a bound.

A view that agrees may do so too early: that of an order created and deleted is none, also
before anything was projected. So all views are read once more after a while, and what has
moved by then is waited for like the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.core.pace import Pace


def settle(
    pace: Pace, names: Iterable[str], agrees: Callable[[str], bool], *, stable: bool
) -> float | None:
    """Wait until everything named agrees, and (``stable``) still does after a while.

    Gives the seconds until it did, None if the deadline came first.
    """
    everything = list(names)
    started, pending = pace.clock.now(), everything
    for _ in pace.attempts():
        pending = [name for name in pending if not agrees(name)]
        seconds = pace.clock.now() - started
        if everything and not pending and stable:
            pace.clock.wait(pace.window)
            pending = [name for name in everything if not agrees(name)]
        if not pending:
            pace.slowest = max(pace.slowest, seconds)
            return seconds
    return None
