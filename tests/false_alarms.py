"""False alarms: the conforming variants and systems, played until one of them is blamed.

    python -m tests.false_alarms [--only NAME] [--resume FILE] [--seeds N]

Each is played in one whole quick run, and by what seeds 1 to N draw. FILE keeps each finished play,
and a later call with the same FILE leaves it out. The exit code is 0 only if every row is clean.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.scenario import Scenario
from harness.core.verdict import NOT_JUDGED, Outcome
from harness.core.violation import Kind
from harness.explore.campaign import Campaign
from harness.explore.profiles import PROFILES, Profile
from harness.mutants.catalogue import Catalogue, Implementation
from harness.mutants.hunt import Hunt
from harness.stages.embedded.systems import dialect_of, embedded_system
from harness.template import load
from tests.miniatures.examining import examine_campaign
from tests.systems.catalogue import SYSTEMS
from tests.variants.changed import CONFORMING

DRAWN = Profile("drawn", examples=3, long=14, long_examples=1, sweep=0)
"""The profile of drawn scenarios: lists and sweeps are the same for all seeds."""
WHOLE_RUN = 0
"""The number of the whole run among the plays of an implementation; the others are seeds."""


@dataclass(frozen=True, slots=True)
class Play:
    """One finished play of an implementation; ``alarms``: requirement or scenario -> reason."""

    name: str
    seed: int
    alarms: Mapping[str, str]


@contextmanager
def campaign_on(
    implementation: Implementation, folder: Path, profile: Profile, seed: int
) -> Iterator[Campaign]:
    """Build an implementation in an empty folder, and open a campaign on the embedded stage."""
    template = load(implementation.build(folder))
    dialect = dialect_of(
        template, implementation.contract, implementation.dialect_beside(template.path))
    with embedded_system(template, implementation.contract, dialect) as stage:
        yield Campaign(implementation.contract, stage, profile, seed)


def run_alarms(campaign: Campaign) -> dict[str, str]:
    """The requirements that a whole run judges and does not pass, with the reasons."""
    return {name: f"{verdict.outcome.value}: {verdict.reason}"
            for name, verdict in examine_campaign(campaign).items()
            if verdict.outcome not in (Outcome.PASSED, *NOT_JUDGED)}


def drawn_kills(
    campaign: Campaign, counted: frozenset[str]
) -> tuple[Hunt, list[tuple[Kind, Scenario]]]:
    """The finished hunt through all that a seed draws, with the violations that count."""
    hunt = Hunt(campaign, counted)
    return hunt, [(kill.kind, kill.scenario) for kill in hunt.kills(math.inf)]


def _drawn_alarms(campaign: Campaign, counted: frozenset[str]) -> dict[str, str]:
    hunt, kills = drawn_kills(campaign, counted)
    alarms = {kind.value: repr(scenario) for kind, scenario in kills}
    return alarms | ({"undecided": f"{hunt.undecided} scenarios"} if hunt.undecided else {})


def plays(implementation: Implementation, seeds: Iterable[int]) -> Iterator[Play]:
    """Play an implementation in a whole run (``WHOLE_RUN``) or by what a seed draws."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            yield Play(implementation.name, seed, _alarms(implementation, Path(folder), seed))


def _alarms(implementation: Implementation, folder: Path, seed: int) -> dict[str, str]:
    profile = PROFILES["quick"] if seed == WHOLE_RUN else DRAWN
    try:
        with campaign_on(implementation, folder, profile, seed or 1) as campaign:
            if seed == WHOLE_RUN:
                return run_alarms(campaign)
            return _drawn_alarms(campaign, implementation.counted)
    except HarnessError as error:
        return {"errored": str(error)}


def conforming() -> Catalogue:
    """All conforming variants and systems."""
    return (*CONFORMING, *(system.conforming for system in SYSTEMS))


def _finished(file: Path | None) -> list[Play]:
    if file is None or not file.exists():
        return []
    return [Play(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def _keep(file: Path | None, play: Play) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(play)) + "\n")


def _row(implementation: Implementation, seeds: int, file: Path | None) -> dict[int, Play]:
    """All plays of an implementation, those of the file first."""
    wanted = range(WHOLE_RUN, seeds + 1)
    done = {play.seed: play for play in _finished(file)
            if play.name == implementation.name and play.seed in wanted}
    for play in plays(implementation, [seed for seed in wanted if seed not in done]):
        _keep(file, play)
        done[play.seed] = play
    return done


def _shown(name: str, done: Mapping[int, Play]) -> str:
    alarms = [f"  {_place(seed)}: {about}: {reason:.300}"
              for seed, play in sorted(done.items()) for about, reason in play.alarms.items()]
    clean = f"clean in a whole run and {len(done) - 1} seeds"
    return "\n".join([f"{name:24}{f'{len(alarms)} alarms' if alarms else clean}", *alarms])


def _place(seed: int) -> str:
    return "whole run" if seed == WHOLE_RUN else f"seed {seed}"


def main(words: list[str] | None = None) -> int:
    """Play what the options select, print a row for each, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.false_alarms")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--resume", type=Path, metavar="FILE")
    parser.add_argument("--seeds", type=int, default=50, metavar="N")
    given = parser.parse_args(words)
    rows = [each for each in conforming() if each.name in given.only or not given.only]
    if not rows or {each.name for each in rows} < set(given.only):
        parser.error(f"--only takes {', '.join(each.name for each in conforming())}")
    clean = True
    for implementation in rows:
        done = _row(implementation, given.seeds, given.resume)
        clean = clean and not any(play.alarms for play in done.values())
        print(_shown(implementation.name, done), flush=True)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
