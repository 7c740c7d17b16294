"""Interleavings: one branch at a time runs, as the schedule says, every time in the same way."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path

import pytest

from harness.aws.schedule import Scheduler, StuckError
from harness.core.errors import StageError
from harness.core.history import Called
from harness.core.interleaving import ScheduleDecision
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, calls, playground, run

SHORT = 0.3
"""Seconds within which these branches have to come back."""


def scheduler(schedule: Sequence[int], deadline: float = 5.0) -> Scheduler:
    """A scheduler of branches that have nothing to put out of each other's way."""
    return Scheduler(schedule, deadline, pause=lambda: None, resume=lambda kept: None)


def order_of(schedule: Sequence[int], *calls: int) -> str:
    """The branches' letters in the order of their calls; each makes so many."""
    made: list[str] = []
    running = scheduler(schedule)

    def branch(letter: str, number: int) -> None:
        for _ in range(number):
            running.checkpoint()
            made.append(letter)

    running.run([partial(branch, "abc"[n], number) for n, number in enumerate(calls)])
    return "".join(made)


class TestOrders:
    @pytest.mark.parametrize(("schedule", "order"), [
        ((), "aaabb"), ((0,), "bbaaa"), ((1,), "abbaa"), ((2,), "aabba"), ((1, 2), "aaabb"),
        ((1, 3), "abaab"), ((0, 1, 2), "abbaa"), ((99,), "aaabb"),
    ])
    def test_a_switch_lets_all_others_go_first(
        self, schedule: tuple[int, ...], order: str
    ) -> None:
        """The branch that is about to make the call of that number comes last from then on."""
        assert order_of(schedule, 3, 2) == order

    def test_others_go_first_until_that_holds(self) -> None:
        """An invocation that waits for a queue lets the earlier one end, despite the schedule."""
        made, taken = list[str](), list[str]()
        running = scheduler((1,))

        def branch(letter: str) -> None:
            running.until(lambda: not taken)
            taken.append(letter)
            for _ in range(2):
                running.checkpoint()
                made.append(letter)
            taken.remove(letter)

        running.run([partial(branch, letter) for letter in "abc"])

        assert "".join(made) == "aabbcc"

    def test_the_same_schedule_gives_the_same_order(self) -> None:
        """However often it is run."""
        assert {order_of((1, 4), 3, 3, 2) for _ in range(50)} == {"abbccaab"}

    def test_schedules_reach_every_order(self) -> None:
        """Two branches of two calls have six orders."""
        schedules = [s for size in range(4) for s in combinations(range(4), size)]

        orders = {order_of(schedule, 2, 2) for schedule in schedules}

        assert orders == {"aabb", "abab", "abba", "baab", "baba", "bbaa"}

    def test_decisions_name_who_else_could_have_run(self) -> None:
        """Branches that have ended could not."""
        running = scheduler((0,))
        running.run([lambda: _note(running), lambda: _note(running)])

        assert running.decisions == [ScheduleDecision(0, 0, (1,)), ScheduleDecision(1, 1, (0,))]

    def test_an_update_is_lost_under_one_order_only(self) -> None:
        """Two counters that read and then write."""
        assert (_counted(()), _counted((1,))) == (2, 1)

    def test_what_a_branch_raises_comes_out(self) -> None:
        """After all branches have ended."""
        ended: list[str] = []
        with pytest.raises(ZeroDivisionError):
            scheduler(()).run([lambda: 1 / 0, lambda: ended.append("b")])  # type: ignore[list-item, return-value]  # what they return is ignored

        assert ended == ["b"]


def _note(running: Scheduler) -> None:
    running.checkpoint()


def _counted(schedule: tuple[int, ...]) -> int:
    count = {"value": 0}
    running = scheduler(schedule)

    def add() -> None:
        running.checkpoint()
        seen = count["value"]
        running.checkpoint()
        count["value"] = seen + 1

    running.run([add, add])
    return count["value"]


