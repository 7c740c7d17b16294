"""Events that cannot be projected: they raise, and harm nothing else."""

import json
from typing import Any

import pytest

from .payloads import CREATED
from .simulation import BUCKET, SOURCE, System

Body = dict[str, Any]


def creation(source: str = SOURCE, kind: str = "OrderCreated", **members: Any) -> Body:
    """Return the delivery of an order's creation, with members changed."""
    detail = {**CREATED, "eventId": "e", "version": 1, **members}
    return {"source": source, "detail-type": kind, "detail": detail}


POISON: dict[str, Body] = {
    "no envelope": {},
    "no detail": {"source": SOURCE, "detail-type": "OrderDeleted"},
    "detail is a list": {**creation(), "detail": []},
    "foreign source": creation(source="somebody.else"),
    "unknown type": creation(kind="OrderExploded", type="OrderExploded"),
    "two types": creation(kind="OrderDeleted"),
    "version is a text": creation(version="1"),
    "version is a boolean": creation(version=True),
    "version is no integer": creation(version=1.5),
    "version is 0": creation(version=0),
    "version is far off": creation(version=99),
    "no event id": creation(eventId=None),
    "hostile id": creation(orderId="../o-1"),
    "ill-typed member": creation(customer=5),
}


class TestPoison:
    """Events that cannot be projected."""

    def test_antidote(self, system: System) -> None:
        """The event that the poisonous ones are made of is a good one."""
        system.deliver(creation())
        assert system.get("o-1")[0] == 200

    @pytest.mark.parametrize("envelope", POISON.values(), ids=POISON)
    def test_raises_and_changes_nothing(self, system: System, envelope: Body) -> None:
        """A poisonous event raises, for the dead-letter queue, and leaves no trace."""
        with pytest.raises(Exception, match=r".+"):
            system.deliver(envelope)
        assert system.row("o-1") is None

    def test_batch_keeps_the_others(self, system: System) -> None:
        """In a batch the poisonous records are reported and the others projected."""
        bodies = ["{", "[]", json.dumps(creation(eventId=1)), json.dumps(creation())]
        records = {f"m{number}": body for number, body in enumerate(bodies)}
        failed = system.queue(system.projection, records)
        assert (failed, system.get("o-1")[0]) == (["m0", "m1", "m2"], 200)

    def test_foreign_history_does_not_leak(self, system: System) -> None:
        """An order whose stored history is spoilt keeps only itself from being projected."""
        system.s3.put_object(Bucket=BUCKET, Key="o-9/0000000001.json", Body=b"null")
        with pytest.raises(Exception, match="expected an object"):
            system.deliver(creation(orderId="o-9", version=2))
        system.deliver(creation())
        assert system.get("o-1")[0] == 200
