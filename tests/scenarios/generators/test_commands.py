"""The values of a strategy do not depend on the modules that are loaded."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import strategies as st

from scenarios.generators import commands


def _loaded(file: Path, text: str) -> ModuleType:
    file.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_values_of_a_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The constants of other loaded modules, which Hypothesis looks for, change no values."""
    fresh = commands.strategy_values.__wrapped__
    strategy = st.lists(st.text(min_size=1), min_size=20)
    before = fresh(strategy)
    constants = _loaded(tmp_path / "constants.py", f"LIST = {[f'constant {n}' for n in range(99)]}")
    monkeypatch.setitem(sys.modules, "constants", constants)
    assert fresh(strategy) == before
