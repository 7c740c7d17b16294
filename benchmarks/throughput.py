"""How fast a run is, beside the same handlers in a bare loop and in a plain state machine.

Run from the root of the project: ``python -m benchmarks.throughput``. All of it happens in one run,
on one machine, with one seed:

- *floor*: the handlers on moto with nothing recorded and nothing checked. One command is one
  invocation of the command function, one of the projection and one of the query. Buckets and
  tables are emptied as often as a run empties them. Measured before and after the run; the faster
  time counts.
- *run*: all requirements on the reference implementation, in this process.
- *machine*: a Hypothesis RuleBasedStateMachine that resets moto for every example, with
  Hypothesis' usual 50 steps, and with about as few commands an example as a run's scenarios have.
- *two workers*: the command itself, ``cqrs-conformance run -- -n 2``.

The mixes differ: commands are refused, views are read twice, events are delivered again. So AWS
calls are counted beside commands; nearly all of the floor's time goes to them. Where the CPU's
seconds are far from the clock's, the machine was busy with something else.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

from benchmarks import plain_machine
from benchmarks.bare import Handlers, deployed
from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.history import Invoked
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES
from harness.stages.controlled.provisioning import REGION
from harness.stages.embedded import stores as moto_data
from harness.stages.embedded.stage import MotoStage
from harness.template import Template, load

FLOOR_COMMANDS = 600
CLEARED_AFTER = 60
"""Commands after which the floor's stores are emptied: about what a requirement sends."""
WHEN = "2026-01-01T00:00:00Z"
LIFE: tuple[dict[str, Any], ...] = (
    {"type": "OrderCreated", "customer": "Ada", "createdAt": WHEN},
    {"type": "OrderUpdated", "updatedAt": WHEN},
    {"type": "OrderDeleted"},
)


