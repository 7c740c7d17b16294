"""Calls that a function makes in threads belong to its invocation, in the same order each time."""

import asyncio
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from unittest import mock
from weakref import ref

import pytest

from harness.core.errors import StageError
from harness.core.faults import FaultKind
from harness.core.history import Invoked
from harness.core.scenario import Fault
from harness.functions.python.threads import StartedWork
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, calls, playground, run

POOL = """
    from concurrent.futures import ThreadPoolExecutor
    def put(number):
        s3.put_object(Bucket=bucket, Key=f"pool-{number}", Body=b"x")
    pool = kept.setdefault("pool", ThreadPoolExecutor(4))
    list(pool.map(put, range(5)))
    """
THREADS = """
    import threading
    def put(number):
        s3.put_object(Bucket=bucket, Key=f"pool-{number}", Body=b"x")
    threads = [threading.Thread(target=put, args=(n,)) for n in range(5)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    """
GATHER = """
    import asyncio
    def put(number):
        s3.put_object(Bucket=bucket, Key=f"pool-{number}", Body=b"x")
    async def main():
        await asyncio.gather(*(asyncio.to_thread(put, n) for n in range(5)))
    asyncio.run(main())
    """
KEPT_LOOP = GATHER.replace("asyncio.run(main())", """
    loop = kept.setdefault("loop", asyncio.new_event_loop())
    loop.run_until_complete(main())
    """)
WAYS = [pytest.param(POOL, id="pool"), pytest.param(THREADS, id="threads"),
        pytest.param(GATHER, id="gather"), pytest.param(KEPT_LOOP, id="loop")]
TWO = 'for key in "ab": s3.put_object(Bucket=bucket, Key=key, Body=b"x")'


def at_once(stage: MotoStage, schedule: tuple[int, ...], *codes: str) -> list[tuple[int, ...]]:
    """Run pieces of code at the same time; who else could have made each call."""
    decisions = stage.concurrently([partial(_run, stage, code) for code in codes], schedule)
    return [decision.others for decision in decisions]


def _run(stage: MotoStage, code: str) -> None:
    run(stage, code)


def test_a_stuck_thread_is_an_error_of_the_stage(tmp_path: Path) -> None:
    """It is told within the deadline, and what it holds up does not keep the process alive."""
    before = set(threading.enumerate())
    with playground(tmp_path, deadline=2.0) as stage:
        stage.start(fresh=False, always_cold=False)
        with pytest.raises(StageError, match="neither called AWS nor ended"):
            at_once(stage, (1,), POOL, "import threading\nthreading.Event().wait(4)")
    started = [thread for thread in threading.enumerate() if thread not in before]
    pools = [thread for thread in started if not thread.daemon]
    [thread.join(5) for thread in pools]
    assert not [thread for thread in pools if thread.is_alive()]


