"""Snapshots beside the events: the view after every fifth event, and the places of all ids."""

from dataclasses import dataclass, field
from typing import Any

from . import codec
from .aws import Client

EVERY = 5


@dataclass(frozen=True, slots=True)
class Snapshot:
    version: int = 0
    view: dict[str, Any] | None = None
    places: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshots:
    client: Client
    bucket: str

    def load(self, aggregate_id: str) -> Snapshot:
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=_key(aggregate_id))
        if not found.get("Contents"):
            return Snapshot()
        body = self.client.get_object(Bucket=self.bucket, Key=_key(aggregate_id))["Body"].read()
        return Snapshot(**codec.loads(body))

    def save(self, aggregate_id: str, snapshot: Snapshot) -> None:
        text = codec.dumps({"version": snapshot.version, "view": snapshot.view,
                            "places": snapshot.places})
        self.client.put_object(Bucket=self.bucket, Key=_key(aggregate_id), Body=text.encode())


def _key(aggregate_id: str) -> str:
    return f".snapshots/{aggregate_id}/latest.json"  # no id begins so
