"""Settings that would remove an event or a shown view."""

import json
from dataclasses import replace

from harness.core.history import Called, Item, Role, Stored
from harness.core.violation import Kind
from tests.harness.histories import CREATED, VIEW, Story, event


def put(story: Story, key: str, bucket: str = "bucket") -> Story:
    return story.add(Called(Role.COMMAND, "c", 1, "s3", "PutObject", bucket, key, 200, None))


def expiring(prefix: str) -> Story:
    story = Story()
    story.system = replace(story.system, expiring=(("bucket", prefix),))
    return put(story, "a/1").accept(CREATED, 1)


class TestEvents:
    def test_removed(self) -> None:
        """An event under a prefix that expires is blamed."""
        assert expiring("a/").kinds == {Kind.STORE_CHANGED}

    def test_of_another_prefix(self) -> None:
        """Other objects may expire."""
        assert expiring("receipts/").kinds == set()

    def test_a_copy_stays(self) -> None:
        """An event of which another copy stays is not lost."""
        story = expiring("a/")
        assert put(story, "b/1").store(event(CREATED, 1), "b/1").kinds == set()


class TestItems:
    def stored(self, *, expires: bool) -> Story:
        story = Story().accept(CREATED, 1)
        story.records = [replace(record, expires=expires) if isinstance(record, Stored) else record
                         for record in story.records]
        return story

    def test_expires(self) -> None:
        """An event whose item has a time to live is blamed."""
        assert self.stored(expires=True).kinds == {Kind.STORE_CHANGED}

    def test_stays(self) -> None:
        """An event whose item has none stays."""
        assert self.stored(expires=False).kinds == set()

    def test_a_copy_stays(self) -> None:
        """An event of which another item stays is not lost: the row of an outbox may expire."""
        assert self.stored(expires=True).store(event(CREATED, 1), "copy").kinds == set()


class TestViews:
    def shown(self, **more: object) -> Story:
        story = Story()
        story.system = replace(story.system, time_to_live=("ttl",))
        item = {"id": {"S": "a"}, "view": {"S": json.dumps(VIEW)}, **more}
        return story.accept(CREATED, 1).query(VIEW).add(Item("a", json.dumps(item)))

    def test_expires(self) -> None:
        """A view that is shown and has a time to live is blamed."""
        assert self.shown(ttl={"N": "1"}).kinds == {Kind.VIEW_UNSTABLE}

    def test_stays(self) -> None:
        """Without the attribute an item stays."""
        assert self.shown().kinds == set()
