"""Replays and judged histories as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.bodies import text_without_namespace
from harness.core.contract import Contract
from harness.core.scenario import Step
from harness.core.verdict import Counterexample
from harness.core.violation import Violation
from harness.explore.counterexample_files import Saved
from harness.explore.replay import Difference, Replay
from harness.report.scenario_text import Words, describe, render_scenario
from harness.report.terminal import limited, render_counterexample


def render_replay(
    contract: Contract, saved: Saved, found: Replay, stage: str, words: Words | None = None
) -> list[str]:
    """The result of a replay; its answer is the last line. ``words``: see ``describe``."""
    return [
        *_scenario(contract, saved, found, words),
        *_difference(contract, saved, found),
        f"{found.answer.value} on {stage}: {found.reason}",
    ]


def _scenario(
    contract: Contract, saved: Saved, found: Replay, words: Words | None
) -> list[str]:
    requirement = contract.requirement(saved.origin.requirement)
    if found.played is not None and found.played.violation is not None:
        shown = Counterexample(saved.scenario, found.played.history, found.played.violation)
        return [render_counterexample(contract, requirement, shown, words=words), ""]
    history = saved.history if found.played is None else found.played.history
    return [
        f"{requirement.id} ({requirement.level.value}) {requirement.sentence}", "",
        f"It was violated on {saved.origin.stage}: {saved.violation.value}.", "",
        *(f"  {line}" for line in render_scenario(contract, saved.scenario, history, words)), "",
    ]


def _difference(contract: Contract, saved: Saved, found: Replay) -> list[str]:
    if found.played is None:
        return []
    if found.difference is None:
        return ["Every reply and every view is as it was in the saved history.", ""]
    return [*_first_difference(contract, saved, found.difference), ""]


def _first_difference(contract: Contract, saved: Saved, differing: Difference) -> Iterator[str]:
    steps = saved.scenario.steps
    if differing.step < len(steps):
        step = describe(contract, steps[differing.step])
        yield f"The first step that went otherwise: {differing.step + 1}. {step}"
    else:
        yield "Every step went as in the saved history, but not the end."
    yield f"  {limited(differing.subject)}"
    yield f"  saved: {limited(differing.before)}"
    yield f"  now:   {limited(differing.now)}"


def render_violation(
    contract: Contract, ids: Sequence[str], violation: Violation, namespace: str,
    steps: Sequence[Step] | None = None,
) -> list[str]:
    """A violation in a saved history, with its evidence; ``steps``: those of its scenario."""
    named = ", ".join(f"{id} ({contract.requirement(id).level.value})" for id in ids)
    about = (violation.aggregate or "").replace(namespace, "")
    return [
        f"{named}: {violation.kind.value}" + (f" (aggregate {about!a})" if about else ""),
        f"  Expected: {limited(text_without_namespace(violation.expected, namespace))}",
        f"  Observed: {limited(text_without_namespace(violation.observed, namespace))}",
        f"  At {_moment(contract, violation.step, steps)}",
        f"  First differs at: {violation.hop.value}",
    ]


def _moment(contract: Contract, step: int, steps: Sequence[Step] | None) -> str:
    """The step at which something shows, with its sentence where the scenario is known."""
    if steps is None:
        return f"step {step + 1}"
    if step >= len(steps):
        return "the end, when everything has settled"
    return f"step {step + 1}: {describe(contract, steps[step])}"
