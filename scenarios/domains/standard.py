"""The contract of a domain: the domain's own part, with all that this project demands of any.

A domain gives its command types, the decider and the view. What is demanded, how it is
explored and what a violation violates is the same for every domain, and is added here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from harness.core.commands import Command, Decision, State, View
from harness.core.contract import Contract, Member, one_event
from harness.core.repetition import BY_KEY, Repetition
from harness.core.version import Version
from scenarios.demands import promises
from scenarios.demands.attribution import attribute
from scenarios.demands.explanations import explained
from scenarios.demands.explorations import explorations
from scenarios.demands.requirements import requirements
from scenarios.demands.triggers import FACTS, MEASURES, TRIGGERS
from scenarios.domains.versions import with_version
from scenarios.generators import values

Types = Mapping[str, Mapping[str, Member]]
Events = Callable[[Any, Command], Sequence[Command]]
Boundaries = Callable[[Any, str], Mapping[str, tuple[Any, ...]]]


def contract(
    *,
    name: str,
    path: str,
    id_member: str,
    types: Types,
    decide: Callable[[Any, Command], Decision],
    evolve: Callable[[Any, Command], State],
    view: Callable[[Any], View],
    initial: State = None,
    boundaries: Boundaries = lambda state, kind: {},
    reference: str = "",
    events: Events = one_event,
    event_types: Types | None = None,
    repetition: Repetition = BY_KEY,
    version: Version | None = None,
    query: str = "",
    ids: str = "",
    not_promised: Iterable[str] = (),
) -> Contract:
    """A domain's contract; ``Contract`` explains the parameters.

    ``ids``: a regular expression of ids that the system may take beside those of docs/contract.md.
    ``not_promised``: ids of requirements, and names of sets of them, that are taken out.

    Raises:
        PromiseError: ``not_promised`` names neither a requirement nor a set.
    """
    base = Contract(
        name=name,
        path=path,
        id_member=id_member,
        ids=values.ids(ids),
        special_ids=values.SPECIAL_IDS,
        types=MappingProxyType(dict(types)),
        initial=initial,
        decide=decide,
        evolve=evolve,
        view=view,
        boundaries=boundaries,
        requirements=requirements(repetition),
        attribute=attribute,
        explorations=explorations(repetition),
        triggers=TRIGGERS,
        measures=MEASURES,
        facts=FACTS,
        explained=explained,
        suite="scenarios.suite",
        reference=reference,
        events=events,
        event_types=event_types and MappingProxyType(dict(event_types)),
        repetition=repetition,
        query=query,
        not_promised=promises.not_promised(not_promised),
        essential=promises.ESSENTIAL,
    )
    if version is None:
        return base
    return replace(with_version(base, version), explorations=explorations(repetition, base))
