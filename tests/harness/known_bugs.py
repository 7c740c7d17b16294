"""Small catalogues for tests of the command ``power``: the reference, whole and broken."""

from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path

from harness.mutants.catalogue import Implementation
from scenarios.domains.orders import CONTRACT
from tests.miniatures.building import Change, Miniature, build


def _mutant(
    name: str, *changes: Change, fails: str = "", trigger: str = ""
) -> Implementation:
    miniature = Miniature(name, "", changes, frozenset(fails.split()))
    return Implementation(name, CONTRACT, partial(build, miniature), miniature.fails,
                    trigger=trigger)


WRONG_CUSTOMER = Change("lambdas/query.py", "reply(200, shown)",
                        'reply(200, {**shown, "customer": "?"})')
SHOWS_ANOTHER = _mutant(
    "shows_another", WRONG_CUSTOMER, fails="API-02", trigger="single command")
FORGETS_KEY = _mutant(
    "forgets_key",
    Change("lambdas/service.py",
           'uuid4() if key is None else uuid5(_NAMESPACE, f"{aggregate_id}/{key}")', "uuid4()"),
    fails="CMD-06 CMD-07", trigger="duplicate")
"""A client's retry is a second command, which only a retry shows."""
RIGHT = _mutant("right")
TAKEN_FOR_RIGHT = _mutant("taken_for_right", WRONG_CUSTOMER)
DOES_NOT_LOAD = _mutant(
    "does_not_load", Change("lambdas/query.py", "DOMAIN = settings.domain()", "DOMAIN = 1 / 0"),
    fails="API-02")


def _never(folder: Path) -> Path:
    threading.Event().wait()
    raise AssertionError


def _ends(folder: Path) -> Path:
    os._exit(7)


HANGS = Implementation("hangs", CONTRACT, _never, frozenset({"API-02"}))
VANISHES = Implementation("vanishes", CONTRACT, _ends, frozenset({"API-02"}))

CATALOGUE = (SHOWS_ANOTHER, FORGETS_KEY, RIGHT, TAKEN_FOR_RIGHT, DOES_NOT_LOAD, HANGS, VANISHES)
