"""The results of ``power``, mutants killed and how soon, as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.core import scenario_json
from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT
from harness.mutants.results import (
    HuntedImplementation,
    HuntOutcome,
    HuntResult,
    MutationResults,
    figures,
    with_outcome,
)

HEADS = ("miniature", "trigger", "killed by", "examples", "seconds", "commands", "steps",
         "baseline")
NOTHING = "-"


def exit_code(power: MutationResults) -> int:
    """0: all mutants are killed, 1: some survived or a false alarm, 3: a hunt has no result."""
    if power.false_alarms or with_outcome(power.results, HuntOutcome.SURVIVED):
        return DOES_NOT
    return NO_VERDICT if power.errored else CONFORMS


def progress(number: int, total: int, name: str, hunter: str, result: HuntResult) -> str:
    """One line for a hunt that has ended."""
    by = f" by {result.requirements[0]}" if result.requirements else ""
    after = f" after {result.seconds:.2f} s" if result.outcome is HuntOutcome.KILLED else ""
    return f"[{number}/{total}] {name} ({hunter}): {result.outcome.value}{by}{after}"


def render(power: MutationResults, settings: dict[str, Any]) -> list[str]:
    """The table, then survivors, errors and false alarms, then the figures."""
    rows = [HEADS, *(_row(hunted) for hunted in power.mutants)]
    return [*_table(rows), "", *_survivors_and_errors(power), *_figures(power, settings)]


def _row(hunted: HuntedImplementation) -> tuple[str, ...]:
    result = hunted.result
    baseline = NOTHING if hunted.baseline is None else _soon(hunted.baseline)
    what = (hunted.implementation.name, hunted.implementation.trigger or NOTHING)
    if result.outcome is not HuntOutcome.KILLED:
        return (*what, result.outcome.value.upper(), str(result.examples),
                NOTHING, NOTHING, NOTHING, baseline)
    small = result.smallest
    killer = hunted.killer if hunted.expected else f"{hunted.killer} (not listed)"
    return (*what, killer, str(result.examples), f"{result.seconds:.2f}",
            _shown(result.commands), _shown(None if small is None else len(small.steps)), baseline)


def _soon(result: HuntResult) -> str:
    return f"{result.seconds:.2f}" if result.outcome is HuntOutcome.KILLED else result.outcome.value


def _shown(number: float | None) -> str:
    return NOTHING if number is None else f"{number:g}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they need to be: texts to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [text.ljust(width) if column < 3 else text.rjust(width)
                 for column, (text, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()


def _survivors_and_errors(power: MutationResults) -> Iterator[str]:
    for hunted in power.mutants:
        if hunted.result.outcome is HuntOutcome.SURVIVED:
            yield f"survived: {hunted.implementation.name}: {hunted.result.reason}"
    for hunted in power.hunted:
        for hunter, result in (("harness", hunted.result), ("baseline", hunted.baseline)):
            if result is not None and result.outcome is HuntOutcome.ERRORED:
                yield f"errored: {hunted.implementation.name} ({hunter}): {result.reason}"
    for hunted in power.false_alarms:
        yield (f"FALSE ALARM: {hunted.implementation.name} conforms, and was found to violate "
               f"{', '.join(hunted.result.requirements)}: {hunted.result.reason}")


def _figures(power: MutationResults, settings: dict[str, Any]) -> Iterator[str]:
    yield _rated("harness", figures(power.results))
    if power.baselines:
        yield _rated("baseline", figures(power.baselines))
    if triggers := by_trigger(power.mutants):
        yield "killed by trigger: " + ", ".join(
            f"{name} {found['killed']} of {found['hunted']}" for name, found in triggers.items())
    unlisted = [h.implementation.name for h in power.mutants
                if h.result.outcome is HuntOutcome.KILLED and not h.expected]
    if unlisted:
        yield f"killed by what they are not listed to violate: {', '.join(unlisted)}"
    if power.conforming:
        alarms = len(power.false_alarms)
        yield f"conforming: {len(power.conforming)}, false alarms: {alarms}"
    yield ", ".join(f"{name} {value}" for name, value in settings.items() if value is not None)


def _rated(who: str, figures: dict[str, Any]) -> str:
    text = f"{who}: {figures['killed']} of {figures['hunted']} killed"
    if figures["errored"]:
        text += f", {figures['errored']} errored"
    if not figures["killed"]:
        return text
    text += (f"; first kill after {figures['median_seconds']:.2f} s in the median, "
             f"{figures['p95_seconds']:.2f} s at the 95th percentile")
    commands = figures["median_commands"]
    return text if commands is None else f"{text}; {commands:g} commands in the median"


def by_trigger(hunted: Iterable[HuntedImplementation]) -> dict[str, dict[str, Any]]:
    """The mutants hunted and killed for each trigger, by the harness and by the baseline."""
    classes: dict[str, list[HuntedImplementation]] = {}
    for each in hunted:
        if each.implementation.trigger:
            classes.setdefault(each.implementation.trigger, []).append(each)
    return {name: _killed_of(classes[name]) for name in sorted(classes)}


def _killed_of(hunted: Sequence[HuntedImplementation]) -> dict[str, Any]:
    ours = with_outcome((h.result for h in hunted), HuntOutcome.KILLED)
    baselines = [h.baseline for h in hunted if h.baseline is not None]
    return {
        "hunted": len(hunted),
        "killed": len(ours),
        "rate": round(len(ours) / len(hunted), 4),
        "baseline_killed": len(with_outcome(baselines, HuntOutcome.KILLED)) if baselines else None,
    }


def document(power: MutationResults, settings: dict[str, Any]) -> dict[str, Any]:
    """The results as JSON-ready data."""
    return {
        **settings,
        "harness": figures(power.results),
        "baseline": figures(power.baselines) if power.baselines else None,
        "triggers": by_trigger(power.mutants),
        "false_alarms": [h.implementation.name for h in power.false_alarms],
        "miniatures": [_hunted(h) for h in power.mutants],
        "conforming": [_hunted(h) for h in power.conforming],
    }


def _hunted(hunted: HuntedImplementation) -> dict[str, Any]:
    implementation, baseline = hunted.implementation, hunted.baseline
    return {
        "name": implementation.name,
        "contract": implementation.contract.name,
        "trigger": implementation.trigger or None,
        "fails": sorted(implementation.fails),
        "killed_by": hunted.killer or None,
        "expected": hunted.expected,
        **_result(hunted.result),
        "baseline": None if baseline is None else _result(baseline),
    }


def _result(result: HuntResult) -> dict[str, Any]:
    killed = result.outcome is HuntOutcome.KILLED
    small = result.smallest
    return {
        "outcome": result.outcome.value,
        "reason": result.reason,
        "requirements": list(result.requirements),
        "examples": result.examples,
        "seconds": round(result.seconds, 3) if killed else None,
        "named_seconds": round(result.named_seconds, 3) if killed else None,
        "cpu_seconds": round(result.cpu_seconds, 3) if killed else None,
        "commands": result.commands,
        "steps": None if small is None else len(small.steps),
        "scenario": None if small is None else scenario_json.dump(small),
    }
