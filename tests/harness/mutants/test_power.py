"""How good the harness is at finding bugs: hunts, processes, figures and the command."""

import json
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, repeat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness.core.faults import FaultKind
from harness.core.scenario import Concurrently, Fault, Scenario, Send, SendBatch
from harness.entry import cli
from harness.explore.campaign import Campaign
from harness.explore.profiles import Profile
from harness.mutants.baseline import BaselineMachine
from harness.mutants.catalogue import CatalogueError, Implementation, find_catalogue, select
from harness.mutants.hunt import Hunt
from harness.mutants.hunt_process import Hunter, Task
from harness.mutants.parallel import run_all
from harness.mutants.results import (
    OUT_OF_TIME,
    HuntOutcome,
    HuntResult,
    MutationResults,
    figures,
)
from harness.mutants.results import (
    HuntedImplementation as Hunted,
)
from harness.mutants.scheduling import Source, by_fair_share, cost
from harness.report import power as report
from harness.report.curve import Curve, draw
from harness.stages.embedded.stage import MotoStage
from harness.template import load
from scenarios.domains.orders import CONTRACT
from scenarios.generators.commands import simplest_bodies
from tests.harness import known_bugs
from tests.harness.known_bugs import FORGETS_KEY, RIGHT, SHOWS_ANOTHER
from tests.miniatures.measured import MEASURED

LITTLE = Profile("little", examples=1, long=2, long_examples=1, sweep=0)
HERE = "tests.harness.known_bugs:CATALOGUE"
SECONDS = 120.0


@contextmanager
def stage_of(implementation: Implementation, folder: Path) -> Iterator[MotoStage]:
    with MotoStage(load(implementation.build(folder)), implementation.contract.path) as stage:
        yield stage


def hunt(implementation: Implementation, stage: MotoStage, profile: Profile = LITTLE) -> Hunt:
    return Hunt(Campaign(implementation.contract, stage, profile, 1), implementation.counted)


class TestHunt:
    def test_finds(self, tmp_path: Path) -> None:
        """A wrong reply is found by one of the first scenarios and shrunk."""
        with stage_of(SHOWS_ANOTHER, tmp_path) as stage:
            hunting = hunt(SHOWS_ANOTHER, stage)
            kill = next(hunting.kills(SECONDS))
            small = hunting.smallest(kill, "API-02")

        assert kill.requirements == ("API-02",)
        assert kill.examples <= 5
        assert 0 < kill.seconds <= kill.named_seconds
        assert small is not None
        assert len(small.scenario.steps) == 1

    def test_same_seed(self, tmp_path: Path) -> None:
        """The same seed finds the same by the same scenario."""
        with stage_of(FORGETS_KEY, tmp_path) as stage:
            first, second = (next(hunt(FORGETS_KEY, stage).kills(SECONDS)) for _ in range(2))

        assert (first.scenario, first.examples) == (second.scenario, second.examples)

    def test_again(self, tmp_path: Path) -> None:
        """Where a kill needs what earlier plays left, another one follows that does not."""
        (keeps_errors,) = select(find_catalogue("miniatures"), ["keeps_errors"])
        with stage_of(keeps_errors, tmp_path) as stage:
            hunting = hunt(keeps_errors, stage, replace(LITTLE, sweep=2))
            found = (hunting.smallest(kill, "SYS-02") for kill in hunting.kills(SECONDS))
            first, small = next(found), next(each for each in found if each is not None)

        assert first is None
        assert len(small.scenario.steps) == 2

    def test_budget(self, tmp_path: Path) -> None:
        """A hunt ends with its time."""
        with stage_of(RIGHT, tmp_path) as stage:
            hunting = hunt(RIGHT, stage)

            assert list(hunting.kills(0.0)) == []
            assert hunting.examples == 0
            assert hunting.out_of_time