def test_a_thread_of_a_closed_stage_reaches_no_later_one(tmp_path: Path) -> None:
    """It may outlive its stage, and wakes up while a function of another one runs."""
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
    waits = """
        import threading
        def put():
            threading.gate.wait()
            s3.put_object(Bucket=bucket, Key="late", Body=b"x")
        threading.late = threading.Thread(target=put, daemon=True)
        threading.late.start()
        """
    with mock.patch.multiple(threading, create=True, gate=threading.Event(), late=None):
        with playground(tmp_path / "first") as stage:
            run(stage, waits)
        with playground(tmp_path / "second") as stage:
            run(stage, """
                import threading
                threading.gate.set()
                threading.late.join()
                s3.put_object(Bucket=bucket, Key="own", Body=b"x")
                """)
            assert keys(stage) == ["own"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    with playground(tmp_path_factory.mktemp("threads")) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    return opened


def keys(stage: MotoStage) -> list[str]:
    return [call.key for call in calls(stage)]


class TestCalls:
    @pytest.mark.parametrize("code", WAYS)
    def test_in_the_order_in_which_they_were_asked_for(self, stage: MotoStage, code: str) -> None:
        """As if each thread had been lucky, however the machine runs them."""
        run(stage, code)
        assert keys(stage) == [f"pool-{n}" for n in range(5)]

    @pytest.mark.parametrize("code", WAYS)
    @pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER])
    def test_a_crash_ends_all_of_it(self, stage: MotoStage, code: str, kind: FaultKind) -> None:
        """No other thread makes a call any more, then or in a later invocation."""
        stage.arm(Fault("command", "PutObject", 2, kind))
        status = run(stage, code).status
        run(stage, TWO)
        assert (status, keys(stage)) == (502, ["pool-0", "pool-1", "pool-2", "a", "b"])

    @pytest.mark.parametrize("code", WAYS)
    def test_a_lasting_fault_hits_all_of_them(self, stage: MotoStage, code: str) -> None:
        """They are calls of one invocation."""
        stage.arm(Fault("command", "PutObject", 0, FaultKind.ACCESS_DENIED, lasting=True))
        run(stage, code)
        assert {call.error for call in calls(stage)} == {"access denied"}

    @pytest.mark.parametrize("code", WAYS)
    def test_stop_where_the_schedule_says(self, stage: MotoStage, code: str) -> None:
        """Other branches go first, and the environment is back in place when they have."""
        named = code + "\n    import os\n    answer = os.environ['AWS_LAMBDA_FUNCTION_NAME']"
        others = at_once(stage, (2,), named, TWO)
        assert (keys(stage), others) == (
            ["pool-0", "pool-1", "a", "b", "pool-2", "pool-3", "pool-4"],
            [(1,), (1,), (1,), (0,), (0,), (), ()])

    @pytest.mark.parametrize("schedule", [(), (0,), (1, 3), (0, 1, 2, 3, 4)])
    def test_the_same_schedule_gives_the_same_calls(
        self, stage: MotoStage, schedule: tuple[int, ...]
    ) -> None:
        """The order is the same each time, with any number of threads."""
        seen = set()
        for _ in range(5):
            stage.start(fresh=False, always_cold=False)
            at_once(stage, schedule, POOL, GATHER, TWO)
            seen.add(tuple((call.branch, call.key) for call in calls(stage)))
        assert len(seen) == 1


class TestLettingGo:
    def test_who_waits_for_the_other_is_let_go_on(self, stage: MotoStage) -> None:
        """A thread may need a later step of the thread that started it."""
        run(stage, """
            import queue, threading
            work, done = queue.Queue(), []
            def consume():
                while (key := work.get()) is not None:
                    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
                    done.append(key)
            consumer = threading.Thread(target=consume)
            consumer.start()
            [work.put(key) for key in ("a", "b", None)]
            consumer.join()
            answer = done
            """)
        assert keys(stage) == ["a", "b"]

    def test_a_thread_that_outlives_its_invocation_stands_still(self, stage: MotoStage) -> None:
        """Its calls belong to the next invocation of its environment, as on Lambda."""
        run(stage, """
            import threading
            kept["go"] = threading.Event()
            def later():
                kept["go"].wait()
                s3.put_object(Bucket=bucket, Key="later", Body=b"x")
            kept["thread"] = threading.Thread(target=later, daemon=True)
            kept["thread"].start()
            """)
        run(stage, 'kept["go"].set(); kept["thread"].join()')
        assert [call.invocation for call in calls(stage)] == [2]

    def test_what_sleeps_in_the_background_costs_no_time(self, stage: MotoStage) -> None:
        """It would sleep longer than any invocation lives."""
        code = """
            import threading, time
            def refresh():
                while True:
                    time.sleep(300)
                    s3.list_objects_v2(Bucket=bucket)
            threading.Thread(target=refresh, daemon=True).start()
            answer = context.get_remaining_time_in_millis()
            """
        assert (answer(stage, code), calls(stage)) == (10_000, [])

    def test_given_up_once_is_not_waited_for_again(self) -> None:
        """Or each invocation would cost as much."""
        waited: list[float] = []
        owner = ref(StartedWork)
        patience = StartedWork(busy=lambda _: False)
        for _ in range(3):
            patience.wait(owner, "f", lambda seconds: bool(waited.append(seconds)))
        assert waited == [patience.seconds]

    def test_busy_is_not_given_up(self) -> None:
        """It makes a call, or waits for its turn."""
        busy, waited = iter([True, True]), iter([False, False, True])
        StartedWork(busy=lambda _: next(busy)).wait(
            ref(StartedWork), "f", lambda seconds: next(waited))
        assert list(waited) == []