class ApiCalls:
    """Counts the AWS calls of this process."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> ApiCalls:
        self._original = original = BaseClient._make_api_call

        def counted(client: BaseClient, operation: str, arguments: Any) -> Any:
            self.count += 1
            return original(client, operation, arguments)

        BaseClient._make_api_call = counted
        return self

    def __exit__(self, *_: object) -> None:
        BaseClient._make_api_call = self._original


@dataclass(frozen=True)
class Cost:
    """The cost of some work: wall and CPU seconds, and AWS calls (0: unknown)."""

    seconds: float
    cpu: float
    calls: int = 0


@dataclass(frozen=True)
class Measured:
    """Commands handled, and what that took."""

    name: str
    commands: int
    cost: Cost

    @property
    def rate(self) -> float:
        """Commands per second."""
        return self.commands / self.cost.seconds

    @property
    def cpu_rate(self) -> float:
        """Commands per second of the CPU."""
        return self.commands / self.cost.cpu

    @property
    def call_rate(self) -> float:
        """AWS calls per second."""
        return self.cost.calls / self.cost.seconds


class CountingStage(MotoStage):
    """Adds up what was invoked before each play forgets it."""

    def __init__(self, template: Template, path: str) -> None:
        super().__init__(template, path)
        self.invoked: Counter[str] = Counter()

    def start(self, **how: Any) -> str:
        """Count the play that has ended, and begin the next."""
        for record in self.records:
            if isinstance(record, Invoked) and record.role is not None:
                self.invoked[record.role.value] += 1
        return super().start(**how)


def main() -> None:
    """Measure everything and print it."""
    options = _options()
    contract = registry.find_contract("orders")
    template = load(registry.reference_template(contract))
    floors = [measure_floor(template)]
    run, invoked, setup = measure_run(template, contract, options.profile, options.seed)
    floors.append(measure_floor(template))
    floor = max(floors, key=lambda measured: measured.rate)
    machines = [measure_machine(template, contract, examples=20, steps=50),
                measure_machine(template, contract, examples=60, steps=4)]
    workers, workers_alone = measure_workers(options.profile, options.seed)
    _print_table([*floors, run, *machines, workers, workers_alone])
    mix = ", ".join(f"{role} {n / run.commands:.2f}" for role, n in sorted(invoked.items()))
    print(f"\ninvocations per command: run: {mix}; floor: command 1, projection 1, query 1")
    print(f"set-up of the run's stage: {setup:.2f} s, not counted above\n")
    _print_ratio("run / floor, commands", run.rate / floor.rate, 0.85)
    _print_ratio("run / floor, commands, by the CPU", run.cpu_rate / floor.cpu_rate)
    _print_ratio("run / floor, AWS calls", run.call_rate / floor.call_rate)
    for machine in machines:
        _print_ratio(f"run / {machine.name}", run.rate / machine.rate, 1.4)
        _print_ratio("  the same by the CPU", run.cpu_rate / machine.cpu_rate)
    _print_ratio("two workers / floor", workers.rate / floor.rate, 1.4)
    _print_ratio("two workers, set-up excluded / floor", workers_alone.rate / floor.rate)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--profile", default="quick", choices=tuple(PROFILES))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _timed(work: Callable[[], Any]) -> tuple[Any, Cost]:
    with ApiCalls() as calls:
        started, cpu = time.perf_counter(), time.process_time()
        done = work()
        return done, Cost(time.perf_counter() - started, time.process_time() - cpu, calls.count)


def measure_floor(template: Template) -> Measured:
    """Call the handlers in a bare loop."""
    with deployed(template) as (handlers, deployment):
        buckets = deployment.names(template.buckets)
        tables = deployment.names(template.tables)
        _, cost = _timed(lambda: _bare_loop(handlers, buckets, tables))
    return Measured("floor", FLOOR_COMMANDS, cost)


def _bare_loop(handlers: Handlers, buckets: tuple[str, ...], tables: tuple[str, ...]) -> None:
    for number in range(FLOOR_COMMANDS):
        if number % CLEARED_AFTER == 0:
            moto_data.clear(buckets, tables, REGION)
        command = _command(number)
        assert handlers.send(json.dumps(command)) == 200
        view = handlers.view(command["orderId"])
        assert (view is None) == (command["type"] == "OrderDeleted")


def _command(number: int) -> dict[str, Any]:
    life, event = divmod(number, len(LIFE))
    return {**LIFE[event], "orderId": f"order-{life}"}


def measure_run(
    template: Template, contract: Contract, profile: str, seed: int
) -> tuple[Measured, Counter[str], float]:
    """Judge all requirements in this process; also what was invoked, and the time to set up."""
    stage = CountingStage(template, contract.path)
    _, setup = _timed(stage.open)
    try:
        campaign = Campaign(contract, stage, PROFILES[profile], seed)
        ids = [requirement.id for requirement in contract.requirements]
        verdicts, cost = _timed(lambda: [campaign.examine(id) for id in ids])
        stage.start(fresh=True, always_cold=False)
    finally:
        stage.close()
    commands = sum(verdict.commands for verdict in verdicts)
    return Measured("run", commands, cost), stage.invoked, setup.seconds


def measure_machine(
    template: Template, contract: Contract, *, examples: int, steps: int
) -> Measured:
    """Run the plain state machine."""
    with deployed(template) as (handlers, _):
        pass
    (commands, played), cost = _timed(
        lambda: plain_machine.run(handlers, contract, examples=examples, steps=steps))
    return Measured(f"machine, {commands / played:.0f} commands an example", commands, cost)


def measure_workers(profile: str, seed: int) -> tuple[Measured, Measured]:
    """Run the command with two workers: as it is, and less the time of setting them up."""
    cpu = _children_cpu()
    full = _report(profile, seed)
    cpu = _children_cpu() - cpu
    commands = sum(verdict["commands"] for verdict in full["requirements"])
    small = _report(profile, seed, "API-03")
    setup = small["seconds"] - sum(verdict["seconds"] for verdict in small["requirements"])
    return (Measured("two workers", commands, Cost(full["seconds"], cpu)),
            Measured("two workers, set-up excluded", commands, Cost(full["seconds"] - setup, cpu)))


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(profile: str, seed: int, *requirements: str) -> Any:
    only = ["--requirement", *requirements] if requirements else []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = [sys.executable, "-m", "cqrs_conformance", "run", "--profile", profile,
                   "--seed", str(seed), "--report-json", str(path), *only, "--", "-n", "2"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return json.loads(path.read_text("utf-8"))


def _print_table(rows: list[Measured]) -> None:
    heads = f"{'seconds':>8} {'CPU':>7} {'commands/s':>10} {'AWS calls/s':>11}"
    print(f"{'':32} {'commands':>8} {heads}")
    for row in rows:
        calls = f"{row.call_rate:11.0f}" if row.cost.calls else f"{'':11}"
        print(f"{row.name:32} {row.commands:8} {row.cost.seconds:8.2f} {row.cost.cpu:7.2f} "
              f"{row.rate:10.1f} {calls}")


def _print_ratio(name: str, ratio: float, aim: float | None = None) -> None:
    wanted = "" if aim is None else f"  (aim: {aim}, {'met' if ratio >= aim else 'NOT MET'})"
    print(f"{name:40} {ratio:6.2f}{wanted}")


if __name__ == "__main__":
    main()
