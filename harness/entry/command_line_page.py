"""The page of the command line in the documentation, made of the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

from harness.entry.cli import COMMANDS, Command, command_parsers

HEAD = """# The command line

After this page you know every command and option. `cqrs-conformance COMMAND --help` says the same.

Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 no verdict.
"""


def page() -> str:
    """Return the page as Markdown."""
    _, parsers = command_parsers()
    sections = (line for each in COMMANDS
                for line in _section(each, parsers[each.name].format_help()))
    return "\n".join([HEAD, *sections])


def _section(command: Command, options: str) -> Iterator[str]:
    yield f"## {command.name}\n"
    yield f"{command.help[:1].upper()}{command.help[1:]}.\n"
    yield f"```text\n{options.strip()}\n```\n"
