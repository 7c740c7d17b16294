"""Everything on our lists of what implementations break on, once in every run.

What a generator draws from such a list is met by some seeds. A list is short enough to be gone
through as a whole: refused commands cost little, and accepted ones share a scenario, each on an
aggregate of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import chain, permutations, zip_longest
from typing import Any

from harness.core.bodies import write_body
from harness.core.commands import Acceptance
from harness.core.contract import Contract, Member
from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Role
from harness.core.json_values import parse_json, same_json
from harness.core.scenario import (
    Batch,
    ColdStart,
    Deliver,
    Fault,
    Query,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    TimePasses,
)
from harness.explore.sweep import in_turn
from scenarios.generators.hostile import (
    HEADERS,
    KEYS,
    NEAR_KEYS,
    NOT_OBJECTS,
    NOT_TYPES,
    OTHER_NAMES_OF_TYPE,
    SIZES,
    UNKNOWN,
    WRAPPINGS,
    around,
    misspelt,
    padded,
    poisons,
    spaced,
)
from scenarios.generators.short import (
    ID,
    accepted_sequences,
    all_accepted,
    at_the_turn,
    ends,
    first_chances,
    in_two_environments,
    keyed,
    least,
    repeatable,
    short_lives,
    simplest,
    simplest_bodies,
    state_after,
    telling,
    to_the_end,
)
from scenarios.generators.values import (
    HOSTILE_IDS,
    LONG_ID,
    LOOKALIKE_IDS,
    NOT_IDS,
    OTHER_LONG_ID,
    QUERIED_IDS,
    UNKNOWN_IDS,
    neighbours,
)

LONGEST_LIFE = 3
"""Accepted commands of an aggregate whose events come in every order."""
LONGEST_SECOND = 4
"""Accepted commands of an aggregate that ends and begins again."""
LIVES = 3
"""Lives of one aggregate that end, before it begins once more."""
MANY_KEYS = 22
"""Commands with keys on one aggregate: more than a page of a listing has events."""
TOGETHER = 3
"""Telling values that meet in one aggregate: floats go wrong in sums of two or three."""
RECORDS = 7
FEW_RECORDS = 3
"""Records in one batch: more than half a dozen, and as many as have one amid them."""
LONG_LIFE = 23
"""More than the twenty events that an implementation may think enough to remember."""


def telling_values(contract: Contract) -> tuple[Scenario, ...]:
    """For each command type the values of its members that are often handled wrongly."""
    return tuple(
        _side_by_side(prefix_and_bodies)
        for kind in contract.types
        if (prefix_and_bodies := list(_told(contract, kind)))
    )


def _told(contract: Contract, kind: str) -> Iterator[tuple[str, ...]]:
    members = contract.types[kind]
    columns = [[(name, value) for value in member.tricky] for name, member in members.items()]
    prefix, simplest = _chance(contract, kind)
    for row in zip_longest(*columns):
        chosen = dict(cell for cell in row if cell is not None)
        body = _with(contract, simplest, chosen)
        if all_accepted(contract, (*prefix, body)):
            yield (*prefix, body)


def lives(contract: Contract) -> tuple[Scenario, ...]:
    """For a few telling values each an aggregate, and one up to where rules turn and to the end.

    They are no one scenario, since to take a sum of all of them apart takes long. Each is read
    before it may end. Some of the short ones come before all of the long ones.
    """
    begun = [(prefix, body, few) for prefix, body in repeatable(contract) for few in _few(
        [life[-1] for life in _told(contract, parse_json(body)["type"])]) or [[]]]
    told = [Scenario(tuple(map(Send, (*prefix, *few)))) for prefix, _, few in begun]
    whole = [(*prefix, body, body, *few) for prefix, body, few in begun]
    ended = [Scenario((*map(Send, life), Settle(), Query(ID),
                       *map(Send, to_the_end(contract, life)[len(life):]))) for life in whole]
    mixed = chain.from_iterable(zip_longest(ended, told[TOGETHER:]))
    return (*one_by_one(contract), *told[:TOGETHER], *filter(None, mixed),
            *second_lives(contract))


def refused(contract: Contract) -> tuple[Scenario, ...]:
    """Short lives, and wherever they come what the rules refuse there: simple, and at a turn."""
    lives = accepted_sequences(contract, LONGEST_LIFE)
    tried: set[tuple[str, ...]] = set()
    found: list[Scenario] = []
    for life in (life for life in lives if not any(other[:-1] == life for other in lives)):
        bodies: list[str] = []
        for before in (life[:count] for count in range(len(life) + 1)):
            bodies += before[-1:]
            bodies += _refused_after(contract, before) if before not in tried else ()
            tried.add(before)
        found.append(Scenario(tuple(map(Send, bodies))))
    return tuple(found)


def _refused_after(contract: Contract, before: tuple[str, ...]) -> Iterator[str]:
    bodies = (*simplest_bodies(contract), *at_the_turn(contract, state_after(contract, before)))
    yield from (body for body in dict.fromkeys(bodies)
                if not all_accepted(contract, (*before, body)))


def one_by_one(contract: Contract) -> Iterator[Scenario]:
    """A command again and again, each time with one member changed; then as short as it may be."""
    for prefix, body in repeatable(contract):
        changed = [body]
        for name, member in contract.types[parse_json(body)["type"]].items():
            other = next(_other_values(member, parse_json(body).get(name)), None)
            changed += [_with(contract, changed[-1], {name: other})] if other is not None else []
        short = [least(contract, each) for each in (*changed, body)]
        life = (*prefix, *changed, *(short if short[0] != body else ()))
        if all_accepted(contract, life):
            yield Scenario(tuple(map(Send, life)))


def second_lives(contract: Contract) -> tuple[Scenario, ...]:
    """Aggregates that begin again after their end, side by side, where they can.

    The first life has members with values of their own, the second one as little as it may. One
    begins again several times.
    """
    found: list[tuple[str, ...]] = []
    for sequence in accepted_sequences(contract, LONGEST_SECOND):
        end = _end(contract, sequence)
        if end is not None and contract.view(state_after(contract, sequence)) is not None:
            first = (telling(contract, body) for body in sequence[:end])
            second = (least(contract, body) for body in sequence[end:])
            found.append((*first, *second))
    lives_ = [life for life in found if all_accepted(contract, life)]
    ended = [sequence for sequence in accepted_sequences(contract, LONGEST_LIFE)
             if _end(contract, sequence) == len(sequence)]
    again = [life for short in ended[:1] for life in [(*short * LIVES, *short[:-1])]
             if all_accepted(contract, life)]
    return (_side_by_side([*lives_, *again]),) if lives_ else ()


def _end(contract: Contract, bodies: tuple[str, ...]) -> int | None:
    """After how many commands an aggregate is gone for the first time, if it ever is."""
    views = (contract.view(state_after(contract, bodies[:count]))
             for count in range(1, len(bodies) + 1))
    return next((count for count, view in enumerate(views, 1) if view is None), None)


def _few(bodies: list[str]) -> list[list[str]]:
    return [bodies[first : first + TOGETHER] for first in range(0, len(bodies), TOGETHER)]


def unknown_members(contract: Contract) -> tuple[Scenario, ...]:
    """For each command type every member that nobody asked for, one at a time.

    Among them are those of the other types, and of views, with values that are good there.
    """
    known = UNKNOWN | _shown_values(contract) | _values_of_members(contract)
    return tuple(
        _side_by_side([(*prefix, _with(contract, body, {name: value}))
                       for name, value in {**known, **_wrapped(contract, kind)}.items()
                       if name not in contract.types[kind]])
        for kind in contract.types for prefix, body in [_chance(contract, kind)]
    )


def _wrapped(contract: Contract, kind: str) -> dict[str, Any]:
    """Members that hold a command's own members once more, with other values."""
    own = {name: (*member.tricky, simplest(member.valid))[0]
           for name, member in contract.types[kind].items()}
    return dict.fromkeys(WRAPPINGS, own) if own else {}


