"""Hand-made histories of orders: what a conforming implementation does, and what it does not."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.core.contract import Contract
from harness.core.history import (
    Called,
    FunctionFacts,
    History,
    Published,
    Queried,
    Record,
    Reply,
    Role,
    Sent,
    SentBatch,
    Statement,
    Stored,
    System,
)
from harness.core.http import Response
from harness.core.ledger import Ledger
from harness.core.violation import Kind, Violation
from harness.oracle.checks import judge
from harness.oracle.ledger_building import build_ledger
from harness.oracle.views import final_views
from scenarios.domains.orders import CONTRACT

JSON = (("Content-Type", "application/json"),)
CAPABILITIES = ("bus", "calls", "http", "log")
CREATED = {
    "type": "OrderCreated", "orderId": "a", "customer": "Ada", "createdAt": "2026-01-02T03:04:05Z",
}
UPDATED = {"type": "OrderUpdated", "orderId": "a", "updatedAt": "2026-01-03T03:04:05Z"}
DELETED = {"type": "OrderDeleted", "orderId": "a"}
VIEW = {"orderId": "a", "customer": "Ada", "createdAt": "2026-01-02T03:04:05Z"}
REPLIES = {range(200, 300): Reply.ACCEPTED, range(400, 500): Reply.REFUSED}


def about(document: dict[str, Any], id: str) -> dict[str, Any]:
    """The same command for another order."""
    return document | {"orderId": id}


def event(document: dict[str, Any], version: int, **more: Any) -> dict[str, Any]:
    """The event of a command."""
    return {"eventId": f"{document['orderId']}-{version}", "version": version, **document, **more}


def reply_of(status: int) -> Reply:
    """The response with a status."""
    if status == 429:
        return Reply.INDEFINITE
    return next((r for statuses, r in REPLIES.items() if status in statuses), Reply.INDEFINITE)


@dataclass
class Story:
    """Writes a history, record by record."""

    system: System = field(default_factory=lambda: System(capabilities=CAPABILITIES))
    records: list[Record] = field(default_factory=list)
    contract: Contract = CONTRACT

    def send(
        self, body: dict[str, Any] | str | None, status: int = 200, *, key: str | None = None,
        text: str = "{}", reply: Reply | None = None,
    ) -> "Story":
        """A command was sent and got that status."""
        written = json.dumps(body) if isinstance(body, dict) else body
        answered = reply or reply_of(status)
        return self.add(Sent(len(self.records), written, key, False, answered,
                             Response(status, JSON, text)))

    def batch(self, *bodies: dict[str, Any] | str) -> "Story":
        """A queue handed over several commands."""
        texts = tuple(json.dumps(b) if isinstance(b, dict) else b for b in bodies)
        return self.add(SentBatch(len(self.records), texts))

    def store(self, document: Any, key: str = "", role: Role | None = Role.COMMAND) -> "Story":
        """An object was added to the bucket."""
        text = document if isinstance(document, str) else json.dumps(document)
        return self.add(Stored("added", key or f"object-{len(self.records)}", text, role))

    def change(self, key: str, document: Any) -> "Story":
        """An object was overwritten."""
        return self.add(Stored("changed", key, json.dumps(document), Role.COMMAND))

    def remove(self, key: str, document: Any) -> "Story":
        """An object was removed."""
        return self.add(Stored("removed", key, json.dumps(document), Role.COMMAND))

    def publish(self, document: dict[str, Any], detail_type: str | None = None) -> "Story":
        """The command function published an event."""
        named = str(document.get("type")) if detail_type is None else detail_type
        return self.add(Published(
            0, "orders", named, json.dumps(document), "bus", Role.COMMAND, 1))

    def accept(self, document: dict[str, Any], version: int, **send: Any) -> "Story":
        """A command was accepted, stored and published as it should be."""
        happened = event(document, version)
        key = f"{document['orderId']}/{version}"
        return self.store(happened, key).publish(happened).send(document, **send)

    def query(
        self, view: Any, phase: str = "settled", *, id: str = "a", status: int | None = None,
        headers: tuple[tuple[str, str], ...] = JSON,
    ) -> "Story":
        """A query gave that view (None: 404), or that text."""
        text = view if isinstance(view, str) else json.dumps(view)
        code = status or (404 if view is None else 200)
        return self.add(Queried(len(self.records), id, phase, Response(code, headers, text)))

    def call(
        self, role: Role, operation: str, *, resource: str = "table", key: str = "a",
        service: str = "dynamodb", arns: tuple[str, ...] = (),
    ) -> "Story":
        """A function made an AWS call."""
        return self.add(Called(role, f"{role.value}-function", 1, service, operation, resource,
                               key, 200, None, arns))

    def allow(self, role: Role, *statements: tuple[str, str]) -> "Story":
        """A function's role has those statements: (action, resource)."""
        resolved = tuple(Statement((action,), (resource,)) for action, resource in statements)
        facts = FunctionFacts(f"{role.value}-function", role, resolved)
        self.system = System((*self.system.functions, facts), capabilities=CAPABILITIES,
                             names=self.system.names)
        return self

    def add(self, record: Record) -> "Story":
        """One more record."""
        self.records.append(record)
        return self

    @property
    def history(self) -> History:
        """The history so far."""
        return History("n0001a", self.system, tuple(self.records))

    @property
    def ledger(self) -> Ledger:
        """The history as the contract sees it."""
        return build_ledger(self.contract, self.history)

    @property
    def violations(self) -> list[Violation]:
        """Everything that is wrong in it."""
        return judge(self.contract, self.history)[1]

    @property
    def kinds(self) -> set[Kind]:
        """The kinds of what is wrong in it."""
        return {violation.kind for violation in self.violations}


def named(*names: str) -> System:
    """A system with resources of those names."""
    return System(capabilities=CAPABILITIES, names=names)


def views(story: Story, aggregate: str = "a") -> Iterable[Any]:
    """The views that may be right in the end."""
    return final_views(CONTRACT, story.ledger, aggregate)
