"""Simplifications of commands: without flaws, repetitions, refusals, ids or other aggregates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.core.bodies import read_sent_body, with_namespace, write_body
from harness.core.commands import Acceptance, Accepted, Flaw
from harness.core.contract import OVERSIZED_BYTES, Contract
from harness.core.json_values import parse_json
from harness.core.repetition import Mark
from harness.core.scenario import (
    Query,
    Scenario,
    Send,
    Step,
    change,
    flat,
)

Simplify = Callable[[Contract, Scenario], Scenario]
Alternatives = Callable[[Contract, Scenario], Iterable[Scenario]]
"""Simpler scenarios of which one has to show the violation still; the same one: no such cause."""
ENDING = "-zz"
MANY = 9
"""Commands on one aggregate from which a history may be long: version 10 is the next."""


def without_flaw(flaw: Flaw) -> Simplify:
    """Leave out the commands that have a flaw."""
    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        return change(scenario, lambda step: None if _flawed(contract, step, flaw) else step)

    return simplify


def _flawed(contract: Contract, step: Step, flaw: Flaw) -> bool:
    return isinstance(step, Send) and read_sent_body(contract, step).flaw is flaw


def with_bodies(edit: Callable[[Contract, str, Mapping[str, Any]], str]) -> Simplify:
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


def query_instead(concerned: Callable[[Contract, Send], bool]) -> Simplify:
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


def mended_or_asked(
    concerned: Callable[[Contract, Send], bool],
    edit: Callable[[Contract, str, Mapping[str, Any]], str],
) -> Alternatives:
    """Mend the commands that are concerned; or put queries in the place of all, or of one type.

    A dialect may have a place for an unknown member in the messages of some types and not of
    others: commands of the latter were never sent.
    """
    mend = with_bodies(edit)

    def of(kind: str | None) -> Callable[[Contract, Send], bool]:
        return lambda contract, step: concerned(contract, step) and _type(contract, step) == kind

    def alternatives(contract: Contract, scenario: Scenario) -> Iterator[Scenario]:
        yield mend(contract, scenario)
        yield query_instead(concerned)(contract, scenario)
        sent = [step for step in flat(scenario) if isinstance(step, Send)
                and step.body is not None and concerned(contract, step)]
        kinds = dict.fromkeys(_type(contract, step) for step in sent)
        for kind in kinds if len(kinds) > 1 else ():
            yield mend(contract, query_instead(of(kind))(contract, scenario))

    return alternatives


def _type(contract: Contract, step: Send) -> str | None:
    command = read_sent_body(contract, step).command
    return None if command is None else str(command["type"])


def _named(contract: Contract, body: str) -> str | None:
    """The id in a body that can be read as a command, as the scenario writes it."""
    if contract.read(with_namespace(body)).command is None:
        return None
    return str(parse_json(body)[contract.id_member])


def is_oversized(contract: Contract, step: Send) -> bool:
    """Tell if a command's body is larger than an implementation has to take."""
    return len((step.body or "").encode("utf-8", "replace")) > OVERSIZED_BYTES


def has_unknown_members(contract: Contract, step: Send) -> bool:
    """Tell if a command has members that its contract does not name."""
    return read_sent_body(contract, step).flaw is Flaw.UNKNOWN_MEMBER


def short_body(contract: Contract, body: str, command: Mapping[str, Any]) -> str:
    """An oversized body without white space and with next to nothing in unknown members."""
    if len(body.encode("utf-8", "replace")) <= OVERSIZED_BYTES:
        return body
    short = {name: value if name in command or not isinstance(value, str) else value[:1]
             for name, value in parse_json(body).items()}
    return write_body(short, contract.id_member)


def known_members(contract: Contract, body: str, command: Mapping[str, Any]) -> str:
    """A body without the members that its contract does not name."""
    document = parse_json(body)
    known = {name: value for name, value in document.items() if name in command}
    return body if known == document else write_body(known, contract.id_member)


def without_repeats(*, same_body: bool, keep: bool = False) -> Simplify:
    """Leave out commands whose mark was used before, with the same body or with another.

    ``keep``: leave out their keys only, where a key is the mark.
    """

    def simplify(contract: Contract, scenario: Scenario) -> Scenario:
        first: dict[tuple[str | None, str], str | None] = {}

        def edit(step: Step) -> Step | None:
            mark = _mark(contract, step)
            if not isinstance(step, Send) or mark is None:
                return step
            use = (_aggregate(contract, step), mark)
            repeated = use in first and (first[use] == step.body) is same_body
            first.setdefault(use, step.body)
            if repeated:
                return replace(step, key=None) if keep and step.key is not None else None
            return step

        return change(scenario, edit)

    return simplify


def _mark(contract: Contract, step: Step) -> str | None:
    """The mark by which the system would know that a command is a repetition."""
    if not isinstance(step, Send):
        return None
    if contract.repetition.mark is Mark.KEY:
        return step.key
    return contract.repetition.of(None, read_sent_body(contract, step).command)


def _aggregate(contract: Contract, step: Send) -> str | None:
    command = read_sent_body(contract, step).command
    return None if command is None else contract.aggregate(command)


def without_refusals(contract: Contract, scenario: Scenario) -> Scenario:
    """Leave out valid commands that the rules refuse; a mark used before is no refusal.

    A query takes the place of each, so that its aggregate is read in the end all the same.
    """
    states: dict[str, object] = {}
    used: set[tuple[str, str]] = set()

    def edit(step: Step) -> Step | None:
        command = read_sent_body(contract, step).command if isinstance(step, Send) else None
        if not isinstance(step, Send) or step.body is None or command is None:
            return step
        aggregate = contract.aggregate(command)
        mark = _mark(contract, step)
        if mark is not None:
            if (aggregate, mark) in used:
                return step
            used.add((aggregate, mark))
        state = states.get(aggregate, contract.initial)
        if not isinstance(contract.decide(state, command), Accepted):
            return Query(parse_json(step.body)[contract.id_member])
        states[aggregate] = contract.after(state, command)
        return step

    return change(scenario, edit)


def first_commands_only(contract: Contract, scenario: Scenario) -> Scenario:
    """Keep only the first commands of each aggregate."""
    sent: dict[str | None, int] = {}

    def edit(step: Step) -> Step | None:
        if not isinstance(step, Send):
            return step
        aggregate = _aggregate(contract, step)
        sent[aggregate] = sent.get(aggregate, 0) + 1
        return None if sent[aggregate] > MANY else step

    return change(scenario, edit)


def ends_only(contract: Contract, scenario: Scenario) -> Scenario:
    """Keep the first commands of each aggregate and its last one, which may be the wrong one."""
    sent = [_aggregate(contract, step) for step in flat(scenario) if isinstance(step, Send)]
    left, kept = Counter(sent), Counter[str | None]()

    def edit(step: Step) -> Step | None:
        if not isinstance(step, Send):
            return step
        aggregate = _aggregate(contract, step)
        left[aggregate] -= 1
        kept[aggregate] += 1
        return step if kept[aggregate] < MANY or not left[aggregate] else None

    return change(scenario, edit)


def without_prefix_ids(contract: Contract, scenario: Scenario) -> Scenario:
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


def one_aggregate(contract: Contract, scenario: Scenario) -> Iterator[Scenario]:
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
