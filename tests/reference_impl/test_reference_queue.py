"""The command function behind a queue: which records take effect, and which come again."""

import json
from typing import Any

from .faults import Faults
from .simulation import System

Body = dict[str, Any]


class TestQueue:
    """The queued door."""

    def test_handles_every_record(self, system: System, created: Body) -> None:
        """Invalid and refused records are acknowledged without effect, valid ones take effect."""
        other = {**created, "orderId": "o-2"}
        bodies = [created, {}, created, other]
        records = {f"m{number}": json.dumps(body) for number, body in enumerate(bodies)}
        failed = system.queue(system.command, records)
        assert (failed, [event["orderId"] for event in system.stored()]) == ([], ["o-1", "o-2"])

    def test_redelivery_takes_effect_once(self, system: System, created: Body) -> None:
        """The message id serves as the key."""
        for _ in range(2):
            system.queue(system.command, {"m": json.dumps(created)})
        assert [len(system.stored()), len(system.published())] == [1, 2]

    def test_failure_stops_no_other(self, system: System, faults: Faults, created: Body) -> None:
        """A record that meets a failing service is reported back, the next one is handled."""
        other = {**created, "orderId": "o-2"}
        faults.raises(system.command.SERVICE.store.client, "PutObject", TimeoutError())
        records = {"m1": json.dumps(created), "m2": json.dumps(other)}
        failed = system.queue(system.command, records)
        assert (failed, [event["orderId"] for event in system.stored()]) == (["m1"], ["o-2"])

    def test_a_whole_failing_batch_is_reported(
        self, system: System, faults: Faults, created: Body
    ) -> None:
        """If every record fails, every record is named, rather than an exception raised."""
        faults.raises(system.command.SERVICE.store.client, "PutObject", TimeoutError())
        assert system.queue(system.command, {"m1": json.dumps(created)}) == ["m1"]
