"""Hand-made histories of systems that mark repetitions in other ways than by a key."""

from dataclasses import replace
from typing import Any

import pytest

from harness.core.history import Called, Reply, Role
from harness.core.ledger import Expect
from harness.core.repetition import Repetition, Scope
from harness.core.violation import Kind
from scenarios.domains.accounts import CONTRACT as ACCOUNTS
from scenarios.domains.orders import CONTRACT as ORDERS
from tests.harness.histories import CREATED, DELETED, UPDATED, VIEW, Story, event

OPENED: dict[str, Any] = {
    "type": "AccountOpened", "accountId": "a", "owner": "Ada", "openedAt": "2026-01-02T03:04:05Z"}
DEPOSITED: dict[str, Any] = {
    "type": "MoneyDeposited", "accountId": "a", "entryId": "e1", "amount": 5}
OTHER = DEPOSITED | {"amount": 7}
CRASH = Called(Role.COMMAND, "command-function", 1, "events", "PutEvents", "bus", "", 0,
               "crash before")


def told(repetition: Repetition, contract: Any = ORDERS) -> Story:
    """A history of a system that marks repetitions in that way."""
    return Story(contract=replace(contract, repetition=repetition))


def expected(story: Story) -> list[set[Expect]]:
    return [set(judged.expected) for judged in story.ledger.commands]


def kinds(story: Story) -> set[Kind]:
    return {violation.kind for violation in story.violations}


class TestMember:
    MARK = Repetition.by_member("entryId")

    def test_repeated(self) -> None:
        """The same member and content is a repetition, without any key."""
        story = told(self.MARK, ACCOUNTS).send(OPENED).send(DEPOSITED).send(DEPOSITED)
        assert expected(story)[-1] == {Expect.REPEAT}

    @pytest.mark.parametrize(("status", "right"), [(409, True), (200, False)])
    def test_reused(self, status: int, right: bool) -> None:
        """The same member with another content is refused."""
        story = told(self.MARK, ACCOUNTS).send(OPENED).send(DEPOSITED).send(OTHER, status)
        assert (Kind.REUSE_ACCEPTED not in kinds(story)) is right

    def test_types_without_it(self) -> None:
        """A command of a type without the member is always a new one."""
        story = told(self.MARK, ACCOUNTS).send(OPENED).send(OPENED, 409)
        assert expected(story) == [{Expect.ACCEPT}, {Expect.REFUSE}]

    def test_a_key_means_nothing(self) -> None:
        """A key beside the body marks nothing."""
        again = DEPOSITED | {"entryId": "e2"}
        story = told(self.MARK, ACCOUNTS).send(OPENED, key="k").send(DEPOSITED, key="k")
        assert expected(story.send(again, key="k"))[1:] == [{Expect.ACCEPT}] * 2


class TestScope:
    @pytest.mark.parametrize(("scope", "expect"), [
        (Scope.AGGREGATE, Expect.ACCEPT), (Scope.ALL, Expect.REFUSE_REUSE)])
    def test_another_aggregate(self, scope: Scope, expect: Expect) -> None:
        """A mark that another aggregate has used is free, or is refused."""
        other = CREATED | {"orderId": "b"}
        story = told(Repetition(scope=scope)).send(CREATED, key="k").send(other, key="k")
        assert expected(story) == [{Expect.ACCEPT}, {expect}]

    def test_perhaps_used(self) -> None:
        """A mark whose use got no definite reply may be refused for another aggregate."""
        story = told(Repetition(scope=Scope.ALL)).send(CREATED, 500, key="k")
        story.send(CREATED | {"orderId": "b"}, key="k")
        assert expected(story)[-1] == {Expect.ACCEPT, Expect.REFUSE_REUSE}

    def test_own_repetition(self) -> None:
        """A refused use for another aggregate does not hinder a repetition."""
        story = told(Repetition(scope=Scope.ALL)).send(CREATED, key="k")
        story.send(CREATED | {"orderId": "b"}, 409, key="k").send(CREATED, key="k")
        assert expected(story)[-1] == {Expect.REPEAT}


