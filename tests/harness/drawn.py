"""Strategies for dataclasses by their annotations, for tests of the codecs."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from harness.core import scenario
from harness.core.scenario import Concurrently

SIMPLE_STEPS = [kind for kind in scenario.STEPS.values() if kind is not Concurrently]


def instances(kind: type) -> st.SearchStrategy[Any]:
    """Instances of a dataclass whose fields hold what they declare."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: values(hints[f.name]) for f in fields(kind)})


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values of an annotated type."""
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([values(member) for member in get_args(hint)])
    if get_origin(hint) is tuple:
        return _tuples(get_args(hint))
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if hint is str:
        return st.text() | st.sampled_from(("~a", "\ud800", "\x00", "\\u007e"))
    return instances(hint) if is_dataclass(hint) and isinstance(hint, type) else st.from_type(hint)


def _tuples(hints: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if hints[1:] == (Ellipsis,):
        return st.lists(values(hints[0]), max_size=3).map(tuple)
    return st.tuples(*map(values, hints))


def simple_steps() -> st.SearchStrategy[Any]:
    """Steps of every kind but concurrent ones."""
    return st.one_of([instances(kind) for kind in SIMPLE_STEPS])


def steps() -> st.SearchStrategy[Any]:
    """Steps of every kind, with branches that are not concurrent again."""
    branches = st.lists(st.lists(simple_steps(), max_size=2).map(tuple), max_size=2).map(tuple)
    schedules = st.lists(st.integers(0, 9), max_size=2).map(tuple)
    return simple_steps() | st.builds(Concurrently, branches, schedules)
