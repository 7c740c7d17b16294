"""MiniStack as a process of ours: on a free port of loopback, for as long as the run lasts.

MiniStack (PyPI ``ministack``, MIT) is S3, DynamoDB, EventBridge, SQS, Lambda, API Gateway and
CloudFormation in one process without Docker. It runs Python functions with the interpreter that
runs it, so what they import has to be installed here.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import urllib3

from harness.core.clock import Clock, RealClock
from harness.core.errors import StageError
from harness.core.temporary_folders import temporary_folder
from harness.stages.deployed.cloud import REGION, Cloud
from harness.template import Template

SERVICES = ("apigateway,cloudformation,cloudwatch,dynamodb,events,iam,lambda,logs,monitoring,s3,"
            "sqs,sts,scheduler,tagging,kms,ssm,sns,kinesis,dynamodbstreams")
MODULE = "ministack"
KEYS = ("test", "test")
START_SECONDS = 60.0
END_SECONDS = 10.0
PAUSE = 0.05
ATTEMPTS = 3
"""Starts: between looking for a free port and using it, somebody else may take it."""
LINES = 5
FOREIGN = ("AWS_", "LOCALSTACK_", "MINISTACK_", "CQRS_")
"""Variables that would lead MiniStack, or a function in it, elsewhere, or tell it a secret."""


def installed() -> bool:
    """Tell if MiniStack is there."""
    return find_spec(MODULE) is not None


class MiniStack:
    """A MiniStack that answers, between ``start`` and ``close``."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or RealClock()
        self._resources = ExitStack()
        self._folder = self._resources.enter_context(temporary_folder())
        self._process: subprocess.Popen[bytes] | None = None
        self.cloud = Cloud()

    def start(self) -> MiniStack:
        """Start it and wait until it answers.

        Raises:
            StageError: it ended, or did not answer in time.
        """
        try:
            for _ in range(ATTEMPTS):
                port = _free_port()
                self._process = self._started(port)
                if self._answers(port):
                    self.cloud = Cloud(REGION, f"http://127.0.0.1:{port}", KEYS)
                    return self
                if "already in use" not in self._log():
                    break
            raise self._failed("ended instead of starting")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it, with everything that it started."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()  # it is tethered: see there
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
        self._resources.close()

    def _started(self, port: int) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(FOREIGN)}
        environment |= {
            "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "TMPDIR": str(self._folder),
            "STATE_DIR": str(self._folder / "state"),
            "SERVICES": SERVICES, "MINISTACK_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "LAMBDA_EXECUTOR": "local", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }
        with self._log_path.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "harness.stages.deployed.until_stdin_ends", MODULE],
                env=environment, cwd=self._folder, stdin=subprocess.PIPE, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)

    def _answers(self, port: int) -> bool:
        """Wait until it answers; gives whether it does, or has ended."""
        assert self._process is not None
        deadline = self._clock.now() + START_SECONDS
        while self._process.poll() is None:
            if healthy(f"http://127.0.0.1:{port}"):
                return True
            self._clock.wait(PAUSE)
            if self._clock.now() > deadline:
                raise self._failed(f"did not answer within {START_SECONDS:g} s")
        return False

    @property
    def _log_path(self) -> Path:
        return self._folder / "ministack.log"

    def _log(self) -> str:
        return self._log_path.read_text("utf-8", "replace")

    def _failed(self, reason: str) -> StageError:
        last = " | ".join(self._log().strip().splitlines()[-LINES:])
        return StageError("MiniStack", f"{reason}: {last[-800:]}",
                          "run it by hand (python -m ministack) to see more")


def refuse_pipes(template: Template) -> None:
    """Refuse pipes: MiniStack has few, and not the ways that lead to a projection.

    Raises:
        StageError: the template has one.
    """
    if template.pipes:
        raise StageError("MiniStack", f"it has no pipe such as {template.pipes[0].logical_id}",
                         "judge this template on the embedded stage (--stage moto)")


def healthy(url: str) -> bool:
    """Tell if a MiniStack answers there."""
    try:
        health = f"{url}/_ministack/health"
        return urllib3.request("GET", health, timeout=5, retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
