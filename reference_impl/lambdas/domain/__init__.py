"""The domains, by the name that the environment variable DOMAIN gives. Pure: no I/O, no clock."""

from collections.abc import Mapping
from typing import Any

from . import accounts, orders
from .interface import Domain

# Any: each domain has a state type of its own, which only its own functions look into.
DOMAINS: Mapping[str, Domain[Any]] = {
    "accounts": accounts.DOMAIN,
    "orders": orders.DOMAIN,
}
