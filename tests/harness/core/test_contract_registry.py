"""Finding contracts by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.core import contract_registry as registry
from scenarios.domains.orders import CONTRACT


class Entry:
    """An entry point made up here."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self.load = load


def broken() -> Any:
    raise ImportError("no such thing")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three contracts are on offer: a good one, a broken one, and none at all."""
    entries = {"good": Entry(lambda: CONTRACT), "broken": Entry(broken), "none": Entry(lambda: 5)}
    monkeypatch.setattr(registry, "_offered", lambda: entries)


class TestFindContract:
    def test_ours(self) -> None:
        """The contract that comes with this distribution is found."""
        assert registry.find_contract("orders") is CONTRACT

    @pytest.mark.usefixtures("offered")
    def test_others(self) -> None:
        """So is any other that is on offer."""
        assert registry.find_contract("good") is CONTRACT

    @pytest.mark.usefixtures("offered")
    @pytest.mark.parametrize(("name", "message"), [
        ("nowhere", r"contract 'nowhere': there is none; known: broken, good, none"),
        ("broken", r"contract 'broken' cannot be imported: .*no such thing"),
        ("none", r"contract 'none': expected a Contract, got 5"),
    ])
    def test_error(self, name: str, message: str) -> None:
        """A contract that cannot be loaded is an error with its reason."""
        with pytest.raises(registry.ContractError, match=message):
            registry.find_contract(name)


class TestRequirements:
    def test_known(self) -> None:
        """Requirements of the contract are fine."""
        assert registry.check_requirements(CONTRACT, ["API-01", "SYS-04"]) is None  # type: ignore[func-returns-value]  # the point

    @pytest.mark.parametrize(("name", "hint"), [
        ("api-01", "did you mean API-01?"), ("PRJ-2", "did you mean PRJ-02?"),
        ("xyz", "see: cqrs-conformance requirements"),
    ])
    def test_unknown(self, name: str, hint: str) -> None:
        """Others are an error with a hint."""
        with pytest.raises(registry.ContractError) as raised:
            registry.check_requirements(CONTRACT, ["API-01", name])
        assert str(raised.value).endswith(hint)


class TestReferenceTemplate:
    def test_exists(self) -> None:
        """The implementation that comes with the contract is there."""
        assert registry.reference_template(CONTRACT).is_file()

    def test_none(self) -> None:
        """A contract without one needs a template to be given."""
        with pytest.raises(registry.ContractError, match="give --template"):
            registry.reference_template(replace(CONTRACT, reference="nowhere:x.yaml"))
