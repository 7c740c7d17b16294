"""A campaign goes on when the scheduler never ends a task that was in hand as a worker was lost."""

from __future__ import annotations

from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cluster import campaign as module
from harness.cluster import patience
from harness.cluster.campaign import SeedsCampaign
from harness.core.errors import StageError


class Cluster:
    """Workers that come and go, and what they were given."""

    status = "running"

    def __init__(self) -> None:
        self.workers = {"one": 1, "two": 1}
        self.keys: list[str] = []

    def ncores(self) -> dict[str, int]:
        return dict(self.workers)

    def submit(self, play: Any, name: str, task: Any, *, key: str, pure: bool) -> str:
        self.keys.append(key)
        return key


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    told = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: told.now))
    return told


def handed(cluster: Any) -> SeedsCampaign:
    """A campaign with its first tasks in hand."""
    campaign = SeedsCampaign(["API-02"], range(1, 3))
    campaign._workers(cluster)
    for task in campaign._tasks():
        campaign._hand_out(cluster, "c", task, 0)
    return campaign


@pytest.mark.parametrize(("lost", "seconds", "again"), [
    (True, module.STALLED_SECONDS, 2), (True, module.STALLED_SECONDS - 1, 0),
    (False, module.STALLED_SECONDS, 0)])
def test_handed_out_anew(clock: Any, lost: bool, seconds: float, again: int) -> None:
    """Tasks in hand as a worker was lost are handed out once more, when nothing comes of them."""
    cluster: Any = Cluster()
    campaign = handed(cluster)
    clock.now += 1
    if lost:
        cluster.workers = {"one": 1, "three": 1}
    campaign._workers(cluster)
    clock.now += seconds
    for _ in range(2):
        campaign._hand_out_what_stalled(cluster, "c")
    assert cluster.keys[2:] == ["c-API-02-1-1", "c-API-02-2-1"][:again]
    assert len(campaign._in_hand) == 2


def test_no_scheduler(clock: Any) -> None:
    """A scheduler that is gone ends the campaign."""
    cluster: Any = Cluster()
    cluster.status = "closed"
    with pytest.raises(StageError, match="it is gone"):
        SeedsCampaign(["API-02"], range(1))._workers(cluster)


def test_silent_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that never answers ends the campaign."""
    answer = Event()
    cluster: Any = SimpleNamespace(status="running", ncores=answer.wait)
    monkeypatch.setattr(patience, "SILENCE_SECONDS", 0.01)
    with pytest.raises(StageError, match="no answer for"):
        SeedsCampaign(["API-02"], range(1))._workers(cluster)
    answer.set()


def test_call_that_fails() -> None:
    """A call's own error comes through."""
    with pytest.raises(ZeroDivisionError):
        patience.within(10, lambda: 1 / 0)