class TestStuck:
    @pytest.mark.parametrize("work", [
        pytest.param(lambda: threading.Event().wait(3), id="waits"),
        pytest.param(lambda: _spin(2), id="spins"),
    ])
    def test_a_branch_that_does_not_come_back_is_named_with_its_place(
        self, work: Callable[[], None]
    ) -> None:
        """Within the deadline, and with the line it is at."""
        started = time.perf_counter()
        with pytest.raises(StuckError, match=r"branch 2 .*(\n.*)*test_schedule\.py"):
            scheduler((), SHORT).run([lambda: None, work])

        assert time.perf_counter() - started < SHORT + 1


def _spin(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


ADD = """
    key = {"id": {"S": "counter"}}
    found = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    seen = int(found["value"]["N"]) if found else 0
    dynamodb.put_item(TableName=table, Item={**key, "value": {"N": str(seen + 1)}})
    """


def at_once(stage: MotoStage, schedule: Sequence[int], *codes: str) -> list[ScheduleDecision]:
    """Run pieces of code in invocations at the same time."""
    return stage.concurrently([partial(_run, stage, code) for code in codes], schedule)


def _run(stage: MotoStage, code: str) -> None:
    run(stage, code)


@pytest.mark.parametrize("code", [
    pytest.param("import threading\nthreading.Event().wait(5)", id="waits"),
    pytest.param("import time\nend = time.perf_counter() + 5\n"
                 "while time.perf_counter() < end: pass", id="spins"),
])
def test_a_stuck_invocation_is_an_error_of_the_stage(tmp_path: Path, code: str) -> None:
    """No verdict, within the deadline; and what the process had is put back in its place."""
    had = os.environ.get("PATH"), list(sys.path), sys.stdout
    with playground(tmp_path, deadline=2.0) as stage:
        stage.start(fresh=False, always_cold=False)
        with pytest.raises(StageError, match="neither called AWS nor ended"):
            at_once(stage, (0,), ADD, code)
        with pytest.raises(StageError, match="neither called AWS nor ended"):
            stage.start(fresh=False, always_cold=False)

    assert (os.environ.get("PATH"), list(sys.path), sys.stdout) == had


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    with playground(tmp_path_factory.mktemp("schedule")) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    return opened


READ = """
    key = {"id": {"S": "counter"}}
    answer = dynamodb.get_item(TableName=table, Key=key)["Item"]["value"]["N"]
    """
THREADS = """
    import threading
    def put(number):
        s3.put_object(Bucket=bucket, Key=f"thread-{number}", Body=b"x")
    threads = [threading.Thread(target=put, args=(n,)) for n in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    """


def shape(made: Sequence[Called]) -> list[tuple[int | None, str]]:
    return [(call.branch, call.operation) for call in made]


class TestInvocations:
    @pytest.mark.parametrize(("schedule", "count"), [((), "2"), ((0,), "2"), ((1,), "1")])
    def test_an_update_is_lost_under_one_order_only(
        self, stage: MotoStage, schedule: tuple[int, ...], count: str
    ) -> None:
        """Read, read, write, write."""
        stage.reset()
        at_once(stage, schedule, ADD, ADD)

        assert answer(stage, READ) == count

    def test_calls_carry_their_branch(self, stage: MotoStage) -> None:
        """In the order in which they were made."""
        at_once(stage, (1,), ADD, ADD)

        assert shape(calls(stage)) == [
            (0, "GetItem"), (1, "GetItem"), (1, "PutItem"), (0, "PutItem")]

    def test_threads_of_an_implementation_belong_to_its_branch(self, stage: MotoStage) -> None:
        """All of it stops where one of them does."""
        at_once(stage, (1,), THREADS, ADD)

        assert shape(calls(stage)) == [
            (0, "PutObject"), (1, "GetItem"), (1, "PutItem"), (0, "PutObject"), (0, "PutObject")]

    def test_each_branch_has_an_environment_of_its_own(self, stage: MotoStage) -> None:
        """Lambda runs one invocation at a time in each."""
        keep = "kept['seen'] = len(kept) + 1\n" + "s3.list_objects_v2(Bucket=bucket)\n"
        stage.reset()
        at_once(stage, (0,), keep, keep)

        assert [answer(stage, "answer = kept") for _ in range(2)] == [{"seen": 1}] * 2
