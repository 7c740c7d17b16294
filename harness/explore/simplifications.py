"""One simplification for each cause: the scenario without what the cause says.

The order of the table goes from the exotic to the ordinary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.core.commands import Flaw
from harness.core.contract import Contract
from harness.core.faults import CRASHES, PUBLISHING, FaultKind
from harness.core.history import Role
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Expire,
    Fault,
    Hold,
    Poison,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Step,
    change,
    without,
)
from harness.core.violation import Cause
from harness.explore.command_rewrites import (
    Alternatives,
    Simplify,
    ends_only,
    first_commands_only,
    has_unknown_members,
    is_oversized,
    known_members,
    mended_or_asked,
    one_aggregate,
    short_body,
    without_flaw,
    without_prefix_ids,
    without_refusals,
    without_repeats,
)


def _one(simplify: Simplify) -> Alternatives:
    return lambda contract, scenario: [simplify(contract, scenario)]


def _either(*ways: Simplify) -> Alternatives:
    return lambda contract, scenario: (simplify(contract, scenario) for simplify in ways)


def _cold(contract: Contract, scenario: Scenario) -> Scenario:
    return replace(without(scenario, [ColdStart]), always_cold=True)


def _leaving_out(*kinds: type) -> Simplify:
    return lambda contract, scenario: without(scenario, kinds)


def _mapped(edit: Callable[[Step], Step | None]) -> Simplify:
    return lambda contract, scenario: change(scenario, edit)


def _without_faults(hit: Callable[[Fault], bool]) -> Simplify:
    return _mapped(lambda step: None if isinstance(step, Fault) and hit(step) else step)


def _crashes(fault: Fault) -> bool:
    return fault.role == Role.COMMAND and fault.what in CRASHES


def _stale(role: Role) -> Callable[[Fault], bool]:
    return lambda fault: fault.role == role and fault.what is FaultKind.STALE


def _at_queries(fault: Fault) -> bool:
    return fault.role == Role.QUERY


def _publishing(role: Role) -> Callable[[Fault], bool]:
    return lambda fault: fault.role == role and fault.operation in PUBLISHING


def _past_relays(contract: Contract, scenario: Scenario) -> Scenario:
    """The same steps, which act on the deliveries to projections instead, one by one.

    A projection behind a rule of the bus gets no batch, and need not understand one.
    """
    if not scenario.at_relays:
        return scenario
    return replace(_one_by_one(contract, scenario), at_relays=False)


def _of_role(role: Role) -> Callable[[Fault], bool]:
    return lambda fault: fault.role == role and fault.what is not FaultKind.STALE


def _in_sequence(concerned: Callable[[Step], bool]) -> Simplify:
    """Run branches one after the other, in blocks with a step that is concerned."""

    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        steps: list[Step] = []
        for step in scenario.steps:
            inner = step.branches if isinstance(step, Concurrently) else ()
            if any(concerned(s) for branch in inner for s in branch):
                steps += [s for branch in inner for s in branch]
            else:
                steps.append(step)
        return replace(scenario, steps=tuple(steps))

    return simplify


def _delivers(step: Step) -> bool:
    return isinstance(step, Deliver | Redeliver)


def _sends(step: Step) -> bool:
    return isinstance(step, Send)


def _not_poisoned(step: Step) -> Step | None:
    if isinstance(step, Batch):
        return replace(step, poison=None, aside=False)
    return None if isinstance(step, Poison) else step


def _one_by_one(contract: Contract, scenario: Scenario) -> Scenario:
    steps: list[Step] = []
    for step in scenario.steps:
        steps += [Deliver()] * step.size if isinstance(step, Batch) else [step]
    return replace(scenario, steps=tuple(steps))


def _sent_singly(contract: Contract, scenario: Scenario) -> Scenario:
    steps: list[Step] = []
    for step in scenario.steps:
        steps += map(Send, step.bodies) if isinstance(step, SendBatch) else [step]
    return replace(scenario, steps=tuple(steps))


def _in_order(step: Step) -> Step | None:
    if isinstance(step, Hold):
        return None
    return replace(step, pick=0) if isinstance(step, Deliver) else step


def _decoded(step: Step) -> Step | None:
    return replace(step, base64=False) if isinstance(step, Send) else step


SIMPLIFICATIONS: tuple[tuple[Cause, Alternatives], ...] = (
    (Cause.STALE_READ, _one(_without_faults(_stale(Role.COMMAND)))),
    (Cause.PROJECTION_STALE_READ, _one(_without_faults(_stale(Role.PROJECTION)))),
    (Cause.QUERY_FAILURE, _one(_without_faults(_at_queries))),
    (Cause.RELAY, _one(_past_relays)),
    (Cause.RELAY_PUBLISH_FAILURE, _one(_without_faults(_publishing(Role.RELAY)))),
    (Cause.RELAY_FAILURE, _one(_without_faults(_of_role(Role.RELAY)))),
    (Cause.PROJECTION_FAILURE, _one(_without_faults(_of_role(Role.PROJECTION)))),
    (Cause.CRASH, _one(_without_faults(_crashes))),
    (Cause.PUBLISH_FAILURE, _one(_without_faults(_publishing(Role.COMMAND)))),
    (Cause.CALL_FAILURE, _one(_without_faults(_of_role(Role.COMMAND)))),
    (Cause.CONCURRENT_DELIVERIES, _one(_in_sequence(_delivers))),
    (Cause.CONCURRENT_COMMANDS, _one(_in_sequence(_sends))),
    (Cause.EXPIRY, _one(_leaving_out(Expire))),
    (Cause.REBUILD, _one(_leaving_out(Rebuild))),
    (Cause.POISON, _one(_mapped(_not_poisoned))),
    (Cause.BATCH, _one(_one_by_one)),
    (Cause.DUPLICATE, _one(_leaving_out(Redeliver))),
    (Cause.LOSS, _one(_leaving_out(Drop))),
    (Cause.REORDER, _one(_mapped(_in_order))),
    (Cause.COMMAND_BATCH, _one(_sent_singly)),
    (Cause.BASE64, _one(_mapped(_decoded))),
    (Cause.INVALID_BODY, _one(without_flaw(Flaw.BODY))),
    (Cause.INVALID_TYPE, _one(without_flaw(Flaw.TYPE))),
    (Cause.INVALID_MEMBER, _one(without_flaw(Flaw.MEMBER))),
    (Cause.INVALID_ID, _one(without_flaw(Flaw.ID))),
    (Cause.OVERSIZED, mended_or_asked(is_oversized, short_body)),
    (Cause.UNKNOWN_MEMBER, mended_or_asked(has_unknown_members, known_members)),
    (Cause.RETRY, _one(without_repeats(same_body=True))),
    (Cause.REUSE, _either(without_repeats(same_body=False),
                          without_repeats(same_body=False, keep=True))),
    (Cause.REFUSAL, _one(without_refusals)),
    (Cause.LONG, _either(first_commands_only, ends_only)),
    (Cause.OTHERS, one_aggregate),
    (Cause.IDS, _one(without_prefix_ids)),
    (Cause.WARM, _one(_cold)),
)
