"""The command as its users have it: exit codes, messages, and the report."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.core.contract_registry import reference_template
from harness.core.errors import StageError
from harness.entry import cli
from harness.functions.invocation import HandlerError
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT

REFERENCE = reference_template(CONTRACT)
COMMAND = [sys.executable, "-m", "cqrs_conformance"]
FAST = ("--requirement", "API-03", "--seed", "7", "--profile", "smoke")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str

    @property
    def clean(self) -> bool:
        """True if neither stream has a traceback."""
        return "Traceback" not in self.out + self.error


def run(*arguments: str, hash_seed: str = "0") -> Ended:
    done = subprocess.run(
        [*COMMAND, "run", *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONHASHSEED": hash_seed})
    return Ended(done.returncode, done.stdout, done.stderr)


def copied(folder: Path, path: str, old: str, new: str) -> str:
    """The reference implementation with a change; gives its template."""
    copytree(REFERENCE.parent, folder / "copy")
    changed = folder / "copy" / path
    text = changed.read_text("utf-8")
    assert old in text
    changed.write_text(text.replace(old, new), "utf-8")
    return str(folder / "copy" / REFERENCE.name)


def without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items()
                if k not in ("seconds", "reason", "started", "measured")}
    return [without_seconds(v) for v in value] if isinstance(value, list) else value


def misnaming(folder: Path) -> str:
    """An implementation whose query shows another customer."""
    return copied(folder, "lambdas/query.py", "reply(200, shown)",
                  'reply(200, {**shown, "customer": "?"})')


class TestConforming:
    def test_passes(self, tmp_path: Path) -> None:
        """An implementation that conforms ends with 0, plain lines, and a report.

        What is passed on to pytest (-x, -k, --junitxml) works, and the report has what was
        selected.
        """
        path, xml = tmp_path / "new" / "report.json", tmp_path / "junit.xml"
        ended = run("--seed", "7", "--profile", "smoke", "--report-json", str(path), "--", "-x",
                    "-k", "unknown_ids", f"--junitxml={xml}")
        report = json.loads(path.read_text("utf-8"))
        assert (ended.code, ended.error, "\x1b" in ended.out, report["verdict"]) == (
            0, "", False, "selected requirements passed")
        assert list(report) == [
            "format", "version", "tool", "started", "options", "verdict", "stage", "contract",
            "template", "profile", "seed", "seconds", "counts", "groups", "requirements"]
        assert ([v["id"] for v in report["requirements"]], 'tests="1"' in xml.read_text("utf-8"),
                "\nAPI  1 passed" in ended.out) == (["API-03"], True, True)


class TestContractInAFile:
    def test_in_processes(self, tmp_path: Path) -> None:
        """Each process of pytest-xdist imports the contract, and what stands beside it."""
        (tmp_path / "beside.py").write_text("from scenarios.domains.orders import CONTRACT\n",
                                            "utf-8")
        path = tmp_path / "shop.py"
        path.write_text("from beside import CONTRACT as SHOP\n", "utf-8")
        ended = run("--contract", f"{path}:SHOP", *FAST, "--", "-n", "1")
        assert (ended.code, ended.clean, f"contract {path}:SHOP" in ended.out) == (0, True, True)

    def test_broken(self, tmp_path: Path) -> None:
        """A file that raises is refused with its line, and without a traceback."""
        path = tmp_path / "shop.py"
        path.write_text("\nraise RuntimeError('not today')\n", "utf-8")
        ended = run("--contract", str(path), *FAST)
        assert (ended.code, ended.clean, ended.error) == (
            2, True, f"ERROR: contract file {path}: line 2 of shop.py: RuntimeError: not today; "
                     "correct it\n")


class TestViolated:
    def test_repeats(self, tmp_path: Path) -> None:
        """One seed, one result: whatever the hash seed, in one process or in two."""
        template = misnaming(tmp_path)
        reports = []
        for number, more in enumerate(((), ("--workers", "2"))):
            path = tmp_path / f"{number}.json"
            ended = run("--template", template, "--requirement", "API-02", "API-13", "--seed", "7",
                        "--profile", "smoke", "--report-json", str(path), *more,
                        hash_seed=str(number + 1))
            assert (ended.code, ended.clean, "nodes" in ended.out) == (1, True, False)
            reports.append(without_seconds(json.loads(path.read_text("utf-8"))))
        assert reports[0] == reports[1]
        found = reports[0]["requirements"][0]["counterexample"]
        assert {"scenario", "history", "expected", "observed"} <= found.keys()

    def test_one_cause(self, tmp_path: Path) -> None:
        """One fault that violates two requirements has one scenario on the terminal."""
        template = copied(tmp_path, "lambdas/query.py", "reply(200, shown)", "reply(500, shown)")
        ended = run("--template", template, "--requirement", "API-02", "API-13", "--seed", "7",
                    "--profile", "smoke")
        assert ended.out.count("The smallest scenario found") == 1
        assert "One cause with API-02, whose scenario shows it." in ended.out
        assert "one cause: API-02, which API-13 shows as well" in ended.out


class TestMistakes:
    @pytest.mark.parametrize(("arguments", "message"), [
        (("--requirement", "prj-2"), "did you mean PRJ-02?"),
        (("--template", "nowhere.yaml"), "no such file; give the path of a template"),
    ])
    def test_one_message(self, arguments: tuple[str, ...], message: str) -> None:
        """A user's mistake ends with 2 and one message, before pytest starts or in it."""
        ended = run(*arguments)
        assert (ended.code, ended.clean, ended.error.count(message), ended.out.strip()) == (
            2, True, 1, "")

    def test_no_command_function(self, tmp_path: Path) -> None:
        """A template without a function behind the contract's route ends with 2."""
        ended = run("--template", copied(tmp_path, "template.yaml", "Method: post", "Method: put"))
        assert (ended.code, ended.error.count("expected a function behind POST /orders")) == (2, 1)

    def test_nothing_selected(self) -> None:
        """When nothing is judged there is no verdict."""
        ended = run(*FAST, "--", "-k", "nothing_of_the_kind")
        assert (ended.code, "nothing was judged" in ended.out) == (3, True)


