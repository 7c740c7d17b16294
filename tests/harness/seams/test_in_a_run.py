"""A run says which seam is gone: slower ones in a line, needed ones instead of a verdict."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = ("run", "--requirement", "API-03", "--seed", "7", "--profile", "smoke")


def run_after(statements: str, command: tuple[str, ...] = RUN) -> tuple[int, str]:
    """Exit code and output of a command in a process that has executed some statements."""
    program = (f"import sys; {statements}; from harness.entry.cli import main; "
               f"sys.exit(main({command}))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def run_without(module: str, attribute: str) -> tuple[int, str]:
    """The same where a module of another library lacks an attribute."""
    return run_after(f"import {module}; del {module}.{attribute}")


GONE = ("from harness.seams import botocore as b, seam; "
        "b.SPEEDUPS = (*b.SPEEDUPS, seam.Seam('botocore', 'botocore.utils', 'gone'))")


@pytest.mark.parametrize("command", ["replay", "power", "serve"])
def test_other_commands_have_the_line_too(command: str) -> None:
    """Each command that plays names a speed-up that is gone, also before a mistake ends it."""
    given = {"replay": ("nothing.json",), "power": ("--catalogue", "nothing:NOTHING"),
             "serve": ("--contract", "nothing")}
    code, output = run_after(GONE, (command, *given[command]))
    assert (code, output.count("Slower than usual: botocore ")) == (2, 1)


def test_a_speedup_that_is_gone_has_its_line() -> None:
    code, output = run_after(GONE)
    assert code == 0
    assert output.count("Slower than usual: botocore ") == 1
    assert "no longer has botocore.utils.gone, see harness/seams/botocore.py" in output


def test_a_seed_that_would_mean_something_else_gives_no_verdict() -> None:
    code, output = run_without("hypothesis.internal.conjecture.providers", "is_local_module_file")
    assert code == 3
    assert "install an older version of hypothesis" in output
    assert "Traceback" not in output


def test_a_stage_that_cannot_be_built_gives_no_verdict() -> None:
    code, output = run_without("concurrent.futures.thread", "_threads_queues")
    assert code == 3
    assert "no longer has concurrent.futures.thread._threads_queues" in output
