"""Validation of order commands; messages name the member."""

import base64
import json
import re

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-](\d\d):(\d\d))", re.ASCII
)


class Bad(Exception):
    def __init__(self, status, member, text):
        self.status, self.member, self.text = status, member, text
        super().__init__(text)


def is_stamp(v):
    m = STAMP.fullmatch(v) if isinstance(v, str) else None
    if not m or len(v) > 64:
        return False
    _, mo, d, h, mi, s = (int(x) for x in m.groups()[:6])
    return (
        1 <= mo <= 12
        and 1 <= d <= 31
        and h < 24
        and mi < 60
        and s < 60
        and int(m[9] or 0) < 24
        and int(m[10] or 0) < 60
    )


def is_name(v):
    return (
        isinstance(v, str)
        and 1 <= len(v) <= 1000
        and not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in v)
    )


SPEC = {
    "OrderCreated": {"customer": (is_name, True), "createdAt": (is_stamp, True)},
    "OrderUpdated": {"customer": (is_name, False), "updatedAt": (is_stamp, True)},
    "OrderDeleted": {},
}


def body_of(event):
    raw = event.get("body")
    if raw is None:
        raise Bad(400, None, "a body is required")
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(raw).decode("utf-8")
        except ValueError:
            raise Bad(400, None, "the body is not UTF-8") from None
    if len(raw) > 200_000:
        raise Bad(413, None, "the body is too large")
    try:
        doc = json.loads(raw, parse_constant=lambda c: 1 / 0)
    except (ValueError, RecursionError, ZeroDivisionError):
        raise Bad(400, None, "the body is not JSON") from None
    if not isinstance(doc, dict):
        raise Bad(400, None, "the body is not a JSON object")
    return doc


def command_of(doc, strict=False):
    kind = doc.get("type")
    if not isinstance(kind, str) or kind not in SPEC:
        raise Bad(422, "type", "unknown command type")
    oid = doc.get("orderId")
    if not isinstance(oid, str) or not ID.fullmatch(oid):
        raise Bad(422, "orderId", "must be an identifier")
    out = {"type": kind, "orderId": oid}
    for name, (ok, needed) in SPEC[kind].items():
        if name not in doc:
            if needed:
                raise Bad(422, name, f"member '{name}' is required")
            continue
        if not ok(doc[name]):
            raise Bad(422, name, f"member '{name}' is not valid")
        out[name] = doc[name]
    if strict and set(doc) - set(out):
        raise Bad(422, None, "unknown members")
    return out


def header(event, wanted):
    for k, v in (event.get("headers") or {}).items():
        if k.lower() == wanted:
            return v
    return None


def apply(order, e):
    if e["type"] == "OrderCreated":
        return {"orderId": e["orderId"], "customer": e["customer"], "createdAt": e["createdAt"]}
    if e["type"] == "OrderDeleted":
        return None
    order = {**order, "updatedAt": e["updatedAt"]}
    if "customer" in e:
        order["customer"] = e["customer"]
    return order


def refused(order, cmd):
    if cmd["type"] == "OrderCreated":
        return 409 if order else None
    return None if order else 404