def _values_of_members(contract: Contract) -> dict[str, Any]:
    return {name: (*member.tricky, simplest(member.valid))[0]
            for members in contract.types.values() for name, member in members.items()}


def _shown_values(contract: Contract) -> dict[str, Any]:
    """What views show, as it is after some commands; not the aggregate's id."""
    shown: dict[str, Any] = {}
    for life in accepted_sequences(contract, LONGEST_LIFE):
        view = contract.view(state_after(contract, life)) or {}
        shown |= {name: value for name, value in view.items() if value}
    return {name: value for name, value in shown.items() if name != contract.id_member}


def warm(contract: Contract) -> tuple[Scenario, ...]:
    """Commands in environments that have seen others, or errors, or a key that was not theirs.

    And what an environment may keep that another one changes, or that changes later.
    """
    keyed_one, without_key, later = _on(contract, "~a", "~b", "~c")
    body = str(keyed_one.body)
    spoilt = [_with(contract, body, {name: None}) for name in parse_json(body)]
    wrong = map(Send, ("{", "[]", *spoilt, body))
    lives = [life for life in accepted_sequences(contract, LONGEST_LIFE)
             if len(life) == LONGEST_LIFE]
    return (Scenario((replace(keyed_one, key="k"), without_key, *wrong, later)),
            *in_turn([in_two_environments(contract), map(_read_all_along, lives[::-1]),
                      iter([Scenario((ColdStart(), without_key, ColdStart(), later))])]))


