"""How many known bugs were found, and how soon: as text for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from harness.core import scenario_json
from harness.core.errors import CONFORMS, DOES_NOT, NO_VERDICT
from harness.mutants.results import Fate, Hunted, Power, Trial, figures, of_fate

HEADS = ("miniature", "trigger", "killed by", "examples", "seconds", "commands", "steps",
         "baseline")
NOTHING = "-"


def exit_code(power: Power) -> int:
    """0 all are killed, 1 some survived or a false alarm, 3 some hunt has no result."""
    if power.false_alarms or of_fate(power.trials, Fate.SURVIVED):
        return DOES_NOT
    return NO_VERDICT if power.errored else CONFORMS


def progress(number: int, total: int, name: str, hunter: str, trial: Trial) -> str:
    """A line for each hunt that has ended."""
    by = f" by {trial.requirements[0]}" if trial.requirements else ""
    after = f" after {trial.seconds:.2f} s" if trial.fate is Fate.KILLED else ""
    return f"[{number}/{total}] {name} ({hunter}): {trial.fate.value}{by}{after}"


def render(power: Power, settings: dict[str, Any]) -> list[str]:
    """The table, what survived or went wrong, and the figures."""
    rows = [HEADS, *(_row(hunted) for hunted in power.miniatures)]
    return [*_table(rows), "", *_listed(power), *_figures(power, settings)]


def _row(hunted: Hunted) -> tuple[str, ...]:
    trial = hunted.trial
    baseline = NOTHING if hunted.baseline is None else _soon(hunted.baseline)
    what = (hunted.specimen.name, hunted.specimen.trigger or NOTHING)
    if trial.fate is not Fate.KILLED:
        return (*what, trial.fate.value.upper(), str(trial.examples),
                NOTHING, NOTHING, NOTHING, baseline)
    small = trial.small
    killer = hunted.killer if hunted.expected else f"{hunted.killer} (not listed)"
    return (*what, killer, str(trial.examples), f"{trial.seconds:.2f}",
            _shown(trial.commands), _shown(None if small is None else len(small.steps)), baseline)


def _soon(trial: Trial) -> str:
    return f"{trial.seconds:.2f}" if trial.fate is Fate.KILLED else trial.fate.value


def _shown(number: float | None) -> str:
    return NOTHING if number is None else f"{number:g}"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as they need to be: texts to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [text.ljust(width) if column < 3 else text.rjust(width)
                 for column, (text, width) in enumerate(zip(row, widths, strict=True))]
        yield "  ".join(cells).rstrip()


def _listed(power: Power) -> Iterator[str]:
    for hunted in power.miniatures:
        if hunted.trial.fate is Fate.SURVIVED:
            yield f"survived: {hunted.specimen.name}: {hunted.trial.reason}"
    for hunted in power.hunted:
        for hunter, trial in (("harness", hunted.trial), ("baseline", hunted.baseline)):
            if trial is not None and trial.fate is Fate.ERRORED:
                yield f"errored: {hunted.specimen.name} ({hunter}): {trial.reason}"
    for hunted in power.false_alarms:
        yield (f"FALSE ALARM: {hunted.specimen.name} conforms, and was found to violate "
               f"{', '.join(hunted.trial.requirements)}: {hunted.trial.reason}")


def _figures(power: Power, settings: dict[str, Any]) -> Iterator[str]:
    yield _rated("harness", figures(power.trials))
    if power.baselines:
        yield _rated("baseline", figures(power.baselines))
    if triggers := by_trigger(power.miniatures):
        yield "killed by trigger: " + ", ".join(
            f"{name} {found['killed']} of {found['hunted']}" for name, found in triggers.items())
    unlisted = [h.specimen.name for h in power.miniatures
                if h.trial.fate is Fate.KILLED and not h.expected]
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


def by_trigger(hunted: Iterable[Hunted]) -> dict[str, dict[str, Any]]:
    """For each trigger that is told how many were hunted and killed, by the baseline, too."""
    classes: dict[str, list[Hunted]] = {}
    for each in hunted:
        if each.specimen.trigger:
            classes.setdefault(each.specimen.trigger, []).append(each)
    return {name: _killed_of(classes[name]) for name in sorted(classes)}


def _killed_of(hunted: Sequence[Hunted]) -> dict[str, Any]:
    ours = of_fate((h.trial for h in hunted), Fate.KILLED)
    baselines = [h.baseline for h in hunted if h.baseline is not None]
    return {
        "hunted": len(hunted),
        "killed": len(ours),
        "rate": round(len(ours) / len(hunted), 4),
        "baseline_killed": len(of_fate(baselines, Fate.KILLED)) if baselines else None,
    }


def document(power: Power, settings: dict[str, Any]) -> dict[str, Any]:
    """All of it as JSON-ready data."""
    return {
        **settings,
        "harness": figures(power.trials),
        "baseline": figures(power.baselines) if power.baselines else None,
        "triggers": by_trigger(power.miniatures),
        "false_alarms": [h.specimen.name for h in power.false_alarms],
        "miniatures": [_hunted(h) for h in power.miniatures],
        "conforming": [_hunted(h) for h in power.conforming],
    }


def _hunted(hunted: Hunted) -> dict[str, Any]:
    specimen, baseline = hunted.specimen, hunted.baseline
    return {
        "name": specimen.name,
        "contract": specimen.contract.name,
        "trigger": specimen.trigger or None,
        "fails": sorted(specimen.fails),
        "killed_by": hunted.killer or None,
        "expected": hunted.expected,
        **_trial(hunted.trial),
        "baseline": None if baseline is None else _trial(baseline),
    }


def _trial(trial: Trial) -> dict[str, Any]:
    killed = trial.fate is Fate.KILLED
    small = trial.small
    return {
        "outcome": trial.fate.value,
        "reason": trial.reason,
        "requirements": list(trial.requirements),
        "examples": trial.examples,
        "seconds": round(trial.seconds, 3) if killed else None,
        "named_seconds": round(trial.named, 3) if killed else None,
        "cpu_seconds": round(trial.cpu, 3) if killed else None,
        "commands": trial.commands,
        "steps": None if small is None else len(small.steps),
        "scenario": None if small is None else scenario_json.dump(small),
    }
