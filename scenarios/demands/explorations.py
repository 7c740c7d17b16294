"""Which scenarios explore which requirement: the one table that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hypothesis import strategies as st

from harness.core.contract import Contract, Exploration
from harness.core.history import Role
from harness.core.scenario import Scenario
from harness.explore import sweep
from scenarios.generators import drawn as g
from scenarios.generators import lists as listed
from scenarios.generators import short as bases


def _listed(
    generator: Callable[[Contract], st.SearchStrategy[Scenario]],
    everything: Callable[[Contract], tuple[Scenario, ...]],
    *, replies: bool = False,
) -> Exploration:
    """What a list has, as a whole; beside that, half as many examples are drawn."""
    return Exploration(generator, share=0.5, short_scenarios=everything, sweep=sweep.as_they_are,
                       needs_replies=replies)


EXPLORATIONS: Mapping[str, Exploration] = MappingProxyType({
    "API-01": _listed(g.any_commands, listed.special_ids),
    "API-02": _listed(g.any_commands, listed.telling_values),
    "API-03": _listed(g.unknown_ids, listed.unknown_ids),
    "API-04": _listed(g.invalid_bodies, listed.no_objects),
    "API-05": _listed(g.invalid_types, listed.no_types),
    "API-06": _listed(g.invalid_members, bases.bad_members),
    "API-07": _listed(g.refusals, listed.refused),
    "API-08": _listed(g.hostile_ids, listed.hostile_ids),
    "API-09": _listed(g.oversized, listed.oversized),
    "API-10": Exploration(g.bad_requests),
    "API-11": _listed(g.base64_bodies, listed.encoded),
    "API-12": _listed(g.unknown_members, listed.unknown_members),
    "API-13": Exploration(g.any_commands, share=0.5),
    "CMD-01": Exploration(g.any_commands, share=0.5),
    "CMD-02": Exploration(g.bad_requests),
    "CMD-03": Exploration(g.neighbours),
    "CMD-04": Exploration(g.concurrent_commands),
    "CMD-05": Exploration(g.concurrent_commands, share=0.5, short_scenarios=bases.at_the_same_time,
                          sweep=sweep.races, overlapping=Role.COMMAND),
    "CMD-06": _listed(g.retries, listed.repeated_keys),
    "CMD-07": _listed(g.reused_keys, listed.reused_keys, replies=True),
    "CMD-08": Exploration(g.rewriting),
    "CMD-09": Exploration(g.command_batches, single=g.single_command, role=Role.COMMAND,
                          short_scenarios=listed.mixed_batches, sweep=sweep.as_they_are),
    "CMD-10": Exploration(g.crashed_commands, share=0.5, short_scenarios=bases.one_after_another,
                          sweep=sweep.staggered(sweep.crashes)),
    "CMD-11": Exploration(g.failed_publishing, share=0.5, short_scenarios=bases.one_after_another,
                          sweep=sweep.staggered(sweep.publish_failures)),
    "CMD-12": Exploration(g.failed_calls, share=0.5, short_scenarios=bases.one_after_another,
                          sweep=sweep.staggered(sweep.failures)),
    "CMD-13": Exploration(g.any_commands, share=0.5),
    "CMD-14": Exploration(g.long_histories, long=True, short_scenarios=listed.long_lives,
                          sweep=sweep.as_they_are),
    "CMD-15": _listed(g.lookalikes, listed.lookalikes),
    "PRJ-01": _listed(g.plain, listed.lives),
    "PRJ-02": _listed(g.duplicates, listed.every_event_again),
    "PRJ-03": _listed(g.reorderings, listed.every_order),
    "PRJ-04": _listed(g.resurrections, listed.begun_again),
    "PRJ-05": Exploration(g.losses),
    "PRJ-06": _listed(g.poisoned, listed.all_poisons),
    "PRJ-07": Exploration(g.failed_projections, share=0.5, short_scenarios=bases.projected,
                          sweep=sweep.projecting),
    "PRJ-08": Exploration(g.concurrent_deliveries, share=0.5, short_scenarios=bases.deliveries,
                          sweep=sweep.races, overlapping=Role.PROJECTION),
    "PRJ-09": Exploration(g.rebuilds),
    "PRJ-10": Exploration(g.neighbours),
    "PRJ-11": Exploration(g.event_batches, single=g.single_event, role=Role.PROJECTION,
                          short_scenarios=listed.poisoned_batches, sweep=sweep.as_they_are),
    "QRY-01": Exploration(g.reads_on_the_way, share=0.5),
    "QRY-02": Exploration(g.reads_and_failures, short_scenarios=bases.seen, sweep=sweep.querying),
    "QRY-03": Exploration(g.reads, short_scenarios=bases.reads_of_any_length, sweep=sweep.races),
    "QRY-04": Exploration(g.endings),
    "SYS-01": Exploration(g.plain, share=0.25),
    "SYS-02": Exploration(g.warm_and_cold, short_scenarios=listed.warm, sweep=sweep.as_they_are),
    "SYS-03": Exploration(g.plain, share=0.25),
    "SYS-04": Exploration(g.plain, share=0.25, needs_roles=True),
})
