"""Keys of scenarios that become the marks of a contract."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.bodies import read_sent_body
from harness.core.contract import Contract
from harness.core.json_values import parse_json
from harness.core.repetition import Mark, Repetition, Scope
from harness.core.scenario import Scenario, Send, flat
from scenarios.demands.explorations import EXPLORATIONS, explorations
from scenarios.domains.accounts import CONTRACT as ACCOUNTS
from scenarios.generators.commands import simplest_bodies
from scenarios.generators.marks import with_marks

OPEN, DEPOSIT = simplest_bodies(ACCOUNTS)[:2]
BY_ENTRY = Repetition.by_member("entryId")
OTHERS = (BY_ENTRY, Repetition.by_member("entryId", scope=Scope.ALL), Repetition.by_content(),
          Repetition.none())


def marked(repetition: Repetition, *sends: Send, **options: Any) -> list[Send]:
    """The sends with the marks of accounts that recognise repetitions in that way."""
    contract = replace(ACCOUNTS, repetition=repetition)
    return [step for step in with_marks(contract, Scenario(sends), **options).steps
            if isinstance(step, Send)]


def entries(sends: list[Send]) -> list[Any]:
    return [parse_json(str(sent.body)).get("entryId") for sent in sends]


class TestMember:
    def test_new_commands(self) -> None:
        """Commands without a key get marks of their own."""
        found = entries(marked(BY_ENTRY, Send(OPEN), *[Send(DEPOSIT)] * 3))
        assert (found[0], len(set(found[1:]))) == (None, 3)

    def test_repeated(self) -> None:
        """Commands with one key get one mark, and lose the key."""
        sends = marked(BY_ENTRY, Send(DEPOSIT, key="k"), Send(DEPOSIT), Send(DEPOSIT, key="k"))
        found = entries(sends)
        assert (found[0] == found[2] != found[1], {s.key for s in sends}) == (True, {None})

    def test_apart(self) -> None:
        """Where marks hold for all aggregates, no two get the same, unless that is the point."""
        other = DEPOSIT.replace("~a", "~b")
        sends = (Send(DEPOSIT, key="k"), Send(other, key="k"))
        everywhere = replace(BY_ENTRY, scope=Scope.ALL)
        found = [len(set(entries(marked(everywhere, *sends, apart=apart))))
                 for apart in (True, False)]
        assert (found, len(set(entries(marked(BY_ENTRY, *sends))))) == ([2, 1], 1)


class TestContent:
    def test_new_commands(self) -> None:
        """A command without a key differs from the one before it."""
        sends = marked(Repetition.by_content(), *[Send(DEPOSIT)] * 3)
        assert sends[0].body != sends[1].body != sends[2].body

    def test_repeated(self) -> None:
        """Commands with one key are the same text."""
        sends = marked(Repetition.by_content(), *[Send(DEPOSIT, key="k")] * 2)
        assert sends[0] == sends[1] == Send(DEPOSIT)


class TestKey:
    def test_apart(self) -> None:
        """Where keys hold for all aggregates, each aggregate gets its own."""
        other = Send(DEPOSIT.replace("~a", "~b"), key="k")
        sends = marked(Repetition(scope=Scope.ALL), Send(DEPOSIT, key="k"), other, other)
        assert (sends[0].key, sends[1].key != "k", sends[1] == sends[2]) == ("k", True, True)


class TestExplorations:
    def test_default(self) -> None:
        """The default leaves the scenarios as they are."""
        assert explorations(Repetition()) == EXPLORATIONS

    @pytest.mark.parametrize("repetition", OTHERS)
    def test_listed(self, repetition: Repetition) -> None:
        """Every list can be made for every mark, and no key is left in it."""
        contract = replace(ACCOUNTS, repetition=repetition, explorations=explorations(repetition))
        for id in ("CMD-06", "CMD-07", "CMD-10", "PRJ-01"):
            found = contract.explorations[id].short_scenarios
            assert found is not None
            keys = {step.key for scenario in found(contract) for step in flat(scenario)
                    if isinstance(step, Send)}
            assert keys == {None}

    @pytest.mark.parametrize("repetition", OTHERS)
    @given(data=st.data())
    def test_drawn(self, repetition: Repetition, data: st.DataObject) -> None:
        """A drawn command that has to be accepted stays one."""
        contract = replace(ACCOUNTS, repetition=repetition, explorations=explorations(repetition))
        scenario = data.draw(contract.explorations["CMD-06"].generator(contract))
        assert all(_readable(contract, step) for step in scenario.steps if isinstance(step, Send))


def _readable(contract: Contract, step: Send) -> bool:
    return step.key is None and read_sent_body(contract, step).command is not None


def test_every_mark_has_a_form() -> None:
    """Each mark can be given to a scenario."""
    for mark in Mark:
        assert marked(Repetition(mark, "entryId"), Send(DEPOSIT))