class TestNoVerdict:
    def test_told_once(self, tmp_path: Path) -> None:
        """Where no function can run it is told once, and every requirement is errored."""
        report = tmp_path / "report.json"
        template = copied(tmp_path, "template.yaml", "TABLE_NAME:", "TABLE:")
        ended = run("--template", template, "--report-json", str(report))
        counts = json.loads(report.read_text("utf-8"))["counts"]
        told = ended.out.count("set the environment variables TABLE_NAME")
        assert (ended.code, ended.clean, told, counts["errored"]) == (
            3, True, 1, len(CONTRACT.requirements))

    @pytest.mark.parametrize(("path", "old", "new", "message"), [
        ("lambdas/query.py", "import aws", "import nothing_here",
         r"function QueryFunction cannot be loaded: ImportError.*query\.py.*install what it"),
        ("template.yaml", "python3.13", "ruby3.3",
         r"runtime ruby3\.3 has no known starting command; name one under runtimes"),
    ], ids=["import", "runtime"])
    def test_no_stage(self, tmp_path: Path, path: str, old: str, new: str, message: str) -> None:
        """A function that cannot be hosted is an error with reason and remedy."""
        template = load(Path(copied(tmp_path, path, old, new)))
        with pytest.raises((StageError, HandlerError), match=message):
            MotoStage(template, CONTRACT.path).open()

    @pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "2"), (signal.SIGTERM, "1")])
    def test_interrupted(self, tmp_path: Path, number: signal.Signals, workers: str) -> None:
        """Ctrl-C or SIGTERM ends a run soon; it says what was not judged, and leaves no folder."""
        path, temporary = tmp_path / "report.json", tmp_path / "temporary"
        temporary.mkdir()
        with subprocess.Popen(
            [*COMMAND, "run", "-v", "--seed", "7", "--report-json", str(path), "--profile",
             "smoke", "--workers", workers], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        ) as process:
            assert process.stdout is not None
            first = next(line for line in process.stdout if line.startswith("API-01"))
            process.send_signal(number)
            started = time.monotonic()
            rest = process.stdout.read()
        report = json.loads(path.read_text("utf-8"))
        left = list(temporary.iterdir())
        assert (process.returncode, "Traceback" in rest, "KeyboardInterrupt" in rest,
                report["verdict"], left) == (3, False, False, "no verdict", [])
        assert {v["outcome"] for v in report["requirements"]} <= {"passed", "not run"}
        assert (first[:6], time.monotonic() - started < 15) == ("API-01", True)


