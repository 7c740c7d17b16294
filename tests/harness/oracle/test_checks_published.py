"""Published events against the event store, and the store against what is published."""

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.core.history import Called, Delivered, FunctionFacts, Published, Role
from harness.core.violation import Hop, Kind
from tests.harness.histories import CREATED, UPDATED, Story, about, event

FIRST, SECOND = event(CREATED, 1), event(UPDATED, 2)


def two() -> Story:
    return Story().accept(CREATED, 1).accept(UPDATED, 2)


class TestPublished:
    @pytest.mark.parametrize("changes", [
        {"customer": "Bob"}, {"version": 2}, {"more": 1}, {"version": "1"},
    ], ids=repr)
    def test_detail_differs(self, changes: dict[str, Any]) -> None:
        """A detail that is not the stored event is blamed at the bus."""
        story = Story().send(CREATED).store(FIRST).publish(FIRST | changes)
        assert [(v.kind, v.hop) for v in story.violations] == [(Kind.PUBLISHED_DIFFERS, Hop.BUS)]

    def test_detail_type_differs(self) -> None:
        """A DetailType that is not the event's type is blamed."""
        story = Story().send(CREATED).store(FIRST).publish(FIRST, "Created")
        assert story.kinds == {Kind.PUBLISHED_DIFFERS}

    def test_no_detail_type(self) -> None:
        """A carrier that names no type beside the event leaves it to the event."""
        story = Story().send(CREATED).store(FIRST).publish(FIRST, "")
        assert story.kinds == set()

    def test_never_stored(self) -> None:
        """An event that is published and not in the store is blamed."""
        assert Story().send(CREATED, 503).publish(FIRST).kinds >= {Kind.PUBLISHED_ONLY}

    def test_without_ids(self) -> None:
        """Events without ids are not taken for one another."""
        other = about(CREATED, "b")
        story = Story().send(CREATED).store(CREATED).publish(CREATED)
        story = story.send(other).store(other, "b").publish(other)
        assert not story.kinds & {Kind.PUBLISHED_DIFFERS, Kind.PUBLISHED_ONLY}

    def test_shared_id(self) -> None:
        """Of two events under one id each is published as its own aggregate's."""
        other = FIRST | about(CREATED, "b")
        story = Story().send(CREATED).store(FIRST).publish(FIRST)
        story = story.send(about(CREATED, "b")).store(other, "b").publish(other)
        assert story.kinds == {Kind.EVENT_MEMBERS}

    @pytest.mark.parametrize(("member", "kinds"), [
        ("version", {Kind.PUBLISHED_DIFFERS}), ("eventId", {Kind.PUBLISHED_ONLY})])
    def test_before_it_is_stored(self, member: str, kinds: set[Kind]) -> None:
        """A member that is untold of published events is compared where the stored one gave it."""
        bare = {name: value for name, value in FIRST.items() if name != member}
        story = Story().publish(bare).store(FIRST).send(CREATED)
        assert story.kinds == kinds
        story.system = replace(story.system, untold=(f"published.{member}",))
        assert story.kinds == set()
        assert story.publish({**bare, "customer": "other"}).kinds

    def test_stored_by_the_projection(self) -> None:
        """An event that the projection writes is blamed."""
        assert Kind.PROJECTION_STORES in two().store(FIRST, "x", Role.PROJECTION).kinds


