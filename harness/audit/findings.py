"""Findings of an audit, and its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Finding(StrEnum):
    """The kinds of findings. Of those about a view an aggregate has one, the first that holds."""

    GAP = "gap"
    DUPLICATE = "duplicate"
    REFUSED_EVENT = "refused-event"
    DELETED_SHOWN = "deleted-shown"
    STALE_VIEW = "stale-view"
    WRONG_VIEW = "wrong-view"
    MISSING_VIEW = "missing-view"
    ORPHAN_VIEW = "orphan-view"
    FOREIGN_OBJECT = "foreign-object"
    ACKNOWLEDGED_LOST = "acknowledged-lost"
    APPLIED_TWICE = "applied-twice"
    CONTRADICTED_REPLY = "contradicted-reply"


@dataclass(frozen=True, slots=True)
class Found:
    """One finding: its kind, the aggregate (empty: none is named), and what a reader needs.

    ``about`` has JSON values: versions, places (file and line), expected and shown views.
    ``again``: the events to deliver again, with ``eventId``, ``version`` and ``place``.
    """

    kind: Finding
    aggregate: str
    about: Mapping[str, Any] = field(default_factory=dict)
    again: Sequence[Mapping[str, Any]] = ()

    def delivering(self, again: Sequence[Mapping[str, Any]]) -> Found:
        """The finding, with the events to deliver again."""
        return replace(self, again=tuple(again))

    def to_json(self) -> dict[str, Any]:
        """The finding as it stands in the report."""
        return {"kind": self.kind.value, "aggregate": self.aggregate, **self.about}


def in_order(found: Found) -> tuple[str, int, str]:
    """The place of a finding among others."""
    return found.aggregate, list(Finding).index(found.kind), str(sorted(found.about.items()))


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The result: how much was read, and all findings in the order of aggregates."""

    events: int
    views: int
    replies: int
    aggregates: int
    findings: tuple[Found, ...]
