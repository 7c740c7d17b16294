"""Requirements that are not judged: not promised, without sense for a shape, or needs unmet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from harness.core.carriers import LAWS, Carrier, carriers_of, keeps_order
from harness.core.contract import Contract, Exploration
from harness.core.history import History, Invoked, Role, System
from harness.core.repetition import Mark
from harness.core.requirements import Requirement
from harness.core.scenario import Scenario
from harness.core.stage import Stage
from harness.core.stage import not_judged as untold
from harness.core.verdict import NotJudged, Outcome
from harness.core.violation import Kind
from harness.explore.drawing import each_drawn
from harness.explore.violation_families import related
from harness.oracle.checks import judge
from harness.play.runner import play

NOT_UNDERSTOOD = (Kind.VIEW_WRONG, Kind.EVENT_MISSING)
"""Violations that show that a function made nothing of the records it was handed."""


NOT_PROMISED = NotJudged("the contract does not promise it", Outcome.NOT_PROMISED)
NO_REPLIES = NotJudged("a queue takes the commands, so no client gets a reply to one",
                       Outcome.NOT_APPLICABLE)
NO_EVENT_STORE = ('needs the stored events, and commands write to no bucket; give a dialect with '
                  '[events] and table = "LOGICAL_ID"')
ONE_AT_A_TIME = "needs invocations at once: a FIFO queue or a limit makes it one at a time"
UNMARKED = "nothing marks a repetition: every command is a new one"
BY_MARK: Mapping[Mark, Mapping[str, str]] = MappingProxyType({
    Mark.CONTENT: {"CMD-07": "its content marks a command, so no other command can have its mark"},
    Mark.NONE: {"CMD-06": UNMARKED, "CMD-07": UNMARKED},
})
"""Mark of a repetition -> requirements that make no sense with it, and why."""


def _steady(system: System) -> bool:
    """Tell if nothing brings a projection its events in another order."""
    routes = _routes(system, Role.PROJECTION)
    return bool(routes) and all(map(keeps_order, routes))


def _gone(system: System) -> bool:
    """Tell if some carrier that functions hand events over to gives no old ones again."""
    return any(not LAWS[route[0]].replays for route in _routes(system, *Role))


def _untold(system: System, *roles: Role) -> bool:
    """Tell if no function of these roles publishes, since carriers tell what is stored."""
    return bool(system.ways) and not {role.value for role in roles} & set(system.publishers)


def _unrelayed(system: System) -> bool:
    """Tell if no relay passes events on, but one that repairs what commands have left."""
    starts = {route[0] for route in _routes(system, Role.RELAY)}
    return starts <= {Carrier.SCHEDULE} and (
        not starts or Role.COMMAND.value in system.publishers)


def _swept(system: System) -> bool:
    return all(route == (Carrier.SCHEDULE,) for route in _routes(system, Role.RELAY))


def _routes(system: System, *roles: Role) -> list[tuple[Carrier, ...]]:
    named = {role.value for role in roles}
    return [carriers_of(route) for role, route in system.ways if role in named]


def _called(system: System) -> bool:
    """Tell if other functions call the projection, which no carrier brings any event."""
    routes = _routes(system, Role.PROJECTION)
    return bool(routes) and all(route == (Carrier.CALL,) for route in routes)


def _silent(system: System) -> bool:
    """Tell if relays only store, and carriers tell what they have stored."""
    return _unrelayed(system) or Role.RELAY.value not in system.publishers


CALLED = "another function calls the projection: no carrier delivers its events"
DELIVERED = ("PRJ-02", "PRJ-03", "PRJ-04", "PRJ-05", "PRJ-06", "PRJ-07", "PRJ-08", "PRJ-09",
             "PRJ-11")
"""Requirements about deliveries to a projection."""
def _enriching(system: System) -> bool:
    """Tell if pipes pass on what relays answer, so that these publish nothing."""
    routes = _routes(system, Role.RELAY)
    return bool(routes) and all(route[-1] is Carrier.ENRICHMENT for route in routes)


ENRICHED = "pipes pass on what relays answer: a relay publishes nothing itself"
PUBLISHED_BY_RELAYS = ("RLY-02", "RLY-03")
NO_RELAY = "no relay passes events on"
NO_RECORDS = "no relay is handed records"
BY_CHAIN: Mapping[str, tuple[Callable[[System], bool], str]] = MappingProxyType({
    "API-11": (lambda system: system.plain_bodies,
               "the REST API names no binary media types, so that no body is encoded"),
    "CMD-11": (lambda system: _untold(system, Role.COMMAND),
               "the command function publishes nothing: what it stores is passed on"),
    "CMD-13": (lambda system: _untold(system, *Role),
               "nothing is published: its carrier tells what is stored"),
    "PRJ-03": (_steady, "its carrier keeps the order of each aggregate's events"),
    "PRJ-09": (_gone, "a carrier gives no old events again"),
    "RLY-01": (_unrelayed, NO_RELAY),
    "RLY-02": (_unrelayed, NO_RELAY),
    "RLY-03": (_silent, "no relay publishes anything: carriers tell what it stores"),
    "RLY-04": (_swept, NO_RECORDS),
    "RLY-05": (_swept, NO_RECORDS),
    "RLY-06": (lambda system: not system.expiring_streams,
               "no item that a stream tells of expires"),
})
"""Requirement -> the chains, and the front doors, in which it makes no sense, and why."""


def not_judged(
    contract: Contract, stage: Stage, seed: int, requirement: Requirement
) -> NotJudged | None:
    """Why a requirement is not judged on a stage; None if it is."""
    if requirement.id in contract.not_promised:
        return NOT_PROMISED
    senseless = BY_MARK.get(contract.repetition.mark, {}).get(requirement.id)
    if senseless is not None:
        return NotJudged(senseless, Outcome.NOT_APPLICABLE)
    fits, reason = BY_CHAIN.get(requirement.id, (None, ""))
    if fits is not None and "calls" in stage.capabilities and fits(stage.system):
        return NotJudged(reason, Outcome.NOT_APPLICABLE)
    if requirement.id in DELIVERED and "calls" in stage.capabilities and _called(stage.system):
        return NotJudged(CALLED, Outcome.NOT_APPLICABLE)
    if requirement.id in PUBLISHED_BY_RELAYS and "calls" in stage.capabilities and (
            _enriching(stage.system)):
        return NotJudged(ENRICHED, Outcome.NOT_APPLICABLE)
    told = untold(stage, requirement)
    if told is not None:
        return told
    exploration = contract.explorations.get(requirement.id)
    if exploration and exploration.needs_replies and stage.system.queued:
        return NO_REPLIES
    reason = _missing_needs(contract, stage, seed, requirement)
    return NotJudged(reason) if reason else None


def _missing_needs(contract: Contract, stage: Stage, seed: int, requirement: Requirement) -> str:
    """The needs of a requirement that are not met; empty if all are."""
    needs = [need for need in requirement.needs if need not in stage.capabilities]
    if "log" in needs and "calls" in stage.capabilities:
        return NO_EVENT_STORE
    if needs:
        return f"needs {', '.join(needs)}"
    exploration = contract.explorations.get(requirement.id)
    if exploration is None:
        return "needs faults and interleavings"
    return (_missing_in_system(exploration, stage)
            or _missing_batches(contract, stage, seed, exploration))


def _missing_in_system(exploration: Exploration, stage: Stage) -> str:
    system = stage.system
    if exploration.needs_roles and not any(f.statements is not None for f in system.functions):
        return "needs a role whose policies the template has"
    if exploration.overlapping and exploration.overlapping.value in system.in_line:
        return ONE_AT_A_TIME
    return ""


def _missing_batches(
    contract: Contract, stage: Stage, seed: int, exploration: Exploration
) -> str:
    """The reason why a function gets no batches; empty if it does, or if it need not.

    A function that no queue feeds may still read records; then it has to read them right.
    """
    if exploration.single is None or exploration.role is None:
        return ""
    role = exploration.role.value
    size = dict(stage.system.batch_sizes).get(role)
    if size is not None:
        return "" if size > 1 else "needs batches: the queue feeds one record at a time"
    histories: list[History] = []

    def example(drawn: Scenario) -> None:
        histories.append(play(drawn, stage, contract))

    each_drawn(example, exploration.single(contract), 1, seed)
    understood = all(_understood(contract, history) for history in histories)
    return "" if understood else f"needs a queue before the {role} function"


def _understood(contract: Contract, history: History) -> bool:
    """Tell if functions took the records they were handed, with the effect these should have."""
    violations = judge(contract, history)[1]
    return not any(run.error for run in history.of(Invoked)) and not any(
        related(violation.kind, kind) for violation in violations for kind in NOT_UNDERSTOOD
    )
