"""Violated requirements that one fault explains, told together.

One fault often violates several requirements. Their counterexamples tell that they are one: the
same scenario shows both, or both need the same causes, hit the same AWS operations and differ
first on the same side of the bus. A group changes no verdict: it says where to begin to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.requirements import Level
from harness.core.verdict import Outcome
from harness.core.violation import Cause, Hop

SAME = {
    Cause.PUBLISH_FAILURE.value: Cause.CALL_FAILURE.value,
    Cause.RELAY_PUBLISH_FAILURE.value: Cause.RELAY_FAILURE.value,
}
"""A failure of publishing is the failure of a call: the operation says which."""
SIDES = {Hop.STORE.value: Hop.COMMAND.value}
"""A wrong reply and a wrong store are two views of one decision."""
Document = dict[str, Any]
Sign = tuple[str, frozenset[str], frozenset[str], str]


@dataclass
class Group:
    """Violated requirements of one cause, by their verdicts."""

    members: list[Document] = field(default_factory=list)

    def takes(self, other: Document) -> bool:
        """Tell if a violated requirement shows the fault of this group."""
        return any(_one_cause(each["counterexample"], other["counterexample"])
                   for each in self.members)

    def ordered(self) -> list[Document]:
        """The verdicts, the most telling first: what is binding, then what is short."""
        return sorted(self.members, key=lambda each: (
            each["level"] != Level.MUST.value, len(each["counterexample"]["scenario"]["steps"])))


def groups(verdicts: Sequence[Document]) -> list[list[Document]]:
    """The violated requirements in groups of one cause, in the order of their first ones."""
    found: list[Group] = []
    for verdict in verdicts:
        if verdict["outcome"] == Outcome.FAILED and verdict["counterexample"]:
            group = next((group for group in found if group.takes(verdict)), None)
            if group is None:
                found.append(group := Group())
            group.members.append(verdict)
    return [group.ordered() for group in found]


def group_documents(verdicts: Sequence[Document]) -> list[Document]:
    """The groups as JSON-ready data; the first requirement has the counterexample to read."""
    return [{
        "requirements": [verdict["id"] for verdict in group],
        "violation": group[0]["counterexample"]["violation"],
        "hop": group[0]["counterexample"]["hop"],
        "causes": group[0]["counterexample"].get("causes", []),
    } for group in groups(verdicts)]


def _one_cause(one: Document, other: Document) -> bool:
    if one["scenario"] == other["scenario"]:
        return True
    return "causes" in one and "causes" in other and _sign(one) == _sign(other)


def _sign(found: Document) -> Sign:
    """The side of the first difference, the causes and the operations that faults hit.

    Where no cause is needed, the violation itself tells faults apart.
    """
    causes = frozenset(SAME.get(cause, cause) for cause in found["causes"])
    kind = found["violation"] if not causes else ""
    hop: str = found["hop"]
    return SIDES.get(hop, hop), causes, _operations_hit(found), kind


def _operations_hit(found: Document) -> frozenset[str]:
    return frozenset(f"{record['function']} {record['operation']}" for record in found["history"]
                     if record.get("record") == "Called" and record.get("error"))
