"""The oracle: what replies allow to have happened."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.commands import Accepted
from harness.core.errors import UndecidedError
from harness.core.history import Reply
from harness.core.ledger import Expect
from harness.oracle.checks import judge
from harness.oracle.views import prefix_views
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, DELETED, UPDATED, VIEW, Story, about, views

UPDATED_VIEW = VIEW | {"updatedAt": UPDATED["updatedAt"]}
OTHER = CREATED | {"customer": "Bob"}
LEAP = CREATED | {"createdAt": "2026-12-31T23:59:60Z"}
COMMANDS = (CREATED, UPDATED, DELETED)


def expected(story: Story) -> list[set[Expect]]:
    return [set(judged.expected) for judged in story.ledger.commands]


def agreed(story: Story) -> list[bool]:
    return [judged.agrees for judged in story.ledger.commands]


class TestDefiniteReplies:
    def test_one_world(self) -> None:
        """Definite replies leave one world."""
        story = Story().send(CREATED).send(UPDATED).send(CREATED, 409)
        assert views(story) == [UPDATED_VIEW]

    def test_nothing_sent(self) -> None:
        """An aggregate that nothing was sent for has no view."""
        assert views(Story()) == [None]

    def test_all_as_expected(self) -> None:
        """Accepted where the rules accept and refused where they refuse agrees."""
        story = Story().send(UPDATED, 404).send(CREATED).send(CREATED, 409).send(DELETED)
        assert agreed(story) == [True] * 4

    def test_wrongly_refused(self) -> None:
        """A refusal of what the rules accept does not agree, and has had no effect."""
        story = Story().send(CREATED, 409)
        assert (agreed(story), views(story)) == ([False], [None])

    def test_wrongly_accepted(self) -> None:
        """An acknowledgement of what the rules refuse does not agree, and has had no effect."""
        story = Story().send(UPDATED)
        assert (agreed(story), views(story)) == ([False], [None])

    def test_invalid(self) -> None:
        """An invalid command is expected to be refused as such, and belongs to no aggregate."""
        judged = Story().send("null", 400).ledger.commands[0]
        assert (judged.expected, judged.aggregate) == ({Expect.REFUSE_INVALID}, None)

    def test_aggregates_are_apart(self) -> None:
        """A command changes the worlds of its own aggregate only."""
        story = Story().send(CREATED).send(about(CREATED, "b")).send(DELETED)
        assert (views(story), len(list(views(story, "b")))) == ([None], 1)

    @given(st.lists(st.sampled_from(COMMANDS), max_size=10))
    def test_is_the_fold(self, commands: list[dict[str, Any]]) -> None:
        """With honest replies the one view is the fold of what was accepted."""
        story, state = Story(), CONTRACT.initial
        for command in commands:
            good = isinstance(CONTRACT.decide(state, command), Accepted)
            state = CONTRACT.evolve(state, command) if good else state
            story.send(command, 200 if good else 409)
        assert (views(story), all(agreed(story))) == ([CONTRACT.view(state)], True)


class TestIndefiniteReplies:
    @pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
    def test_two_worlds(self, status: int) -> None:
        """After a server error the command may or may not have taken effect."""
        assert views(Story().send(CREATED, status)) == [VIEW, None]

    def test_later_reply_decides(self) -> None:
        """A later definite reply tells which it was."""
        assert views(Story().send(CREATED, 500).send(UPDATED)) == [UPDATED_VIEW]

    def test_later_refusal_decides(self) -> None:
        """So does a later refusal."""
        assert views(Story().send(CREATED, 500).send(UPDATED, 404)) == [None]

    @given(st.lists(st.tuples(st.sampled_from(COMMANDS), st.sampled_from((200, 409, 503))),
                    max_size=6))
    def test_never_without_a_world(self, sent: list[tuple[dict[str, Any], int]]) -> None:
        """Whatever the replies, some world is left."""
        story = Story()
        for command, status in sent:
            story.send(command, status)
        assert list(map(bool, story.ledger.worlds.values())) == [True] * bool(sent)

    def test_too_many_worlds(self) -> None:
        """Commands without definite replies exhaust neither time nor memory."""
        story = Story().send(CREATED)
        for number in range(40):
            story.send(UPDATED | {"customer": f"{number}"}, 500, key=f"{number}")
        assert story.ledger.narrowed == {"a"}
        assert len(story.ledger.worlds["a"]) <= 5000

    def test_nothing_is_known_of_too_many(self) -> None:
        """Where only some worlds were looked at, a reply that none of them allows tells nothing."""
        story = Story().send(CREATED)
        for number in range(20):
            story.send(UPDATED | {"customer": f"{number}"}, 429, key=f"{number}")
        story.send(CREATED)
        with pytest.raises(UndecidedError, match="not every course of events"):
            judge(CONTRACT, story.history)


class TestKeys:
    def test_repeat(self) -> None:
        """A repeated command is expected to get the same reply, and has one effect."""
        story = Story().send(CREATED, key="k").send(CREATED, key="k")
        assert (expected(story)[1], views(story)) == ({Expect.REPEAT}, [VIEW])

    def test_repeat_after_the_end(self) -> None:
        """A repeated creation is still a repeat when the order is gone."""
        story = Story().send(CREATED, key="k").send(DELETED).send(CREATED, key="k")
        assert (expected(story)[2], views(story)) == ({Expect.REPEAT}, [None])

    def test_spelling_does_not_matter(self) -> None:
        """The same members in another order are the same command."""
        turned = json.dumps(dict(reversed(CREATED.items())))
        story = Story().send(CREATED, key="k").send(turned, key="k")
        assert expected(story)[1] == {Expect.REPEAT}

    def test_reuse(self) -> None:
        """A key with another body is expected to be refused, and has no effect."""
        story = Story().send(CREATED, key="k").send(UPDATED, 422, key="k")
        assert (expected(story)[1], views(story)) == ({Expect.REFUSE_REUSE}, [VIEW])

    def test_another_aggregate(self) -> None:
        """A key is free on another aggregate."""
        story = Story().send(CREATED, key="k").send(about(CREATED, "b"), key="k")
        assert expected(story)[1] == {Expect.ACCEPT}

    def test_no_key(self) -> None:
        """Without a key every request is a new command."""
        story = Story().send(CREATED).send(CREATED, 409)
        assert expected(story)[1] == {Expect.REFUSE}

    @pytest.mark.parametrize("status", [200, 404, 409])
    def test_first_refused(self, status: int) -> None:
        """A key whose first command was refused may be honoured or be refused again."""
        story = Story().send(UPDATED, 404, key="k").send(CREATED).send(UPDATED, status, key="k")
        assert agreed(story) == [True, True, True]

    @pytest.mark.parametrize("status", [200, 422])
    def test_first_refused_then_another_body(self, status: int) -> None:
        """So may another body under such a key."""
        story = Story().send(UPDATED, 404, key="k").send(CREATED, status, key="k")
        assert agreed(story) == [True, True]

    @pytest.mark.parametrize("status", [200, 422])
    def test_debatable_refused_then_another_body(self, status: int) -> None:
        """A debatable command that was refused uses its key up just as well."""
        story = Story().send(LEAP, 400, key="k").send(CREATED, status, key="k")
        assert agreed(story) == [True, True]

    @pytest.mark.parametrize(("status", "found"), [
        (200, [VIEW | {"customer": "Bob"}]), (422, [VIEW, None])])
    def test_indefinite_then_another_body(self, status: int, found: list[Any]) -> None:
        """A failed command may have used its key up, whether it took effect or not."""
        story = Story().send(CREATED, 500, key="k").send(OTHER, status, key="k")
        assert views(story) == found

    def test_indefinite_then_refused(self) -> None:
        """The same command again is no other one: it may not be refused for its key."""
        story = Story().send(CREATED, 500, key="k").send(DELETED, 404)
        assert agreed(story.send(CREATED, 409, key="k")) == [True, True, False]

    @pytest.mark.parametrize("status", [200, 500])
    def test_repeat_of_an_indefinite(self, status: int) -> None:
        """A retry after a server error settles what it can and is one effect at most."""
        story = Story().send(CREATED, 500, key="k").send(CREATED, status, key="k")
        assert views(story) == ([VIEW] if status == 200 else [VIEW, None])


class TestMayBeRefused:
    @pytest.mark.parametrize(("status", "view"), [(200, LEAP["createdAt"]), (400, None)])
    def test_either_reply_agrees(self, status: int, view: str | None) -> None:
        """Ambiguous input is accepted in full or refused without effect."""
        story = Story().send(LEAP, status)
        shown = [(found or {}).get("createdAt") for found in views(story)]
        assert (agreed(story), shown) == ([True], [view])

    def test_unknown_members_are_dropped(self) -> None:
        """An accepted command takes effect without the members that nobody named."""
        assert views(Story().send(CREATED | {"isAdmin": True})) == [VIEW]

    def test_queued(self) -> None:
        """From a queued reply nothing is known of a debatable command."""
        story = Story().send(LEAP, 202, reply=Reply.QUEUED)
        assert len(list(views(story))) == 2


class TestQueues:
    def test_queued_command(self) -> None:
        """A queued command takes effect as the rules say."""
        queued = Story().send(CREATED, 202, reply=Reply.QUEUED)
        assert views(queued.send(CREATED, 202, reply=Reply.QUEUED)) == [VIEW]

    def test_batch(self) -> None:
        """The commands of a batch take effect as the rules say, and bad ones have none."""
        story = Story().batch(CREATED, "null", about(UPDATED, "b"), about(CREATED, "c"))
        assert [views(story, id) == [None] for id in "abc"] == [False, True, False]

    def test_batch_in_order(self) -> None:
        """Commands on one aggregate take effect in the order of the records."""
        assert views(Story().batch(CREATED, UPDATED)) == [UPDATED_VIEW]


class TestReads:
    def test_worlds_at_that_time(self) -> None:
        """A read is compared with what had happened by then."""
        story = Story().query(None, "during").send(CREATED).query(VIEW, "during")
        worlds = [read.worlds for read in story.ledger.reads]
        assert [prefix_views(CONTRACT, found) for found in worlds] == [[None], [None, VIEW]]

    def test_prefixes_of_several_worlds(self) -> None:
        """The prefixes of every world count."""
        story = Story().send(CREATED, 500).send(UPDATED, 500)
        worlds = story.ledger.worlds["a"]
        assert prefix_views(CONTRACT, worlds) == [None, VIEW, UPDATED_VIEW]
