"""What is known of stages: told where it shows, and an error where it has gone."""

from pathlib import Path

import pytest

from harness.campaign import Counterexample, Outcome, Verdict
from harness.divergences import Divergence, DivergenceError, judged, load
from harness.history import History, System
from harness.scenario import Scenario
from harness.violation import Hop, Kind, Violation
from scenarios.orders import CONTRACT

REQUIREMENT = CONTRACT.requirement("API-09")
KNOWN = Divergence("emulator", "API-09", "server error[\\s\\S]*502", "It answers 413.",
                   "https://docs.aws.amazon.com/x", "impl/template.yaml")
SEEN_WITH = Path("/home/me/impl/template.yaml")
ENTRY = """[[divergence]]
stage = "emulator"
requirement = "API-09"
observed = "502"
documented = "It answers 413."
source = "https://docs.aws.amazon.com/x"
seen_with = "impl/template.yaml"
"""


def failed(observed: str) -> Verdict:
    violation = Violation(Kind.INVALID_FAILED, None, 0, "4xx", observed, Hop.COMMAND)
    return Verdict(REQUIREMENT, Outcome.FAILED,
                   counterexample=Counterexample(
                       Scenario(()), History("", System(), ()), violation))


def test_explained() -> None:
    """A failure that is the stage's is no failure of the implementation; the reason says it."""
    found = judged(failed("502 Bad Gateway"), "emulator", None, [KNOWN])
    assert (found.outcome, found.counterexample, "It answers 413." in found.reason) == (
        Outcome.SKIPPED, None, True)


@pytest.mark.parametrize(("stage", "observed"), [("emulator", "500"), ("aws", "502")])
def test_not_explained(stage: str, observed: str) -> None:
    """Another observation, or another stage, is the implementation's."""
    verdict = failed(observed)
    assert judged(verdict, stage, None, [KNOWN]) is verdict


def test_gone() -> None:
    """A divergence that no longer occurs where it was seen is an error."""
    found = judged(Verdict(REQUIREMENT, Outcome.PASSED), "emulator", SEEN_WITH, [KNOWN])
    assert (found.outcome, "take it out" in found.reason) == (Outcome.ERRORED, True)


@pytest.mark.parametrize("template", [None, Path("/home/me/other/template.yaml")])
def test_another_implementation(template: Path | None) -> None:
    """An implementation that does not meet it passes."""
    verdict = Verdict(REQUIREMENT, Outcome.PASSED)
    assert judged(verdict, "emulator", template, [KNOWN]) is verdict


def test_not_judged() -> None:
    """A run that did not judge the requirement says nothing of it."""
    verdict = Verdict(REQUIREMENT, Outcome.SKIPPED, "needs bus")
    assert judged(verdict, "emulator", SEEN_WITH, [KNOWN]) is verdict


def test_own_list() -> None:
    """The list that comes with the harness names requirements that there are."""
    assert {known.requirement for known in load()} <= {r.id for r in CONTRACT.requirements}


def test_read(tmp_path: Path) -> None:
    """An entry is read as it is written."""
    path = tmp_path / "known.toml"
    path.write_text(ENTRY, "utf-8")
    assert load(path) == (Divergence("emulator", "API-09", "502", "It answers 413.",
                                     "https://docs.aws.amazon.com/x", "impl/template.yaml"),)


@pytest.mark.parametrize(("text", "message"), [
    ("[[divergence]", "cannot be read as TOML"),
    ("x = 1", "nothing but"),
    (ENTRY.replace('observed = "502"\n', ""), "entry 1: missing or unknown: observed"),
    (ENTRY + 'colour = "red"\n', "missing or unknown: colour"),
    (ENTRY.replace('"502"', '"(502"'), "no regular expression"),
    (ENTRY.replace('"502"', "502"), "observed: expected a text"),
])
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    """A list that cannot be used is said to be wrong, and where."""
    path = tmp_path / "known.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DivergenceError, match=message):
        load(path)
