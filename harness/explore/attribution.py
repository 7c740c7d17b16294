"""What a violation needs in order to appear: found by taking away, one cause after another.

A scenario with a duplicate and a wrong view does not show that the duplicate did it. So the
scenario is played again without the duplicate: if the view is still wrong, the duplicate is
left out for good; if not, it is a necessary cause. The order below goes from the exotic to
the ordinary.

A violation may also be gone because a second one hides it: an event's members are not compared
where there are too many events. Then nothing is known about the cause that was left out, and the
violation is reported for the requirements that it violates either way, if there are any.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from harness.core.bodies import read_sent_body, with_namespace, write_body
from harness.core.commands import Acceptance, Accepted, Flaw
from harness.core.contract import OVERSIZED_BYTES, Contract
from harness.core.faults import CRASHES
from harness.core.history import History, Reply, Role
from harness.core.json_values import parse_json
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Hold,
    Poison,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Step,
    change,
    flat,
    without,
)
from harness.core.violation import Cause, Kind, Violation
from harness.explore.undisturbed import undisturbed
from harness.oracle.worlds import build_ledger

Judge = Callable[[Scenario], list[Violation]]
Simplify = Callable[[Contract, Scenario], Scenario]
Alternatives = Callable[[Contract, Scenario], Iterable[Scenario]]
"""Simpler scenarios of which one has to show the violation still; the same one: no such cause."""

FAMILIES = (
    frozenset({Kind.VIEW_WRONG, Kind.DELETED_VISIBLE, Kind.UNKNOWN_VISIBLE, Kind.VIEW_UNSTABLE}),
    frozenset({Kind.EVENT_MISSING, Kind.EVENT_EXTRA, Kind.VERSIONS}),
)
"""Kinds that are one fault seen from different sides."""
NEEDS_NO_CAUSE = frozenset({
    Kind.DISCLOSURE, Kind.COMMAND_TOUCHES_VIEW, Kind.PROJECTION_PUBLISHES,
    Kind.PROJECTION_STORES, Kind.QUERY_WRITES, Kind.NOT_ALLOWED, Kind.WILDCARD,
    Kind.CLIENT_MEMBER, Kind.CLIENT_CHOSEN, Kind.NOT_AN_OBJECT, Kind.INVALID_STATUS,
    Kind.HOSTILE_QUERY_FAILED, Kind.REPORTED_BACK, Kind.REPORT_UNREADABLE,
})
UNSETTLED_READS = frozenset({Kind.READ_NOT_PREFIX, Kind.READ_WENT_BACK})
"""Kinds that only count where the view is right in the end."""
VIEWS = FAMILIES[0] | UNSETTLED_READS
EVENTS = FAMILIES[1] | {Kind.EVENT_MEMBERS}
HIDES: Mapping[Kind, frozenset[Kind]] = {
    Kind.EVENT_MISSING: EVENTS,
    Kind.EVENT_EXTRA: EVENTS,
    Kind.EVENT_MEMBERS: frozenset({Kind.VERSIONS}),
    Kind.NOT_LINEARIZABLE: EVENTS,
    Kind.PUBLISHED_ONLY: frozenset({Kind.PUBLISHED_DIFFERS}),
    Kind.VALID_FAILED: VIEWS | EVENTS | {Kind.VALID_REFUSED},
    Kind.REPEAT_FAILED: VIEWS | EVENTS | {Kind.REPEAT_REFUSED},
    Kind.REFUSAL_FAILED: VIEWS | EVENTS | {Kind.REFUSAL_ACCEPTED},
    Kind.REUSE_FAILED: VIEWS | EVENTS | {Kind.REUSE_ACCEPTED},
    Kind.INVALID_FAILED: frozenset({Kind.INVALID_ACCEPTED}),
    Kind.QUERY_FAILED: VIEWS,
    Kind.QUERY_FORM: VIEWS,
    Kind.HOSTILE_QUERY_FAILED: VIEWS,
}
"""What a violation keeps its check, or the ones after it, from seeing: replies that leave open
what happened, views that cannot be read, events that cannot be compared."""
WITHOUT_EFFECT = frozenset({
    Cause.INVALID_BODY, Cause.INVALID_TYPE, Cause.INVALID_MEMBER, Cause.INVALID_ID,
    Cause.OVERSIZED, Cause.UNKNOWN_MEMBER, Cause.REUSE, Cause.REFUSAL,
})
"""Commands that ought to have no effect, or need not have one."""
SENT_SINGLY = frozenset({Kind.VALID_REFUSED, Kind.VALID_FAILED, Kind.REFUSAL_ACCEPTED,
                         Kind.INVALID_ACCEPTED})
"""How a fault shows in a reply that a queue's batch does not give."""
ENDING = "-zz"
MANY = 9
"""Commands on one aggregate from which a history may be long: version 10 is the next."""


