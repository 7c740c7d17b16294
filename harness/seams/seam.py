"""An attribute of another library as a seam: it is found, replaced for a time, or reported missing.

A seam that a run needs raises ``SeamMoved`` when the library no longer has it, so that the run ends
without a verdict instead of with a wrong one. A seam that only saves time is left out, and
``missing`` gives the sentence that the run prints.
"""

from __future__ import annotations

import builtins
import inspect
import pkgutil
import platform
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from types import CodeType
from typing import Any
from unittest import mock

from harness.core.errors import StageError

CPYTHON = "cpython"


class SeamMoved(StageError):
    """A library no longer has a part that the harness depends on; no verdict is possible."""

    def __init__(self, library: str, part: str) -> None:
        super().__init__(
            f"{library} {version(library)}", f"it no longer has {part}",
            f"install an older version of {library}, or adapt harness/seams/{library}.py")


@dataclass(frozen=True, slots=True)
class Seam:
    """The attribute ``name`` of the object at ``place``, which is written ``module:object``."""

    library: str
    place: str
    name: str

    def __str__(self) -> str:
        return f"{self.place.replace(':', '.')}.{self.name}"

    def owner(self) -> Any:
        """The object that has the attribute.

        Raises:
            SeamMoved: the library has no such object.
        """
        try:
            return pkgutil.resolve_name(self.place)
        except (ImportError, AttributeError):
            raise SeamMoved(self.library, str(self)) from None

    def value(self) -> Any:
        """The attribute.

        Raises:
            SeamMoved: the library no longer has it.
        """
        try:
            return getattr(self.owner(), self.name)
        except AttributeError:
            raise SeamMoved(self.library, str(self)) from None

    def exists(self) -> bool:
        """Tell if the library still has the attribute."""
        try:
            self.value()
        except SeamMoved:
            return False
        return True

    @contextmanager
    def replaced(self, value: Any) -> Iterator[None]:
        """Put another value in its place while the context lasts.

        Raises:
            SeamMoved: the library no longer has it.
        """
        self.value()
        with mock.patch.object(self.owner(), self.name, value):
            yield


@dataclass(frozen=True, slots=True)
class BuiltinSeam(Seam):
    """The built-in function ``name`` as the functions of the module ``place`` find it."""

    def value(self) -> Any:
        """The built-in function.

        Raises:
            SeamMoved: no function of the module calls it.
        """
        if not any(self.name in code.co_names for code in _codes_of(self.owner())):
            raise SeamMoved(self.library, f"a call of {self.name} in {self.place}")
        return getattr(builtins, self.name)

    @contextmanager
    def replaced(self, value: Any) -> Iterator[None]:
        """Put another function in its place for that module while the context lasts.

        Raises:
            SeamMoved: no function of the module calls it.
        """
        self.value()
        with mock.patch.object(self.owner(), self.name, value, create=True):
            yield


def _codes_of(module: Any) -> Iterator[CodeType]:
    """The code of a module's functions and of its classes' methods."""
    owners = (module, *filter(inspect.isclass, vars(module).values()))
    for found in (each for owner in owners for each in vars(owner).values()):
        if inspect.isfunction(found):
            yield found.__code__


def require(seams: Iterable[Seam]) -> None:
    """See that the installed libraries have every seam.

    Raises:
        SeamMoved: one of them is gone.
    """
    for seam in seams:
        seam.value()


def missing(speedups: Iterable[Seam]) -> Iterator[str]:
    """Give a sentence for each seam that would save time and is gone."""
    for seam in speedups:
        if not seam.exists():
            yield (f"Slower than usual: {seam.library} {version(seam.library)} no longer has "
                   f"{seam}, see harness/seams/{seam.library}.py")


def version(library: str) -> str:
    """The installed version of a library."""
    return platform.python_version() if library == CPYTHON else metadata.version(library)
