"""Work that the SDK and moto repeat for every call, done once on the embedded stage.

Nothing here changes what a call does or what it is answered: a result that never changes is kept,
and a signature, which the stage never checks, is not made. The seams are private; one that a newer
version no longer has is left out, and ``missing_speedups`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

from harness.aws.calls import REGION
from harness.seams import botocore, cpython, moto, moto_transactions
from harness.seams.seam import Seam, missing

RESULTS_KEPT = 10_000
"""Results that are kept of each function."""
RULES_KEPT = 100
"""Rules, one set for each service, by which the SDK finds its endpoints. Clients of one session
share them."""
CHANGED_BY_CLIENTS = ("http", "endpoint")
"""Members of an operation's description that a client changes for itself."""
_FILES: dict[str, Any] = {}
_LISTINGS: dict[Any, Any] = {}
"""Files and listings of the SDK's own data, for as long as the process lives."""


@contextmanager
def without_repeated_work() -> Iterator[None]:
    """Keep results and leave out signatures while the context lasts."""
    with _large_files_unread(), ExitStack() as patches:
        for seam, value in _replacements():
            patches.enter_context(seam.replaced(value))
        yield


def missing_speedups() -> tuple[str, ...]:
    """A sentence for each speed-up that the installed versions no longer allow."""
    with _large_files_unread():
        return tuple(missing((
            *botocore.SPEEDUPS, *moto.SPEEDUPS, *moto_transactions.SPEEDUPS, *cpython.SPEEDUPS)))


@contextmanager
def _large_files_unread() -> Iterator[None]:
    """Leave what moto's CloudFormation reads of EC2 when it is imported, and no run needs, unread.

    These are the description of EC2, and what it offers in other regions than the stage's.
    """
    with ExitStack() as patches:
        if botocore.REGIONS.exists():
            regions = botocore.regions_by_prefix(botocore.REGIONS.value())
            patches.enter_context(botocore.REGIONS.replaced(regions))
        if moto.RESOURCE.exists():
            patches.enter_context(moto.RESOURCE.replaced(moto.offerings_of(REGION)))
        yield


def _replacements() -> Iterator[tuple[Seam, Any]]:
    """The seams that there are, each with the value that saves time."""
    made: tuple[tuple[Seam, Callable[[], Any]], ...] = (
        (botocore.ENDPOINT_PROVIDER, lambda: _made_once(botocore.ENDPOINT_PROVIDER.value())),
        (botocore.CLIENT_METHODS, lambda: _methods_once(botocore.CLIENT_METHODS.value())),
        (botocore.TLS_CONTEXT, lambda: _first_one(botocore.TLS_CONTEXT.value())),
        (botocore.FILE, lambda: _files_once(botocore.FILE.value())),
        (botocore.EMITTER_COPY, lambda: botocore.copy_with_names(botocore.EMITTER_COPY.value())),
        (botocore.HOOKS_COPY, lambda: botocore.copied_hooks),
        (botocore.BUILTIN, lambda: botocore.builtins_by_name(botocore.BUILTIN.value())),
        (moto.RANDOM_STRING, lambda: moto.random_string),
        (moto.URLS, moto.urls_made_once),
        (moto.MEMBER, moto.members_looked_up_once),
        (moto.PATTERNS, moto.patterns_of_frequent_services_first),
        (moto.ACCOUNT_OF_KEY, moto.one_account),
        (moto.VISIT, lambda: moto.visit_nothing),
        (moto.TEMPLATE, moto.json_before_yaml),
    )
    yield from ((seam, value) for seam, value in botocore.REPLACEMENTS if seam.exists())
    yield from ((seam, _listings_once(seam)) for seam in botocore.LISTINGS if seam.exists())
    yield from ((seam, make()) for seam, make in made if seam.exists())
    for seam in (*botocore.PURE_FUNCTIONS, *moto.PURE_FUNCTIONS):
        if seam.exists():
            yield seam, lru_cache(RESULTS_KEPT)(seam.value())
    if not tuple(missing(moto_transactions.SPEEDUPS)):
        yield moto_transactions.TRANSACT, moto_transactions.restoring_items()


def _files_once(load: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Load a file of the SDK's data once in a process; installed files do not change."""
    def once(loader: Any, path: str) -> Any:
        if path not in _FILES:
            _FILES[path] = load(loader, path)
        return _with_own_paths(_FILES[path])

    return once


def _with_own_paths(document: Any) -> Any:
    """A document of the SDK's data; if it describes a service, how its requests look is a copy.

    A client of S3 takes the bucket out of the path of an operation when it calls it first.
    """
    if not isinstance(document, dict) or "operations" not in document:
        return document
    operations = {
        name: {key: dict(value) if key in CHANGED_BY_CLIENTS else value
               for key, value in operation.items()}
        for name, operation in document["operations"].items()}
    return {**document, "operations": operations}


def _listings_once(seam: Seam) -> Callable[..., Any]:
    """List the folders of the SDK's data once in a process for the same folders."""
    original = seam.value()

    def once(loader: Any, *asked: str, **named: str) -> Any:
        key = seam.name, tuple(loader.search_paths), asked, tuple(sorted(named.items()))
        if key not in _LISTINGS:
            _LISTINGS[key] = original(loader, *asked, **named)
        return _LISTINGS[key]

    return once


def _first_one(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Give all owners what is made for the first of them."""
    made: list[Any] = []

    def once(owner: Any) -> Any:
        if not made:
            made.append(make(owner))
        return made[0]

    return once


class _Kept:
    """Results that depend on some objects alone, which stay alive with them."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Any, Any]] = {}

    def result(self, key: Any, objects: Any, make: Callable[[], Any]) -> Any:
        """The result for a key, which is made of the identities of the objects."""
        if key not in self._known:
            if len(self._known) >= RULES_KEPT:
                self._known.clear()
            self._known[key] = objects, make()
        return self._known[key][1]


def _methods_once(make: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Make the methods of a service's clients once for the very same description.

    Each client class gets a mapping of its own, to which extensions may add.
    """
    kept = _Kept()

    def once(creator: Any, service: Any) -> dict[str, Any]:
        described = botocore.description_of(service)
        return dict(kept.result(id(described), described, lambda: make(creator, service)))

    return once


def _made_once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Make an object once for the very same arguments, on which alone it depends."""
    kept = _Kept()

    def once(**data: Any) -> Any:
        key = tuple((name, id(value)) for name, value in data.items())
        return kept.result(key, data, lambda: make(**data))

    return once
