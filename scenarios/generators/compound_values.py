"""Forms of members beside texts and numbers: choices, truth values, plain texts, lists, objects.

``plain_text`` and ``email`` leave open what few systems agree on: of a blank text, of controls or
of an unusual address they demand nothing, neither that it is taken nor that it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from harness.core.commands import Acceptance
from harness.core.contract import Member
from harness.core.json_values import same_json
from scenarios.generators.values import NOT_TEXT

PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ]*[A-Za-z0-9])?")
EMAIL = re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*@[a-z0-9]+(?:\.[a-z0-9]+)*\.(?:com|org|net)")
STRICTEST = (Acceptance.MUST_NOT, Acceptance.MAY, Acceptance.MUST)
NOT_LISTS: tuple[Any, ...] = (None, 5, True, "x", {})
NOT_OBJECTS: tuple[Any, ...] = (None, 5, True, "x", [])


def choice(*values: Any, required: bool = True) -> Member:
    """One of a few values, exactly as written."""
    wrong = ["", "?", *NOT_TEXT, *(v.swapcase() for v in values if isinstance(v, str))]
    refused = [each for each in wrong if not _among(values, each)]
    return Member(lambda value: Acceptance.MUST if _among(values, value) else Acceptance.MUST_NOT,
                  st.sampled_from(values), st.sampled_from(refused), required, tuple(values))


def _among(values: Iterable[Any], value: Any) -> bool:
    return any(type(value) is type(each) and same_json(value, each) for each in values)


def boolean(*, required: bool = True) -> Member:
    """True or false."""
    return choice(True, False, required=required)


def _open(
    plain: re.Pattern[str], longest: int, least: int = 1
) -> Callable[[Any], Acceptance]:
    def accepts(value: Any) -> Acceptance:
        if not isinstance(value, str):
            return Acceptance.MUST_NOT
        fits = least <= len(value) <= longest and plain.fullmatch(value) is not None
        return Acceptance.MUST if fits else Acceptance.MAY

    return accepts


@cache
def plain_text(longest: int, *, least: int = 1, required: bool = True) -> Member:
    """A text of letters, digits and single words; any other text may be refused or taken.

    ``least`` and ``longest``: its characters.
    """
    tricky = tuple(text[:longest].ljust(least, text[-1])
                   for text in ("Ada Lovelace", "x" * longest, "0", "null", "A1"))
    usual = tuple(text[:longest].ljust(least, text[-1]) for text in ("Ada", "Bob"))
    return Member(_open(PLAIN, longest, least), st.sampled_from((*usual, *tricky)),
                  st.sampled_from(NOT_TEXT), required, tricky)


@cache
def email(*, required: bool = True) -> Member:
    """An address for mail; an unusual one may be refused or taken."""
    tricky = ("a.b@example.com", "x1@mail.example.org", f"{'l' * 40}@example.net")
    usual = ("ada@example.com", "bob@example.com")
    return Member(_open(EMAIL, 100), st.sampled_from((*usual, *tricky)),
                  st.sampled_from(NOT_TEXT), required, tricky)


def list_of(member: Member, *, least: int = 0, most: int = 5, required: bool = True) -> Member:
    """A list of ``least`` to ``most`` values of one form; a longer one may be refused or taken."""

    def accepts(value: Any) -> Acceptance:
        if not isinstance(value, list) or len(value) < least:
            return Acceptance.MUST_NOT
        longer = [Acceptance.MAY] if len(value) > most else []
        return _strictest([*longer, *map(member.accepts, value)])

    few = st.lists(member.valid, min_size=least, max_size=min(most, max(least, 3)))
    wrong = st.one_of(st.sampled_from(NOT_LISTS), member.invalid.map(lambda value: [value]))
    short: list[Any] = [[]] if least == 0 else []
    together = [list(member.tricky[:most])] if least <= len(member.tricky[:most]) else []
    one = [[value] * max(least, 1) for value in member.tricky]
    return Member(accepts, few, wrong, required, (*one, *together, *short))


def object_of(members: Mapping[str, Member], *, required: bool = True) -> Member:
    """An object of named members; one with others may be refused or taken."""
    own = dict(members)

    def accepts(value: Any) -> Acceptance:
        if not isinstance(value, dict) or any(
            each.required and name not in value for name, each in own.items()
        ):
            return Acceptance.MUST_NOT
        others = [Acceptance.MAY] if value.keys() - own.keys() else []
        return _strictest([*others, *(own[name].accepts(v) for name, v in value.items()
                                      if name in own)])

    needed = {name: each.valid for name, each in own.items() if each.required}
    optional = {name: each.valid for name, each in own.items() if not each.required}
    valid = st.fixed_dictionaries(needed, optional=optional)
    spoilt = (st.fixed_dictionaries({**needed, name: each.invalid}) for name, each in own.items())
    wrong = st.one_of(st.sampled_from(NOT_OBJECTS), *spoilt)
    return Member(accepts, valid, wrong, required, tuple(_rows(own)))


def _rows(members: Mapping[str, Member]) -> Iterable[dict[str, Any]]:
    """Objects with the tricky values of their members, a row each."""
    count = max((len(each.tricky) for each in members.values()), default=0)
    if all(each.tricky for each in members.values()):
        for row in range(count):
            yield {name: each.tricky[row % len(each.tricky)] for name, each in members.items()}


def _strictest(found: Iterable[Acceptance]) -> Acceptance:
    return min(found, key=STRICTEST.index, default=Acceptance.MUST)
