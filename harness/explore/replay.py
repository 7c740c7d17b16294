"""Playing a saved counterexample again, on the stage it was found on or on another one.

The question is whether the same requirement is violated again. A play that says nothing about it
(the stage cannot play all of the scenario, or what the requirement is about did not happen) is no
answer. Beside it stands the first step that went otherwise than in the saved history, whatever
the answer: replies are compared by their status, views by the members that the contract names.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.core.contract import Contract
from harness.core.history import History, Queried, Sent
from harness.core.http import Response
from harness.core.json_values import same_json, to_json
from harness.core.requirements import Level
from harness.core.verdict import Replayed
from harness.explore.campaign import Campaign
from harness.explore.capability_filter import step_kinds
from harness.explore.counterexample_files import Saved
from harness.explore.lines_of_calls import tracing


class Answer(StrEnum):
    """The answer of a replay."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference at a step, counted from 0; after the last step all views are read."""

    step: int
    subject: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of playing a counterexample again; ``played`` None: it was not played."""

    answer: Answer
    reason: str
    played: Replayed | None = None
    difference: Difference | None = None


def replay(campaign: Campaign, saved: Saved) -> Replay:
    """Play a counterexample again on the campaign's stage.

    Raises:
        StageError: the stage or the implementation broke in a way that is no verdict.
    """
    lacking = _lacking(campaign, saved)
    if lacking:
        return Replay(Answer.NO_VERDICT, f"the stage {campaign.stage.name} lacks {lacking}")
    with tracing(campaign.stage):
        played = campaign.replay(saved.origin.requirement, saved.scenario)
    answer, reason = _answer(saved, played)
    difference = first_difference(campaign.contract, saved.history, played.history)
    return Replay(answer, reason, played, difference)


def does_not_conform(contract: Contract, found: Replay, *, strict: bool) -> bool:
    """Tell if a replay shows a violation that counts: the saved one does in any case."""
    if found.answer is Answer.REPRODUCED:
        return True
    elsewhere = found.played.other_requirements if found.played else ()
    return any(strict or contract.requirement(id).level is Level.MUST for id in elsewhere)


def _lacking(campaign: Campaign, saved: Saved) -> str:
    """The capabilities that a counterexample needs and the stage lacks; empty if there are none."""
    needs = campaign.contract.requirement(saved.origin.requirement).needs
    lacking = [need for need in needs if need not in campaign.stage.capabilities]
    left = campaign.playable_part(saved.scenario)
    if left is None:
        lacking.append("an empty system, or aggregates of its own for each play")
    elif left != saved.scenario:
        left_out = step_kinds(saved.scenario) - step_kinds(left)
        lacking += sorted(left_out) or ["base64-encoded requests"]
    return ", ".join(lacking)


def _answer(saved: Saved, played: Replayed) -> tuple[Answer, str]:
    if played.violation is not None:
        often = f" ({played.times} of {played.tries} times)" if played.tries > 1 else ""
        return Answer.REPRODUCED, f"{played.violation.kind.value}{often}"
    if played.other_requirements:
        return Answer.NOT_REPRODUCED, f"but {', '.join(played.other_requirements)} is violated"
    if played.triggers == 0:
        return Answer.NO_VERDICT, f"what {saved.origin.requirement} is about did not happen"
    return Answer.NOT_REPRODUCED, f"{saved.origin.requirement} holds in this scenario"


Key = tuple[int, str, int]
"""A step, what was sent or read there, and the how manieth time."""
Observation = tuple[int, Any]
"""A status and, of a view, the members that the contract names."""


def first_difference(contract: Contract, before: History, now: History) -> Difference | None:
    """The first reply or view of a history that is another one in a second history.

    A record that only one of them has (a second look at a view, say) is no difference.
    """
    others = _observations(contract, now)
    for key, was in _observations(contract, before).items():
        became = others.get(key)
        if became is not None and not _same(was, became):
            return Difference(key[0], key[1], _shown(was), _shown(became))
    return None


def _observations(contract: Contract, history: History) -> dict[Key, Observation]:
    found: dict[Key, Observation] = {}
    seen: Counter[tuple[int, str]] = Counter()
    for record in history.records:
        if isinstance(record, Sent | Queried):
            place = record.step, _subject(record).replace(history.namespace, "")
            found[*place, seen[place]] = _observation(contract, history.namespace, record)
            seen[place] += 1
    return found


def _subject(record: Sent | Queried) -> str:
    if isinstance(record, Sent):
        return f"the reply to {record.body or 'no body'}"
    return f"the view of {record.id!a}"


def _observation(contract: Contract, namespace: str, record: Sent | Queried) -> Observation:
    view = _json(record.response, namespace) if isinstance(record, Queried) else None
    if isinstance(view, dict):
        named = contract.named_members()
        view = {name: value for name, value in view.items() if name in named}
    return record.response.status, view if record.response.status == 200 else None


def _json(response: Response, namespace: str) -> Any:
    try:
        return Response(200, (), response.body.replace(namespace, "")).json()
    except ValueError:
        return response.body


def _same(was: Observation, became: Observation) -> bool:
    return was[0] == became[0] and same_json(was[1], became[1])


def _shown(observed: Observation) -> str:
    status, view = observed
    return str(status) if view is None else f"{status} {to_json(view, ascii=True)}"
