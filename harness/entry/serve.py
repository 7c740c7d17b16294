"""The command ``serve``: an implementation behind HTTP, on the embedded stage."""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress
from pathlib import Path

from harness.core import contract_registry as registry
from harness.core.errors import UserMistake
from harness.stages.embedded.server import Server
from harness.stages.embedded.stage import MotoStage
from harness.template import load


def serve(given: argparse.Namespace, _: list[str]) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    contract = registry.find_contract(given.contract)
    try:
        template = load(Path(given.template or registry.reference_template(contract)))
        with suppress(KeyboardInterrupt), MotoStage(template, contract.path) as stage:
            _serve(Server(stage, given.port, latency=given.latency_ms / 1000))
    except OSError as error:
        raise UserMistake(str(error)) from error
    return 0


def _serve(server: Server) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: server.stop())
    print(server.url, flush=True)
    server.run()
