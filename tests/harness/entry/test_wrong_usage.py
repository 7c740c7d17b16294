"""Wrong usages: exit code 2, one sentence and the place of the help, at once."""

from __future__ import annotations

import resource
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
    ("--nothing",): "--nothing: there is no such option",
    ("--verison",): "--verison: there is no such option; did you mean --version?",
    ("run", "--template", ""): "the template: its name is empty",
    ("run", ""): "the template: its name is empty",
    ("run", "--template"): "argument --template: expected one argument",
    ("run", "--requirement"): "argument --requirement: expected at least one argument",
    ("run", "--no-known=yes"): "ignored explicit argument 'yes'",
    ("run", "--workers", "0"): "expected 1 or more, got 0",
    ("run", "--workers", "x"): "argument --workers: invalid value: 'x'",
    ("run", "--max-time", "-5"): "--max-time: invalid duration value: '-5'",
    ("run", "-x"): "-x: run has no such option",
    ("soak", "--minutes", "x"): "argument --minutes: invalid value: 'x'",
    ("cleanup", "--older-than", "x"): "--older-than: invalid float value: 'x'",
    ("completion", "fish"): "invalid choice: 'fish'",
    ("compare",): "the following arguments are required: FILE",
    ("check-template",): "the following arguments are required: TEMPLATE",
    ("audit", "nothing"): "nothing: audit has no such option",
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


SENTENCES = {
    ("run", "--exclude", "API-99"): "none of that id; did you mean API-09?",
    ("replay", "nofile.json"): "nofile.json: cannot be read",
    ("replay", __file__): "not a counterexample of cqrs-conformance",
    ("check", "nofile.json"): "nofile.json: cannot be read",
    ("check", __file__): "neither a counterexample nor a history",
    ("compare", "a.json", "b.json"): "a.json: cannot be read",
    ("compare", __file__, __file__): "give a file of --report-json",
    ("explain", "XXX-99"): "none of that id; see: cqrs-conformance requirements",
    ("requirements", "--contract", "none"): "contract 'none': there is none; known: ",
    ("serve", "nofile.yaml"): "template nofile.yaml: expected a template, got no such file",
    ("check-template", "nofile"): "template nofile: expected a template, got no such file",
    ("adopt",): "give TEMPLATE or --template TEMPLATE",
    ("audit",): "give --events PATH, or --stack-name NAME",
}
"""More of ``run`` are in test_judge.py: pytest tells them, as it does the one below."""


@pytest.mark.parametrize("words", SENTENCES, ids=lambda words: " ".join(words)[:40])
def test_a_sentence(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """A file or option that cannot be used is told on stderr, with a remedy, and is exit 2."""
    code = cli.main(words)
    out, error = capsys.readouterr()
    assert (code, out, error[:7], "Traceback" in error) == (2, "", "ERROR: ", False)
    assert SENTENCES[words] in error


def test_a_template_that_is_not_there() -> None:
    """It is told in the same way, under pytest too."""
    ended = subprocess.run([sys.executable, "-m", "cqrs_conformance", "run", "help"],
                           capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, "Traceback" in ended.stderr) == (2, "", False)
    assert "template help: expected a template, got no such file" in ended.stderr


def test_half_a_second() -> None:
    """A wrong option costs at most half a second of a processor, the best of three times."""
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "cqrs_conformance", "run", "--nope"],
                       capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    assert min(seconds() for _ in range(3)) <= 0.5


def test_template_in_place() -> None:
    """A template may stand without its option, behind a list of requirements too."""
    from harness.entry import command_options, parsing

    top, each = parsing.parser((c.name, c.help, c.epilogue, c.add) for c in cli.COMMANDS)
    for words in (["run", "a.yaml"], ["run", "--requirement", "PRJ", "a.yaml"]):
        given = command_options.with_template(parsing.parsed(top, each, words))
        assert given.template == "a.yaml"
