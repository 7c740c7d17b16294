"""What lists of scenarios are made of."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import strategies as st

from harness.core.contract import Contract
from harness.core.scenario import Concurrently, Deliver, Query, Send
from scenarios.domains import accounts, orders
from scenarios.generators import short as bases


def _loaded(file: Path, text: str) -> ModuleType:
    file.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_values_of_a_strategy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the same whatever modules are loaded, in which Hypothesis looks for constants."""
    fresh = bases._values.__wrapped__
    strategy = st.lists(st.text(min_size=1), min_size=20)
    before = fresh(strategy)
    constants = _loaded(tmp_path / "constants.py", f"LIST = {[f'constant {n}' for n in range(99)]}")
    monkeypatch.setitem(sys.modules, "constants", constants)
    assert fresh(strategy) == before


@pytest.mark.parametrize("contract", [orders.CONTRACT, accounts.CONTRACT])
def test_long_reads(contract: Contract) -> None:
    """One view of more than ten events is read beside the delivery of the latest."""
    *_, long = bases.reads_of_any_length(contract)
    block = long.steps[-1]

    assert sum(isinstance(step, Send) for step in long.steps) > 10
    assert isinstance(block, Concurrently)
    assert {type(step) for branch in block.branches for step in branch} == {Query, Deliver}
