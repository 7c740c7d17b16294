"""Errors that a contract of a user raises: a sentence names the line, without a traceback."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from harness.core.contract import Contract
from harness.core.errors import HarnessError

OURS = ("harness.", "scenarios.")


class ContractError(HarnessError):
    """A function of the contract raised; nothing can be judged by it."""


@contextmanager
def naming_the_contract(contract: Contract) -> Iterator[None]:
    """Tell of an exception that comes out of the contract's own functions.

    Raises:
        ContractError: there is one; any other goes on as it is.
    """
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        place = _place(contract, error)
        if place is None:
            raise
        said = f"its code raised {type(error).__name__}: {error}, {place}"
        raise ContractError(f"contract {contract.name}", said, "correct the contract") from error


def _place(contract: Contract, error: Exception) -> str | None:
    """The last line of the contract's files on the way to an error; None without one."""
    functions = (contract.decide, contract.evolve, contract.view, contract.events,
                 contract.boundaries)
    files = {f.__code__.co_filename for f in functions
             if hasattr(f, "__code__") and not str(f.__module__).startswith(OURS)}
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
    return f"in {frames[-1].name}, {frames[-1].filename}:{frames[-1].lineno}" if frames else None
