"""Results of many seeds add up to the same, in whatever order they come."""

from itertools import permutations

import pytest

from harness.cluster.merging import VIOLATIONS, MergedResult
from harness.cluster.tasks import SeedResult, seeds_of
from harness.core.errors import UserMistake
from harness.core.verdict import Outcome


def passed(seed: int) -> SeedResult:
    return SeedResult("PRJ-01", seed, Outcome.PASSED, triggers=2, examples=3, commands=4)


def failed(seed: int, steps: int) -> SeedResult:
    return SeedResult("PRJ-01", seed, Outcome.FAILED, examples=1,
                      scenario={"steps": [{"step": "Settle"}] * steps})


def merged(seeds: range, results: list[SeedResult]) -> MergedResult:
    found = MergedResult("PRJ-01", seeds)
    for result in results:
        found.take(result)
    return found


class TestOrder:
    def test_every_order_gives_the_same(self) -> None:
        results = [passed(1), failed(2, 5), passed(3), failed(4, 2)]
        found = [merged(range(1, 5), list(order)) for order in permutations(results)]
        figures = {(m.played, m.examples, m.commands, m.triggers, str(m.decisive()))
                   for m in found}
        assert len(figures) == 1

    def test_a_later_seed_counts_once_those_before_have_come(self) -> None:
        found = merged(range(1, 4), [passed(1), passed(3)])
        assert (found.played, found.examples, found.complete) == (1, 3, False)


class TestEnough:
    def test_some_violating_seeds_are_enough(self) -> None:
        """Those after them are left out, also where they came first."""
        results = [failed(seed, 9) for seed in range(1, VIOLATIONS + 1)]
        found = merged(range(1, 100), [failed(VIOLATIONS + 1, 1), *results])
        assert (found.complete, found.played) == (True, VIOLATIONS)

    @pytest.mark.parametrize(
        "outcome", [Outcome.SKIPPED, Outcome.NOT_PROMISED, Outcome.NOT_APPLICABLE])
    def test_one_seed_tells_that_nothing_is_judged(self, outcome: Outcome) -> None:
        found = merged(range(1, 100), [SeedResult("PRJ-01", 1, outcome)])
        assert found.complete

    def test_all_seeds_are_wanted_otherwise(self) -> None:
        assert not merged(range(1, 3), [passed(1)]).complete
        assert merged(range(1, 3), [passed(1), passed(2)]).complete


class TestDecisive:
    def test_the_smallest_violation(self) -> None:
        found = merged(range(1, 4), [failed(1, 5), failed(2, 2), passed(3)])
        assert found.decisive() == failed(2, 2)

    def test_a_seed_without_a_verdict_is_not_outvoted(self) -> None:
        errored = SeedResult("PRJ-01", 2, Outcome.ERRORED, "a stage broke")
        assert merged(range(1, 4), [passed(1), errored, passed(3)]).decisive() == errored

    def test_one_passing_seed_tells_more_than_vacuous_ones(self) -> None:
        vacuous = SeedResult("PRJ-01", 1, Outcome.VACUOUS)
        assert merged(range(1, 3), [vacuous, passed(2)]).decisive() == passed(2)

    def test_nothing_played_decides_nothing(self) -> None:
        assert MergedResult("PRJ-01", range(1, 3)).decisive() is None


class TestSeeds:
    @pytest.mark.parametrize(("text", "seeds"), [("1:3", [1, 2, 3]), ("7", [7])])
    def test_both_ends_belong_to_them(self, text: str, seeds: list[int]) -> None:
        assert list(seeds_of(text)) == seeds

    @pytest.mark.parametrize("text", ["", "3:1", "a:b", "1:", ":4", "-1:2", "1:2:3", "0:9999999"])
    def test_others_are_refused(self, text: str) -> None:
        with pytest.raises(UserMistake, match="--seeds"):
            seeds_of(text)
