"""Commands that are overtaken between their reading and their writing."""

import json
from typing import Any

from botocore.exceptions import ClientError

from .faults import Faults
from .simulation import System

Body = dict[str, Any]


class TestRace:
    """Another command is stored between our reading and our writing."""

    def test_decides_again(
        self, system: System, faults: Faults, created: Body, updated: Body
    ) -> None:
        """The loser takes the next version."""
        system.post(created)
        self.rivals(system, faults, updated, times=1)
        assert (system.post(updated)[1]["version"], len(system.stored())) == (3, 3)

    def test_decides_on_the_fresh_state(
        self, system: System, faults: Faults, created: Body, updated: Body, deleted: Body
    ) -> None:
        """An update that loses against the deletion is refused."""
        system.post(created)
        self.rivals(system, faults, deleted, times=1)
        assert (system.post(updated)[0], len(system.stored())) == (404, 2)

    def test_gives_up(self, system: System, faults: Faults, created: Body, updated: Body) -> None:
        """After five lost races the reply is 409, and nothing of the loser is stored."""
        system.post(created)
        self.rivals(system, faults, {**updated, "customer": "rival"}, times=5)
        status, reply = system.post({**updated, "customer": "loser"})
        losers = [event for event in system.stored() if event["customer"] == "loser"]
        assert (status, "send it again" in reply["message"], losers) == (409, True, [])

    def test_conflict_of_writes_under_way(
        self, system: System, faults: Faults, created: Body
    ) -> None:
        """S3's 409 is a lost race, too; the command is tried again."""
        conflict = ClientError({"Error": {"Code": "ConditionalRequestConflict"}}, "PutObject")
        faults.raises(system.command.SERVICE.store.client, "PutObject", conflict)
        assert (system.post(created)[0], len(system.stored())) == (200, 1)

    def test_lost_race_in_a_queue_is_delivered_again(
        self, system: System, faults: Faults, created: Body, updated: Body
    ) -> None:
        """A queued command that lost every race is reported back, not acknowledged."""
        system.post(created)
        self.rivals(system, faults, updated, times=5)
        assert system.queue(system.command, {"m": json.dumps(updated)}) == ["m"]

    @staticmethod
    def rivals(system: System, faults: Faults, body: Body, times: int) -> None:
        """Let another writer take the next version before each of our next writes."""

        def overtake(**_: Any) -> None:
            system.happened(body)

        client = system.command.SERVICE.store.client
        faults.does(client, "PutObject", overtake, times=times)
