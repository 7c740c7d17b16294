"""The recorder turns calls and changed objects into records, and keeps which items were written."""

from typing import Any

import pytest

from harness.aws.calls import Call
from harness.core.history import Role, Stored
from harness.stages.controlled.recording import Recorder


class Objects:
    """Buckets as the recorder reads them."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def keys(self, bucket: str) -> list[str]:
        return list(self.texts)

    def text(self, bucket: str, key: str) -> str | None:
        return self.texts.get(key)


class Answer:
    """A response with a status."""

    def __init__(self, status: int) -> None:
        self.status_code = status


@pytest.fixture
def objects() -> Objects:
    return Objects()


def performed(
    recorder: Recorder, role: Role, call: Call, change: Any = lambda: None, status: int = 200
) -> None:
    def perform() -> Any:
        change()
        return Answer(status)

    recorder.performed(role, call, perform)


def put(key: str, bucket: str = "events") -> Call:
    return Call("s3", "PutObject", bucket, key, ())


class TestObjects:
    def test_changes(self, objects: Objects) -> None:
        """An object is added, changed and removed; a call that changes nothing leaves no record."""
        recorder = Recorder(objects)
        for text in ("1", "1", "2"):
            performed(recorder, Role.COMMAND, put("a"), lambda t=text: objects.texts.update(a=t))
        performed(recorder, Role.COMMAND, Call("s3", "DeleteObjects", "events", "", ()),
                  objects.texts.clear)
        assert [(r.change, r.key, r.text) for r in recorder.records if isinstance(r, Stored)] == [
            ("added", "a", "1"), ("changed", "a", "2"), ("removed", "a", "2")]

    @pytest.mark.parametrize(("first", "recorded"), [
        pytest.param(Role.PROJECTION, 0, id="an archive"),
        pytest.param(Role.COMMAND, 2, id="the event store")])
    def test_buckets_of_projections(self, objects: Objects, first: Role, recorded: int) -> None:
        """A projection's write is evidence only in a bucket that a command function writes to."""
        recorder = Recorder(objects)
        performed(recorder, first, put("a"), lambda: objects.texts.update(a="1"))
        performed(recorder, Role.PROJECTION, put("b"), lambda: objects.texts.update(b="1"))
        assert len(recorder.records) == recorded


class TestItems:
    @pytest.mark.parametrize(("operation", "status", "written"), [
        ("PutItem", 200, True), ("TransactWriteItems", 200, True), ("PutItem", 400, False),
        ("GetItem", 200, False), ("TransactGetItems", 200, False), ("BatchGetItem", 200, False),
    ])
    def test_written(
        self, objects: Objects, operation: str, status: int, written: bool
    ) -> None:
        """A rebuild removes what projections wrote, and nothing that they only read."""
        recorder = Recorder(objects)
        call = Call("dynamodb", operation, "views", "a\nb", ())
        performed(recorder, Role.PROJECTION, call, status=status)
        expected = {"views": frozenset({"a", "b"})} if written else {}
        assert recorder.written_items() == expected

    def test_of_other_functions(self, objects: Objects) -> None:
        """Items that a command function writes are not the read model's."""
        recorder = Recorder(objects)
        performed(recorder, Role.COMMAND, Call("dynamodb", "PutItem", "locks", "a", ()))
        assert recorder.written_items() == {}

    def test_next_play(self, objects: Objects) -> None:
        """A play begins without records and without written items."""
        recorder = Recorder(objects)
        performed(recorder, Role.PROJECTION, Call("dynamodb", "PutItem", "views", "a", ()))
        performed(recorder, Role.COMMAND, put("a"), lambda: objects.texts.update(a="1"))
        recorder.begin()
        assert (recorder.records, recorder.written_items()) == ([], {})
