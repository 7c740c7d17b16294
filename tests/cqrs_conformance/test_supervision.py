"""A command whose interpreter crashes gives no verdict, and says whose code did it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from cqrs_conformance.supervision import supervised
from tests.harness.entry.test_cli import COMMAND, FAST, copied, run

HANDLER = '    """Answer with the view of the aggregate that the path names, or with 404."""'
CRASH = "    import ctypes\n    ctypes.string_at(0)"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who sent a signal")


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An implementation whose query ends the interpreter."""
    return copied(tmp_path_factory.mktemp("crash"), "lambdas/query.py", HANDLER, CRASH)


@linux
def test_the_function_is_named(crashing: str) -> None:
    """A crash is exit 3, and the message names the function."""
    ended = run("--template", crashing, *FAST)
    assert ended.code == 3
    assert "ended by SIGSEGV while it ran the function QueryFunction (request " in ended.error


@linux
def test_a_trial_that_crashes(crashing: str) -> None:
    """Other commands that run functions end with 3 as well, and name the function."""
    ended = subprocess.run([*COMMAND, "check-template", crashing, "--try"], capture_output=True,
                           text=True, check=False)
    assert ended.returncode == 3
    assert "ended by SIGSEGV while it ran the function QueryFunction" in ended.stderr


@linux
def test_a_server_that_crashes(crashing: str) -> None:
    """So does a server, and the client gets no answer."""
    with subprocess.Popen([*COMMAND, "serve", "--template", crashing], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with pytest.raises(urllib3.exceptions.HTTPError):
            urllib3.PoolManager(retries=False).request("GET", f"{url}/orders/a")
        _, error = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "ended by SIGSEGV while it ran the function QueryFunction" in error


def test_a_crashed_worker_gives_no_verdict(crashing: str) -> None:
    """A crash in a worker of pytest-xdist is an error of the run, never a violation."""
    ended = run("--template", crashing, *FAST, "--", "-n", "1")
    assert (ended.code, "API-03  errored" in ended.out, "verdict: no verdict" in ended.out) == (
        3, True, True)


@linux
def test_a_killed_parent_takes_the_command_along() -> None:
    """The command ends when its parent is killed."""
    psutil = pytest.importorskip("psutil")
    words = ("-v", "--requirement", "API", "--profile", "smoke")
    with subprocess.Popen([*COMMAND, "run", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, start_new_session=True) as parent:
        assert parent.stdout is not None
        next(line for line in parent.stdout if line.startswith("API-01"))
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        deadline = time.monotonic() + 20
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@linux
@pytest.mark.parametrize("word", ["requirements", "run --debug"])
def test_other_commands_have_no_parent(word: str) -> None:
    """Commands that run no function, and a debugger, stay in their process."""
    ran = []

    def work(note: object) -> int:
        ran.append((note, os.getpid()))
        return 5

    assert (supervised(work, word.split()), ran) == (5, [(None, os.getpid())])


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_parent_is_passed_on(number: signal.Signals, tmp_path: Path) -> None:
    """A signal that only the parent gets reaches the command, which ends as after Ctrl-C."""
    code = ("import signal, sys\n"
            "from cqrs_conformance.supervision import supervised\n"
            "def work(note):\n"
            "    for number in (signal.SIGINT, signal.SIGTERM):\n"
            "        signal.signal(number, signal.default_int_handler)\n"
            "    print('ready', flush=True)\n"
            "    try:\n"
            "        signal.pause()\n"
            "    except KeyboardInterrupt:\n"
            "        return 3\n"
            "sys.exit(supervised(work, ['run']))\n")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.send_signal(number)
        assert parent.wait(20) == 3
