"""Variables of this process, set for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

UNCONFIGURED: Mapping[str, str | None] = {
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_PROFILE": None, "AWS_DEFAULT_PROFILE": None,
    "AWS_USE_FIPS_ENDPOINT": None, "AWS_USE_DUALSTACK_ENDPOINT": None,
    **{name: None for name in os.environ if name.startswith("MOTO_")},
}
"""Variables that a user has set for another AWS do not count here: an AWS_ENDPOINT_URL would
lead past it, to services where nobody removes what is created for a run, and a MOTO_ACCOUNT_ID
to an account where nothing is."""


@contextmanager
def variables(given: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables (None: unset them), and put back what was there before."""
    before = {name: os.environ.get(name) for name in given}
    _set(given)
    try:
        yield
    finally:
        _set(before)


def _set(given: Mapping[str, str | None]) -> None:
    for name, value in given.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
