"""The same scenario and schedule give the same history, whatever was played before."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from harness.core.contract_registry import reference_template
from harness.core.faults import FaultKind
from harness.core.history import History, Invoked
from harness.core.history_json import to_lines
from harness.core.scenario import (
    ColdStart,
    Concurrently,
    Deliver,
    Fault,
    Query,
    Scenario,
    Send,
    Settle,
    TimePasses,
)
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24})")
"""An id, or the trace that is made of one."""
MOMENT = re.compile(r'\\"timestamp\\":\\"[^"]*\\"')
"""When a function has logged something: the output is shown, and never judged."""
CREATE = ('{"type": "OrderCreated", "orderId": "~a", "customer": "x", '
          '"createdAt": "2026-01-01T00:00:00Z"}')
UPDATE = '{"type": "OrderUpdated", "orderId": "~a", "updatedAt": "2026-01-01T00:00:00Z"}'
SCENARIOS = {
    "a race": Scenario((
        Send(CREATE, key="k"), Concurrently(((Send(UPDATE),), (Send(UPDATE, key="l"),)), (2,)))),
    "a race without keys": Scenario((
        Concurrently(((Send(CREATE),), (Send(CREATE),), (Send(UPDATE),)), (1, 3, 5)),
        Send(UPDATE))),
    "a crash and a repetition": Scenario((
        Fault("command", "*", 1, FaultKind.CRASH_AFTER), Send(CREATE, key="k"),
        Send(CREATE, key="k"))),
    "failures that the SDK repeats": Scenario((
        Fault("command", "*", 1, FaultKind.THROTTLING, lasting=True), Send(CREATE),
        Fault("projection", "*", 0, FaultKind.LOST_RESPONSE), Send(CREATE), Settle(), Query("~a"))),
    "deliveries beside reads": Scenario((
        Send(CREATE), Deliver(), Send(UPDATE),
        Concurrently(((Deliver(),), (Query("~a"), Query("~a"))), (0, 1)))),
    "a later time": Scenario((Send(CREATE, key="k"), TimePasses(), Send(CREATE, key="k"))),
    "cold starts": Scenario((Send(CREATE), ColdStart(), Send(UPDATE)), always_cold=True),
}


@pytest.fixture(scope="module")
def stage() -> Iterator[MotoStage]:
    with MotoStage(load(reference_template(CONTRACT)), CONTRACT.path) as opened:
        yield opened


def shape(history: History) -> str:
    """A history with its ids named by the order in which they first occur, and no times."""
    records = tuple(
        replace(r, seconds=0.0) if isinstance(r, Invoked) else r
        for r in history.records)
    text = "\n".join(to_lines(replace(history, records=records)))
    names: dict[str, str] = {}
    text = UUID.sub(lambda found: names.setdefault(found.group(), f"id-{len(names)}"), text)
    return MOMENT.sub("", text).replace(history.namespace, "~")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_repeats_exactly(stage: MotoStage, name: str) -> None:
    """Record for record, with every other scenario in between now and then."""
    first = shape(play(SCENARIOS[name], stage, CONTRACT))
    for number in range(3):
        if number == 1:
            for other in SCENARIOS.values():
                play(other, stage, CONTRACT)
        assert shape(play(SCENARIOS[name], stage, CONTRACT)) == first
