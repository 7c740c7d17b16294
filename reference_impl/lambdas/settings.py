"""Settings come from environment variables only, and are read once, at import.

Command: EVENT_BUCKET, EVENT_BUS, EVENT_SOURCE. Projection: EVENT_BUCKET, EVENT_SOURCE, TABLE_NAME.
Query: TABLE_NAME. All three: DOMAIN, `orders` unless set.
"""

import os
from typing import Any

from .domain import DOMAINS
from .domain.interface import Domain


class SettingsError(Exception):
    """The function cannot start; the text names every variable at fault."""


def read(*names: str) -> tuple[str, ...]:
    """Return the named environment variables' values, none of them empty."""
    values = tuple(os.environ.get(name, "") for name in names)
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if missing:
        raise SettingsError(f"set the environment variables {', '.join(missing)}")
    return values


def domain() -> Domain[Any]:
    """Return the domain that DOMAIN names."""
    name = os.environ.get("DOMAIN") or "orders"
    if name not in DOMAINS:
        raise SettingsError(f"DOMAIN: expected one of {', '.join(DOMAINS)}, got {name!r}")
    return DOMAINS[name]
