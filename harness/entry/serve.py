"""The command ``serve``: an implementation behind HTTP, on the embedded stage."""

from __future__ import annotations

import argparse
import errno
import json
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import UserMistake
from harness.core.http import Request, Response
from harness.explore.samples import samples
from harness.stages.embedded.server import Server
from harness.stages.embedded.stage import MotoStage
from harness.stages.embedded.systems import dialect_of
from harness.stages.participants import participants
from harness.template import load


def serve(given: argparse.Namespace, _: list[str]) -> int:
    """Serve until Ctrl-C or SIGTERM. Clients speak the implementation's dialect themselves."""
    contract = registry.find_contract(given.contract)
    try:
        template = load(Path(given.template or registry.reference_template(contract)))
        dialect = dialect_of(template, contract, given.dialect)
        parts = participants(template, contract.path, dialect)
        opened = MotoStage(template, contract.path, parts=parts)
        with suppress(KeyboardInterrupt), opened as stage:
            server = _server(stage, given.port, given.latency_ms / 1000)
            _serve(server, contract, [(r.method, r.path) for r in parts.routes])
    except OSError as error:
        raise UserMistake(str(error)) from error
    return 0


def _server(stage: MotoStage, port: int, latency: float) -> Server:
    try:
        return Server(stage, port, latency=latency, log=_log)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise UserMistake(f"--port {port}", "another program listens there",
                          "give another port, or 0 for one that is free") from None


def _serve(server: Server, contract: Contract, routes: list[tuple[str, str]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    print(server.url, flush=True)
    for method, path in routes:
        print(f"  {method:<6} {path}")
    for line in _example(server.url, contract, routes):
        print(line)
    print("Ctrl-C ends it.", flush=True)
    server.run()


def _example(url: str, contract: Contract, routes: list[tuple[str, str]]) -> Iterator[str]:
    """A line for a shell that sends a first command, if the contract's own route is there."""
    if ("POST", contract.path) in routes:
        text = shlex.quote(json.dumps(next(samples(contract)).command, default=str))
        yield f"Try: curl -i {url}{contract.path} -H 'Content-Type: application/json' -d {text}"


def _log(request: Request, response: Response, printed: str) -> None:
    print(f"{request.method} {request.path} -> {response.status}", file=sys.stderr)
    for line in printed.splitlines():
        print(f"  {line}", file=sys.stderr)