class TestStopped:
    def test_not_reached(self, tmp_path: Path) -> None:
        """With -x what comes after the first failure is not reached, and said to be."""
        path = tmp_path / "report.json"
        template = copied(tmp_path, "lambdas/query.py", "front_door.reply(404,",
                          "front_door.reply(500,")
        run("--template", template, "--requirement", "QRY-04", "API-03", "--seed", "7",
            "--profile", "smoke", "--report-json", str(path), "--", "-x")
        verdicts = json.loads(path.read_text("utf-8"))["requirements"]
        assert [(v["id"], v["outcome"], v["reason"][:11]) for v in verdicts] == [
            ("API-03", "failed", "a query got"), ("QRY-04", "not run", "not reached")]


    def test_enough(self, tmp_path: Path) -> None:
        """--max-failures ends a run; JUnit has the id, level and seed; - is standard output."""
        ended = run("--template", misnaming(tmp_path), "--requirement", "API-02,API-03", "--seed",
                    "7", "--profile", "smoke", "--max-failures", "1", "--report-json", "-", "--",
                    "-k", "API-02 or API-03", f"--junitxml={tmp_path / 'junit.xml'}")
        verdicts = json.loads(ended.out)["requirements"]
        assert [(v["id"], v["outcome"]) for v in verdicts] == [
            ("API-02", "failed"), ("API-03", "not run")]
        case = ElementTree.parse(tmp_path / "junit.xml").find(".//testcase")
        assert case is not None
        assert ("[API-02]" in case.attrib["name"],
                {each.attrib["name"]: each.attrib["value"] for each in case.iter("property")}) == (
            True, {"requirement": "API-02", "level": "MUST", "seed": "7"})

    def test_no_more_time(self) -> None:
        """With --max-time no requirement begins after it, and the verdict is about the others."""
        ended = run("--requirement", "API-03,API-12", "--seed", "7", "--profile", "smoke",
                    "--max-time", "0.01s")
        assert ("not run" in ended.out, "verdict: conforms" in ended.out) == (True, False)


class TestRequirements:
    def test_text(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The requirements are listed, one a line."""
        code = cli.main(["requirements"])
        assert (code, len(capsys.readouterr().out.splitlines())) == (0, len(CONTRACT.requirements))

    def test_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Or as JSON, with what each needs."""
        cli.main(["requirements", "--json"])
        first = json.loads(capsys.readouterr().out)[0]
        assert (list(first), first["needs"]) == (["id", "level", "needs", "requirement"], ["http"])

    def test_unknown_contract(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An unknown contract ends with 2."""
        assert (cli.main(["requirements", "--contract", "x"]), capsys.readouterr().err) == (
            2, "ERROR: contract 'x': there is none; known: " + ", ".join(_known()) + "\n")


def _known() -> list[str]:
    from importlib.metadata import entry_points

    return sorted(entry.name for entry in entry_points(group="cqrs_conformance.contracts"))


class TestPlugin:
    def test_stays_away(self) -> None:
        """In a session without a suite the plugin leaves no package of the harness."""
        probe = ("import sys, pytest; pytest.main(['--version']); "
                 "print([m for m in sys.modules if m.partition('.')[0] in "
                 "('harness', 'scenarios', 'reference_impl', 'boto3', 'moto')])")
        done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True,
                              check=False)
        assert done.stdout.splitlines()[-1] == "[]"
