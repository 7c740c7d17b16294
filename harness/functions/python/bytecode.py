"""Modules of functions are compiled once, however many environments import them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from typing import Any
from unittest import mock


@contextmanager
def compiled_once() -> Iterator[None]:
    """Have it so while the context lasts. The same text in the same place gives the same code."""
    compiled: Any = SourceFileLoader.source_to_code
    known: dict[Any, Any] = {}

    def once(loader: SourceFileLoader, *asked: Any, **how: Any) -> Any:
        key = (asked, tuple(how.items()))
        if key not in known:
            known[key] = compiled(loader, *asked, **how)
        return known[key]

    with mock.patch.object(SourceFileLoader, "source_to_code", once):
        yield
