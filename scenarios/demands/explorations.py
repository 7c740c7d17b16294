"""The scenarios that explore each requirement, as one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from hypothesis import strategies as st

from harness.core.contract import Contract, Exploration, Sweep
from harness.core.history import Role
from harness.core.repetition import BY_KEY, Mark, Repetition
from harness.core.scenario import Fault, Scenario, Step, change
from harness.explore import sweep
from scenarios.generators import drawn, listed
from scenarios.generators.lifetimes import ends, refuses
from scenarios.generators.marks import with_marks
from scenarios.generators.versions import every_wrong_version, with_versions, wrong_versions


def _listed(
    generator: Callable[[Contract], st.SearchStrategy[Scenario]],
    everything: Callable[[Contract], tuple[Scenario, ...]],
    *, needs_replies: bool = False,
) -> Exploration:
    """A list is played as a whole, and half as many examples as usual are drawn."""
    return Exploration(generator, share=0.5, short_scenarios=everything, sweep=sweep.as_they_are,
                       needs_replies=needs_replies)


def _ending(exploration: Exploration) -> Exploration:
    """An exploration about ends, which not every contract has."""
    return replace(exploration, senseless=lambda contract: (
        "" if ends(contract) else "no command of the contract ends an aggregate"))


def _refusing(exploration: Exploration) -> Exploration:
    """An exploration about refusals, which not every contract has."""
    return replace(exploration, senseless=lambda contract: (
        "" if refuses(contract) else "the rules of the contract refuse nothing"))


def _relayed(scenario: Scenario) -> Scenario:
    """The scenario with its deliveries and its faults at relays in place of the other ends."""
    def moved(step: Step) -> Step:
        return replace(step, role=Role.RELAY.value) if isinstance(step, Fault) else step

    return replace(change(scenario, moved), at_relays=True)


def _at_relays(
    *generators: Callable[[Contract], st.SearchStrategy[Scenario]],
) -> Callable[[Contract], st.SearchStrategy[Scenario]]:
    return lambda contract: st.one_of([g(contract) for g in generators]).map(_relayed)


def _lists_at_relays(
    everything: Callable[[Contract], tuple[Scenario, ...]],
) -> Callable[[Contract], tuple[Scenario, ...]]:
    return lambda contract: tuple(map(_relayed, everything(contract)))


def _with_faults_at_relays(one: Sweep) -> Sweep:
    return lambda bases, play: map(_relayed, one(bases, play))


def _of_members(exploration: Exploration) -> Exploration:
    """An exploration about members of commands, which not every contract has."""
    return replace(exploration, senseless=lambda contract: (
        "" if any(contract.types.values()) else "no command has members of its own"))


EXPLORATIONS: Mapping[str, Exploration] = MappingProxyType({
    "API-01": _listed(drawn.commands.any_commands, listed.ids_and_keys.special_ids),
    "API-02": _listed(drawn.commands.any_commands, listed.lives.tricky_values),
    "API-03": _listed(drawn.hostile_input.unknown_ids, listed.hostile_input.unknown_ids),
    "API-04": _listed(drawn.hostile_input.invalid_bodies, listed.hostile_input.invalid_bodies),
    "API-05": _listed(drawn.hostile_input.invalid_types, listed.hostile_input.invalid_types),
    "API-06": _of_members(_listed(
        drawn.hostile_input.invalid_members, listed.hostile_input.invalid_members)),
    "API-07": _refusing(_listed(drawn.commands.refusals, listed.lives.refusals)),
    "API-08": _listed(drawn.hostile_input.hostile_ids, listed.hostile_input.hostile_ids),
    "API-09": _listed(drawn.hostile_input.oversized, listed.hostile_input.oversized),
    "API-10": Exploration(drawn.hostile_input.bad_requests),
    "API-11": _listed(drawn.hostile_input.base64_bodies, listed.hostile_input.base64_bodies),
    "API-12": _listed(drawn.hostile_input.unknown_members, listed.hostile_input.unknown_members),
    "API-13": Exploration(drawn.commands.any_commands, share=0.5),
    "CMD-01": Exploration(drawn.commands.any_commands,
                          share=0.5, short_scenarios=listed.for_sweeps.command_sequences,
                          sweep=sweep.each_in_turn(sweep.slow_commands)),
    "CMD-02": Exploration(drawn.hostile_input.bad_requests,
                          short_scenarios=listed.for_sweeps.three_in_a_row,
                          sweep=sweep.each_in_turn(sweep.two_crashes)),
    "CMD-03": Exploration(drawn.commands.neighbours,
                          short_scenarios=listed.for_sweeps.long_lives, sweep=sweep.long_lived),
    "CMD-04": Exploration(drawn.disturbances.concurrent_commands,
                          short_scenarios=listed.for_sweeps.overlapping_repeatable,
                          sweep=sweep.overlapping),
    "CMD-05": Exploration(drawn.disturbances.concurrent_commands,
                          share=0.5, short_scenarios=listed.for_sweeps.concurrent_commands,
                          sweep=sweep.races_and_stale_reads, overlapping=Role.COMMAND),
    "CMD-06": _listed(drawn.commands.retries, listed.ids_and_keys.retries),
    "CMD-07": _listed(drawn.commands.reused_keys, listed.ids_and_keys.reused_keys,
                      needs_replies=True),
    "CMD-08": Exploration(drawn.commands.retries_and_endings,
                          short_scenarios=listed.deliveries.outage, sweep=sweep.as_they_are),
    "CMD-09": Exploration(drawn.commands.command_batches,
                          single=drawn.commands.single_command,
                          role=Role.COMMAND,
                          short_scenarios=listed.deliveries.command_batches,
                          sweep=sweep.as_they_are),
    "CMD-10": Exploration(drawn.disturbances.crashed_commands,
                          share=0.5, short_scenarios=listed.for_sweeps.crashed_sequences,
                          sweep=sweep.staggered(sweep.crashes)),
    "CMD-11": Exploration(drawn.disturbances.failed_publishing,
                          share=0.5, short_scenarios=listed.for_sweeps.command_sequences,
                          sweep=sweep.staggered(sweep.publish_failures)),
    "CMD-12": Exploration(drawn.disturbances.failed_calls,
                          share=0.5, short_scenarios=listed.for_sweeps.command_sequences,
                          sweep=sweep.staggered(sweep.failures)),
    "CMD-13": Exploration(drawn.commands.any_commands,
                          share=0.5, short_scenarios=listed.for_sweeps.last_command_sequences,
                          sweep=sweep.each_in_turn(sweep.crashed_recoveries)),
    "CMD-14": Exploration(drawn.commands.long_histories,
                          long=True, short_scenarios=listed.lives.long_histories,
                          sweep=sweep.as_they_are),
    "CMD-15": _listed(drawn.commands.lookalikes, listed.ids_and_keys.lookalikes),
    "PRJ-01": Exploration(drawn.commands.plain,
                          share=0.5, short_scenarios=listed.lives.lives_and_deliveries,
                          sweep=sweep.themselves_and_stale_deliveries),
    "PRJ-02": _listed(drawn.deliveries.duplicates, listed.deliveries.duplicates),
    "PRJ-03": _listed(drawn.deliveries.reorderings, listed.deliveries.reorderings),
    "PRJ-04": _ending(_listed(drawn.deliveries.resurrections, listed.deliveries.resurrections)),
    "PRJ-05": Exploration(drawn.deliveries.losses,
                          short_scenarios=listed.for_sweeps.last_command_sequences,
                          sweep=sweep.each_in_turn(sweep.slow_projections)),
    "PRJ-06": _listed(drawn.deliveries.poisoned, listed.deliveries.poisoned),
    "PRJ-07": Exploration(drawn.disturbances.failed_projections,
                          share=0.5, short_scenarios=listed.for_sweeps.projected_sequences,
                          sweep=sweep.projecting),
    "PRJ-08": Exploration(drawn.disturbances.concurrent_deliveries,
                          share=0.5, short_scenarios=listed.for_sweeps.concurrent_deliveries,
                          sweep=sweep.races, overlapping=Role.PROJECTION),
    "PRJ-09": Exploration(drawn.deliveries.rebuilds),
    "PRJ-10": Exploration(drawn.commands.neighbours,
                          short_scenarios=listed.ids_and_keys.colliding_ids,
                          sweep=sweep.as_they_are),
    "PRJ-11": Exploration(drawn.deliveries.event_batches,
                          single=drawn.deliveries.single_event, role=Role.PROJECTION,
                          short_scenarios=listed.deliveries.event_batches, sweep=sweep.as_they_are),
    "RLY-01": _listed(_at_relays(drawn.deliveries.duplicates, drawn.deliveries.losses),
                      _lists_at_relays(lambda contract: (
                          *listed.deliveries.refused_again(contract),
                          *listed.deliveries.duplicates(contract)))),
    "RLY-02": Exploration(_at_relays(drawn.disturbances.failed_projections),
                          share=0.5,
                          short_scenarios=_lists_at_relays(listed.for_sweeps.command_sequences),
                          sweep=sweep.relaying),
    "RLY-03": Exploration(_at_relays(drawn.disturbances.failed_publishing),
                          share=0.5, short_scenarios=listed.for_sweeps.command_sequences,
                          sweep=_with_faults_at_relays(sweep.staggered(sweep.publish_failures))),
    "RLY-04": Exploration(_at_relays(drawn.deliveries.event_batches),
                          single=_at_relays(drawn.deliveries.single_event), role=Role.RELAY,
                          short_scenarios=_lists_at_relays(listed.deliveries.batches_to_pass_on),
                          sweep=sweep.as_they_are),
    "RLY-05": _listed(_at_relays(drawn.deliveries.poisoned),
                      _lists_at_relays(listed.deliveries.poisoned)),
    "RLY-06": _listed(drawn.deliveries.expiries, listed.deliveries.expiries),
    "QRY-01": Exploration(drawn.deliveries.reads_on_the_way,
                          share=0.5, short_scenarios=listed.for_sweeps.first_commands,
                          sweep=sweep.each_in_turn(sweep.first_calls)),
    "QRY-02": Exploration(drawn.disturbances.reads_and_failed_reads,
                          short_scenarios=listed.for_sweeps.settled_reads, sweep=sweep.querying),
    "QRY-03": Exploration(drawn.disturbances.all_reads,
                          short_scenarios=listed.for_sweeps.concurrent_reads_of_any_length,
                          sweep=sweep.races_and_stale_queries),
    "QRY-04": _ending(Exploration(drawn.commands.endings)),
    "SYS-01": Exploration(drawn.commands.plain, share=0.25),
    "SYS-02": Exploration(drawn.commands.warm_and_cold,
                          short_scenarios=listed.lives.warm_and_cold, sweep=sweep.as_they_are),
    "SYS-03": Exploration(drawn.commands.plain, share=0.25),
    "SYS-04": Exploration(drawn.commands.plain, share=0.25, needs_roles=True),
})


def explorations(
    repetition: Repetition, unversioned: Contract | None = None
) -> Mapping[str, Exploration]:
    """The scenarios of each requirement, with commands marked as the system knows them.

    ``unversioned``: the contract without the version that its commands send back, if they do.
    """
    own = dict(EXPLORATIONS)
    if repetition.mark is Mark.CONTENT:
        own["CMD-06"] = _listed(drawn.commands.repeated_at_once,
                                listed.ids_and_keys.repeated_at_once)
    if unversioned is not None:
        own = {id: _versioned(exploration, unversioned, wrong=id == "API-07")
               for id, exploration in own.items()}
    if repetition == BY_KEY:
        return MappingProxyType(own)
    return MappingProxyType({
        id: _marked(exploration, apart=id != "CMD-07") for id, exploration in own.items()})


def _versioned(exploration: Exploration, base: Contract, *, wrong: bool) -> Exploration:
    """The same scenarios, whose commands send back versions; ``wrong``: also wrong ones."""
    listed_, single = exploration.short_scenarios, exploration.single

    def generator(contract: Contract, *length: int) -> st.SearchStrategy[Scenario]:
        plain = exploration.generator(base, *length)
        right = plain.map(partial(with_versions, contract))
        return st.one_of(right, wrong_versions(contract, plain)) if wrong else right

    def single_versioned(contract: Contract) -> st.SearchStrategy[Scenario]:
        assert single is not None
        return single(base).map(partial(with_versions, contract))

    def every(contract: Contract) -> tuple[Scenario, ...]:
        assert listed_ is not None
        found = tuple(with_versions(contract, scenario) for scenario in listed_(base))
        return (*every_wrong_version(base, contract), *found) if wrong else found

    return replace(exploration, generator=generator, single=single and single_versioned,
                   short_scenarios=listed_ and every)


def _marked(exploration: Exploration, *, apart: bool) -> Exploration:
    """The same scenarios, whose keys have become the marks of a contract."""
    listed_, single = exploration.short_scenarios, exploration.single
    marked = partial(with_marks, apart=apart)

    def generator(contract: Contract, *length: int) -> st.SearchStrategy[Scenario]:
        return exploration.generator(contract, *length).map(partial(marked, contract))

    def single_marked(contract: Contract) -> st.SearchStrategy[Scenario]:
        assert single is not None
        return single(contract).map(partial(marked, contract))

    def every(contract: Contract) -> tuple[Scenario, ...]:
        assert listed_ is not None
        return tuple(marked(contract, scenario) for scenario in listed_(contract))

    return replace(exploration, generator=generator, single=single and single_marked,
                   short_scenarios=listed_ and every)
