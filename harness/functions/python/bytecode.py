"""Modules of functions are compiled once, however many environments import them.

So are the methods that ``dataclasses`` writes as text, which takes a third of an import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any

from harness.seams.cpython import COMPILE, DATACLASS_EXEC

TEXTS_KEPT = 10_000


@contextmanager
def compiled_once() -> Iterator[None]:
    """Keep compiled code while the context lasts: the same text at the same place gives the same.

    It only saves time, so it is left out where Python compiles in another way.
    """
    made = ((COMPILE, _modules_compiled_once), (DATACLASS_EXEC, _texts_compiled_once))
    with ExitStack() as patches:
        for seam, make in made:
            if seam.exists():
                patches.enter_context(seam.replaced(make(seam.value())))
        yield


def _modules_compiled_once(compile_source: Callable[..., Any]) -> Callable[..., Any]:
    known: dict[Any, Any] = {}

    def once(loader: Any, *given: Any, **named: Any) -> Any:
        key = (given, tuple(named.items()))
        if key not in known:
            known[key] = compile_source(loader, *given, **named)
        return known[key]

    return once


def _texts_compiled_once(execute: Callable[..., Any]) -> Callable[..., Any]:
    compiled = lru_cache(TEXTS_KEPT)(lambda text: compile(text, "<string>", "exec"))

    def once(text: str, *names: Any) -> None:
        execute(compiled(text), *names)

    return once