class TestLoops:
    def test_sleeping_takes_virtual_time(self, stage: MotoStage) -> None:
        """As it does without a loop."""
        code = """
            import asyncio
            async def main():
                await asyncio.gather(asyncio.sleep(3), asyncio.sleep(2))
                await asyncio.sleep(4)
            asyncio.run(main())
            answer = round(context.get_remaining_time_in_millis(), -3)
            """
        assert answer(stage, code) == 3000

    def test_sleeping_too_long_times_out(self, stage: MotoStage) -> None:
        """A handler that polls for ever ends as on Lambda."""
        run(stage, """
            import asyncio
            async def main():
                while True:
                    await asyncio.sleep(0.5)
            asyncio.run(main())
            """)
        assert [r.error for r in stage.records if isinstance(r, Invoked)] == [
            "Task timed out after 10.00 seconds"]

    def test_a_time_out_of_its_own(self, stage: MotoStage) -> None:
        """It comes when its time has passed, and not before a call has come back."""
        code = """
            import asyncio
            async def main():
                await asyncio.wait_for(asyncio.to_thread(s3.list_objects_v2, Bucket=bucket), 1)
                try:
                    async with asyncio.timeout(2):
                        await asyncio.sleep(5)
                except TimeoutError:
                    return round(context.get_remaining_time_in_millis(), -3)
            answer = asyncio.run(main())
            """
        assert answer(stage, code) == 8000

    @pytest.mark.parametrize("kind", [FaultKind.CRASH_BEFORE, FaultKind.FUNCTION_TIMEOUT])
    def test_a_crash_in_a_task_group(self, stage: MotoStage, kind: FaultKind) -> None:
        """A crash stays a crash in the exception group of a task group."""
        stage.arm(Fault("command", "PutObject", 1, kind))
        status = run(stage, """
            import asyncio
            def put(key):
                s3.put_object(Bucket=bucket, Key=key, Body=b"x")
            async def main():
                async with asyncio.TaskGroup() as group:
                    for key in "abc":
                        group.create_task(asyncio.to_thread(put, key))
            asyncio.run(main())
            """).status
        assert (status, keys(stage)[:2]) == (
            (502, ["a", "b"]) if kind is FaultKind.CRASH_BEFORE else (504, ["a", "b"]))

    @pytest.mark.parametrize("error", [
        "asyncio.CancelledError()", "type('Late', (BaseException,), {'__module__': 'm'})()",
        "GeneratorExit()",
        "BaseExceptionGroup('g', [asyncio.CancelledError()])",
    ])
    def test_whatever_a_handler_raises_is_its_failure(self, stage: MotoStage, error: str) -> None:
        """Be it an exception or not."""
        assert run(stage, f"import asyncio\nraise {error}").status == 502

    def test_elsewhere_time_is_real(self, stage: MotoStage) -> None:
        """Loops of the process that runs the harness are left alone."""
        started = time.perf_counter()
        asyncio.run(asyncio.sleep(0.05))
        assert time.perf_counter() - started >= 0.05


def test_a_pool_that_waits_too_long(stage: MotoStage) -> None:
    """A function times out with the pool's thread that it waits for."""
    run(stage, """
        from concurrent.futures import ThreadPoolExecutor
        import time
        kept.setdefault("slow", ThreadPoolExecutor(1)).submit(time.sleep, 100).result()
    """)
    errors = [r.error for r in stage.records if isinstance(r, Invoked)]
    assert ["timed out" in (error or "") for error in errors] == [True]
