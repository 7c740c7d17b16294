"""Dialects that tests share: one for each shape of a system, for the orders contract."""

from __future__ import annotations

import tomllib
from decimal import Decimal

from harness.dialect import Dialect, read_dialect
from scenarios.domains.orders import CONTRACT

TYPED_ROUTES = """
server_ids = "data.id"
ids = "uuid"
headers = { Authorization = "Bearer token", "X-Request-Id" = "$key" }
replies = { accepted = [200, 201], refused = [404, 409], invalid = [400, 422] }
[commands.OrderCreated]
route = "POST /v1/orders"
body = { "$" = 1, kind = "plain" }
[commands.OrderUpdated]
route = "PATCH /v1/orders/{id}/changes"
body = { change = { who = "$customer", "$" = 1 } }
[commands.OrderDeleted]
route = "DELETE /v1/orders/{id}"
[query]
route = "GET /v1/orders/{id}"
at = "data"
view = { orderId = "id", customer = "buyer.name", createdAt = "created", updatedAt = "updated" }
[events]
table = "Events"
match = { pk = "ORDER#{id}", sk = "EVENT#{version}" }
members = { type = "kind", event_id = "eventId", payload = "data|json" }
rename = { customer = "buyer" }
types = { ORDER_PLACED = "OrderCreated", ORDER_CHANGED = "OrderUpdated" }
first = 0
[published]
members = { id = "order.id", payload = "order" }
"""
INVOCATIONS = """
ids = "number"
claims = { sub = "somebody" }
[commands.OrderCreated]
invoke = "CreateFunction"
body = { action = "create", requestId = "$key", id = "$id", order = { "$" = 1 } }
[commands.OrderUpdated]
invoke = "UpdateFunction"
body = { id = "$id|list", payload = "$|json" }
[commands.OrderDeleted]
queue = "DeleteQueue"
body = { type = "$type", id = "$id", key = "$key" }
[replies]
at = "status"
accepted = "ok"
refused = ["conflict", "not found"]
invalid = "bad"
indefinite = "busy"
[query]
invoke = "QueryFunction"
body = { id = "$id" }
at = "item"
absent = ["null", "missing", { at = "found", is = false }]
drop = ["version"]
[events]
bucket = "Store"
key = "orders/{id}/{version}.json"
members = { type = "type" }
"""
LIST = """
[commands."*"]
route = "POST /commands"
body = { name = "$type", id = "$id", "$" = 1 }
headers = { "X-Key" = "$key" }
[replies]
at = "success"
accepted = true
refused = false
[query]
route = "GET /orders"
query = { limit = 100 }
at = "orders"
among = "id"
view = { orderId = "id" , customer = "customer|base64" }
"""
DOCUMENTS = {"typed routes": TYPED_ROUTES, "invocations": INVOCATIONS, "list": LIST}


def dialect(text: str) -> Dialect:
    """The dialect in a TOML text, for the orders contract."""
    return read_dialect(tomllib.loads(text, parse_float=Decimal), CONTRACT, "a test's dialect")
