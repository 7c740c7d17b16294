"""The clock of a play: what may have the same time, and what may not."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from harness.explore.profiles import PROFILES
from harness.stages.controlled.play_clock import CALL, SECOND, START, PlayClock
from tests.false_alarms import campaign_on
from tests.harness.adopt.commands import change
from tests.systems.catalogue import SYSTEMS
from tests.systems.keeping import kept


class TestOneAfterTheOther:
    def test_distinct(self) -> None:
        """Invocations one after the other never have the same millisecond."""
        clock = PlayClock()
        first = clock.started(None, by_client=True)
        clock.ended(first)
        assert clock.started(None, by_client=True) >= first + CALL

    def test_calls(self) -> None:
        """A call takes a millisecond, however often the clock is read before it."""
        clock = PlayClock()
        at = clock.started(None, by_client=True)
        assert clock.called(at + 300) == at + CALL

    def test_plays(self) -> None:
        """A play begins after all that was, and each run at the same time."""
        clock, other = PlayClock(), PlayClock()
        for each in (clock, other):
            each.begin()
            each.ended(each.started(None, by_client=True))
            each.jump(960)
        before = clock.latest
        clock.begin()
        other.reset()
        assert (before < clock.latest, other.latest) == (True, START)


class TestOverlapping:
    def test_a_slow_call(self) -> None:
        """A client that has not sent yet sends after the time that a slow call took."""
        clock = PlayClock()
        with clock.overlapping():
            at = clock.called(clock.started(None, by_client=True))
            clock.jump(30)
            later: list[int] = []
            thread = threading.Thread(
                target=lambda: later.append(clock.started(None, by_client=True)))
            thread.start()
            thread.join()
        assert later[0] >= at + 29 * SECOND

    def at_once(self, *calls: int) -> list[list[int]]:
        """The times that branches read before and after so many calls, one branch after another."""
        clock, told = PlayClock(), []

        def branch(number: int) -> None:
            at = clock.started(None, by_client=True)
            told.append([at])
            for _ in range(number):
                at = clock.called(at)
                told[-1].append(at)
            clock.ended(at)

        with clock.overlapping():
            for number in calls:
                thread = threading.Thread(target=branch, args=(number,))
                thread.start()
                thread.join()
        return told

    def test_same(self) -> None:
        """Two that overlap begin at one time, as two machines might."""
        first, second = self.at_once(3, 3)
        assert first[0] == second[0]

    def test_after_an_effect(self) -> None:
        """A time that is read after a call is later than all calls before that one."""
        first, second = self.at_once(3, 1)
        assert second[1] >= first[3]

    def test_after_the_block(self) -> None:
        """An invocation after the block is later than all of it."""
        clock = PlayClock()
        with clock.overlapping():
            last = clock.called(clock.started(None, by_client=True))
        assert clock.started(None, by_client=True) > last

    @pytest.mark.parametrize("by_client", [True, False])
    def test_deliveries(self, by_client: bool) -> None:
        """A delivery in a branch comes after the effects of before; a client's request need not."""
        clock = PlayClock()
        with clock.overlapping():
            first = clock.started(None, by_client=True)
            clock.called(clock.called(first))
            thread_time: list[int] = []
            thread = threading.Thread(
                target=lambda: thread_time.append(clock.started(None, by_client=by_client)))
            thread.start()
            thread.join()
        assert (thread_time[0] == first) is by_client


class TestKeysOfEvents:
    """Two names of a guest at once: the scenario that is kept for a key of milliseconds."""

    TRANSACTION = "    CLIENT.transact_write_items(TransactItems=[event, change])"
    LATER = '''    for _ in range(9):
        item["at"] = {"S": datetime.now(UTC).isoformat(timespec="milliseconds")}
        event["Put"]["ConditionExpression"] = "attribute_not_exists(guestId)"
        try:
            return CLIENT.transact_write_items(TransactItems=[event, change])
        except CLIENT.exceptions.TransactionCanceledException:
            time.sleep(0.001)'''

    def test_a_condition_and_another_time(self, tmp_path: Path) -> None:
        """A key of milliseconds that has to be free, and else is chosen again, loses nothing."""
        system = next(each for each in SYSTEMS if each.name == "guests")
        fault = next(each for each in system.faults if each.name == "event_per_millisecond")
        template = system.conforming.build(tmp_path)
        app = tmp_path / "app" / "guests.py"
        change(app, "import uuid\n", "import time\nimport uuid\n")
        change(app, self.TRANSACTION, self.LATER)
        row = replace(system.conforming, build=lambda folder: template)
        with campaign_on(row, tmp_path / "run", PROFILES["smoke"], 1) as campaign:
            assert campaign.replay(*kept(system, fault)).violation is None
