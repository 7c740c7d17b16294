"""Ctrl-C and SIGTERM while the command's own modules are imported, and after its work."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = """
import os, signal, sys, time, types, weakref

class Kept: pass

def interrupt(*_):
    os.kill(os.getpid(), {number})

def command():
    kept = Kept()
    callback = weakref.ref(kept, interrupt)
    {amid}
    time.sleep(10)
    return 0

fake = sys.modules["cqrs_conformance.command"] = types.ModuleType("cqrs_conformance.command")
fake.command, fake.command_line = command, None
from cqrs_conformance.__main__ import main
code = main()
interrupt()
print("ended", code)
"""


@pytest.mark.parametrize("number", ["signal.SIGINT", "signal.SIGTERM"])
@pytest.mark.parametrize("amid", ["interrupt()", "del kept"], ids=["code", "callback"])
def test_heeded_once(number: str, amid: str) -> None:
    """It ends the command in a line, also where Python loses it, and the next one is too late."""
    ended = subprocess.run([sys.executable, "-c", PROBE.format(number=number, amid=amid)],
                           capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0, "ended 3\n", "no verdict: the run was interrupted\n")
