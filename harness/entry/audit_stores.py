"""The stores of a stack that the command ``audit`` reads, and the right to reach them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from harness.audit.inventory import Inventory, inventory_in
from harness.audit.live import Access, Stores, stores_of
from harness.core.contract import Contract
from harness.core.errors import UserMistake
from harness.core.history import Role
from harness.dialect import Dialect
from harness.stages.aws.attached import template_of
from harness.stages.aws.identity import admitted
from harness.stages.aws.options import Identity, identity
from harness.stages.deployed.cloud import aws_errors
from harness.stages.deployed.stack import read
from harness.stages.embedded.systems import dialect_of
from harness.stages.options import StageOptions, from_given
from harness.stages.participants import participants
from harness.template import load

AWS = "amazonaws.com"
"""The host that is allowed for AWS itself; its services have names below it."""


def live_stores(given: argparse.Namespace, contract: Contract) -> tuple[Stores, Dialect | None]:
    """The stores of the stack that is named, and the dialect that they are written in.

    Raises:
        UserMistake: the address is not allowed, or an option is missing.
        StageError: the stack cannot be read.
    """
    who = identity(from_given(StageOptions, vars(given)), os.environ)
    check_allowed(who.endpoint or f"https://{AWS}", given.allow_host)
    cloud = admitted(who)
    with aws_errors(f"stack {given.stack_name}"):
        stack = read(cloud, given.stack_name)
        template = (load(Path(given.template)) if given.template
                    else template_of(cloud, given.stack_name))
    dialect = dialect_of(template, contract, given.dialect)
    check_travels(dialect, given.scheduler)
    parts = participants(template, contract.path, dialect)
    query = sorted(parts.functions(Role.QUERY))
    found = stores_of(_access(who, given), stack, template, parts, query, dialect)
    return replace(found, inventory=_inventory(given.inventory, found.buckets)), dialect


def check_travels(dialect: Dialect | None, scheduler: str | None) -> None:
    """Check that the workers of a cluster can have the dialect.

    Raises:
        UserMistake: its hook is code.
    """
    if dialect is not None and scheduler and dialect.hook.functions:
        raise UserMistake("--scheduler", "the dialect's hook is code that does not travel",
                          "audit with a hook on this machine")


def _inventory(folder: str | None, buckets: Collection[str]) -> Inventory | None:
    if folder is None:
        return None
    found = inventory_in(Path(folder))
    if found.bucket not in buckets:
        raise UserMistake(f"--inventory {folder}", f"it lists bucket {found.bucket}",
                          f"give one of the event bucket ({', '.join(buckets) or 'there is none'})")
    return found


def _access(who: Identity, given: argparse.Namespace) -> Access:
    cloud = who.cloud()
    workers = given.workers or 1
    return Access(cloud.region, cloud.endpoint, cloud.keys, cloud.profile,
                  given.rate and given.rate / workers)


def check_allowed(address: str, allowed: list[str]) -> None:
    """Check that an address is of this machine, or allowed by name.

    Raises:
        UserMistake: it is neither.
    """
    host = urlsplit(address).hostname or address
    if not is_local(host) and host not in allowed:
        raise UserMistake(f"the address {host}", "it is not of this machine",
                          f"allow it by --allow-host {host}")


def is_local(host: str) -> bool:
    """Tell if a host is this machine, by its name or its loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


