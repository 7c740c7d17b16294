"""The command line: ``cqrs-conformance``, or ``python -m cqrs_conformance``.

Three things come before anything else is imported: modules of the folder that the user is in stay
out, packages of common names mean ours, and the process does not hold the secrets of whoever runs
it where functions run in it.
"""

import os
import signal
import sys
from collections.abc import Sequence
from mmap import mmap

from cqrs_conformance.own_packages import claim
from cqrs_conformance.own_secrets import start_without_secrets
from cqrs_conformance.supervision import supervised

__all__ = ["main"]

MODES_OF_MOTO = ("TEST_SERVER_MODE", "TEST_PROXY_MODE")
"""Variables by which moto sends its calls to a server of the user's; it reads them at import."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        if arguments is None:
            start_without_secrets(sys.argv[1:])
            return supervised(_as_command, sys.argv[1:])
        return _run(arguments)
    except KeyboardInterrupt:
        return _interrupted()


def _as_command(note: mmap | None) -> int:
    """Run the command line of this process; ``note``: where its parent reads what it does."""
    try:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return _run(None, note)
    except KeyboardInterrupt:
        return _interrupted()


def _run(arguments: Sequence[str] | None, note: mmap | None = None) -> int:
    claim()
    for name in MODES_OF_MOTO:
        os.environ.pop(name, None)
    from harness.core import last_invocation
    from harness.entry.cli import main as run

    if note is not None:
        last_invocation.keep_in(note)
    return run(arguments)


def _interrupted() -> int:
    print("no verdict: the run was interrupted", file=sys.stderr)
    return 3


if __name__ == "__main__":
    if sys.path[:1] == [os.getcwd()]:  # of "python -m"; the command cqrs-conformance has none
        del sys.path[0]
    sys.exit(main())
