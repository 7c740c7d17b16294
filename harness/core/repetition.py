"""Repetitions: how a system knows that a command is one that it has had before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.core.json_values import plain_numbers, to_json


class Mark(StrEnum):
    """The part of a command that marks it as a repetition.

    ``key``: a key of its own beside the body, such as an Idempotency-Key. ``member``: a member of
    the command, such as the id of a movement. ``content``: nothing but the content: the command
    that took effect last, sent again, changes nothing. ``none``: every command is a new one.
    """

    KEY = "key"
    MEMBER = "member"
    CONTENT = "content"
    NONE = "none"


class Scope(StrEnum):
    """The commands among which a mark is used once: those on one aggregate, or all of them."""

    AGGREGATE = "aggregate"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Repetition:
    """How a system recognises a repeated command; ``Repetition()`` is the Idempotency-Key.

    Attributes:
        mark: the part of a command that marks it.
        member: its name, for a mark that is a member of the command. Commands of types without
            that member are always new ones.
        types: for a mark that is the content, the command types that it marks; empty: all types.
            A POST that creates may be a new command where a PUT that updates is a repetition.
        scope: a mark that was used for another aggregate is free again, or is refused.
        refusals: a refused command that is repeated is refused again (True), is decided anew
            (False), or either (None).
    """

    mark: Mark = Mark.KEY
    member: str = ""
    types: tuple[str, ...] = ()
    scope: Scope = Scope.AGGREGATE
    refusals: bool | None = None

    @staticmethod
    def by_member(
        name: str, *, scope: Scope = Scope.AGGREGATE, refusals: bool | None = None
    ) -> Repetition:
        """A member of the command marks it, such as the id of a movement."""
        return Repetition(Mark.MEMBER, name, scope=scope, refusals=refusals)

    @staticmethod
    def by_content(*types: str) -> Repetition:
        """The content marks it, as with a PUT: the same command again changes nothing.

        With types only commands of these are marked by their content.
        """
        return Repetition(Mark.CONTENT, types=types)

    @staticmethod
    def none() -> Repetition:
        """Nothing marks it: every command is a new one."""
        return Repetition(Mark.NONE)

    def of(self, key: str | None, command: Mapping[str, Any] | None) -> str | None:
        """The mark of a command that was sent with a key; None if it has none."""
        if self.mark is Mark.KEY:
            return key
        if command is None:
            return None
        if self.mark is Mark.CONTENT and (not self.types or command["type"] in self.types):
            return canonical_text(command)
        if self.mark is Mark.MEMBER and self.member in command:
            return canonical_text({self.member: command[self.member]})
        return None


BY_KEY = Repetition()
"""A key of its own marks a repetition, for one aggregate."""


def canonical_text(command: Mapping[str, Any]) -> str:
    """One text for equal commands."""
    return to_json(plain_numbers(dict(sorted(command.items()))))