class TestOrder:
    def test_fair(self) -> None:
        """Of what costs as much, as many are played of each; twice as many of double weight."""
        one, other = (Scenario((Send(body),) * 10) for body in ("1", "2"))
        sources = [Source(repeat(one)), Source(repeat(other), 2.0)]
        played = Counter(islice(by_fair_share(sources, lambda scenario: 10.0), 300))

        assert played == {one: 100, other: 200}

    def test_a_weight_of_its_own_later(self) -> None:
        """A source that goes on for long has its turn like others, and then more than they."""
        one, other = Scenario(()), Scenario((), fresh=True)
        sources = [Source(repeat(one), 10.0, later_weight=30.0), Source(repeat(other), 10.0)]
        played = list(islice(by_fair_share(sources, lambda scenario: 0.0), 300))

        assert Counter(played[:6]) == {one: 3, other: 3}
        assert 220 <= played.count(one) <= 230

    def test_cheap_first(self) -> None:
        """Cheap scenarios come before expensive ones; expensive sources begin late."""
        dear, cheap, late = (Scenario((Send("{}"),) * count) for count in (9, 1, 2))
        sources = [Source(iter([dear])), Source(iter([late]), first_due=100.0),
                   Source(iter([cheap]))]

        played = by_fair_share(sources, lambda scenario: len(scenario.steps))
        assert list(played) == [cheap, dear, late]

    def test_at_once(self) -> None:
        """A scenario of a source that was asked late is played at once, at any cost."""
        dear = Scenario((Send("{}"),) * 9)
        sources = [Source(repeat(dear, 3)),
                   Source(repeat(replace(dear, fresh=True), 3), first_due=20.0)]
        played = by_fair_share(sources, lambda scenario: 10.0)

        assert [scenario.fresh for scenario in played] == [False, True, False, True, False, True]

    def test_cost(self) -> None:
        """A good command costs more than a bad one, and less than one in a fault or an overlap."""
        bad, good = Send("{}"), Send(simplest_bodies(CONTRACT)[0])
        rows = [(bad,), (good,), (Fault("command", "PutObject", 0, FaultKind.CRASH_BEFORE), good),
                (Concurrently(((good,), (good,))),)]

        costs = [cost(CONTRACT, Scenario(row)) for row in rows]
        assert costs == sorted(set(costs))


