"""Retries, races and failures of the command side: one effect, and no reply that lies."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from .faults import Crash, Faults
from .simulation import System

Body = dict[str, Any]
SECRET = "arn:aws:s3:::events-bucket /var/task/lambdas"
LOST_ENTRY = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}


def denied(operation: str) -> ClientError:
    """Return an AWS error whose text must not get out."""
    return ClientError({"Error": {"Code": "AccessDenied", "Message": SECRET}}, operation)


class TestIdempotencyKey:
    """The same command again."""

    def test_same_reply(self, system: System, created: Body) -> None:
        """Key and body again: the same reply, still one event, published once more."""
        first, again = system.post(created, "k"), system.post(created, "k")
        assert (again, len(system.stored()), len(system.published())) == (first, 1, 2)

    def test_same_reply_after_more_has_happened(
        self, system: System, created: Body, updated: Body, deleted: Body
    ) -> None:
        """A late retry is recognised behind later events, even those of a deleted order."""
        first = system.post(created, "k")
        system.post(updated)
        system.post(deleted)
        assert (system.post(created, "k"), len(system.stored())) == (first, 3)

    def test_members_count_not_spelling(self, system: System, created: Body) -> None:
        """Members in another order are the same command."""
        first = system.post(created, "k")
        assert system.post(dict(reversed(created.items())), "k") == first

    @pytest.mark.parametrize("change", [{"customer": "Bob"}, {"type": "OrderDeleted"}], ids=str)
    def test_another_body(self, system: System, created: Body, change: Body) -> None:
        """Key with another body: refused, no effect."""
        system.post(created, "k")
        assert (system.post({**created, **change}, "k")[0], len(system.stored())) == (422, 1)

    def test_keys_are_per_order(self, system: System, created: Body) -> None:
        """The same key for another order is another command, with an event id of its own."""
        receipts = [system.post({**created, "orderId": name}, "k")[1] for name in ("o-1", "o-2")]
        assert len({receipt["eventId"] for receipt in receipts}) == 2

    def test_refused_command_does_not_use_up_its_key(
        self, system: System, created: Body, updated: Body
    ) -> None:
        """A refused command may be sent again with its key, once it is allowed."""
        system.post(updated, "k")
        system.post(created)
        assert system.post(updated, "k")[0] == 200


class TestCrash:
    """The environment dies between two calls."""

    def test_between_put_and_publish(
        self, system: System, faults: Faults, created: Body, crash: Crash
    ) -> None:
        """A retry in a new environment finds the event and publishes it."""
        faults.raises(system.command.SERVICE.publisher.client, "PutEvents", crash)
        with pytest.raises(Crash):
            system.post(created, "k")
        system.restart()
        status, _ = system.post(created, "k")
        assert (status, len(system.stored()), len(system.published())) == (200, 1, 1)

    def test_refusal_publishes_what_it_rests_on(
        self, system: System, faults: Faults, created: Body, crash: Crash
    ) -> None:
        """The order that a second creation is refused for gets its view, though nobody retries."""
        faults.raises(system.command.SERVICE.publisher.client, "PutEvents", crash)
        with pytest.raises(Crash):
            system.post(created)
        status, _ = system.post(created)
        system.deliver(*system.published())
        assert (status, system.get("o-1")[0]) == (409, 200)

    def test_next_event_fills_the_gap(
        self, system: System, faults: Faults, created: Body, updated: Body, crash: Crash
    ) -> None:
        """An event that was never published reaches the view with the next one."""
        faults.raises(system.command.SERVICE.publisher.client, "PutEvents", crash)
        with pytest.raises(Crash):
            system.post(created)
        system.post(updated)
        system.deliver(*system.published())
        assert system.get("o-1")[1] == {
            "orderId": "o-1",
            "customer": "Ada",
            "createdAt": created["createdAt"],
            "updatedAt": updated["updatedAt"],
        }


class TestLostResponse:
    """S3 has stored the event, but its answer does not arrive."""

    def test_sdk_retries(self, system: System, faults: Faults, created: Body) -> None:
        """The SDK's second attempt meets its own event (412): that is a success, even keyless."""

        def store_before(params: Body, **_: Any) -> None:
            system.s3.put_object(Bucket=params["Bucket"], Key=params["Key"], Body=params["Body"])

        faults.does(system.command.SERVICE.store.client, "PutObject", store_before, given=True)
        status, receipt = system.post(created)
        assert (status, [event["eventId"] for event in system.stored()]) == (
            200,
            [receipt["eventId"]],
        )

    def test_function_gives_up(self, system: System, faults: Faults, created: Body) -> None:
        """A time-out is 503; the retry finds the event, and has one effect."""
        timeout = ReadTimeoutError(endpoint_url="https://events-bucket.s3.amazonaws.com")
        faults.raises(system.command.SERVICE.store.client, "PutObject", timeout, after=True)
        statuses = [system.post(created, "k")[0] for _ in range(2)]
        assert (statuses, len(system.stored())) == ([503, 200], 1)


class TestFailure:
    """AWS says no."""

    def test_failed_entry(self, system: System, faults: Faults, created: Body) -> None:
        """A PutEvents that took no entry is not acknowledged, and a retry repairs it."""
        faults.answers(system.command.SERVICE.publisher.client, "PutEvents", LOST_ENTRY)
        statuses = [system.post(created, "k")[0] for _ in range(2)]
        assert (statuses, len(system.stored()), len(system.published())) == ([503, 200], 1, 1)

    @pytest.mark.parametrize("operation", ["ListObjectsV2", "GetObject", "PutObject"])
    def test_store_errors_stay_inside(
        self, system: System, faults: Faults, created: Body, updated: Body, operation: str
    ) -> None:
        """An AWS error becomes 503 with one of our own sentences."""
        system.post(created)
        client = system.command.SERVICE.store.client
        faults.raises(client, operation, denied(operation))
        assert system.post(updated) == (
            503,
            {"message": "not available at the moment, please send it again"},
        )

    def test_bus_errors_stay_inside(self, system: System, faults: Faults, created: Body) -> None:
        """So does an error of the bus."""
        faults.raises(system.command.SERVICE.publisher.client, "PutEvents", denied("PutEvents"))
        status, reply = system.post(created)
        assert (status, SECRET in str(reply)) == (503, False)
