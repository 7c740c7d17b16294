"""Hypothesis: the constants that it collects from the user's own modules.

Since 6.131 Hypothesis draws, among other values, constants that it finds in loaded modules that
are not installed packages. A seed would then mean something else in another folder, or after other
imports. There is no setting for it, so its test for "local" modules is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.seams.seam import Seam, SeamMoved

LIBRARY = "hypothesis"
PROVIDERS = "hypothesis.internal.conjecture.providers"
IS_LOCAL = Seam(LIBRARY, PROVIDERS, "is_local_module_file")
COLLECT = Seam(LIBRARY, PROVIDERS, "_get_local_constants")


@contextmanager
def without_local_constants() -> Iterator[None]:
    """Keep Hypothesis from collecting constants while the context lasts.

    Raises:
        SeamMoved: Hypothesis decides in another way which modules are local, so that a seed would
            no longer mean the same.
    """
    if IS_LOCAL.name not in _names_used(COLLECT.value()):
        raise SeamMoved(LIBRARY, f"a use of {IS_LOCAL} in {COLLECT}")
    with IS_LOCAL.replaced(_never_local):
        yield


def _never_local(*_: Any, **__: Any) -> bool:
    return False


def _names_used(function: Any) -> tuple[str, ...]:
    code = getattr(function, "__code__", None)
    return code.co_names if code is not None else ()
