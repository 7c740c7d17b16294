"""Settings that would remove an event or a shown view."""

from dataclasses import replace

from harness.core.history import Called, Outlived, Role, Stored
from harness.core.http import Response
from harness.core.json_values import to_json
from harness.core.violation import Kind
from tests.harness.histories import CREATED, JSON, VIEW, Story, event


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
    def left(self, response: Response) -> Story:
        """A view that was shown, and the reply when items have outlived their time."""
        story = Story().accept(CREATED, 1).query(VIEW)
        story.system = replace(story.system, time_to_live=("ttl",))
        return story.add(Outlived("a", response))

    def test_gone(self) -> None:
        """A view that is shown and goes with its time to live is blamed."""
        assert self.left(Response(404)).kinds == {Kind.VIEW_UNSTABLE}

    def test_poorer(self) -> None:
        """So is one of several items that loses some of them."""
        poorer = Response(200, JSON, to_json({"orderId": "a"}))
        assert self.left(poorer).kinds == {Kind.VIEW_UNSTABLE}

    def test_folded(self) -> None:
        """A query may fold the events then, and need not show what the contract does not name."""
        assert self.left(Response(200, JSON, to_json(VIEW))).kinds == set()
