"""Session guarantees of a client, as facts to report: nobody promised them.

The names are those of Terry et al., "Session Guarantees for Weakly Consistent Replicated
Data": read your writes, and monotonic reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from harness.core.contract import Contract
from harness.core.history import Called, History, Role
from harness.core.ledger import Ledger, Read
from harness.oracle.views import MALFORMED, observed_view, shows

Held = Mapping[str, tuple[int, int]]
"""Guarantee -> (how often it held, of how many occasions)."""


def session_guarantees(contract: Contract, history: History, ledger: Ledger) -> Held:
    """How often reads on the way showed the client's own writes, and did not go back."""
    reads = [r for r in ledger.reads if r.query.phase == "during" and _readable(r)]
    placed = [(read, _places(contract, read)) for read in reads if read.worlds[0].effects]
    own = [read.worlds[0].states and max(places, default=-1) == len(read.worlds[0].effects)
           for read, places in placed]
    forward = [max(after, default=-1) >= min(before, default=-1)
               for (one, before), (other, after) in pairwise(placed)
               if one.query.id == other.query.id]
    return {"read your writes": (sum(map(bool, own)), len(own)),
            "monotonic reads": (sum(forward), len(forward))}


def reads_of_views(contract: Contract, history: History, ledger: Ledger) -> Held:
    """The session guarantees, and the queries' reads that may show an earlier view on AWS.

    DynamoDB Developer Guide, "DynamoDB read consistency": no fault, but a client may see it.
    """
    made = [call for call in history.of(Called) if call.role is Role.QUERY]
    behind = Counter(_name(call) for call in made if call.eventual)
    of = Counter(map(_name, made))
    told = {f"{name} may show an earlier view": (number, of[name])
            for name, number in behind.items()}
    return {**session_guarantees(contract, history, ledger), **told}


def _name(call: Called) -> str:
    return f"{call.operation} of {call.resource}"


def _readable(read: Read) -> bool:
    return observed_view(read.query.response) is not MALFORMED


def _places(contract: Contract, read: Read) -> list[int]:
    """The prefixes of the aggregate's events that a read may have shown."""
    observed = observed_view(read.query.response)
    return [n for n, state in enumerate(read.worlds[0].states)
            if shows(contract, observed, contract.view(state))]
