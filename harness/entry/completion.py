"""The command ``completion``: a script for a shell, made by shtab of the parser."""

from __future__ import annotations

import argparse
from importlib.util import find_spec

from harness.core.errors import UserMistake
from harness.entry import cli, parsing

EXTRA = "pip install 'cqrs-conformance[completion]'"


def completion(given: argparse.Namespace, _: list[str]) -> int:
    """Print the script.

    Raises:
        UserMistake: shtab is not installed.
    """
    if find_spec("shtab") is None:
        raise UserMistake("completion", "shtab is not installed", EXTRA)
    import shtab

    top, _each = parsing.parser((c.name, c.help, c.epilogue, c.add) for c in cli.COMMANDS)
    print(shtab.complete(top, given.shell))
    return 0
