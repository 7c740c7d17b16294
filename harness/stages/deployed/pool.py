"""Jobs side by side, in threads that end with the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def side_by_side(jobs: Sequence[Callable[[], T]], threads: int) -> list[T]:
    """Run jobs; gives their results, in their order. After the first error no further job begins.

    Threads are daemons, so that Ctrl-C need not wait for what is under way.

    Raises:
        BaseException: what the first job to fail raised.
    """
    results: dict[int, T] = {}
    errors: list[BaseException] = []
    waiting = list(enumerate(jobs))[::-1]
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting or errors:
                    return
                number, job = waiting.pop()
            try:
                results[number] = job()
            except BaseException as error:
                errors.append(error)

    workers = [threading.Thread(target=work, daemon=True)
               for _ in range(min(threads, len(jobs)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(jobs))]
