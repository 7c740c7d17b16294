"""Leases: the reasons for which a command function may turn a command away for a while.

A command that overlaps another one on its aggregate may find it locked. So may one after a fault,
until so much time has passed that a lease of before has run out. Otherwise nothing is going on.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.history import Called, Delivered, History, Invoked, Record, Role, Waited
from harness.core.ledger import JudgedCommand

BUSY = 429


def lease_may_be_held(before: Sequence[Record]) -> bool:
    """Tell if a fault may have left a lease that has not run out yet."""
    for record in reversed(before):
        if isinstance(record, Waited):
            return False
        if isinstance(record, Called | Invoked) and record.error is not None:
            return True
    return False


def turned_away(history: History, judged: JudgedCommand) -> bool:
    """Tell if the command function said that it is busy while nothing else was going on.

    Where nobody saw the function answer so, a gateway may have throttled the request.
    """
    if judged.sent.response.status != BUSY or judged.overlapped:
        return False
    own = history.records[max(judged.sent.called, 0) : judged.at]
    answered = any(isinstance(r, Invoked) and r.role is Role.COMMAND for r in own)
    return answered and not _beside_a_delivery(own) and not lease_may_be_held(
        history.records[: judged.at])


def _beside_a_delivery(under_way: Sequence[Record]) -> bool:
    """Tell if the projection worked at the same time, which may lock an aggregate as well."""
    return any(isinstance(r, Delivered)
               or (isinstance(r, Called) and r.role is Role.PROJECTION) for r in under_way)
