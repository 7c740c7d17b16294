"""The machinery's own ways to say no, beside the domain's, and HTTP's word for each."""

from collections.abc import Mapping

from .domain.interface import (
    AlreadyExistsError,
    DoesNotExistError,
    InvalidCommandError,
    RefusedError,
    RejectedError,
)


class TooLargeError(RejectedError):
    """The body is larger than any command."""


class KeyReusedError(RejectedError):
    """The Idempotency-Key came before, with another command."""


class LostRaceError(RejectedError):
    """Other commands on the aggregate were always faster: nothing is stored, send it again."""


STATUS: Mapping[type[RejectedError], int] = {
    InvalidCommandError: 400,
    TooLargeError: 413,
    KeyReusedError: 422,
    LostRaceError: 409,
    AlreadyExistsError: 409,
    DoesNotExistError: 404,
    RefusedError: 409,
    RejectedError: 400,
}


def status(error: RejectedError) -> int:
    """Return the status of the error's class, or of the nearest one above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
