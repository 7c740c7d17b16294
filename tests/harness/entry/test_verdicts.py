"""The verdicts of a run: those that came, those that are missing, and their order."""

from __future__ import annotations

from harness.core.verdict import Outcome, Verdict
from harness.entry.verdicts import INTERRUPTED, Verdicts, errored, fails_its_test, skipped
from harness.report import summary
from scenarios.domains.orders import CONTRACT

FIRST, SECOND = (each.id for each in CONTRACT.requirements[:2])
WANTED = (FIRST, SECOND)


def passed(id: str, **figures: int) -> dict[str, object]:
    return summary.document(Verdict(CONTRACT.requirement(id), Outcome.PASSED, **figures))


def found(*added: str) -> Verdicts:
    """Verdicts of a suite with tests of both requirements, of which some have passed."""
    verdicts = Verdicts()
    verdicts.learn(WANTED, WANTED)
    for id in added:
        verdicts.add(passed(id), {})
    return verdicts


def outcomes(verdicts: Verdicts) -> list[tuple[str, str, str]]:
    return [(v["id"], v["outcome"], v["reason"]) for v in verdicts.ordered(CONTRACT)]


class TestOrder:
    def test_of_the_contract(self) -> None:
        """Verdicts are in the order of the contract, however they came."""
        assert [v["id"] for v in found(SECOND, FIRST).ordered(CONTRACT)] == [FIRST, SECOND]

    def test_empty(self) -> None:
        """A run without a verdict is false."""
        assert (bool(found()), bool(found(FIRST))) == (False, True)


def test_unselected() -> None:
    """A requirement that was not selected is told where scenarios of another one violate it."""
    verdicts = Verdicts()
    verdicts.add(passed(FIRST), {SECOND: "{}", "CMD-01": "{}"})
    assert verdicts.unselected({"CMD-01"}) == (SECOND,)


class TestMissing:
    def missing(self, *, interrupted: bool = False, stopped: bool = False) -> tuple[str, str]:
        verdicts = found(FIRST)
        verdicts.add_missing(CONTRACT, WANTED, interrupted=interrupted, stopped=stopped)
        (_, second) = outcomes(verdicts)
        return second[1:]

    def test_interrupted(self) -> None:
        """An interrupt leaves errored requirements."""
        assert self.missing(interrupted=True) == ("not run", INTERRUPTED)

    def test_stopped(self) -> None:
        """With -x the requirements after the first failure are skipped."""
        assert self.missing(stopped=True) == (
            "not run", "not reached: the run was stopped before")

    def test_without_a_verdict(self) -> None:
        """A test that ends without a verdict is an error."""
        assert self.missing() == ("errored", "its test ended without a verdict")

    def test_no_test(self) -> None:
        """A requirement that no test of the suite judges is skipped."""
        verdicts = Verdicts()
        verdicts.learn([FIRST], [FIRST])
        verdicts.add(passed(FIRST), {})
        verdicts.add_missing(CONTRACT, WANTED, interrupted=False, stopped=False)
        assert outcomes(verdicts)[1] == (SECOND, "skipped", "needs a test in the suite")

    def test_deselected(self) -> None:
        """A requirement with a test that was deselected has no verdict."""
        verdicts = Verdicts()
        verdicts.learn(WANTED, [FIRST])
        verdicts.add(passed(FIRST), {})
        verdicts.add_missing(CONTRACT, WANTED, interrupted=False, stopped=False)
        assert [id for id, *_ in outcomes(verdicts)] == [FIRST]


class TestElsewhere:
    def test_violated(self) -> None:
        """A requirement violated in another's scenario is to be confirmed, with that scenario."""
        verdicts = found(SECOND)
        verdicts.add(passed(FIRST), {SECOND: "{}"})
        assert list(verdicts.violated_elsewhere(WANTED)) == [(SECOND, FIRST, "{}")]

    def test_failed_anyway(self) -> None:
        """A requirement that failed in its own scenarios needs no other."""
        verdicts = found()
        failed = summary.document(Verdict(CONTRACT.requirement(SECOND), Outcome.FAILED))
        verdicts.add(failed, {})
        verdicts.add(passed(FIRST), {SECOND: "{}"})
        assert list(verdicts.violated_elsewhere(WANTED)) == []

    def test_not_wanted(self) -> None:
        """A requirement that the user did not ask for is left out."""
        verdicts = found()
        verdicts.add(passed(FIRST), {SECOND: "{}"})
        assert list(verdicts.violated_elsewhere([FIRST])) == []

    def test_replaced(self) -> None:
        """A confirmed violation replaces the verdict and keeps its figures."""
        verdicts = found()
        verdicts.add(passed(FIRST, triggers=3, examples=5), {})
        document = verdicts.replace(Verdict(CONTRACT.requirement(FIRST), Outcome.FAILED))
        assert (document["outcome"], document["triggers"], document["examples"]) == (
            "failed", 3, 5)


def test_fails_its_test() -> None:
    """A test fails if its requirement fails, errs or is vacuous."""
    documents = [passed(FIRST), errored(CONTRACT, FIRST, "x"), skipped(CONTRACT, FIRST, "x")]
    assert [fails_its_test(each) for each in documents] == [False, True, False]
