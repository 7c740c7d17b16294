"""CPython still has the private parts that the harness depends on, and they do what they did."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from harness.seams import cpython
from harness.seams.seam import CPYTHON, Seam, version

MOVED = (f"CPython {version(CPYTHON)} has changed {{0}}: read its source in Lib, "
         "then adapt harness/seams/cpython.py")


def moved(part: str) -> str:
    return MOVED.format(part)


@pytest.mark.parametrize("seam", [*cpython.NEEDED, *cpython.SPEEDUPS], ids=str)
def test_seam_is_there(seam: Seam) -> None:
    assert seam.exists(), moved(str(seam))


def test_os_environ_shows_the_exchanged_variables() -> None:
    before = cpython.exchange_variables({os.fsencode("ONLY"): os.fsencode("this")})
    try:
        assert dict(os.environ) == {"ONLY": "this"}, moved("os.environ._data")
    finally:
        cpython.exchange_variables(before)
    assert "PATH" in os.environ


def test_a_logger_asks_again_for_forgotten_levels() -> None:
    logger = logging.getLogger("tests.harness.seams")
    enabled = logger.isEnabledFor(logging.DEBUG)
    logger.manager.loggerDict["tests.harness.seams"] = logger
    logger._cache[logging.DEBUG] = not enabled  # type: ignore[attr-defined]  # its private cache
    cpython.forget_levels(logger)
    assert logger.isEnabledFor(logging.DEBUG) == enabled, moved("logging.Logger._cache")


def test_a_datetime_tells_the_time_that_it_is_given() -> None:
    with cpython.datetimes_at(lambda: 86_400.25):
        told = datetime.now(UTC), datetime.utcnow()
    first = datetime(1970, 1, 2, 0, 0, 0, 250_000)
    assert told == (first.replace(tzinfo=UTC), first), moved("the members of datetime")
    assert datetime.now(UTC).year > first.year


class TestThreads:
    def test_target(self) -> None:
        thread = threading.Thread(target=moved)
        assert cpython.target_of(thread) is moved, moved("threading.Thread._target")

    def test_a_pool_starts_its_worker_by_thread_start(self) -> None:
        started: list[threading.Thread] = []
        start = cpython.THREAD_START.value()

        def noted(thread: threading.Thread) -> None:
            started.append(thread)
            start(thread)

        with cpython.THREAD_START.replaced(noted), ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            assert [cpython.works_for_pool(thread) for thread in started] == [True], moved(
                "how concurrent.futures.thread starts its workers")

    def test_a_plain_thread_works_for_no_pool(self) -> None:
        assert not cpython.works_for_pool(threading.Thread(target=moved))

    def test_frame_of_another_thread(self) -> None:
        go_on = threading.Event()
        thread = threading.Thread(target=go_on.wait)
        thread.start()
        frame = cpython.frame_of(thread)
        go_on.set()
        thread.join()
        assert frame is not None, moved("sys._current_frames")


def test_module_of_caller() -> None:
    def asks() -> str:
        return cpython.module_of_caller()

    assert asks() == __name__, moved("sys._getframe")


class TestEventLoops:
    def test_a_sleeping_loop_waits_for_its_timer_alone(self) -> None:
        seen: list[float] = []

        def note(loop: object) -> None:
            seen.append(cpython.seconds_to_next_timer(loop))

        with cpython.stepping_loops(note, asyncio.BaseEventLoop.time):
            asyncio.run(asyncio.sleep(0.05))
        assert 0.0 < max(seen) <= 0.05, moved("asyncio.BaseEventLoop._scheduled or ._selector")

    def test_a_loop_that_is_built_otherwise_is_reported(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cpython, "LOOP_PARTS", ("_gone",))
        with (pytest.raises(cpython.SeamMoved, match=r"asyncio\.BaseEventLoop\._gone"),
              cpython.stepping_loops(print, asyncio.BaseEventLoop.time)):
            pass


def test_source_is_compiled_by_the_loader(tmp_path: object) -> None:
    """A folder's module is compiled by ``SourceFileLoader.source_to_code``."""
    compiled: list[str] = []
    original = cpython.COMPILE.value()

    def noted(loader: object, data: object, path: str, **named: object) -> object:
        compiled.append(str(path))
        return original(loader, data, path, **named)

    (file := os.path.join(str(tmp_path), "compiled_by_loader.py"))
    with open(file, "w", encoding="utf-8") as written:
        written.write("value = 1\n")
    sys.path.insert(0, str(tmp_path))
    try:
        with cpython.COMPILE.replaced(noted):
            __import__("compiled_by_loader")
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("compiled_by_loader", None)
    assert compiled == [file], moved("importlib.machinery.SourceFileLoader.source_to_code")