def hostile_ids(contract: Contract) -> tuple[Scenario, ...]:
    """Every id that nobody should be able to use, beside one that there is: sent and queried.

    It is sent before there is that one, and after: who reads it as that one's takes either the
    first command of an aggregate or another one.
    """
    first, second, *_ = simplest_bodies(contract)
    sent, later = ([
        *(Send(_with(contract, body, {contract.id_member: id})) for id in (*HOSTILE_IDS, *NOT_IDS)),
        *(Send(_elsewhere(contract, body, name)) for name in ("id", "aggregateId", "ID")),
    ] for body in (first, second))
    return (Scenario((*sent, Send(first), Settle(), *later, Query("~a"))),
            Scenario((Send(first), Settle(), *map(Query, QUERIED_IDS), Query("~a"))))


def _elsewhere(contract: Contract, body: str, name: str) -> str:
    """The command with a good id in a member that is not the id's."""
    rest = {key: value for key, value in parse_json(body).items() if key != contract.id_member}
    return write_body({**rest, contract.id_member: "~a"}, contract.id_member).replace(
        f'"{contract.id_member}"', f'"{name}"')


def no_objects(contract: Contract) -> tuple[Scenario, ...]:
    """Every body that is no JSON object, after a good command; and good ones with more around."""
    first, other = (sent.body or "" for sent in _on(contract, "~a", "~b"))
    rows = ((first, *NOT_OBJECTS), around(other))
    return tuple(Scenario(tuple(map(Send, row))) for row in rows)


def encoded(contract: Contract) -> tuple[Scenario, ...]:
    """Telling values in bodies that come base64-encoded, keys beside them, and bad bodies.

    Among these are some that are no UTF-8, and so no JSON (RFC 8259, section 8.1).
    """
    kind = next(iter(contract.types))
    first = simplest_bodies(contract)[0]
    lives = [*_told(contract, kind), (telling(contract, first),) * 2]
    sent = [replace(step, base64=True) for step in _side_by_side(lives).steps
            if isinstance(step, Send)]
    keyed_ = [replace(each, key="k") for each in sent[-2:]]
    odd = (*NOT_OBJECTS[3:12], *around(first), *_no_utf8(first))
    bad = [Send(body, base64=True) for body in odd]
    return (Scenario((*sent[:-2], *keyed_, replace(keyed_[0], base64=False), *bad)),)


def _no_utf8(body: str) -> tuple[str, ...]:
    """The command with half a surrogate pair around it, whose bytes are no UTF-8.

    Inside a text many parsers replace them, and who is to say whether that is a command then?
    """
    return (f"\ud800{body}", f"{body}\ud800")


