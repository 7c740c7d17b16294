"""An audit on the workers of a Dask cluster: Dask shuffles lines by their partition.

Its shuffle (P2P, "Peer-to-peer shuffling", Dask documentation) keeps what is on its way on the
workers' disks, so that memory is bounded. Workers read the inputs themselves, at the same paths.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.audit.partitions import Row
from harness.audit.run import AnyPiece, Inputs, Part, Work
from harness.core.contract import Contract
from harness.core.contract_registry import find_contract
from harness.core.errors import HarnessError, StageError
from harness.dialect import Dialect

if TYPE_CHECKING:
    import pandas
    from distributed import Client

SETTINGS = {"dataframe.convert-string": True, "dataframe.shuffle.method": "p2p"}
WORKERLESS_SECONDS = 60.0
"""Seconds that a cluster may be without a worker."""
TRIES = 5
"""How often a partition is judged anew after its worker was lost."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The work as workers get it: a contract by its name, since its functions do not travel."""

    contract: str
    inputs: Inputs
    partitions: int
    dialect: Dialect | None = None

    def work(self) -> Work:
        """The work on a worker."""
        return Work(_contract(self.contract), self.inputs, (), self.partitions, self.dialect)


@cache
def _contract(name: str) -> Contract:
    return find_contract(name)


def judged_on(
    client: Client, work: Work, contract: str, numbers: Sequence[int]
) -> Iterator[Part]:
    """Judge some partitions on a cluster; results come in any order.

    ``contract``: its name or file, as workers find it.

    Raises:
        SourceError: an input cannot be read.
        StageError: the cluster is lost.
    """
    import dask

    shipped = Shipped(contract, work.inputs, work.partitions, work.dialect)
    with dask.config.set(SETTINGS), _cluster_errors(), client.as_current():
        futures = client.compute(_tasks(work, shipped, numbers), retries=TRIES)
        try:
            yield from _ended(client, futures)
        finally:
            client.cancel(futures, force=True)


def _tasks(work: Work, shipped: Shipped, numbers: Sequence[int]) -> list[Any]:
    """A task for each partition, behind Dask's shuffle."""
    import dask
    import dask.dataframe as frames

    wanted = frozenset(numbers)
    read = frames.from_map(_read, list(work.pieces), shipped=shipped, wanted=wanted,
                           meta=_frame([], []))
    shuffled = read.set_index("partition", divisions=list(range(work.partitions + 1)))
    judge = dask.delayed(_judged, pure=False)
    return [judge(shuffled.partitions[number], number, shipped) for number in numbers]


def _ended(client: Client, futures: Sequence[Any]) -> Iterator[Part]:
    from distributed import wait

    left = set(futures)
    workerless = 0.0
    while left:
        try:
            done = wait(list(left), timeout=1.0, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            workerless = 0.0 if client.ncores() else workerless + 1.0
            if client.status != "running" or workerless > WORKERLESS_SECONDS:
                raise StageError("the cluster", "it is gone, or has no worker",
                                 "start some with `dask worker`") from None
            continue
        left -= done
        for future in done:
            yield future.result()
            future.release()


@contextmanager
def _cluster_errors() -> Iterator[None]:
    """Turn an error of a task into ours, where it was one before Dask carried it."""
    try:
        yield
    except HarnessError:
        raise
    except (Exception, CancelledError) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, HarnessError):
                raise cause from None
            cause = cause.__cause__ or cause.__context__
        raise StageError("the cluster", f"{type(error).__name__}: {error}",
                         "see the logs of its workers") from error


def _frame(partitions: list[int], rows: Collection[tuple[str, str, str]]) -> pandas.DataFrame:
    import pandas

    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    text = "string[pyarrow]"
    return pandas.DataFrame({
        "partition": pandas.array(partitions, dtype="int64"),
        **{name: pandas.array(list(column), dtype=text)
           for name, column in zip(("sort", "place", "text"), columns, strict=True)}})


def _read(
    piece: tuple[str, AnyPiece], shipped: Shipped, wanted: Collection[int]
) -> pandas.DataFrame:
    """The lines of a piece with their partitions, without those that nobody waits for."""
    work = shipped.work()
    router = work.router()
    found = [(number, row) for row in work.rows([piece])
             if (number := router.partition(row)) in wanted]
    return _frame([number for number, _ in found], [row for _, row in found])


def _judged(frame: pandas.DataFrame, number: int, shipped: Shipped) -> Part:
    rows = map(Row, *(frame[name].to_numpy(dtype=object) for name in ("sort", "place", "text")))
    return shipped.work().judged(number, rows)


def with_whole_paths(inputs: Inputs) -> Inputs:
    """Inputs whose paths do not depend on the folder that a process is in."""
    def whole(path: Any) -> Any:
        return None if path is None else type(path)(os.path.abspath(path))

    return replace(inputs, events=whole(inputs.events), views=whole(inputs.views),
                   acknowledged=whole(inputs.acknowledged))