class TestRefusals:
    @pytest.mark.parametrize(("remembered", "last"), [
        (None, {Expect.ACCEPT, Expect.REFUSE}), (True, {Expect.REFUSE}), (False, {Expect.ACCEPT})])
    def test_remembered(self, remembered: bool | None, last: set[Expect]) -> None:
        """A refused command that comes again is refused again, decided anew, or either."""
        story = told(Repetition(refusals=remembered)).send(UPDATED, 404, key="k").send(CREATED)
        assert expected(story.send(UPDATED, key="k"))[-1] == last


class TestContent:
    MARK = Repetition.by_content()

    def test_changes_nothing(self) -> None:
        """The command that took effect last is accepted again, and changes nothing."""
        story = told(self.MARK).accept(CREATED, 1).send(CREATED).query(VIEW)
        assert (expected(story)[-1], story.violations) == ({Expect.REPEAT}, [])

    def test_refused(self) -> None:
        """A repetition that is refused is a violation."""
        story = told(self.MARK).accept(CREATED, 1).send(CREATED, 409)
        assert kinds(story) == {Kind.REPEAT_REFUSED}

    def test_a_second_event(self) -> None:
        """A repetition that is stored once more is a violation."""
        story = told(self.MARK).accept(CREATED, 1).accept(CREATED, 2)
        assert Kind.EVENT_EXTRA in kinds(story)

    def test_after_others(self) -> None:
        """Content that was replaced is new again."""
        story = told(self.MARK).send(CREATED).send(UPDATED).send(DELETED).send(CREATED)
        assert expected(story)[-1] == {Expect.ACCEPT}

    def test_types(self) -> None:
        """Only commands of the types that are named are marked by their content."""
        story = told(Repetition.by_content("OrderUpdated")).send(CREATED).send(CREATED, 409)
        assert expected(story.send(UPDATED).send(UPDATED))[1:] == [
            {Expect.REFUSE}, {Expect.ACCEPT}, {Expect.REPEAT}]

    def test_the_same_state(self) -> None:
        """A command that leaves the state as it is may have an event or none."""
        story = told(self.MARK).send(CREATED).send(UPDATED | {"customer": "Ada"}).send(UPDATED)
        assert expected(story)[-1] == {Expect.ACCEPT, Expect.REPEAT}


class TestNone:
    MARK = Repetition.none()

    def test_a_new_command(self) -> None:
        """The same command with the same key is a new one."""
        story = told(self.MARK).send(CREATED, key="k").send(CREATED, 409, key="k")
        assert expected(story)[-1] == {Expect.REFUSE}

    def lost(self) -> Story:
        """A deposit that got no reply, and the same command again."""
        story = told(self.MARK, ACCOUNTS)
        for number, command in enumerate((OPENED, DEPOSITED), 1):
            stored = event(command | {"orderId": "a"}, number)
            del stored["orderId"]
            story.store(stored).publish(stored)
            story.send(command, 200 if command is OPENED else 502)
            if command is OPENED:
                story.add(CRASH)
        stored = event(DEPOSITED | {"orderId": "a"}, 3)
        del stored["orderId"]
        return story.store(stored).publish(stored).send(DEPOSITED)

    def view(self, *amounts: int) -> dict[str, Any]:
        entries = [{"entryId": "e1", "amount": amount} for amount in amounts]
        return {name: value for name, value in OPENED.items() if name != "type"} | {
            "balance": sum(amounts), "entries": entries}

    def test_both_took_effect(self) -> None:
        """A retry after a crash is a second command, where the first one took effect."""
        story = self.lost().query(self.view(5, 5))
        assert Kind.VIEW_WRONG not in kinds(story)

    def test_half_done(self) -> None:
        """A view that lacks an effect that is stored is half done."""
        story = self.lost().query(self.view(5))
        assert Kind.VIEW_WRONG in kinds(story)

    def test_refused_retry(self) -> None:
        """A refused retry tells that the first took effect: its view is due."""
        stored = event(CREATED, 1)
        story = told(self.MARK).store(stored).send(CREATED, reply=Reply.INDEFINITE, status=502)
        assert Kind.VIEW_WRONG in kinds(story.send(CREATED, 409).query(None))
