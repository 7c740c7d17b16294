"""The command ``completion``: a script for a shell, made by shtab of the parser."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from harness.core.errors import UserMistake
from harness.entry.cli import command_parsers

EXTRA = "pip install 'cqrs-conformance[completion]'"


def completion(given: argparse.Namespace, _: list[str]) -> int:
    """Print the script.

    Raises:
        UserMistake: shtab is not installed.
    """
    if find_spec("shtab") is None:
        raise UserMistake("completion", "shtab is not installed", EXTRA)
    import shtab

    print(shtab.complete(command_parsers()[0], given.shell))
    return 0
