"""Options: written once, for argparse and for pytest, and read back as typed values."""

from __future__ import annotations

import argparse
from dataclasses import fields

import pytest

from harness.entry import cli
from harness.entry import command_options as commands
from harness.entry.options import JUDGED, OPTIONS, REACHING, RunOptions, announces_a_run
from harness.stages.options import StageOptions, add_option, foreign_to, from_given


def parsed(prefix: str = "--", *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for declared in OPTIONS.values():
        add_option(parser.add_argument, declared, prefix=prefix)
    return parser.parse_args(words)


class TestRunOptions:
    def test_defaults(self) -> None:
        """Without words the parser gives the defaults of the fields."""
        assert from_given(RunOptions, vars(parsed())) == RunOptions()

    def test_values(self) -> None:
        """Values are typed, and options that are given several times are tuples."""
        given = from_given(RunOptions, vars(parsed(
            "--", "--rate", "2", "--header", "a: b", "--header", "c: d", "--replays", "3",
            "--deploy", "--max-minutes", "1")))
        assert (given.rate, given.header, given.replays, given.deploy, given.max_minutes) == (
            2.0, ("a: b", "c: d"), 3, True, 1.0)

    def test_all_placed(self) -> None:
        """The command run has every option but the one that only the plugin knows."""
        assert {*JUDGED, *REACHING} == {f.name for f in fields(RunOptions)} - {"quiet_pytest"}

    def test_announced(self) -> None:
        """An option of a suite announces a run, one of a stage does not."""
        assert (announces_a_run(RunOptions(contract="accounts")),
                announces_a_run(RunOptions(stage="http"))) == (True, False)


class TestForeign:
    def test_zero_is_given(self) -> None:
        """A 0 is a value: it is foreign to a stage where the option means nothing."""
        assert foreign_to(StageOptions(stage="http", max_minutes=0.0)) == {
            "max_minutes": ("aws",)}

    def test_nothing(self) -> None:
        """Defaults are foreign to no stage."""
        assert [foreign_to(StageOptions(stage=s)) for s in ("moto", "http")] == [{}, {}]


@pytest.mark.parametrize("command", ["run", "serve", "replay", "check", "power", "requirements"])
def test_contract_everywhere(command: str) -> None:
    """Every command that judges takes a contract, by name or in a file."""
    (row,) = (each for each in cli.COMMANDS if each.name == command)
    parser = argparse.ArgumentParser()
    row.add(parser)
    assert "--contract NAME|FILE.py:NAME" in parser.format_help().replace("\n", "")
    assert commands.OPTIONS["contract"].metadata["form"].metavar == "NAME|FILE.py:NAME"
