"""The command ``cqrs-conformance``: one row for each of its commands, and one handler of errors.

Exit: 0 conforms, 1 does not, 2 wrong usage, 3 no verdict.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from harness.core.errors import NO_VERDICT, USAGE, HarnessError
from harness.entry import command_options as options
from harness.entry import parsing
from harness.entry.options import STANDARD_OUTPUT


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its help, its options, and the function that runs it.

    ``function`` is ``MODULE:NAME`` in this package, imported when the command runs; it takes the
    parsed arguments and those after ``--``, and returns the exit code. ``judges``: it ends with
    a verdict, or without one. ``plays``: it plays without a report that names missing speed-ups.
    ``opens``: its first line begins with the name and version, which take no time to find.
    """

    name: str
    help: str
    add: parsing.Add
    function: str
    epilogue: str | None = None
    judges: bool = False
    plays: bool = False
    opens: bool = False

    def run(self, given: argparse.Namespace, passed_on: list[str]) -> int:
        """Run the command."""
        module, _, name = self.function.partition(":")
        function: Callable[[argparse.Namespace, list[str]], int] = getattr(
            import_module(f"harness.entry.{module}"), name)
        for line in _missing_speedups() if self.plays else ():
            print(line, file=sys.stderr)
        return function(given, passed_on)

    def closing_line(self, error: HarnessError) -> str:
        """Return the line that says how the command ended."""
        without_verdict = self.judges and error.exit_code != USAGE
        return f"{'no verdict' if without_verdict else 'ERROR'}: {error}"


COMMANDS = (
    Command("run", "judge an implementation", options.of_run, "run:run",
            "What stands after -- is passed on to pytest.", judges=True, opens=True),
    Command("replay", "play a saved counterexample again", options.of_replay, "replay:play_again",
            judges=True, plays=True),
    Command("check", "judge a saved history again, without a stage", options.of_check,
            "check:judge_again", judges=True),
    Command("power", "how many known bugs are found, and how soon", options.of_power,
            "power:measure", plays=True),
    Command("serve", "an implementation behind HTTP on loopback", options.of_serve, "serve:serve",
            "Its address is printed; Ctrl-C ends it.", plays=True),
    Command("cleanup", "remove what killed runs left on AWS", options.of_cleanup, "cleanup:clean",
            "Found by tag, and by what runs noted in .cqrs-conformance/runs; nothing else is "
            "touched."),
    Command("adopt", "draft a first dialect and contract from a template", options.of_adopt,
            "adopt:adopt", "No file is overwritten."),
    Command("check-template", "check a template, contract and dialect, in a second",
            options.of_check_template, "check_template:check",
            "Nothing runs without --try. Exit 0 without a mistake, 2 with one."),
    Command("audit", "compare views with the fold of stored events", options.of_audit,
            "audit:audit", "Nothing is played. Exit 0: nothing found, 1: findings.", judges=True),
    Command("soak", "send load to a deployed system, and judge it meanwhile", options.of_soak,
            "soak:soak", "Exit 0 without a violation, 1 with one.", judges=True),
    Command("completion", "print a script that completes the command line in a shell",
            options.of_completion, "completion:completion"),
    Command("compare", "reports side by side: what changed", options.of_compare,
            "compare:compare", "Exit 1: what passed in the first report failed in the last."),
    Command("explain", "why a requirement is there, and how to meet it", options.of_explain,
            "explain:explain"),
    Command("requirements", "list what a contract requires", options.of_requirements,
            "requirements:list_them"),
)


def command_parsers() -> tuple[parsing.Parser, dict[str, parsing.Parser]]:
    """Return the parser of the whole command line, and that of each command by its name."""
    return parsing.parser((c.name, c.help, c.epilogue, c.add) for c in COMMANDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    own, passed_on = _split(list(sys.argv[1:] if arguments is None else arguments))
    top, parsers = command_parsers()
    given = parsing.parsed(top, parsers, own)
    try:
        options.with_template(given)
    except argparse.ArgumentTypeError as error:
        parsers[given.command].error(str(error))
    (command,) = (each for each in COMMANDS if each.name == given.command)
    try:
        if command.opens and given.report_json != STANDARD_OUTPUT and sys.stdout.isatty():
            _open()
        return command.run(given, passed_on)
    except HarnessError as error:
        print(command.closing_line(error), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_VERDICT
    except Exception:
        traceback.print_exc()
        print("no verdict: an error in cqrs-conformance itself; please report it with the lines "
              "above", file=sys.stderr)
        return NO_VERDICT


def _open() -> None:
    """Begin the opening line on a terminal; it is written over once the template is read."""
    print(f"{parsing.NAME} {parsing.own_version()}", end="\r", flush=True)


def _missing_speedups() -> tuple[str, ...]:
    found: tuple[str, ...] = import_module("harness.stages.embedded.speedups").missing_speedups()
    return found


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before and after the first ``--``."""
    if "--" not in given:
        return given, []
    place = given.index("--")
    return given[:place], given[place + 1 :]
