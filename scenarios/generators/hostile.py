"""Input that implementations handle wrongly: bodies, types, keys and events."""

from __future__ import annotations

import json
from typing import Any

from harness.core.contract import OVERSIZED_BYTES, Contract
from harness.core.scenario import Poison

HEADERS = ("Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY")
KEYS = ("k", "K", "0", "a b", "key-1", "~!@#$%^&*()_+", "x" * 64, "../k", "null")
NEAR_KEYS = (
    ("k", "K", "k-k", "k.k", "k/", "../k"), ("0", "00", "0.0", "null", "undefined", "None"),
    ("a b", "a c", "ab", "a-b", "a+b", "a%20b"), ("key-1", "key_1", "key-10", "KEY-1"),
    ("x" * 64, "x" * 63, "x" * 63 + "y", "y" + "x" * 63, "x" * 32),
    ("a,b", "a,c", "a;b", "a;c", "a  b", "a b", "b a", "a=b", "a:b"),
    ("7", "07", "7.0", "+7", "-7", "7a", "0x7", "7e0"),
)
"""Keys that are the same without letter case, punctuation or an end, as values or as lists."""

SIZES = (OVERSIZED_BYTES, 70_000, 260_000, 450_000, 1_200_000)
"""Sizes above a plain command, and above the limits of EventBridge, SQS and DynamoDB."""


def padded(body: str, size: int) -> str:
    """A command with an unknown member of a size."""
    return f'{body[:-1]}, "padding": "{"p" * size}"}}'


def spaced(body: str, size: int) -> str:
    """A command with white space of a size."""
    return f"{body[:-1]}{' ' * size}}}"


DEEP = ("[" * 100_000, "[" * 15_000, '{"a":' * 50_000, '{"a":' * 3_000)
"""Nested too deep for many parsers; some so short that no limit on the size comes first."""
NOT_OBJECTS = (
    None, "", " ", "null", "true", "0", '"text"', "[]", "[{}]", "{", "}", "{]", "'{}'", "undefined",
    "NaN", "{'type': 'x'}", '{"type": }', '{"a": 1,}', "\ufeff", "\x00", "type=Anything",
    "<xml/>", '{"type": "x"} trailing', "{}{}", *DEEP, "\u0000{}", '{"a": NaN}',
    "-", "1e999", '{"n": ' + "9" * 5000 + "}",
)

NOT_TYPES: tuple[Any, ...] = (
    None, "", " ", 5, True, [], {}, "Nothing", "__proto__", "constructor", "toString", "*",
)


OTHER_NAMES_OF_TYPE = ("Type", "kind", "detail-type", "DetailType", "eventType")
"""Members from which a too tolerant reader takes a command's type."""


def around(body: str) -> tuple[str, ...]:
    """Bodies that are no JSON objects, but contain a command that lenient readers find."""
    return (
        body + " trailing", body + body, body + "\n" + body, body + ",", body + "}", "x" + body,
        "[" + body + "]", f"[{body}, {body}]", "'" + body + "'", "(" + body + ")", body[:-1],
        body[:-1] + ",}", body.replace('"', "'"), body + " // comment", "body=" + body,
        json.dumps(body), "data: " + body,
    )


def misspelt(kind: str) -> tuple[Any, ...]:
    """Values that are almost a command type."""
    return (kind.lower(), kind.upper(), kind + " ", " " + kind, kind[:-1], kind + "V2", [kind],
            {"type": kind})


UNKNOWN: dict[str, Any] = {
    "isAdmin": True, "version": 987_654_321, "eventId": "made-up-event", "id": "made-up-id",
    "__proto__": {"polluted": "yes"}, "constructor": "made-up", "deleted": "made-up",
    "status": "made-up", "note": {"nested": ["made-up"]}, "ttl": 1, "pk": "made-up",
    "Type": "made-up", "data": {"made": "up"}, "_version": 987_654_321, "timestamp": "made-up",
}
"""Members that no contract names, but that an implementation may use."""


WRAPPINGS = ("data", "payload")
"""Members in which other systems wrap a command's members; a reader may unwrap them."""


def poisons(contract: Contract) -> tuple[Poison, ...]:
    """Events that no projection can handle: unknown, malformed, or from another source."""
    kind = next(iter(contract.stored_types))
    member = contract.id_member
    unknown = (
        Poison("NobodyKnows", "{}"),
        Poison("NobodyKnows", f'{{"type": "NobodyKnows", "{member}": "~a"}}'),
        Poison("NobodyKnows", f'{{"type": "NobodyKnows", "{member}": "~poison", "version": 1}}'),
    )
    malformed = (
        Poison(kind, "{}"),
        Poison(kind, f'{{"type": "{kind}"}}'),
        Poison(kind, f'{{"type": "NobodyKnows", "{member}": "~poison", "version": 1}}'),
        Poison(kind, f'{{"type": "{kind}", "{member}": null, "version": "x", "eventId": 5}}'),
        Poison(kind, f'{{"type": "{kind}", "{member}": ["~poison"], "version": 1}}'),
        Poison(kind, f'{{"type": "{kind}", "{member}": "~poison", "version": "one"}}'),
    )
    foreign = (Poison(kind, '{"type": "x"}', source="somebody.else"),
               Poison("NobodyKnows", "{}", source="somebody.else"))
    return (*unknown, *malformed, *foreign)
