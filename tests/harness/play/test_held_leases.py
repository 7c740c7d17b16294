"""A command that meets the lease of a crashed command is sent again when the lease has run out."""

from __future__ import annotations

from pathlib import Path

from harness.core.contract import Contract
from harness.core.faults import FaultKind
from harness.core.history import Reply, Role, Sent
from harness.core.scenario import Fault, Scenario, Send, Step
from harness.play.runner import play
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains import accounts
from scenarios.domains.orders import CONTRACT
from tests.miniatures.building import SERVICE, Change, Miniature, build
from tests.variants.changed import VARIANTS

CREATED = ('{"type": "OrderCreated", "orderId": "~a", "customer": "x", '
           '"createdAt": "2026-01-01T00:00:00Z"}')
SENT = Send(CREATED, key="k")
CRASH = Fault(Role.COMMAND.value, "PutObject", 0, FaultKind.CRASH_BEFORE, False)


OPENED = ('{"type": "AccountOpened", "accountId": "~a", "owner": "x", '
          '"openedAt": "2026-01-01T00:00:00Z"}')
DEPOSITED = '{"type": "MoneyDeposited", "accountId": "~a", "entryId": "e", "amount": 1}'


def _replies(
    *steps: Step, template: Path = VARIANTS / "leases", contract: Contract = CONTRACT
) -> list[tuple[Reply, int]]:
    with MotoStage(load(template), contract.path) as stage:
        history = play(Scenario(steps), stage, contract)
    return [(sent.reply, sent.response.status) for sent in history.of(Sent)]


def test_asked_again() -> None:
    """After a crash, a command that is still in progress is sent again later."""
    assert _replies(CRASH, SENT, SENT) == [
        (Reply.INDEFINITE, 502), (Reply.BUSY, 409), (Reply.ACCEPTED, 201)]


def test_contested(tmp_path: Path) -> None:
    """A put that met another one is no refusal, and the command is sent again."""
    patient = Change(SERVICE, "ATTEMPTS = 5", "ATTEMPTS = 1")
    template = build(Miniature("gives_up", "One attempt.", (patient,), frozenset()), tmp_path)
    contested = Fault(Role.COMMAND.value, "PutObject", 0, FaultKind.CONFLICT, False)
    assert _replies(contested, SENT, SENT, template=template) == [
        (Reply.INDEFINITE, 409), (Reply.ACCEPTED, 200)]


def test_others_are_put_off() -> None:
    """A reply that is right only if the crashed command had no effect may mean its lock."""
    crash = Fault(Role.COMMAND.value, "PutEvents", 0, FaultKind.CRASH_BEFORE, False)
    replies = _replies(crash, Send(OPENED, key="k"), Send(DEPOSITED),
                       template=VARIANTS / "locks", contract=accounts.CONTRACT)

    assert replies == [(Reply.INDEFINITE, 500), (Reply.BUSY, 409), (Reply.ACCEPTED, 201)]


def test_refusals() -> None:
    """A refusal by the rules, or without a crash, is no held lease."""
    first, again = Send(CREATED), Send(CREATED)
    assert _replies(first, CRASH, again) == [(Reply.ACCEPTED, 201), (Reply.REFUSED, 409)]
