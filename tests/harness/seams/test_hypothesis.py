"""Hypothesis still asks the harness's replacement which modules are local."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import strategies as st

from harness.explore.drawing import drawn
from harness.seams import hypothesis
from harness.seams.seam import SeamMoved, version

MOVED = (f"Hypothesis {version('hypothesis')} finds local constants in another way, so that a seed "
         "would change its meaning: read hypothesis/internal/conjecture/providers.py, then adapt "
         "harness/seams/hypothesis.py")


def test_seam_is_there() -> None:
    assert hypothesis.IS_LOCAL.exists(), MOVED
    assert hypothesis.COLLECT.exists(), MOVED


def test_no_module_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local module that is loaded meanwhile gives Hypothesis no constants."""
    collect = hypothesis.COLLECT.value()
    module = ModuleType("a_local_module")
    module.__file__ = __file__
    with hypothesis.without_local_constants():
        before = len(collect())
        monkeypatch.setitem(sys.modules, module.__name__, module)
        assert len(collect()) == before, MOVED


@pytest.mark.parametrize("name", ["is_local_module_file", "_get_local_constants"])
def test_without_the_seam_no_scenario_is_drawn(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(hypothesis.IS_LOCAL.owner(), name)
    with pytest.raises(SeamMoved, match=f"{name}; install an older version of hypothesis"):
        drawn(st.nothing(), 1, 1)


def test_a_collection_that_asks_something_else_is_reported(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hypothesis.COLLECT.owner(), "_get_local_constants", list)
    with (pytest.raises(SeamMoved, match=r"a use of .*is_local_module_file"),
          hypothesis.without_local_constants()):
        pass
