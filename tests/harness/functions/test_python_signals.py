"""A function's signal handlers and alarms are its environment's own, and go by virtual time."""

import signal
from collections.abc import Iterator

import pytest

from harness.core.history import Invoked
from harness.functions.python.signals import Alarm
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, playground, run

ALARM = """
    import signal, time
    class Late(Exception): pass
    def late(number, frame):
        raise Late
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 2.5)
    try:
        for _ in range({sleeps}):
            time.sleep(1)
        answer = "in time"
    except Late:
        answer = context.get_remaining_time_in_millis()
    finally:
        signal.alarm(0)
    """


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    with playground(tmp_path_factory.mktemp("signals")) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    return opened


class TestAlarms:
    @pytest.mark.parametrize(("sleeps", "answered"), [(2, "in time"), (5, 7000)])
    def test_go_off_in_virtual_time(self, stage: MotoStage, sleeps: int, answered: object) -> None:
        """While the function sleeps."""
        assert answer(stage, ALARM.format(sleeps=sleeps)) == answered

    def test_in_overlapping_invocations(self, stage: MotoStage) -> None:
        """Each is in the main thread of its own process, as far as it can tell."""
        replies: list[int] = []
        stage.concurrently([
            lambda: replies.append(run(stage, ALARM.format(sleeps=5)).status)] * 2, (0,))
        assert replies == [200, 200]

    def test_unhandled_end_the_function(self, stage: MotoStage) -> None:
        """That is what the system does by default."""
        stage.restart()
        run(stage, "import signal, time\nsignal.alarm(2)\ntime.sleep(5)")
        assert [r.error for r in stage.records if isinstance(r, Invoked)] == [
            "Runtime exited with signal: alarm clock"]

    @pytest.mark.parametrize(("alarm", "rings"), [
        (Alarm(), [False, False]), (Alarm(1.0), [True, False]), (Alarm(1.5), [False, True]),
        (Alarm(1.0, 1.0), [True, True]),
    ])
    def test_rings(self, alarm: Alarm, rings: list[bool]) -> None:
        """Once, or again and again if it has an interval."""
        assert [alarm.rings(1.0) for _ in range(2)] == rings


class TestHandlers:
    def test_stay_in_their_environment(self, stage: MotoStage) -> None:
        """Neither the process nor another environment gets them."""
        before = signal.getsignal(signal.SIGTERM), signal.getitimer(signal.ITIMER_REAL)
        code = """
            import signal
            signal.signal(signal.SIGTERM, lambda number, frame: None)
            answer = callable(signal.getsignal(signal.SIGTERM))
            """
        own = answer(stage, code)
        stage.restart()
        other = answer(stage, "import signal\nanswer = signal.getsignal(signal.SIGTERM)")
        after = signal.getsignal(signal.SIGTERM), signal.getitimer(signal.ITIMER_REAL)
        assert (own, other, after) == (True, 0, before)

    def test_refused_in_other_threads(self, stage: MotoStage) -> None:
        """As Python does."""
        code = """
            import signal
            from concurrent.futures import ThreadPoolExecutor
            with ThreadPoolExecutor() as pool:
                given = pool.submit(signal.signal, signal.SIGTERM, signal.SIG_IGN)
                answer = type(given.exception()).__name__
            """
        assert answer(stage, code) == "ValueError"
