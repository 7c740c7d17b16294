"""The judge of a run, without pytest: mistakes, commands, and a stage that does not open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from harness.core.contract_registry import ContractError
from harness.core.errors import HarnessError, StageError, UserMistake
from harness.entry import judge as judging
from harness.entry.banner import opening_lines
from harness.entry.judge import Judge
from harness.entry.options import RunOptions
from tests.harness.entry.test_cli import copied
from tests.systems.building import ROOM as FOLDER

STOCK = {"contract": f"{FOLDER}/stock/contract.py:CONTRACT",
         "dialect": f"{FOLDER}/stock/dialect.toml"}


def judge(**given: Any) -> Judge:
    return Judge(RunOptions(seed=7, **given), lambda _: None)


class TestCheck:
    def test_right(self) -> None:
        """A run without options has no mistake in it."""
        judge().check(processes=True)

    @pytest.mark.parametrize(("given", "message"), [
        ({"contract": "none"}, "contract 'none': there is none; known: "),
        ({"requirement": ("API-99",)}, "requirement 'API-99'"),
        ({"exclude": ("a",)}, "contract orders has none of that id"),
        ({"baseline": "nowhere.toml"}, "baseline nowhere.toml: "),
        ({"template": "/nowhere.yaml"}, "template /nowhere.yaml"),
        ({"template": __file__}, "expected YAML or JSON"),
        ({"stage": "http"}, "--stage http: give --base-url"),
        ({"stage": "http", "base_url": "ftp://x"}, "--base-url: expected http://HOST"),
        ({"header": ("A: b",)}, "--header: belongs to --stage"),
        ({"baseline": __file__}, "give a TOML file"),
        ({"dialect": __file__}, "expected a TOML file"),
        ({"stage": "http", "base_url": "http://h"}, "-n: one process plays many"),
        ({"base_url": "http://h"}, "--base-url: belongs to --stage http"),
        ({"functions": "hosted"}, "--functions hosted: belongs to"),
        ({"report_json": "/dev/null/x"}, "report /dev/null/x: cannot be written"),
        ({"dialect": "/nowhere.toml"}, "dialect /nowhere.toml: expected a TOML file"),
        ({"stage": "http", "base_url": "http://h", **STOCK}, "invoke RegisterFunction, which no"),
        ({"stage": "aws", "stack_name": "s", **STOCK},
         "--stack-name: expected the default dialect"),
    ])
    def test_mistakes(self, given: dict[str, Any], message: str) -> None:
        """A mistake in the options is found before anything runs."""
        with pytest.raises(UserMistake, match=message):
            judge(**given).check(processes=True)


    @pytest.mark.parametrize(("old", "new", "message"), [
        ("!Ref EventBucket", "!Ref EventBuckett", "got EventBuckett; did you mean EventBucket"),
        ("python3.13", "cobol85", "expected a runtime of .*, got cobol85"),
        ("CodeUri: .", "CodeUri: nowhere", "expected its code at .*nowhere"),
    ], ids=["reference", "runtime", "code"])
    def test_template(self, tmp_path: Path, old: str, new: str, message: str) -> None:
        """A template that AWS would refuse, or nothing could start, is refused at first."""
        template = copied(tmp_path, "template.yaml", old, new)
        with pytest.raises(UserMistake, match=message):
            judge(template=template).check(processes=False)


class TestOpening:
    def test_another_python(self, tmp_path: Path) -> None:
        """A runtime other than the running Python is told once; the running one is not."""
        here = "python{}.{}".format(*sys.version_info)
        told = [opening_of(copied(tmp_path / name, "template.yaml", "python3.13", name))
                for name in ("python3.9", here)]
        assert [[line for line in lines if " run on " in line] for lines in told] == [
            [f"  functions of python3.9 run on {here} here"], []]


def opening_of(template: str) -> list[str]:
    return list(opening_lines(judge(template=template), 1, 0))


class TestCampaign:
    def test_failure_is_remembered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stage that does not open is tried once, and the error is raised again."""
        tries = []

        def fail(*_: Any) -> None:
            tries.append(1)
            raise StageError("the stage", "is gone")

        monkeypatch.setattr(judging, "open_stage", fail)
        one = judge()
        for _ in range(2):
            with pytest.raises(HarnessError, match="the stage: is gone"):
                one.campaign()
        assert (len(tries), str(one.failure), one.close()) == (1, "the stage: is gone", None)

    def test_left_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A stage that cannot be removed is reported, and raises nothing."""
        def close() -> None:
            raise StageError("stack x", "is still there")

        monkeypatch.setattr(judging, "open_stage", lambda *_: judging.Opened(None, close))  # type: ignore[arg-type]  # no campaign is played
        one = judge()
        one.campaign()
        assert one.close() == "stack x: is still there"


class TestWords:
    def test_command(self) -> None:
        """The command that shows a failure again has the options that matter."""
        one = judge(contract="a b.py", template="t.yaml", strict=True)
        assert one.command("API-01") == (
            "cqrs-conformance run --contract 'a b.py' --template t.yaml --profile quick "
            "--requirement API-01 --seed 7 --strict --no-known")

    def test_remote(self) -> None:
        """A stage elsewhere is named with its address."""
        one = judge(stage="http", base_url="http://h/")
        assert "--stage http --base-url http://h --settle-seconds 30" in one.command("API-01")

    def test_implementation(self) -> None:
        """The report names the template, the stack, or nothing for a black box."""
        names = [judge().implementation(), judge(stage="aws", stack_name="shop").implementation(),
                 judge(stage="http", base_url="http://h").implementation()]
        assert (Path(str(names[0])).name, *names[1:]) == ("template.yaml", "stack shop", None)

    def test_wanted(self) -> None:
        """All requirements are wanted unless some are named."""
        assert (judge(requirement=("API-01",)).wanted, len(judge().wanted) > 20) == (
            ("API-01",), True)

    def test_unknown_contract(self) -> None:
        """A contract that does not exist is an error wherever it is needed first."""
        with pytest.raises(ContractError):
            _ = judge(contract="none").wanted
