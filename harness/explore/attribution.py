"""The causes that a violation needs in order to appear: found by taking away, one at a time.

A scenario with a duplicate and a wrong view does not show that the duplicate did it. So the
scenario is played again without the duplicate: if the view is still wrong, the duplicate is
left out for good; if not, it is a necessary cause. The order below goes from the exotic to
the ordinary.

A violation may also be gone because a second one hides it: an event's members are not compared
where there are too many events. Then nothing is known about the cause that was left out, and the
violation is reported for the requirements that it violates either way, if there are any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from harness.core.contract import Contract
from harness.core.history import History, Reply, Role
from harness.core.scenario import (
    Concurrently,
    Fault,
    Scenario,
    Send,
    Step,
    change,
    flat,
)
from harness.core.violation import Cause, Kind, Violation
from harness.explore.simplifications import SIMPLIFICATIONS
from harness.explore.undisturbed import undisturbed
from harness.explore.violation_families import (
    FAMILIES,
    HIDES,
    NEEDS_NO_CAUSE,
    SENT_IN_TURN,
    SENT_SINGLY,
    UNSETTLED_READS,
    related,
)
from harness.oracle.ledger_building import build_ledger

Judge = Callable[[Scenario], list[Violation]]


@dataclass(frozen=True, slots=True)
class Needed:
    """The causes a violation needs, and the violation that is left in the plainest scenario.

    ``undecided``: whether it needs these as well cannot be seen for another violation.
    """

    causes: frozenset[Cause]
    violation: Violation
    undecided: frozenset[Cause] = frozenset()

    def requirements(self, contract: Contract) -> tuple[str, ...]:
        """The requirements that are violated whatever the undecided causes do."""
        found = contract.attribute(self.violation, self.causes)
        others = [contract.attribute(self.violation, self.causes | {cause})
                  for cause in self.undecided]
        return tuple(id for id in found if all(id in ids for ids in others))


def necessary_causes(
    contract: Contract,
    scenario: Scenario,
    violation: Violation,
    judge: Judge,
    replay: Callable[[Scenario], History] | None = None,
) -> Needed:
    """The causes that a violation needs in order to appear.

    ``replay`` gives a scenario's history: a wrong view is then first looked for without the
    faults and the overlaps that only led to some order of deliveries.
    """
    causes: set[Cause] = set()
    undecided: set[Cause] = set()
    if violation.kind in NEEDS_NO_CAUSE:
        return Needed(frozenset(), violation)
    if violation.kind in UNSETTLED_READS:
        scenario, violation = _settled(scenario, violation, judge)
    if replay is not None and any(violation.kind in family for family in FAMILIES):
        fewer = _without_wrongly_refused(contract, scenario, replay(scenario))
        if fewer != scenario:
            scenario, violation = _still([fewer], violation, Cause.REFUSAL, judge) or (
                scenario, violation)
    if replay is not None and any(isinstance(step, Fault) for step in scenario.steps):
        scenario, violation = _refused_wrongly_without_fault(
            contract, scenario, violation, judge, replay)
    if replay is not None and violation.kind in FAMILIES[0] and _disturbed(scenario):
        twin = undisturbed(contract, replay(scenario))
        scenario, violation = _still([twin], violation, Cause.CRASH, judge) or (scenario, violation)
    for cause, simplify in SIMPLIFICATIONS:
        simpler = [s for s in simplify(contract, scenario) if s != scenario]
        still = _still(simpler, violation, cause, judge) or _in_turn(
            scenario, simpler, violation, cause, judge)
        if still is not None:
            scenario, violation = still
        elif any(_hidden(scenario, s, violation, judge) for s in simpler):
            undecided.add(cause)
        elif simpler:
            causes.add(cause)
    return Needed(frozenset(causes), violation, frozenset(undecided))


def _hidden(
    scenario: Scenario, simpler: Scenario, violation: Violation, judge: Judge
) -> bool:
    """Tell if a simpler scenario shows more of what would hide a violation than the scenario."""
    def hiding(played: Scenario) -> Counter[Kind]:
        return Counter(v.kind for v in judge(played) if violation.kind in HIDES.get(v.kind, ()))

    after = hiding(simpler)
    return bool(after) and bool(after - hiding(scenario))


def _without_wrongly_refused(
    contract: Contract, scenario: Scenario, history: History
) -> Scenario:
    """Leave out the commands that ought to have been accepted and were not.

    They had no effect, but what follows was judged by the rules as if nothing had been sent,
    and the causes below are looked for as if it had been accepted.
    """
    wrongly = {judged.sent.step for judged in build_ledger(contract, history).commands
               if judged.sent.reply is Reply.REFUSED and not judged.agrees}
    steps = [step for number, step in enumerate(scenario.steps)
             if number not in wrongly or not isinstance(step, Send)]
    return replace(scenario, steps=tuple(steps))


def _disturbed(scenario: Scenario) -> bool:
    return any(isinstance(step, Fault | Concurrently) for step in scenario.steps)


def _still(
    simpler: list[Scenario], violation: Violation, left_out: Cause, judge: Judge
) -> tuple[Scenario, Violation] | None:
    """The first simpler scenario that shows the same fault, and as what it shows there."""
    told = SENT_SINGLY if left_out is Cause.COMMAND_BATCH else frozenset()
    found = ((scenario, v) for scenario in simpler for v in judge(scenario)
             if related(v.kind, violation.kind) or v.kind in told)
    return next(found, None)


def _in_turn(
    scenario: Scenario, simpler: list[Scenario], violation: Violation, left_out: Cause,
    judge: Judge,
) -> tuple[Scenario, Violation] | None:
    """The wrong reply that commands get one after the other, if no order explains those at once."""
    if left_out is not Cause.CONCURRENT_COMMANDS or violation.kind is not Kind.NOT_LINEARIZABLE:
        return None
    found = ((s, v) for s in simpler for v in _more(scenario, s, judge) if v.kind in SENT_IN_TURN)
    return next(found, None)


def _refused_wrongly_without_fault(
    contract: Contract, scenario: Scenario, violation: Violation, judge: Judge,
    replay: Callable[[Scenario], History],
) -> tuple[Scenario, Violation]:
    """The acceptance of what the rules refuse, if it explains what followed a fault.

    A command that a fault has hit may have had no effect, nor has one that could not be sent for
    that. Where a later one is accepted that needs it, as it is where the first one was never sent,
    no fault is needed for that; nor where it gets a server error, as it does there.
    """
    if any(violation.kind in family for family in FAMILIES):
        explaining = Kind.REFUSAL_ACCEPTED
    elif violation.kind is Kind.VALID_FAILED:
        explaining = Kind.REFUSAL_FAILED
    else:
        return scenario, violation
    answered = {judged.sent.step for judged in build_ledger(
        contract, replay(scenario)).commands if judged.sent.reply is not Reply.INDEFINITE}
    steps = tuple(step for number, step in enumerate(scenario.steps)
                  if not (isinstance(step, Fault) and step.role == Role.COMMAND)
                  and not (isinstance(step, Send) and number not in answered | {violation.step}))
    fewer = replace(scenario, steps=steps)
    found = (v for v in _more(scenario, fewer, judge) if v.kind is explaining)
    wrong = next(found, None)
    return (scenario, violation) if wrong is None else (fewer, wrong)


def _more(scenario: Scenario, other: Scenario, judge: Judge) -> list[Violation]:
    """The violations of kinds that another scenario shows more often."""
    before = Counter(violation.kind for violation in judge(scenario))
    found = judge(other)
    after = Counter(violation.kind for violation in found)
    return [violation for violation in found if after[violation.kind] > before[violation.kind]]


def _settled(
    scenario: Scenario, violation: Violation, judge: Judge
) -> tuple[Scenario, Violation]:
    """If the view is wrong even when everything settles at that read, that is the violation.

    So it is if the view is wrong in the end of fewer commands: those after may have covered it up.
    """
    shortened = replace(scenario, steps=scenario.steps[: violation.step + 1])
    commands = sum(isinstance(step, Send) for step in flat(shortened))
    fewer = (_first_commands(shortened, number) for number in range(commands, 0, -1))
    found = ((s, v) for s in fewer for v in judge(s) if v.kind in FAMILIES[0])
    return next(found, (scenario, violation))


def _first_commands(scenario: Scenario, number: int) -> Scenario:
    """The scenario with the first commands only."""
    sent = count()

    def edit(step: Step) -> Step | None:
        return None if isinstance(step, Send) and next(sent) >= number else step

    return change(scenario, edit)
