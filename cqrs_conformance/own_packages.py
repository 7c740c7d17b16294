"""The packages of this distribution whose names are common: a project may have others so named.

A process that judges claims the names before it imports by them. A process that does not judge,
such as an unrelated session of pytest, keeps none of them, so that ``import harness`` there means
what it would mean without this distribution.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

NAMES = ("harness", "scenarios", "reference_impl")
ROOT = Path(__file__).resolve().parents[1]

__all__ = ["NAMES", "Shadowed", "borrowed", "claim"]


class Shadowed(Exception):
    """Another package of one of the names is imported already, so that nothing can be judged."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(
            f"the package {name}: expected that of cqrs-conformance, got {place}; "
            "use the command cqrs-conformance, or a session of pytest without that package")


def claim() -> None:
    """Let the names mean the packages of this distribution, whatever stands first on the path.

    Raises:
        Shadowed: another package of a name is imported already.
    """
    for name in NAMES:
        module = sys.modules.get(name)
        if module is None:
            _load(name)
        elif not _is_ours(module):
            raise Shadowed(name, _place(module))


@contextmanager
def borrowed() -> Iterator[None]:
    """Let the names mean our packages for a moment; then forget what was imported meanwhile."""
    before = {name: module for name, module in sys.modules.items() if _belongs(name)}
    ours_already = all(name not in before or _is_ours(before[name]) for name in NAMES)
    for name in () if ours_already else before:
        del sys.modules[name]
    claim()
    try:
        yield
    finally:
        if not (ours_already and before):
            for name in [each for each in sys.modules if _belongs(each)]:
                del sys.modules[name]
            sys.modules.update(before)


def _belongs(name: str) -> bool:
    return name.partition(".")[0] in NAMES


def _load(name: str) -> None:
    folder = ROOT / name
    spec = spec_from_file_location(
        name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)


def _is_ours(module: ModuleType) -> bool:
    return any(Path(place).resolve() == ROOT / module.__name__
               for place in getattr(module, "__path__", ()))


def _place(module: ModuleType) -> str:
    return str(next(iter(getattr(module, "__path__", ())), None) or module.__file__)
