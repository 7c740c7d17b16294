"""The command line's parser: whole option names only, and mistakes told in two lines.

The module imports nothing heavy, so that a mistake is told at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from harness.core.errors import USAGE

NAME = "cqrs-conformance"
Add = Callable[[argparse.ArgumentParser], None]


class Parser(argparse.ArgumentParser):
    """A parser that tells a mistake in two lines, on stderr."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        """End with a sentence and the place of the help."""
        plain = re.sub(r"invalid _\w+ value", "invalid value", message)  # not a function's name
        print(f"ERROR: {plain}\nsee: {self.prog} --help", file=sys.stderr)
        sys.exit(USAGE)


class _Version(argparse.Action):
    """Prints the version; looking it up costs time that other commands need not spend."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(f"{NAME} {own_version()}")
        parser.exit()


def parser(
    commands: Iterable[tuple[str, str, str | None, Add]],
) -> tuple[Parser, dict[str, Parser]]:
    """Return the parser of some commands, and that of each one by its name."""
    top = Parser(prog=NAME, description="Judge a serverless CQRS system by its contract.")
    top.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    parsers = top.add_subparsers(dest="command", metavar="COMMAND")
    each: dict[str, Parser] = {}
    for name, text, epilogue, add in commands:
        each[name] = parsers.add_parser(name, help=text, epilog=epilogue)
        add(each[name])
    return top, each


def parsed(top: Parser, each: dict[str, Parser], words: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; a command and options that do not exist end the program."""
    first = next((word for word in words if not word.startswith("-")), None)
    if first is not None and first not in each:
        top.error(f"{first!r}: there is no such command{_near(first, each)}; "
                  f"there are {', '.join(each)}")
    given, unknown = top.parse_known_args(words)
    if given.command is None and unknown:
        near = _near(unknown[0], ["--version", "--help"])
        top.error(f"{unknown[0]}: there is no such option{near}")
    if given.command is None:
        top.error(f"a command is missing; there are {', '.join(each)}")
    if unknown:
        one = each[given.command]
        options = re.findall(r"--[a-z][a-z-]*", one.format_help())
        one.error(f"{' '.join(unknown)}: {given.command} has no such option"
                  f"{_near(unknown[0].partition('=')[0], options, 0.7)}")
    return given


def _near(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"; did you mean {near[0]}?" if near else ""


def own_version() -> str:
    """Return the version of the distribution; empty if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(NAME)
    except PackageNotFoundError:
        return ""
