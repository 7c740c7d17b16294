"""Functions that end, signal or fork their process: the harness goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness.playground import TEMPLATE

HOSTILE = {
    "exits": "os._exit(0)",
    "exits_with_7": "os._exit(7)",
    "leaves": "sys.exit(0)",
    "aborts": "os.abort()",
    "kills": "os.kill(os.getpid(), 9)",
    "kills_the_group": "os.killpg(0, 15)",
    "raises_signal": "import signal; signal.raise_signal(signal.SIGTERM)",
    "forks": "os.fork()",
    "forks_and_stays": "os.fork() or __import__('time').sleep(100)",
    "multiprocesses": "import multiprocessing as m; c = m.get_context('fork'); "
                      "p = c.Process(target=print); p.start(); p.join()",
}
"""Lines of a handler that reply 201 only if they come back."""
ENDS = frozenset(HOSTILE) - {"forks", "forks_and_stays", "multiprocesses"}
RUN = """
import json, os, resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NPROC, (4000, 4000))
from harness.core.http import Request
from harness.stages.embedded.stage import MotoStage
from harness.template import load
with MotoStage(load(Path(sys.argv[1])), "/orders", deadline=20.0) as stage:
    stage.start(fresh=False, always_cold=False)
    for name in sys.argv[3:]:
        status = stage.send(Request("POST", "/orders", (), name)).status
        with open(sys.argv[2], "a") as file:
            file.write(json.dumps([name, status]) + "\\n")
"""
HANDLER = """
import os, sys
def command(event, context):
    exec(LINES[event["body"]])
    return {"statusCode": 201, "body": "{}"}
def projection(event, context): pass
def query(event, context): return {"statusCode": 404}
"""


def test_goes_on(tmp_path: Path) -> None:
    """A line that would end the process ends the invocation; a forked child does not go on."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code/handlers.py").write_text(f"LINES = {HOSTILE!r}\n{HANDLER}", "utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    told, names = tmp_path / "told", [*HOSTILE, "exits"]
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "template.yaml"), str(told), *names],
        capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    replies = [json.loads(line) for line in told.read_text().splitlines()]
    assert replies == [[name, 502 if name in ENDS else 201] for name in names]


PROGRAMS = {
    "subprocess": "TEXT = subprocess.check_output(['env'], text=True)",
    "shell": "TEXT = subprocess.run('env', shell=True, capture_output=True, text=True).stdout",
    "system": "TEXT = ' '.join(word for word in ('planted', 'AWS_LAMBDA_FUNCTION_NAME') "
              "if os.system(f'env | grep -q {word}') == 0)",
    "exec": "r, w = os.pipe(); os.fork() or (os.dup2(w, 1), os.execvp('env', ['env'])); "
            "os.close(w); TEXT = open(r).read()",
}
"""Lines of a handler that put the variables of a program that it starts into ``TEXT``."""
TELLS = """
import os, subprocess
def command(event, context):
    found = {}
    exec(LINES[event["body"]], globals(), found)
    secret = "planted" in found["TEXT"]
    own = "TABLE_NAME" in found["TEXT"] or "AWS_LAMBDA_FUNCTION_NAME" in found["TEXT"]
    return {"statusCode": 201 if own and not secret else 418, "body": "{}"}
def projection(event, context): pass
def query(event, context): return {"statusCode": 404}
"""


def test_variables_of_programs(tmp_path: Path) -> None:
    """A program that a function starts has the function's variables and none of the run's."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code/handlers.py").write_text(f"LINES = {PROGRAMS!r}\n{TELLS}", "utf-8")
    (tmp_path / "template.yaml").write_text(TEMPLATE, "utf-8")
    told = tmp_path / "told"
    ended = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "template.yaml"), str(told), *PROGRAMS],
        env={**os.environ, "CQRS_API_KEY": "planted"}, capture_output=True, text=True,
        timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    replies = [json.loads(line) for line in told.read_text().splitlines()]
    assert replies == [[name, 201] for name in PROGRAMS]


def test_children_end(tmp_path: Path) -> None:
    """A child that stays behind ends with the stage."""
    test_goes_on(tmp_path)
    deadline = time.monotonic() + 5
    mark = str(tmp_path).encode()
    while _running(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _running(mark) == []


def _running(mark: bytes) -> list[str]:
    if not Path("/proc").is_dir():
        pytest.skip("needs /proc")
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = process.read_bytes()
        except OSError:
            continue
        if mark in text and str(os.getpid()) != process.parent.name:
            found.append(process.parent.name)
    return found