def no_types(contract: Contract) -> tuple[Scenario, ...]:
    """Every type that is none, where the command would be accepted if it were one."""
    found: list[Scenario] = []
    for kind in contract.types:
        prefix, body = _chance(contract, kind)
        odd = [_with(contract, body, {"type": value}) for value in (*misspelt(kind), *NOT_TYPES)]
        missing = {name: value for name, value in parse_json(body).items() if name != "type"}
        odd += [write_body({**missing, **elsewhere}, contract.id_member)
                for elsewhere in ({}, *({name: kind} for name in OTHER_NAMES_OF_TYPE))]
        found.append(Scenario((*map(Send, prefix), *map(Send, odd))))
    return tuple(found)


def lookalikes(contract: Contract) -> tuple[Scenario, ...]:
    """All ids that are prefixes of each other or differ by little, the short ones first or last.

    The second time with one key for all of them, which is another one for each.
    """
    sent = _on(contract, *LOOKALIKE_IDS, LONG_ID, OTHER_LONG_ID)
    keyed_ = [replace(each, key="k") for each in reversed(sent)]
    return (Scenario(tuple(sent)), Scenario(tuple(keyed_)))


def unknown_ids(contract: Contract) -> tuple[Scenario, ...]:
    """Queries for ids that are almost one that there is; and for ids that have been somebody's bug.

    Who looks for an id without its end, its case or its separators shows what nobody asked for.
    """
    made = ("~q.r-1_S", "~7", LONG_ID)
    near = [id for id in dict.fromkeys(near for id in made for near in neighbours(id))
            if id not in made]
    sent = _on(contract, *made)
    odd = [*contract.special_ids, *UNKNOWN_IDS]
    return (Scenario((*sent, Settle(), *map(Query, near))),
            Scenario((*sent[:1], Settle(), *map(Query, odd)), fresh=True))


def oversized(contract: Contract) -> tuple[Scenario, ...]:
    """Good commands of each size that is too much for something, in either way."""
    ways = [(way, size) for way in (padded, spaced) for size in SIZES]
    sent = _on(contract, *(f"~{number}" for number in range(len(ways))))
    return (Scenario(tuple(replace(each, body=way(str(each.body), size))
                           for each, (way, size) in zip(sent, ways, strict=True))),)


def special_ids(contract: Contract) -> tuple[Scenario, ...]:
    """All ids that have been somebody's bug, side by side in an empty system."""
    return (Scenario(tuple(_on(contract, *contract.special_ids)), fresh=True),)


def repeated_keys(contract: Contract) -> tuple[Scenario, ...]:
    """Every kind of key, and the same command again with its header in another case.

    By then minutes have passed, and the environment is another one. Ids and keys that read alike
    when they are joined come before. On one aggregate each is a command of its own, however near
    two keys are, and is still known when many others came between.
    """
    first = simplest_bodies(contract)[0]
    once, again = (
        [Send(_with(contract, first, {contract.id_member: f"~{number}"}), key=key,
              header=HEADERS[(number + shift) % 3]) for number, key in enumerate(KEYS)]
        for shift in (0, 1)
    )
    joined = [
        Send(_with(contract, first, {contract.id_member: id}), key=key)
        for number, between in enumerate(("", "-", ".", "_"))
        for id, key in ((f"~j{number}", f"b{between}k"), (f"~j{number}{between}b", "k"))
    ]
    return (Scenario((*joined, *once, ColdStart(), TimePasses(), *again)), _lives_again(contract),
            *_refused_with_keys(contract), *_many_keys(contract))


def _refused_with_keys(contract: Contract) -> Iterator[Scenario]:
    """Commands that the rules refuse, each again with its key, also when it would be accepted.

    An implementation may remember that it has refused a key, or not; never that it has accepted it.
    """
    chances = [(prefix, body) for prefix, bodies in first_chances(contract).items() if prefix
               for body in bodies]
    if chances:
        yield _beside([(early, early, *map(Send, prefix), early, early, replace(early, key="l"))
                       for prefix, body in chances for early in [Send(body, key="k")]])


