"""Commands that are put off because a crash has left something behind that will run out."""

from __future__ import annotations

from pathlib import Path

from harness.aws.faults import FaultKind
from harness.history import Reply, Role, Sent
from harness.runner import play
from harness.scenario import Fault, Scenario, Send, Step
from harness.stages.moto import MotoStage
from harness.template import load
from scenarios.orders import CONTRACT
from tests.miniatures.building import SERVICE, Change, Miniature, build
from tests.variants.changed import VARIANTS

CREATED = ('{"type": "OrderCreated", "orderId": "~a", "customer": "x", '
           '"createdAt": "2026-01-01T00:00:00Z"}')
SENT = Send(CREATED, key="k")
CRASH = Fault(Role.COMMAND.value, "PutObject", 0, FaultKind.CRASH_BEFORE.value, False)


def _replies(
    *steps: Step, template: Path = VARIANTS / "leases"
) -> list[tuple[Reply, int]]:
    with MotoStage(load(template), "/orders") as stage:
        history = play(Scenario(steps), stage, CONTRACT)
    return [(sent.reply, sent.response.status) for sent in history.of(Sent)]


def test_asked_again() -> None:
    """Who says after a crash that a command is still under way is asked again later."""
    assert _replies(CRASH, SENT, SENT) == [
        (Reply.INDEFINITE, 502), (Reply.BUSY, 409), (Reply.ACCEPTED, 201)]


def test_contested(tmp_path: Path) -> None:
    """Who gives up a put that met another one has refused nothing, and is asked again."""
    patient = Change(SERVICE, "ATTEMPTS = 5", "ATTEMPTS = 1")
    template = build(Miniature("gives_up", "One attempt.", (patient,), frozenset()), tmp_path)
    contested = Fault(Role.COMMAND.value, "PutObject", 0, FaultKind.CONFLICT.value, False)
    assert _replies(contested, SENT, SENT, template=template) == [
        (Reply.INDEFINITE, 409), (Reply.ACCEPTED, 200)]


def test_refusals() -> None:
    """What the rules refuse is no putting off, nor is anything without a crash."""
    first, again = Send(CREATED), Send(CREATED)
    assert _replies(first, CRASH, again) == [(Reply.ACCEPTED, 201), (Reply.REFUSED, 409)]
