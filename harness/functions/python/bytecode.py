"""Modules of functions are compiled once, however many environments import them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from harness.seams.cpython import COMPILE


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep compiled code while the context lasts: the same text at the same place gives the same.

    It only saves time, so it is left out where Python compiles modules in another way.
    """
    if not COMPILE.exists():
        yield
        return
    compile_source: Any = COMPILE.value()
    known: dict[Any, Any] = {}

    def once(loader: Any, *given: Any, **named: Any) -> Any:
        key = (given, tuple(named.items()))
        if key not in known:
            known[key] = compile_source(loader, *given, **named)
        return known[key]

    with COMPILE.replaced(once):
        yield