def _many_keys(contract: Contract) -> Iterator[Scenario]:
    for prefix, body in repeatable(contract):
        before = [Send(each) for each in prefix]
        yield _beside([(*before, *(Send(body, key=key) for key in keys)) for keys in NEAR_KEYS])
        many = keyed((body,) * MANY_KEYS)
        yield Scenario((*before, *many, many[0], many[-1], many[MANY_KEYS // 2]))


def _lives_again(contract: Contract) -> Scenario:
    """Short lives, to their end and beyond, and each of their commands again, with its key."""
    lives = (keyed(bodies) for bodies in accepted_sequences(contract, LONGEST_LIFE))
    return _beside([(*life, *life) for life in lives])


def reused_keys(contract: Contract) -> tuple[Scenario, ...]:
    """Each command, and with its key every other that differs in one member, or in its type."""
    return tuple(
        Scenario((*map(Send, prefix), *(Send(each, key="k") for each in (body, *others))))
        for kind in contract.types for prefix, whole in [_chance(contract, kind)]
        for body in dict.fromkeys((whole, least(contract, whole)))
        for others in [(*_differing(contract, body), *simplest_bodies(contract))]
    )


def _differing(contract: Contract, body: str) -> Iterator[str]:
    """The command with one member changed, left out or added."""
    document = parse_json(body)
    for name, member in contract.types[document["type"]].items():
        without = {key: value for key, value in document.items() if key != name}
        if not member.required and name in document:
            yield write_body(without, contract.id_member)
        for value in _other_values(member, document.get(name)):
            yield write_body({**document, name: value}, contract.id_member)


def _other_values(member: Member, value: Any) -> Iterator[Any]:
    """Valid values that are not this one; among them one that differs in letter case only."""
    swapped = (value.swapcase(),) if isinstance(value, str) else ()
    for other in (*swapped, *member.tricky):
        if member.accepts(other) is Acceptance.MUST and not same_json(other, value):
            yield other


def all_poisons(contract: Contract) -> tuple[Scenario, ...]:
    """Every event that nobody can handle, between two good ones."""
    before, *after = next(s for s in accepted_sequences(contract, 2) if len(s) == 2)
    return (Scenario((Send(before), *poisons(contract), *map(Send, after))),
            Scenario((*poisons(contract), Send(before), Settle())))


def poisoned_batches(contract: Contract) -> tuple[Scenario, ...]:
    """Events of several aggregates in one batch, with a bad record at the ends and amid them.

    The bad one comes again until the queue sets it aside, with all that has come back beside it.
    Or one of the good records fails for once, at some call that no SDK repeats; or all of them do.
    """
    sent = _on(contract, *(f"~{number}" for number in range(100, 100 + RECORDS)))
    poisoned = [Batch(RECORDS, place, aside=True) for place in (0, RECORDS // 2, RECORDS)]
    few = sent[:FEW_RECORDS]
    failed = [Fault(Role.PROJECTION.value, ANY_OPERATION, nth, FaultKind.ACCESS_DENIED, nth == 0)
              for nth in range(FEW_RECORDS)]
    return (*(Scenario((*sent, batch)) for batch in poisoned),
            *(Scenario((*few, fault, Batch(FEW_RECORDS))) for fault in failed))


def mixed_batches(contract: Contract) -> tuple[Scenario, ...]:
    """Commands on two aggregates in one batch, with a bad one at each place; and one twice.

    Or the first one fails, as no SDK repairs: it has to come again, and the others have their turn.
    So it is if one amid them fails, or if all do. Or the rules refuse the first one, which is done
    with, too.
    """
    one, other, third = (str(sent.body) for sent in _on(contract, "~a", "~b", "~d"))
    bad = '{"type": "Nothing"}'
    rows = ((bad, one, other), (one, bad, other), (one, other, bad))
    mixed = tuple(Scenario((SendBatch(row),)) for row in rows)
    twice = tuple(Scenario((*map(Send, prefix), SendBatch((body, body))))
                  for prefix, body in repeatable(contract))
    failed = [Fault(Role.COMMAND.value, "PutEvents", nth, FaultKind.PARTIAL, lasting)
              for nth, lasting in ((0, False), (1, False), (0, True))]
    refused = [body for body in simplest_bodies(contract, "~c")
               if not all_accepted(contract, (body,))]
    many = SendBatch(tuple(str(sent.body) for sent in _on(
        contract, *(f"~{number}" for number in range(100, 100 + RECORDS)))))
    return (*mixed, Scenario((SendBatch((*refused[:1], one, other)),)), *twice,
            *(Scenario((fault, SendBatch((one, other, third)))) for fault in failed),
            Scenario((many,)))


def _on(contract: Contract, *ids: str) -> list[Send]:
    first = simplest_bodies(contract)[0]
    return [Send(_with(contract, first, {contract.id_member: id})) for id in ids]


def every_order(contract: Contract) -> tuple[Scenario, ...]:
    """The events of a short life, delivered in every order; or memory is lost on the way."""
    lives = [life for life in short_lives(contract, LONGEST_LIFE) if len(life) > 1]
    return tuple(
        Scenario((*map(Send, life), *map(Deliver, _picks(order))))
        for life in lives for order in permutations(range(len(life)))
        if list(order) != sorted(order)
    ) + tuple(map(_memory_lost, (life for life in lives if len(life) == LONGEST_LIFE)))


def _picks(order: tuple[int, ...]) -> Iterator[int]:
    """Where each event stands among those that are left."""
    left = sorted(order)
    for event in order:
        yield left.index(event)
        left.remove(event)


def every_event_again(contract: Contract) -> tuple[Scenario, ...]:
    """The events of a short life, each again when all have been delivered; longer lives first.

    Or memory is lost in between, some minutes pass, and the latest one comes again first: all of
    them again in their own order make the view anew. Or each comes twice in a row, in every order.
    """
    lives = short_lives(contract, LONGEST_LIFE)[::-1]
    again = [Scenario((*map(Send, life), Settle(), *reversed(_backwards(life)))) for life in lives]
    longest = [life for life in lives if len(life) == LONGEST_LIFE]
    lost = [Scenario((*map(Send, life), Settle(), ColdStart(), TimePasses(), *_backwards(life)))
            for life in longest]
    most = len(longest)
    return (*in_turn([iter(again[:most]), iter(lost)]), *map(_each_order_twice, longest),
            *again[most:])


def _backwards(life: tuple[str, ...]) -> list[Step]:
    """Each event again, the latest first."""
    return [Redeliver(number) for number in range(len(life))]


def _each_order_twice(life: tuple[str, ...]) -> Scenario:
    """Every order of a life's events, each event twice in a row, on aggregates side by side."""
    orders = list(permutations(range(len(life))))
    steps: list[Step] = []
    for order, sent in zip(orders, _apart([life] * len(orders)), strict=True):
        twice = (step for pick in _picks(order) for step in (Deliver(pick), Redeliver()))
        steps += [*sent, *twice, Settle()]
    return Scenario(tuple(steps))


def _memory_lost(life: tuple[str, ...]) -> Scenario:
    """The latest event comes first, and environments end before the others are delivered."""
    return Scenario((*map(Send, life), Deliver(len(life) - 1), ColdStart()))


def _read_all_along(life: tuple[str, ...]) -> Scenario:
    reads = (Query(ID), Query(ID))
    after = (step for body in life for step in (Send(body), Settle(), *reads))
    return Scenario((*reads, *after))


def long_lives(contract: Contract) -> tuple[Scenario, ...]:
    """The latest of many comes right after the first, and the two oldest again in the end.

    Or the aggregate ends, is read, begins again if it may, and ends; the oldest comes once more.
    And what is projected at the ninth event is projected at the tenth and eleventh again, which a
    text would sort before it; then comes what the rules refuse.
    """
    found = list(_long_lives(contract))
    caught_up = (Scenario((*map(Send, life), Deliver(), Deliver(LONG_LIFE - 2), Settle(),
                           *_backwards(life)[-2:])) for life in found[:1])
    ending = [life for life in found if ends(contract, life)]
    growing = (Scenario((*map(Send, life[:9]), Settle(), Send(life[9]), Settle(), Send(life[10]),
                         *map(Send, _refused_after(contract, life))))
               for told in found[1:2] for life in [(*told[:10], telling(contract, told[10]))]
               if all_accepted(contract, life))
    return (*caught_up, *(_long_and_gone(contract, life) for life in ending[:1]), *growing)


def _long_and_gone(contract: Contract, life: tuple[str, ...]) -> Scenario:
    anew = (simplest_bodies(contract)[0],)
    whole = (*life, *ends(contract, life))
    once_more = (*anew, *ends(contract, anew))
    more = once_more if all_accepted(contract, (*whole, *once_more)) else anew
    return Scenario((*map(Send, whole), Settle(), Query(ID), *map(Send, more), Settle(),
                     Redeliver(LONG_LIFE - 1)))


def begun_again(contract: Contract) -> tuple[Scenario, ...]:
    """Aggregates that end, and begin again where they can: each event comes late, or once more.

    Of each such life one event after another comes last of all, when those before it were seen
    before it was made; and then all again, the latest first, when no environment remembers them.
    """
    told = list(_lives_anew(contract)) or list(_lives_to_the_end(contract))
    late = [(life, last) for life in told for last in range(len(life) - 1)]
    steps: list[Step] = []
    for sent, (life, last) in zip(_apart([life for life, _ in late]), late, strict=True):
        steps += [*sent[:last], *[Deliver()] * last, *sent[last:],
                  *[Deliver(1)] * (len(life) - last - 1), Deliver()]
    repeated = (Scenario((*map(Send, life), Settle(), ColdStart(), *_backwards(life)))
                for life in told)
    return (Scenario(tuple(steps)), *repeated) if steps else ()


def _lives_anew(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Short lives that begin again after their end, with other values than at first."""
    for life in accepted_sequences(contract, LONGEST_SECOND):
        end = _end(contract, life)
        if end is not None and end < len(life):
            yield (*life[:end], *(telling(contract, body) for body in life[end:]))


def _lives_to_the_end(contract: Contract) -> Iterator[tuple[str, ...]]:
    for prefix, body in repeatable(contract):
        life = (*prefix, body)
        yield (*life, *ends(contract, life))


def _long_lives(contract: Contract) -> Iterator[tuple[str, ...]]:
    """Commands that follow on themselves, again and again: with the greatest numbers, or plain.

    The first has other values, and the rest as few as they may, so that it cannot be left out.
    """
    for prefix, bodies in first_chances(contract).items():
        for body in bodies:
            for each in (_with(contract, body, _greatest(contract, body)), body):
                rest = [least(contract, each)] * (LONG_LIFE - len(prefix) - 1)
                life = (*prefix, telling(contract, body), *rest)
                if all_accepted(contract, life):
                    yield life


def _greatest(contract: Contract, body: str) -> dict[str, Any]:
    """The greatest telling value of those with most digits, of each member that is a number."""
    numbers = {name: [value for value in member.tricky if isinstance(value, int | Decimal)]
               for name, member in contract.types[parse_json(body)["type"]].items()}
    return {name: max(values, key=_digits) for name, values in numbers.items() if values}


def _digits(number: int | Decimal) -> tuple[int, int | Decimal]:
    return len(Decimal(number).as_tuple().digits), number


def _chance(contract: Contract, kind: str) -> tuple[tuple[str, ...], str]:
    """The simplest accepted command of a type, and what has to come before it."""
    for prefix, bodies in first_chances(contract).items():
        for body in bodies:
            if parse_json(body)["type"] == kind:
                return prefix, body
    raise LookupError(kind)


def _with(contract: Contract, body: str, changed: dict[str, Any]) -> str:
    return write_body({**parse_json(body), **changed}, contract.id_member)


def _side_by_side(lives: list[tuple[str, ...]]) -> Scenario:
    """Commands of several aggregates in one scenario."""
    return Scenario(tuple(chain.from_iterable(_apart(lives))))


def _apart(lives: Iterable[tuple[str, ...]]) -> list[list[Send]]:
    """Each life on an aggregate of its own, with an id that is no other's prefix."""
    return [[Send(body.replace('"~a"', f'"~{number}"')) for body in life]
            for number, life in enumerate(lives, 100)]


def _beside(lives: list[tuple[Send, ...]]) -> Scenario:
    """The same, of commands that have their keys."""
    return Scenario(tuple(
        replace(sent, body=str(sent.body).replace('"~a"', f'"~{number}"'))
        for number, life in enumerate(lives, 100) for sent in life
    ))
