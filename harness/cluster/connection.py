"""A Dask cluster to work on: one that runs already, or one of this machine's own processes."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import StageError, UserMistake
from harness.core.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

ANSWERING = 10.0
"""Seconds for a scheduler to answer."""
DEATHS = 1000
"""Workers that a task may outlive in a cluster of this run's own."""
STARTING = 30.0
"""Seconds for a worker to come back before the cluster gives its place to another."""
REPLACING = 1.0
"""Seconds between two looks for a place without a worker."""
CLOSING = 30.0
"""Seconds for a cluster to close before its processes are killed."""


def is_installed() -> bool:
    """Tell if Dask is there."""
    return find_spec("distributed") is not None


def check_installed(subject: str) -> None:
    """Check that Dask is there; ``subject`` needs it.

    Raises:
        UserMistake: it is not.
    """
    if not is_installed():
        raise UserMistake(subject, "Dask is not installed",
                          "pip install 'cqrs-conformance[scale]'")


@contextmanager
def opened_cluster(
    address: str | None, workers: int | None, *, memory: str | int = 0
) -> Iterator[Client]:
    """A client of the scheduler at an address; without one, of workers started for the run.

    ``memory``: bytes that each of these workers may have before it spills to disk, "auto" for its
    share of the machine's, 0 for no limit.

    Raises:
        StageError: no scheduler answers there.
    """
    with _quiet(), _connected(address) if address else _local_cluster(workers, memory) as client:
        yield client


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's log out of the terminal: a lost worker is no news, its task is repeated."""
    loggers = [logging.getLogger(name) for name in ("distributed", "asyncio", "tornado")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    from distributed import Client

    try:
        client = Client(address, timeout=ANSWERING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise StageError(f"--scheduler {address}", str(error).strip() or type(error).__name__,
                         "start one with `dask scheduler`, and give its address") from None
    with client:
        yield client


@contextmanager
def _local_cluster(workers: int | None, memory: str | int) -> Iterator[Client]:
    import dask
    from distributed import Client

    settings = {"distributed.scheduler.allowed-failures": DEATHS,
                "distributed.comm.timeouts.connect": f"{ANSWERING} s",
                "distributed.deploy.lost-worker-timeout": f"{STARTING} s"}
    with (temporary_folder() as folder, dask.config.set(settings),
          _ended(_started(workers or os.cpu_count() or 1, folder, memory)) as cluster,
          Client(cluster, set_as_default=False) as client):
        _replace_lost_workers(cluster, workers or os.cpu_count() or 1)
        yield client


def _started(workers: int, folder: Path, memory: str | int) -> LocalCluster:
    from distributed import LocalCluster

    try:
        return LocalCluster(
            n_workers=workers, threads_per_worker=1, host="127.0.0.1",
            dashboard_address="127.0.0.1:0", memory_limit=memory, local_directory=str(folder),
            silence_logs=logging.CRITICAL)
    except (RuntimeError, OSError) as error:
        raise StageError("the workers of this machine", f"they did not start: {error}",
                         "try fewer: --workers 1") from None


@contextmanager
def _ended(cluster: LocalCluster) -> Iterator[LocalCluster]:
    """Close a cluster in the end, whatever its workers are doing.

    A nanny whose process dies while it starts may never close.
    """
    try:
        yield cluster
    finally:
        with suppress(TimeoutError, AssertionError, OSError):
            cluster.close(timeout=CLOSING)
        for process in multiprocessing.active_children():
            if process.name.startswith("Dask Worker"):
                process.kill()
                process.join(ANSWERING)  # another thread may have waited for it already


def _replace_lost_workers(cluster: LocalCluster, workers: int) -> None:
    """Fill the places of workers that died while they started: their nannies give up."""
    from distributed import Status
    from tornado.ioloop import PeriodicCallback

    def look() -> None:
        if cluster.status is Status.running:
            cluster.scale(workers)

    cluster.loop.add_callback(PeriodicCallback(look, REPLACING * 1000).start)
