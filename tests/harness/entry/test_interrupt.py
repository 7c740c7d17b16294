"""Ctrl-C while something is begun: it arrives, and what is undone then is not disturbed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from harness.core.errors import NO_VERDICT
from harness.entry.interrupt import REPEAT_AFTER, Interrupt, held_back
from tests.harness.playground import playground, run


def test_arrives_at_once() -> None:
    """It is raised where the program happens to be."""
    reached = False
    with suppress(KeyboardInterrupt), Interrupt().noticed():
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert not reached


def test_swallowed() -> None:
    """If somebody swallows it, it is raised in the end."""
    with pytest.raises(KeyboardInterrupt), Interrupt().noticed(), suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


LOST = """
import os, signal, sys
sys.argv = ["cqrs-conformance", "run", "--profile", "smoke", "--requirement", "API-01"]
from contextlib import suppress
from harness.entry.session import Session
check = Session.check
def check_and_lose(self):
    check(self)
    with suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
        [].sort()
Session.check = check_and_lose
from cqrs_conformance.__main__ import main
sys.exit(main())
"""


def test_lost_before_the_stage_is_opened(tmp_path: Path) -> None:
    """An interrupt that a library has lost ends the run before its stage is opened."""
    ended = subprocess.run([sys.executable, "-c", LOST], cwd=tmp_path, capture_output=True,
                           text=True, timeout=120, check=False)
    assert (ended.returncode, "passed" in ended.stdout) == (NO_VERDICT, False)
    assert "the run was interrupted" in ended.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handler_is_put_back(number: signal.Signals) -> None:
    """Afterwards the signals are whose they were."""
    before = signal.getsignal(number)
    with Interrupt().noticed():
        pass
    assert signal.getsignal(number) is before


def test_termination() -> None:
    """SIGTERM, by which CI cancels a job, ends a run as Ctrl-C does."""
    with pytest.raises(KeyboardInterrupt), Interrupt().noticed():
        os.kill(os.getpid(), signal.SIGTERM)


def test_amid_a_function(tmp_path: Path) -> None:
    """It ends what a function does at once, and is no failure of it."""
    interrupt = Interrupt()
    interrupt.watch()
    try:
        with playground(tmp_path) as stage:
            run(stage, "pass")
            started = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                run(stage, "import os, signal\n"
                           "from harness.functions.python.process_control import REAL_KILL\n"
                           "REAL_KILL(os.getpid(), signal.SIGINT); [].sort()")
            assert time.monotonic() - started < REPEAT_AFTER
    finally:
        interrupt.heeded()


WORKER = """
import sys
print("begun", flush=True)
sys.stdin.readline()
from harness.entry.interrupt import let_through
let_through()
print("went on", flush=True)
"""


def test_a_worker_that_starts() -> None:
    """Ctrl-C reaches it too, and ends it without a word once it can heed signals."""
    with held_back():
        worker = subprocess.Popen([sys.executable, "-c", WORKER], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "begun\n"
    worker.send_signal(signal.SIGINT)
    assert (*worker.communicate("\n", timeout=60), worker.returncode) == ("", "", NO_VERDICT)
