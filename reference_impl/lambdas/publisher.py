"""Publishing on EventBridge: at least once, and never taken for done unless the bus says so."""

from dataclasses import dataclass

from . import codec, events
from .aws import Client
from .domain.interface import Event


class NotPublishedError(Exception):
    """The bus answered, but did not take the event (PutEvents reports that with status 200)."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Puts events on one bus under one source."""

    client: Client
    bus: str
    source: str

    def publish(self, event: Event) -> None:
        """Publish the event as it is stored; raises unless the bus has taken it."""
        detail = codec.dumps(events.to_detail(event))
        entry = {"Source": self.source, "DetailType": event.type, "Detail": detail}
        outcome = self.client.put_events(Entries=[{**entry, "EventBusName": self.bus}])
        if outcome["FailedEntryCount"]:
            raise NotPublishedError(outcome["Entries"][0].get("ErrorCode", "unknown"))
