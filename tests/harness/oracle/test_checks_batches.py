"""A queue's batch reports back failed records only, in a readable report."""

import json
from typing import Any

import pytest

from harness.core.history import Called, Handed, Role
from harness.core.violation import Hop, Kind
from tests.harness.histories import CREATED, UPDATED, Story, about, event

OTHER = about(CREATED, "b")
DONE = event(CREATED, 1)


def handed(
    *bodies: dict[str, Any], back: tuple[int, ...] = (), readable: bool = True,
    ordered: bool = False, role: Role = Role.COMMAND, first: int = 0,
) -> Handed:
    """Records of one batch, whose messages have numbers for ids."""
    messages = tuple(str(first + place) for place in range(len(bodies)))
    texts = tuple(map(json.dumps, bodies))
    return Handed(role, f"{role.value}-function", 1, messages, texts, back, readable, ordered)


def both(back: tuple[int, ...], **more: Any) -> Story:
    """Two commands that took effect, of which some came back all the same."""
    story = Story().batch(CREATED, OTHER).add(handed(CREATED, OTHER, back=back, **more))
    for command in (CREATED, OTHER):
        happened = event(command, 1)
        story.store(happened, happened["eventId"]).publish(happened)
    return story


def refused(*back: bool) -> Story:
    """A command that the rules refuse, handed over as often as told, and whether it came back."""
    story = Story().batch(UPDATED)
    for again in back:
        story.add(handed(UPDATED, back=(0,) if again else ()))
    return story


class TestReportedBack:
    def test_nothing(self) -> None:
        """Nothing comes back of what took effect."""
        assert both(()).violations == []

    def test_done(self) -> None:
        """A command that took effect does not come back."""
        assert both((1,)).kinds == {Kind.REPORTED_BACK}

    def test_refused_for_ever(self) -> None:
        """A refused command is done with: it does not come back whenever it is handed over."""
        assert refused(True, True).kinds == {Kind.REPORTED_BACK}

    @pytest.mark.parametrize("back", [(False,), (True, False)])
    def test_refused(self, back: tuple[bool, ...]) -> None:
        """It may come back now and then, as one that waits for another."""
        assert refused(*back).violations == []

    def test_invalid(self) -> None:
        """A record that is no command may be reported back until the queue sets it aside."""
        bad = {"type": "Nothing"}
        assert Story().batch(bad).add(handed(bad, back=(0,))).violations == []

    def test_ordered(self) -> None:
        """Where an order is kept, what comes after a bad record comes back with it."""
        assert both((1,), ordered=True).violations == []

    def test_after_a_failure(self) -> None:
        """After a failure a lease may have to run out."""
        call = Called(Role.COMMAND, "command-function", 1, "s3", "PutObject", "b", "k", 0, "crash")
        assert not both((1,)).add(call).kinds & {Kind.REPORTED_BACK}

    def test_one_aggregate(self) -> None:
        """Two commands on one aggregate may be in each other's way."""
        story = Story().batch(CREATED, UPDATED).add(handed(CREATED, UPDATED, back=(1,)))
        for command, version in ((CREATED, 1), (UPDATED, 2)):
            happened = event(command, version)
            story.store(happened, happened["eventId"]).publish(happened)
        assert story.violations == []


class TestReports:
    @pytest.mark.parametrize(("role", "hop"), [
        (Role.COMMAND, Hop.COMMAND), (Role.PROJECTION, Hop.PROJECTION)])
    def test_unreadable(self, role: Role, hop: Hop) -> None:
        """A report that names no message of its batch is one that all failed."""
        story = Story().add(handed(CREATED, back=(0,), readable=False, role=role))
        assert [(v.kind, v.hop) for v in story.violations if v.kind is Kind.REPORT_UNREADABLE] == [
            (Kind.REPORT_UNREADABLE, hop)]
