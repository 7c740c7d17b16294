"""Calls to a cluster that may never come back: its loop may be stuck, or its scheduler silent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from harness.core.errors import StageError

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
SILENCE_SECONDS = 120.0
"""Seconds that a scheduler may leave a question without an answer."""


def within(seconds: float, act: Callable[[], T]) -> T:
    """Return the outcome of a call.

    Raises:
        TimeoutError: there is none after some seconds; the call is left to its thread.
    """
    outcome: Future[T] = Future()
    Thread(target=_settle, args=(outcome, act), daemon=True).start()
    return outcome.result(seconds)


def _settle(outcome: Future[T], act: Callable[[], T]) -> None:
    try:
        outcome.set_result(act())
    except BaseException as error:
        outcome.set_exception(error)


def cores_of(client: Client) -> dict[str, int]:
    """Return the number of threads of each worker.

    Raises:
        StageError: the scheduler does not answer.
    """
    try:
        found: dict[str, int] = within(SILENCE_SECONDS, client.ncores)
    except TimeoutError:
        raise StageError("the scheduler", f"no answer for {SILENCE_SECONDS:g} s",
                         "see what keeps it busy, and run the command again") from None
    return found
