"""The oracle: what acknowledged, refused and indefinite replies allow to have happened.

Per aggregate there is a set of possible worlds. A definite reply narrows it, an indefinite
one splits it. Nothing here looks at stored or published events: an event stored twice would
agree with itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.core.commands import Acceptance, Accepted, Command
from harness.core.contract import Contract, one_event
from harness.core.history import Reply, Sent
from harness.core.ledger import Expect, OtherUse, Submission, World
from harness.core.repetition import Mark, canonical_text

SUCCESS_EXPECTED = frozenset({Expect.ACCEPT, Expect.REPEAT})
EXPECTATIONS_MET_BY = {
    Reply.ACCEPTED: SUCCESS_EXPECTED,
    Reply.REFUSED: frozenset({Expect.REFUSE, Expect.REFUSE_REUSE, Expect.REFUSE_INVALID}),
    Reply.QUEUED: frozenset(Expect),
    Reply.INDEFINITE: frozenset(Expect),
    Reply.BUSY: frozenset(Expect),
}
"""The expectations that each reply agrees with."""
EFFECT_UNKNOWN = frozenset({Reply.INDEFINITE, Reply.BUSY})
"""Replies that leave open whether the command has had its effect."""
LOST_RACE_STATUSES = frozenset({409, 412, 423, 425, 429})


def initial_world(contract: Contract) -> World:
    """An aggregate that nothing has happened to."""
    return World((contract.initial,))


def possible_outcomes(
    contract: Contract, world: World, submission: Submission
) -> Iterator[tuple[Expect, World]]:
    """Every reply the contract allows to a command in a world, with the world after it."""
    if contract.repetition.mark is Mark.CONTENT:
        yield from _by_content(contract, world, submission)
    else:
        yield from _by_mark(contract, world, submission)


def _by_mark(
    contract: Contract, world: World, submission: Submission
) -> Iterator[tuple[Expect, World]]:
    command, mark, text = _parts(submission)
    seen = dict(world.marks).get(mark, "") if mark else ""
    if seen:
        yield (Expect.REPEAT if seen == text else Expect.REFUSE_REUSE), world
        return
    if submission.other_use is not OtherUse.UNUSED:
        yield Expect.REFUSE_REUSE, world
    if submission.other_use is OtherUse.USED:
        return
    remembered = seen is None and contract.repetition.refusals is not False
    noted = any(used == mark and other != text for used, other in world.marks_without_effect)
    if submission.reading.acceptance is Acceptance.MAY or remembered or noted:
        yield Expect.REFUSE, _marked(world, mark, None)
    if not (remembered and contract.repetition.refusals):
        yield _decided(contract, world, command, mark)


def _by_content(
    contract: Contract, world: World, submission: Submission
) -> Iterator[tuple[Expect, World]]:
    """The command that took effect last changes nothing when it comes again.

    Nor need any other command that leaves the state as it is.
    """
    command, mark, text = _parts(submission)
    if mark is not None and world.latest == text:
        yield Expect.REPEAT, world
        return
    if submission.reading.acceptance is Acceptance.MAY:
        yield Expect.REFUSE, world
    expect, after = _decided(contract, world, command, None)
    if mark is not None and expect is Expect.ACCEPT and after.state == world.state:
        yield Expect.REPEAT, world
    yield expect, replace(after, latest=text) if expect is Expect.ACCEPT else after


def _parts(submission: Submission) -> tuple[Command, str | None, str]:
    command = submission.reading.command
    assert command is not None
    return command, submission.mark, canonical_text(command)


def _decided(
    contract: Contract, world: World, command: Command, mark: str | None
) -> tuple[Expect, World]:
    if isinstance(contract.decide(world.state, command), Accepted):
        return Expect.ACCEPT, _after(contract, world, command, mark)
    return Expect.REFUSE, _marked(world, mark, None)


def without_effect(world: World, submission: Submission) -> World:
    """The world after a command that failed or lost a race: its mark may be noted all the same."""
    mark, command = submission.mark, submission.reading.command
    if not mark or command is None or mark in dict(world.marks):
        return world
    used = (mark, canonical_text(command))
    return replace(world, marks_without_effect=world.marks_without_effect | {used})


def _after(contract: Contract, world: World, command: Command, mark: str | None) -> World:
    states, effects = list(world.states), list(world.effects)
    for event in contract.events_of(world.state, command):
        states.append(contract.evolve(states[-1], event))
        effects.append(canonical_text(event))
    after = World(tuple(states), tuple(effects), world.marks)
    return _marked(after, mark, canonical_text(command))


def _marked(world: World, mark: str | None, text: str | None) -> World:
    if not mark:
        return world
    return replace(world, marks=(*(m for m in world.marks if m[0] != mark), (mark, text)),
                   marks_without_effect=frozenset(
                       used for used in world.marks_without_effect if used[0] != mark))


def possible_events(
    contract: Contract, worlds: Iterable[World], command: Command
) -> list[tuple[Command, ...]]:
    """The events that a command may have made, in every state in which it may have taken effect."""
    if contract.events is one_event:
        return [(command,)]
    found = [contract.events_of(state, command) for world in worlds for state in world.states
             if isinstance(contract.decide(state, command), Accepted)]
    return [events for events in found if events]


def may_have_lost_race(sent: Sent) -> bool:
    """A reply that may mean: lost against an overlapping command (contract, section 3)."""
    return sent.response.status in LOST_RACE_STATUSES
