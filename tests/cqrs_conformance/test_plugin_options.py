"""The plugin's options come into being where a session may have one of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from cqrs_conformance.pytest_plugin import pytest_addoption


def declared(*words: str, addopts: tuple[str, ...] = ()) -> list[str]:
    """The names of the options that a session with some words gets."""
    names: list[str] = []
    group = SimpleNamespace(addoption=lambda *given, **_: names.extend(given))
    config = SimpleNamespace(invocation_params=SimpleNamespace(args=words),
                             getini=lambda _: list(addopts))
    parser = SimpleNamespace(getgroup=lambda *_: group)
    manager = SimpleNamespace(get_plugin=lambda _: config)
    pytest_addoption(cast("pytest.Parser", parser), cast("pytest.PytestPluginManager", manager))
    return names


@pytest.mark.parametrize("words", [
    ("--cqrs-seed=1",), ("-q", "--cqrs-template", "t.yaml"), ("--help",), ("-vh",), ("@words",),
    ("-o", "addopts=--cqrs-strict"),
], ids=" ".join)
def test_where_a_word_may_need_them(words: tuple[str, ...]) -> None:
    """Any option of ours, the help, and a file of words make all of them."""
    assert {"--cqrs-template", "--cqrs-seed"} <= {*declared(*words)}


def test_words_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options may stand in the configuration, or in a variable of pytest's."""
    assert declared(addopts=("--cqrs-strict",))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-q --cqrs-strict")
    assert declared()


@pytest.mark.parametrize("words", [(), ("-q", "tests/test_orders.py"), ("-k", "a@b", "--lf")],
                         ids=" ".join)
def test_none_elsewhere(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A session without such a word has none, and does not pay for them."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert declared(*words) == []
