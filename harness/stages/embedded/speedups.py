"""What the SDK and moto need not work out for every call on the embedded stage.

Nothing here changes what a call does or what it is answered: what never changes is worked out
once, and a signature, which nobody looks at there, not at all. The seams are private ones; one
that a newer version has no more is left alone, since that costs only time.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any
from unittest import mock

import botocore.utils
from botocore import regions, useragent
from botocore.auth import SigV4Auth
from botocore.retries.bucket import TokenBucket
from moto.core import responses, utils
from moto.core.base_backend import BaseBackend
from moto.moto_api._internal.moto_random import MotoRandom

PURE: tuple[tuple[Any, str], ...] = (
    (botocore.utils, "_parse_timestamp_with_tzinfo"),
    (useragent, "sanitize_user_agent_string_component"),
    (responses, "method_names_from_class"),
    (utils, "create_loader"),
)
"""Functions whose results depend on their arguments alone: a loader's is the SDK's data."""
UNSIGNED: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (SigV4Auth, "canonical_request", lambda signer, request: ""),
    (SigV4Auth, "signature", lambda signer, text, request: "0" * 64),
)
"""What a signature is made of."""
UNTOLD: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (useragent.UserAgentString, "rebuild_and_replace_user_agent_handler", lambda *_, **__: None),
)
"""What of itself the SDK tells with each call is put together again before it is sent."""
UNLIMITED: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (TokenBucket, "acquire", lambda bucket, amount=1, block=True: True),
)
"""The rate limiter of adaptive retries: it reckons and waits in real time, which stands still here.

Source: AWS SDKs and Tools Reference Guide, "Retry behavior", adaptive mode.
"""
KNOWN = 10_000
KNOWN_RULES = 100
"""Results that are remembered; and the rules, one set for each service, by which the SDK finds its
endpoints. Clients of one session have the same ones."""


@contextmanager
def speedups() -> Iterator[None]:
    """Apply the speed-ups while the context lasts."""
    with ExitStack() as patches:
        for place, name in PURE:
            if hasattr(place, name):
                once = lru_cache(KNOWN)(getattr(place, name))
                patches.enter_context(mock.patch.object(place, name, once))
        for place, name, instead in (*UNSIGNED, *UNTOLD, *UNLIMITED):
            if hasattr(place, name):
                patches.enter_context(mock.patch.object(place, name, instead))
        if hasattr(MotoRandom, "get_random_string"):
            patches.enter_context(mock.patch.object(MotoRandom, "get_random_string", _letters))
        if hasattr(regions, "EndpointProvider"):
            patches.enter_context(mock.patch.object(
                regions, "EndpointProvider", _once_each(regions.EndpointProvider)))
        patches.enter_context(mock.patch.object(BaseBackend, "urls", property(_urls_once())))
        yield


def _urls_once() -> Callable[[BaseBackend], Any]:
    """The patterns of a service's URLs, which moto puts together for every call."""
    put_together: Any = BaseBackend.urls
    known: dict[type[BaseBackend], Any] = {}

    def urls(backend: BaseBackend) -> Any:
        if type(backend) not in known:
            known[type(backend)] = put_together.fget(backend)
        return known[type(backend)]

    return urls


def _once_each(made: Callable[..., Any]) -> Callable[..., Any]:
    """Something that depends on its arguments alone, made once of the very same ones."""
    known: dict[tuple[Any, ...], tuple[Any, Any]] = {}

    def once(**data: Any) -> Any:
        key = tuple((name, id(value)) for name, value in data.items())
        if key not in known:
            if len(known) >= KNOWN_RULES:
                known.clear()
            known[key] = data, made(**data)
        return known[key][1]

    return once


def _letters(
    chance: random.Random, length: int = 20, include_digits: bool = True, lower_case: bool = False
) -> str:
    """What moto draws letter by letter for each answer, all at once."""
    pool = string.ascii_letters + (string.digits if include_digits else "")
    text = "".join(chance.choices(pool, k=length))
    return text.lower() if lower_case else text
