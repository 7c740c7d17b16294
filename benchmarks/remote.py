"""How well requests are kept under way on a stage that takes its time.

Run from the root of the project: ``python -m benchmarks.remote``. Requests are answered after a
fixed latency, first in this process, then through real HTTP by a server in a process of its own
(which takes its share of the machine). Scenarios of a few commands, each on its own aggregate,
are played side by side. From the first request to the last reply to a command, the time is
compared with what it would be if a request were always under way on every line:
requests x latency / concurrency. Waiting for views to settle comes after that, and is told apart.
The first round also opens the connections; of the others the best counts, since whatever else
the machine does only adds to it. CPU time, with recording and judging, tells more of a busy machine
than the ratio does: what a request takes of it has to be far less than latency / concurrency.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from harness.core import contract_registry as registry
from harness.core.clock import RealClock
from harness.core.http import Request, Response
from harness.core.scenario import Scenario, Send
from harness.entry.deployed_stages import open_remote
from harness.entry.stage_setup import RunSetup
from harness.explore.deployed_strategy import DeployedStrategy
from harness.explore.profiles import PROFILES
from harness.stages.deployed.front_door import FrontDoor, HttpFrontDoor
from harness.stages.deployed.settings import Settings
from harness.stages.embedded.server import Server

AIM = 1.3
ROUNDS = 4
WHEN = "2026-01-01T00:00:00Z"
JSON = (("Content-Type", "application/json"),)
CREATED = json.dumps(
    {"type": "OrderCreated", "orderId": "~a", "customer": "Ada", "createdAt": WHEN})
UPDATED = json.dumps({"type": "OrderUpdated", "orderId": "~a", "updatedAt": WHEN})


class Stub:
    """Orders in a dictionary: what a ``Server`` needs of a stage, and no more."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self._orders: dict[str, dict[str, Any]] = {}

    def start(self, **_: bool) -> str:
        """Nothing to start."""
        return ""

    def settle(self, **_: bool) -> tuple[int, int]:
        """Views follow at once."""
        return 0, 0

    def concurrently(self, branches: Sequence[Callable[[], None]], schedule: object) -> None:
        """Nothing here is worth interleaving."""
        for branch in branches:
            branch()

    def send(self, request: Request) -> Response:
        """Take a command or show a view."""
        if request.method == "GET":
            order = self._orders.get(request.path.rpartition("/")[2])
            return Response(404, JSON, "{}") if order is None else Response(
                200, JSON, json.dumps(order))
        command = json.loads(request.body or "{}")
        kind = command.pop("type", None)
        if kind is None:
            return Response(400, JSON, "{}")
        self._orders[command["orderId"]] = self._orders.get(command["orderId"], {}) | command
        return Response(200, JSON, "{}")


def serve(latency: float, told: Connection) -> None:
    """Serve the stub until the process ends."""
    server = Server(Stub(), latency=latency)  # type: ignore[arg-type]  # see ``Stub``
    told.send(server.url)
    server.run()


class Slow:
    """The stub as a front in this process."""

    address = "this process"

    def __init__(self, latency: float) -> None:
        self._stub, self._latency, self._clock = Stub(), latency, RealClock()

    def send(self, request: Request) -> Response:
        """Answer after the latency."""
        self._clock.wait(self._latency)
        return self._stub.send(request)

    def close(self) -> None:
        """Nothing to close."""


class Timed:
    """A front that notes when each request was sent and answered."""

    def __init__(self, front: FrontDoor) -> None:
        self._front, self.address, self.close = front, front.address, front.close
        self.seen: list[tuple[str, float, float]] = []

    def send(self, request: Request) -> Response:
        """Send and note."""
        started = time.perf_counter()
        response = self._front.send(request)
        self.seen.append((request.method, started, time.perf_counter()))
        return response


def main() -> None:
    """Measure and print."""
    options = _options()
    print(f"{options.commands * options.aggregates} commands over {options.aggregates} aggregates, "
          f"{options.latency_ms:g} ms a request, {options.concurrency} at once")
    _measure(options, "in this process", Slow(options.latency_ms / 1000))
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(
        target=serve, args=(options.latency_ms / 1000, theirs), daemon=True)
    process.start()
    try:
        settings = Settings(ours.recv(), concurrency=options.concurrency)
        _measure(options, "through HTTP", HttpFrontDoor(settings))
    finally:
        process.terminate()
        process.join()


def _measure(options: argparse.Namespace, name: str, slow: FrontDoor) -> None:
    contract = registry.find_contract("orders")
    settings = Settings(slow.address, concurrency=options.concurrency)
    front = Timed(slow)
    opened = open_remote(RunSetup(contract, None, PROFILES["quick"], 1), settings, "http", front)
    strategy = opened.campaign.strategy
    assert isinstance(strategy, DeployedStrategy)
    sends = (Send(CREATED), *[Send(UPDATED)] * (options.commands - 1))
    print(f"{name}:")
    ratios = []
    for _ in range(ROUNDS):
        front.seen.clear()
        started, worked = time.perf_counter(), time.process_time()
        played = strategy.runs.played([Scenario(sends)] * options.aggregates)
        whole, worked = time.perf_counter() - started, time.process_time() - worked
        assert not any(play.violations for play in played)
        ratios.append(_told(options, front.seen, whole, worked))
    opened.close()
    best = min(ratios[1:])
    print(f"  ratio {best:.2f}  (aim: {AIM}, {'met' if best <= AIM else 'NOT MET'})")


def _told(
    options: argparse.Namespace, seen: list[tuple[str, float, float]], whole: float, worked: float
) -> float:
    """The ratio of one round, after telling how it went."""
    first = min(started for _, started, _ in seen)
    last = max(ended for method, _, ended in seen if method == "POST")
    within = [ended for _, _, ended in seen if ended <= last]
    ideal = len(within) * options.latency_ms / 1000 / options.concurrency
    print(f"  until the last reply to a command: {len(within)} requests in {last - first:.3f} s, "
          f"ideal {ideal:.3f} s; with settling and judging: {len(seen)} in {whole:.3f} s, "
          f"CPU {1000 * worked / len(seen):.2f} ms each")
    return float((last - first) / ideal)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--aggregates", type=int, default=100)
    parser.add_argument("--commands", type=int, default=4, help="on each aggregate")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--latency-ms", type=float, default=50.0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
