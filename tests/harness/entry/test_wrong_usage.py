"""Wrong usages: exit code 2, one sentence and the place of the help, at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.entry import cli

WRONG = {
    (): "a command is missing; there are run, replay",
    ("fly",): "'fly': there is no such command; there are run",
    ("rnu",): "did you mean run?",
    ("run", "--stage", "mars"): "invalid choice: 'mars'",
    ("run", "--profile", "huge"): "invalid choice: 'huge'",
    ("run", "--prof", "ci"): "--prof: run has no such option; did you mean --profile?",
    ("run", "--templates", "x"): "did you mean --template?",
    ("run", "--seed", "x"): "invalid int value: 'x'",
    ("run", "--max-failures", "0"): "--max-failures: invalid positive value: '0'",
    ("run", "--max-time", "soon"): "--max-time: invalid duration value: 'soon'",
    ("run", "a.yaml", "--template", "b.yaml"): "a.yaml and b.yaml: give one template",
    ("run", "--requirement", "API-01", "a.yaml", "b.yaml"): "a.yaml and b.yaml: give one template",
    ("replay",): "the following arguments are required: FILE",
    ("power", "--jobs", "0"): "expected 1 or more, got 0",
    ("serve", "--port", "70000"): "70000: expected 0 to 65535",
    ("--nothing",): "a command is missing",
}


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_two_lines(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake is told in two lines on stderr, the second one leading to the help."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    out, error = capsys.readouterr()
    lines = error.splitlines()
    assert (ended.value.code, out, len(lines), lines[0][:7], lines[1][:21]) == (
        2, "", 2, "ERROR: ", "see: cqrs-conformance")
    assert WRONG[words] in lines[0]


@pytest.mark.parametrize(("words", "code"), [
    (("run", "--nope"), 2), (("--version",), 0), (("--help",), 0),
], ids=["wrong", "version", "help"])
def test_imports_little(words: tuple[str, ...], code: int) -> None:
    """A command that needs no stage imports none, so that it is there at once."""
    probe = (f"import sys\nfrom cqrs_conformance.__main__ import main\ntry: main({words!r})\n"
             "except SystemExit as ended: code = ended.code\n"
             "heavy = [m for m in ('hypothesis', 'boto3', 'moto', 'pytest', 'rich') "
             "if m in sys.modules]\nprint(code or 0, heavy)")
    ended = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True,
                           check=False)
    assert ended.stdout.splitlines()[-1] == f"{code} []"


def test_template_in_place() -> None:
    """A template may stand without its option, behind a list of requirements too."""
    from harness.entry import command_options, parsing

    top, each = parsing.parser((c.name, c.help, c.epilogue, c.add) for c in cli.COMMANDS)
    for words in (["run", "a.yaml"], ["run", "--requirement", "PRJ", "a.yaml"]):
        given = command_options.with_template(parsing.parsed(top, each, words))
        assert given.template == "a.yaml"