class TestBaseline:
    def test_plain_bug(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A wrong view is seen without any disturbance."""
        monkeypatch.setattr("harness.mutants.baseline.STEPS", 4)
        with stage_of(SHOWS_ANOTHER, tmp_path) as stage:
            kill = BaselineMachine(CONTRACT, stage, 1).run(SECONDS)

        assert kill is not None
        assert kill.reason == "a view is not the fold of the commands"

    def test_needs_a_retry(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The baseline misses a fault that only a repeated command shows."""
        monkeypatch.setattr("harness.mutants.baseline.EXAMPLES", 3)
        monkeypatch.setattr("harness.mutants.baseline.STEPS", 6)
        with stage_of(FORGETS_KEY, tmp_path) as stage:
            machine = BaselineMachine(CONTRACT, stage, 1)

            assert machine.run(SECONDS) is None
            assert machine.examples >= 3
            assert not machine.out_of_time


def task(folder: Path, name: str, hunter: Hunter = Hunter.HARNESS, budget: float = 0.1) -> Task:
    (own := folder / f"{name}-{hunter.value}").mkdir()
    return Task(HERE, name, hunter, own, "quick", 1, budget)


class TestProcesses:
    def test_overdue(self, tmp_path: Path) -> None:
        """A hunt that does not end is ended, and has no result."""
        ((_, result),) = run_all([task(tmp_path, "hangs")], 1, setting_up=1.0)

        assert (result.outcome, result.reason) == (HuntOutcome.ERRORED, "it did not end in time")
        assert not multiprocessing.active_children()

    def test_vanished(self, tmp_path: Path) -> None:
        """A process that ends without a word is no kill and no survivor."""
        ((_, result),) = run_all([task(tmp_path, "vanishes")], 1)

        assert result.outcome is HuntOutcome.ERRORED
        assert "ended with 7" in result.reason

    def test_given_up(self, tmp_path: Path) -> None:
        """Closing the iterator early leaves no process behind."""
        hunts = run_all([task(tmp_path, name) for name in ("vanishes", "hangs")], 2)
        next(hunts)
        hunts.close()

        assert not multiprocessing.active_children()


ONE = Scenario((Send('{"type": "OrderDeleted"}'),))
THREE = Scenario((Send("{}"), SendBatch(("{}", "{}"))))


def killed(seconds: float, *requirements: str, smallest: Scenario = ONE) -> HuntResult:
    return HuntResult(HuntOutcome.KILLED, "wrong", requirements or ("API-02",), 3,
                      seconds, seconds, 0.1, smallest)


SURVIVED = HuntResult(HuntOutcome.SURVIVED, OUT_OF_TIME, examples=9)
ERRORED = HuntResult(HuntOutcome.ERRORED, "no stage")


class TestFigures:
    def test_figures(self) -> None:
        """Median and 95th percentile are of kills; the rate is of all that were hunted."""
        results = [killed(n, smallest=THREE) for n in (1.0, 2.0, 9.0)]
        found = figures([*results, SURVIVED])

        assert (found["killed"], found["rate"]) == (3, 0.75)
        assert (found["median_seconds"], found["p95_seconds"]) == (2.0, 9.0)
        assert found["median_commands"] == 3

    def test_nothing_killed(self) -> None:
        """Without a kill there are no times."""
        found = figures([ERRORED])

        assert (found["killed"], found["errored"], found["median_seconds"]) == (0, 1, None)

    @pytest.mark.parametrize(
        ("hunted", "code"),
        [
            ([Hunted(SHOWS_ANOTHER, killed(1), killed(2)), Hunted(RIGHT, SURVIVED)], 0),
            ([Hunted(SHOWS_ANOTHER, SURVIVED)], 1),
            ([Hunted(SHOWS_ANOTHER, killed(1)), Hunted(RIGHT, killed(1))], 1),
            ([Hunted(SHOWS_ANOTHER, SURVIVED), Hunted(FORGETS_KEY, ERRORED)], 1),
            ([Hunted(SHOWS_ANOTHER, ERRORED)], 3),
            ([Hunted(RIGHT, ERRORED)], 3),
            ([Hunted(SHOWS_ANOTHER, killed(1), ERRORED)], 3),
            ([Hunted(SHOWS_ANOTHER, killed(1), SURVIVED)], 0),
        ],
        ids=["all killed", "survivor", "false alarm", "survivor before error", "errored",
             "conforming errored", "baseline errored", "baseline survived"],
    )
    def test_exit_code(self, hunted: list[Hunted], code: int) -> None:
        """Survivors and false alarms fail, errors are no verdict, the baseline may find nothing."""
        assert report.exit_code(MutationResults(tuple(hunted))) == code


MIXED = MutationResults((
    Hunted(SHOWS_ANOTHER, killed(0.25), replace(killed(1.5), smallest=None)),
    Hunted(FORGETS_KEY, killed(2.0, "API-01", smallest=THREE), SURVIVED),
    Hunted(known_bugs.DOES_NOT_LOAD, ERRORED, ERRORED),
    Hunted(known_bugs.HANGS, SURVIVED, SURVIVED),
    Hunted(RIGHT, killed(3.0, "PRJ-01")),
))


class TestReport:
    def test_table(self) -> None:
        """A row says by what, how soon and with how little, and whether that was expected."""
        rows = [" ".join(line.split()) for line in report.render(MIXED, {})]

        assert rows[1:5] == [
            "shows_another single command API-02 3 0.25 1 1 1.50",
            "forgets_key duplicate API-01 (not listed) 3 2.00 3 2 survived",
            "does_not_load - ERRORED 0 - - - errored",
            "hangs - SURVIVED 9 - - - survived",
        ]

    def test_below_the_table(self) -> None:
        """Survivors, errors and false alarms are listed before the figures."""
        lines = report.render(MIXED, {"seed": 1, "load": 0.5})[6:]

        assert lines == [
            "survived: hangs: out of time",
            "errored: does_not_load (harness): no stage",
            "errored: does_not_load (baseline): no stage",
            "FALSE ALARM: right conforms, and was found to violate PRJ-01: wrong",
            "harness: 2 of 4 killed, 1 errored; first kill after 1.12 s in the median, "
            "2.00 s at the 95th percentile; 2 commands in the median",
            "baseline: 1 of 4 killed, 1 errored; first kill after 1.50 s in the median, "
            "1.50 s at the 95th percentile",
            "killed by trigger: duplicate 1 of 1, single command 1 of 1",
            "killed by what they are not listed to violate: forgets_key",
            "conforming: 1, false alarms: 1",
            "seed 1, load 0.5",
        ]

    def test_json(self) -> None:
        """The document has every hunt, with the scenario that shows the bug."""
        found = json.loads(json.dumps(report.document(MIXED, {"seed": 1})))
        first, last = found["miniatures"][0], found["miniatures"][-1]

        assert (first["outcome"], first["killed_by"], first["commands"]) == ("killed", "API-02", 1)
        assert first["scenario"]["steps"]
        assert first["trigger"] == "single command"
        assert (last["outcome"], last["seconds"], last["killed_by"]) == ("survived", None, None)
        assert found["false_alarms"] == ["right"]

    def test_triggers(self) -> None:
        """Kills are counted for each trigger, and those of the baseline beside them."""
        triggers = report.document(MIXED, {})["triggers"]

        assert list(triggers) == ["duplicate", "single command"]
        assert triggers["duplicate"] == {
            "hunted": 1, "killed": 1, "rate": 1.0, "baseline_killed": 0}

    def test_picture(self) -> None:
        """Each curve ends at the share that was found, and names it; it is well-formed XML."""
        picture = draw([Curve("ours", (0.1, 1.0), 2), Curve("theirs", (1.0,), 2)], 10.0, "a < b")
        tree = ElementTree.fromstring(picture)
        ends = [line.attrib["points"].split()[-1].split(",")[1] for line in tree.iter()
                if line.tag.endswith("polyline")]
        top, bottom = 46.0, 328.0

        assert [float(y) for y in ends] == [top, (top + bottom) / 2]
        assert "ours: 2 of 2" in picture
        assert "prefers-color-scheme: dark" in picture


class TestCatalogue:
    def test_own(self) -> None:
        """A clone's own catalogue is found by its name, and no name comes twice."""
        names = [implementation.name for implementation in find_catalogue("miniatures")]

        assert len(names) > 80
        assert sorted(set(names)) == sorted(names)

    def test_counted(self) -> None:
        """In a conforming one everything counts, in a broken one a SHOULD only if listed."""
        assert "SYS-04" in RIGHT.counted
        assert "SYS-04" not in SHOWS_ANOTHER.counted
        assert any("SYS-04" in s.counted for s in MEASURED if "SYS-04" in s.fails)

    @pytest.mark.parametrize(
        ("name", "message"),
        [("none_such", "known: "), ("none.such:ONE", "run this in a clone"),
         ("tests.harness.known_bugs:RIGHT", "expected a tuple")],
    )
    def test_not_found(self, name: str, message: str) -> None:
        """An unusable catalogue is an error with a remedy."""
        with pytest.raises(CatalogueError, match=message):
            find_catalogue(name)

    def test_another_contract(self, tmp_path: Path) -> None:
        """A contract in a file takes the place of the implementations' own."""
        path = tmp_path / "shop.py"
        path.write_text("from scenarios.domains.accounts import CONTRACT\n", "utf-8")
        found = find_catalogue(HERE, f"{path}:CONTRACT")
        assert {each.contract.name for each in found} == {"accounts"}

    def test_misspelt(self) -> None:
        """A name that is nearly right is guessed."""
        with pytest.raises(CatalogueError, match="did you mean right"):
            select(known_bugs.CATALOGUE, ["rihgt"])


class TestCommand:
    def test_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It hunts, prints, and writes the results and the picture that were asked for."""
        results, picture = tmp_path / "power.json", tmp_path / "power.svg"
        code = cli.main(["power", "--catalogue", HERE, "--only", "shows_another",
                         "taken_for_right", "--no-baseline", "--budget", str(SECONDS),
                         "--json", str(results), "--picture", str(picture)])
        found: dict[str, Any] = json.loads(results.read_text("utf-8"))

        assert code == 1
        assert "FALSE ALARM: taken_for_right" in capsys.readouterr().out
        assert found["harness"]["killed"] == 1
        assert "</svg>" in picture.read_text("utf-8")

    def test_errored(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An implementation that cannot be judged is errored, not killed."""
        code = cli.main(["power", "--catalogue", HERE, "--only", "does_not_load", "--budget", "1"])

        assert code == 3
        assert "errored: does_not_load (harness): HandlerError" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "arguments",
        [["--catalogue", "none_such"], ["--catalogue", HERE, "--only", "none_such"],
         ["--catalogue", HERE, "--json", "/dev/null/no.json"]],
        ids=["catalogue", "name", "file"],
    )
    def test_usage(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        """A mistake is told in one line before anything is hunted."""
        assert cli.main(["power", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1

    @pytest.mark.parametrize("option", [["--budget", "0"], ["--jobs", "0"], ["--jobs", "x"]])
    def test_options(self, option: list[str]) -> None:
        """An option that cannot be meant is wrong usage."""
        with pytest.raises(SystemExit) as ended:
            cli.main(["power", *option])
        assert ended.value.code == 2
