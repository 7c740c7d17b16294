"""The command line: ``cqrs-conformance``, or ``python -m cqrs_conformance``.

Three things come before anything else is imported: modules of the folder that the user is in stay
out, packages of common names mean ours, and the process does not hold the secrets of whoever runs
it where functions run in it.
"""

import os
import signal
import sys
from collections.abc import Sequence

from cqrs_conformance.own_packages import claim
from cqrs_conformance.own_secrets import start_without_secrets

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        if arguments is None:
            start_without_secrets(sys.argv[1:])
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        claim()
        from harness.entry.cli import main as run
    except KeyboardInterrupt:
        print("no verdict: the run was interrupted", file=sys.stderr)
        return 3
    return run(arguments)


if __name__ == "__main__":
    if sys.path[:1] == [os.getcwd()]:  # of "python -m"; the command cqrs-conformance has none
        del sys.path[0]
    sys.exit(main())
