"""A system of orders behind HTTP that answers from memory; it conforms, unless a fault is named.

Usage: ``python memory_system.py [FAULT]``; its URL is printed. Faults: ``forgets`` loses every
other acknowledged update; ``stale`` shows views without their last event.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
UNFIT = re.compile("[\x00-\x1f\ud800-\udfff]")


def customer(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 1000 and not UNFIT.search(value)


def date(value: Any) -> bool:
    return isinstance(value, str) and DATE.fullmatch(value) is not None


MEMBERS = {"OrderCreated": {"customer": customer, "createdAt": date},
           "OrderUpdated": {"updatedAt": date, "customer": customer}, "OrderDeleted": {}}
OPTIONAL = {("OrderUpdated", "customer")}


@dataclass
class Orders:
    """All orders, and the replies to commands by their keys."""

    fault: str = ""
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    before: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[str, int, Any]] = field(default_factory=dict)
    updates: int = 0

    def command(self, body: bytes, key: str | None) -> tuple[int, Any]:
        command = self._read(body)
        if command is None:
            return 400, {"message": "invalid"}
        id, text = command["orderId"], json.dumps(command, sort_keys=True)
        known = self.keys.get((id, key)) if key else None
        if known is not None:
            return known[1:] if known[0] == text else (409, {"message": "the key was used"})
        if (command["type"] == "OrderCreated") == (id in self.views):
            return 409, {"message": "refused"}
        self._apply(command)
        if key:
            self.keys[id, key] = text, 201, {"ok": True}
        return 201, {"ok": True}

    def _read(self, body: bytes) -> dict[str, Any] | None:
        try:
            found = json.loads(body)
            members = MEMBERS[found["type"]]
            fits = isinstance(found["orderId"], str) and ID.fullmatch(found["orderId"]) and all(
                (name not in found and (found["type"], name) in OPTIONAL) or fit(found.get(name))
                for name, fit in members.items()) and (
                    found.keys() <= {"type", "orderId", *members})
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        return found if fits else None

    def _apply(self, command: dict[str, Any]) -> None:
        id, kind = command["orderId"], command["type"]
        self.updates += kind == "OrderUpdated"
        if self.fault == "forgets" and kind == "OrderUpdated" and self.updates % 2 == 0:
            return
        self.before[id] = self.views.get(id)
        if kind == "OrderDeleted":
            del self.views[id]
        else:
            old = {} if kind == "OrderCreated" else self.views[id]
            self.views[id] = old | {k: v for k, v in command.items() if k != "type"}

    def query(self, id: str) -> tuple[int, Any]:
        found = self.before.get(id) if self.fault == "stale" else self.views.get(id)
        return (200, found) if found is not None else (404, {"message": "not found"})


async def serve(orders: Orders, reader: Any, writer: Any) -> None:
    """Answer the requests of one connection."""
    try:
        while line := await reader.readline():
            method, path, _ = line.decode("latin-1").split(" ", 2)
            headers = {}
            while (head := (await reader.readline()).decode("latin-1").strip()):
                name, _, value = head.partition(":")
                headers[name.lower()] = value.strip()
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if method == "POST":
                status, said = orders.command(body, headers.get("idempotency-key"))
            else:
                status, said = orders.query(path.rpartition("/")[2])
            content = json.dumps(said).encode()
            writer.write(b"HTTP/1.1 %d x\r\ncontent-type: application/json\r\n"
                         b"content-length: %d\r\n\r\n%s" % (status, len(content), content))
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main() -> None:
    orders = Orders(sys.argv[1] if len(sys.argv) > 1 else "")
    server = await asyncio.start_server(lambda r, w: serve(orders, r, w), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