def related(kind: Kind, other: Kind) -> bool:
    """Whether two violations are of one kind or one family of kinds."""
    return kind is other or any(kind in family and other in family for family in FAMILIES)


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
    """What a violation needs in order to appear.

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
    if replay is not None and violation.kind in FAMILIES[0] and _disturbed(scenario):
        twin = undisturbed(contract, replay(scenario))
        scenario, violation = _still([twin], violation, Cause.CRASH, judge) or (scenario, violation)
    for cause, simplify in SIMPLIFICATIONS:
        simpler = [s for s in simplify(contract, scenario) if s != scenario]
        still = _still(simpler, violation, cause, judge)
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
    """Whether a simpler scenario shows more of what would hide a violation than the scenario."""
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


def _publishing(fault: Fault) -> bool:
    return fault.role == Role.COMMAND and fault.operation == "PutEvents"


def _of_role(role: Role) -> Callable[[Fault], bool]:
    return lambda fault: fault.role == role


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


def _without_flaw(flaw: Flaw) -> Simplify:
    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        return change(scenario, lambda step: None if _flawed(contract, step, flaw) else step)

    return simplify


def _flawed(contract: Contract, step: Step, flaw: Flaw) -> bool:
    return isinstance(step, Send) and read_sent_body(contract, step).flaw is flaw


def _rewritten(edit: Callable[[Contract, str, Mapping[str, Any]], str]) -> Simplify:
    """Edit the body of every command; the edit also gets the command that the contract reads."""

    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        def rewrite(step: Step) -> Step:
            if not isinstance(step, Send) or step.body is None:
                return step
            command = read_sent_body(contract, step).command
            if command is None:
                return step
            return replace(step, body=edit(contract, step.body, command))

        return change(scenario, rewrite)

    return simplify


def _asked_instead(concerned: Callable[[Contract, Send], bool]) -> Simplify:
    """Put a query of its aggregate in the place of each command that may be refused for its form.

    If it was, that aggregate need not exist, as it would if the command were mended.
    """

    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        def ask(step: Step) -> Step:
            if not isinstance(step, Send) or not concerned(contract, step):
                return step
            named = None if step.body is None else _named(contract, step.body)
            return step if named is None else Query(named)

        return change(scenario, ask)

    return simplify


def _named(contract: Contract, body: str) -> str | None:
    """The id in a body that can be read as a command, as the scenario writes it."""
    if contract.read(with_namespace(body)).command is None:
        return None
    return str(parse_json(body)[contract.id_member])


def _oversized(contract: Contract, step: Send) -> bool:
    return len((step.body or "").encode("utf-8", "replace")) > OVERSIZED_BYTES


def _with_unknown_members(contract: Contract, step: Send) -> bool:
    return read_sent_body(contract, step).flaw is Flaw.UNKNOWN_MEMBER


def _short_body(contract: Contract, body: str, command: Mapping[str, Any]) -> str:
    """An oversized body without white space and with next to nothing in unknown members."""
    if len(body.encode("utf-8", "replace")) <= OVERSIZED_BYTES:
        return body
    short = {name: value if name in command or not isinstance(value, str) else value[:1]
             for name, value in parse_json(body).items()}
    return write_body(short, contract.id_member)


def _known_members(contract: Contract, body: str, command: Mapping[str, Any]) -> str:
    document = parse_json(body)
    known = {name: value for name, value in document.items() if name in command}
    return body if known == document else write_body(known, contract.id_member)


def _without_repeats(*, same_body: bool, keep: bool = False) -> Simplify:
    """Leave out commands whose key was used before, with the same body or with another.

    ``keep``: leave out their keys only.
    """

    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        first: dict[tuple[str | None, str], str | None] = {}

        def edit(step: Step) -> Step | None:
            if not isinstance(step, Send) or step.key is None:
                return step
            use = (_aggregate(contract, step), step.key)
            repeated = use in first and (first[use] == step.body) is same_body
            first.setdefault(use, step.body)
            if repeated:
                return replace(step, key=None) if keep else None
            return step

        return change(scenario, edit)

    return simplify


def _aggregate(contract: Contract, step: Send) -> str | None:
    command = read_sent_body(contract, step).command
    return None if command is None else contract.aggregate(command)


def _without_refusals(contract: Contract, scenario: Scenario) -> Scenario:
    """Leave out valid commands that the rules refuse; a key used before is no refusal.

    A query takes the place of each, so that its aggregate is read in the end all the same.
    """
    states: dict[str, object] = {}
    used: set[tuple[str, str]] = set()

    def edit(step: Step) -> Step | None:
        command = read_sent_body(contract, step).command if isinstance(step, Send) else None
        if not isinstance(step, Send) or step.body is None or command is None:
            return step
        aggregate = contract.aggregate(command)
        if step.key is not None:
            if (aggregate, step.key) in used:
                return step
            used.add((aggregate, step.key))
        state = states.get(aggregate, contract.initial)
        if not isinstance(contract.decide(state, command), Accepted):
            return Query(parse_json(step.body)[contract.id_member])
        states[aggregate] = contract.evolve(state, command)
        return step

    return change(scenario, edit)


def _short(contract: Contract, scenario: Scenario) -> Scenario:
    """Keep only the first commands of each aggregate."""
    sent: dict[str | None, int] = {}

    def edit(step: Step) -> Step | None:
        if not isinstance(step, Send):
            return step
        aggregate = _aggregate(contract, step)
        sent[aggregate] = sent.get(aggregate, 0) + 1
        return None if sent[aggregate] > MANY else step

    return change(scenario, edit)


def _no_prefixes(contract: Contract, scenario: Scenario) -> Scenario:
    """Let all ids end alike, so that none begins another; in all else they stay as they are."""
    names: set[str] = set()

    def name(id: str) -> str:
        names.add(id)
        return id + ENDING

    def rename(step: Step) -> Step:
        if isinstance(step, Send) and step.body is not None:
            command = read_sent_body(contract, step).command
            if command is None:
                return step
            return replace(step, body=_renamed(contract, step.body, name))
        if not isinstance(step, Query):
            return step
        plain = contract.ids.accepts(with_namespace(step.id)) is Acceptance.MUST
        return replace(step, id=name(step.id)) if plain else step

    renamed = change(scenario, rename)
    begins = any(b != a and b.startswith(a) for a in names for b in names)
    return renamed if begins else scenario


def _renamed(contract: Contract, body: str, name: Callable[[str], str]) -> str:
    member = re.compile(rf'("{re.escape(contract.id_member)}"\s*:\s*)"([^"\\]*)"')
    return member.sub(lambda found: f'{found.group(1)}"{name(found.group(2))}"', body)


def _one_aggregate(contract: Contract, scenario: Scenario) -> Iterator[Scenario]:
    """If there are several aggregates, each by itself; the one with most commands first."""
    counts: dict[str, int] = {}
    for step in flat(scenario):
        aggregate = _aggregate(contract, step) if isinstance(step, Send) else None
        if aggregate is not None:
            counts[aggregate] = counts.get(aggregate, 0) + 1
    if len(counts) > 1:
        for name in sorted(counts, key=lambda name: -counts[name]):
            yield _without_aggregates(contract, scenario, counts.keys() - {name})


def _without_aggregates(
    contract: Contract, scenario: Scenario, aggregates: Collection[str]
) -> Scenario:
    def concerned(step: Step) -> bool:
        if isinstance(step, Send):
            return _aggregate(contract, step) in aggregates
        return isinstance(step, Query) and with_namespace(step.id) in aggregates

    return change(scenario, lambda step: None if concerned(step) else step)


SIMPLIFICATIONS: tuple[tuple[Cause, Alternatives], ...] = (
    (Cause.QUERY_FAILURE, _one(_without_faults(_of_role(Role.QUERY)))),
    (Cause.PROJECTION_FAILURE, _one(_without_faults(_of_role(Role.PROJECTION)))),
    (Cause.CRASH, _one(_without_faults(_crashes))),
    (Cause.PUBLISH_FAILURE, _one(_without_faults(_publishing))),
    (Cause.CALL_FAILURE, _one(_without_faults(_of_role(Role.COMMAND)))),
    (Cause.CONCURRENT_DELIVERIES, _one(_in_sequence(_delivers))),
    (Cause.CONCURRENT_COMMANDS, _one(_in_sequence(_sends))),
    (Cause.REBUILD, _one(_leaving_out(Rebuild))),
    (Cause.POISON, _one(_mapped(_not_poisoned))),
    (Cause.BATCH, _one(_one_by_one)),
    (Cause.DUPLICATE, _one(_leaving_out(Redeliver))),
    (Cause.LOSS, _one(_leaving_out(Drop))),
    (Cause.REORDER, _one(_mapped(_in_order))),
    (Cause.COMMAND_BATCH, _one(_sent_singly)),
    (Cause.BASE64, _one(_mapped(_decoded))),
    (Cause.INVALID_BODY, _one(_without_flaw(Flaw.BODY))),
    (Cause.INVALID_TYPE, _one(_without_flaw(Flaw.TYPE))),
    (Cause.INVALID_MEMBER, _one(_without_flaw(Flaw.MEMBER))),
    (Cause.INVALID_ID, _one(_without_flaw(Flaw.ID))),
    (Cause.OVERSIZED, _either(_rewritten(_short_body), _asked_instead(_oversized))),
    (Cause.UNKNOWN_MEMBER,
     _either(_rewritten(_known_members), _asked_instead(_with_unknown_members))),
    (Cause.RETRY, _one(_without_repeats(same_body=True))),
    (Cause.REUSE, _either(_without_repeats(same_body=False),
                          _without_repeats(same_body=False, keep=True))),
    (Cause.REFUSAL, _one(_without_refusals)),
    (Cause.LONG, _one(_short)),
    (Cause.OTHERS, _one_aggregate),
    (Cause.IDS, _one(_no_prefixes)),
    (Cause.WARM, _one(_cold)),
)