class TestCommandsOnTheirWay:
    """A message of a command function is delivered; the worker that stores is a relay."""

    def story(self, *functions: str) -> Story:
        """A command goes to functions, is stored with its event, and nothing else is published."""
        roles = {"worker": Role.RELAY, "projection": Role.PROJECTION}
        story = Story().publish({**CREATED, "job": "j"})
        story.system = replace(story.system, functions=tuple(
            FunctionFacts(name, role, None) for name, role in roles.items()))
        for name in functions:
            story.add(Delivered(0, name, again=False, late=False, records=1, ok=True))
        return story.store(FIRST, "a/1").send(CREATED)

    def published(self, story: Story, document: dict[str, Any]) -> Story:
        """The worker publishes that."""
        return story.add(Published(1, "", str(CREATED["type"]), json.dumps(document), "queue",
                                   Role.RELAY, 1))

    def test_to_a_relay(self) -> None:
        """A command for the worker that stores is no event, though it looks like one."""
        assert self.published(self.story("worker"), FIRST).kinds == set()

    def test_to_a_projection_too(self) -> None:
        """A message that a projection is handed is an event."""
        story = self.published(self.story("worker", "projection"), FIRST)
        assert story.kinds == {Kind.PUBLISHED_ONLY}

    def test_relay_makes_it_up(self) -> None:
        """The worker has to publish the event that is stored."""
        story = self.published(self.story("worker"), FIRST | {"customer": "other"})
        assert story.kinds == {Kind.PUBLISHED_DIFFERS}

    def test_no_event_of_a_published_one(self) -> None:
        """After a failure the command does not stand for its event, which nobody published."""
        assert self.story("worker").add(TestUnpublished.CRASH).kinds == {Kind.UNPUBLISHED}


class TestUnpublished:
    CRASH = Called(
        Role.COMMAND, "command-function", 1, "events", "PutEvents", "bus", "", 0, "crash")

    def story(self, *published: dict[str, Any]) -> Story:
        """Two commands were stored, one of them amid a failure; so much was published."""
        story = Story().store(FIRST, "a/1").add(self.CRASH).store(SECOND, "a/2")
        for each in published:
            story.publish(each)
        return story.send(CREATED).send(UPDATED)

    def test_published(self) -> None:
        """In any order, and as often as it may be."""
        assert Kind.UNPUBLISHED not in self.story(SECOND, FIRST, SECOND).kinds

    def test_not_published(self) -> None:
        """A later event that is published does not stand for an earlier one."""
        assert self.story(SECOND).kinds == {Kind.UNPUBLISHED}

    def test_by_a_pipe(self) -> None:
        """A pipe publishes what its enrichment has answered, and no function does."""
        text = json.dumps(FIRST)
        piped = Published(1, "orders", str(FIRST["type"]), text, "topic", None, 1)
        assert self.story(SECOND).add(piped).kinds == set()

    def test_in_another_form(self) -> None:
        """An event that is published under its id, in whatever form, has been published."""
        assert self.story(FIRST | {"customer": "x"}, SECOND).kinds == {Kind.PUBLISHED_DIFFERS}

    def test_queued(self) -> None:
        """Where a queue takes the commands, no client was told anything."""
        story = self.story(SECOND)
        story.system = replace(story.system, queued=True)
        assert Kind.UNPUBLISHED not in story.kinds

    @pytest.mark.parametrize("call", [
        replace(CRASH, error=None), replace(CRASH, role=Role.PROJECTION)], ids=["none", "another"])
    def test_no_failure(self, call: Called) -> None:
        """Without a failure of a function that publishes, a view shows what is missing."""
        story = Story().store(FIRST, "a/1").add(call).send(CREATED)
        assert Kind.UNPUBLISHED not in story.kinds

    def test_open_fate(self) -> None:
        """A command without a reply and without a retry promises nothing."""
        story = Story().store(FIRST, "a/1").add(self.CRASH).send(CREATED, 503)
        assert Kind.UNPUBLISHED not in story.kinds

    def test_ahead(self) -> None:
        """With a failure about, what is published first may never be stored."""
        story = Story().add(self.CRASH).publish(FIRST).add(replace(self.CRASH, error=None))
        assert story.store(FIRST, "a/1").send(CREATED).kinds == {Kind.PUBLISHED_ONLY}

    def test_in_one_call(self) -> None:
        """A pipe of the store's stream publishes what a call stores, also if it crashes then."""
        story = Story().publish(FIRST).store(FIRST, "a/1").add(self.CRASH).send(CREATED)
        assert story.kinds == set()

    def test_ahead_of_a_projection(self) -> None:
        """A carrier hands an event to the projection that stores it until it is stored."""
        story = Story().add(self.CRASH).publish(FIRST).store(FIRST, "a/1", Role.PROJECTION)
        assert Kind.PUBLISHED_ONLY not in story.send(CREATED).kinds
