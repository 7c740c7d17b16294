"""The command's process: what comes before the command line itself is imported.

Modules of the folder that the user is in stay out, packages of common names mean ours, and the
process does not hold the secrets of whoever runs it where functions run in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from mmap import mmap

from cqrs_conformance.own_packages import claim
from cqrs_conformance.own_secrets import start_without_secrets
from cqrs_conformance.supervision import supervised

__all__ = ["command", "command_line"]

MODES_OF_MOTO = ("TEST_SERVER_MODE", "TEST_PROXY_MODE")
"""Variables by which moto sends its calls to a server of the user's; it reads them at import."""


def command() -> int:
    """Run the command line of this process and return its exit code."""
    start_without_secrets(sys.argv[1:])
    return supervised(lambda note: command_line(None, note), sys.argv[1:])


def command_line(arguments: Sequence[str] | None, note: mmap | None = None) -> int:
    """Run the command line, None: of this process; return the exit code.

    ``note``: the memory where the parent of this process reads what it does.
    """
    claim()
    for name in MODES_OF_MOTO:
        os.environ.pop(name, None)
    from harness.core import last_invocation
    from harness.entry.cli import main

    if note is not None:
        last_invocation.keep_in(note)
    return main(arguments)
