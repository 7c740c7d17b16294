"""The command audit: what it finds in stored events and views, and what it spares."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from harness.audit import partitions
from harness.entry.cli import main

DAY = "2026-01-0{}T00:00:00Z"
Document = dict[str, Any]


def event(kind: str, version: int, id: str = "a", **members: Any) -> Document:
    own: Document = {
        "OrderCreated": {"customer": "x", "createdAt": DAY.format(1)},
        "OrderUpdated": {"updatedAt": DAY.format(version)}, "OrderDeleted": {}}[kind]
    return {"type": kind, "orderId": id, "version": version, "eventId": f"{id}-{version}",
            **own, **members}


def view(version: int = 1, id: str = "a", **members: Any) -> Document:
    shown = {"orderId": id, "customer": "x", "createdAt": DAY.format(1)}
    updated = {"updatedAt": DAY.format(version)} if version > 1 else {}
    return {**shown, **updated, **members}


CREATED, UPDATED, THIRD = (event("OrderCreated", 1), event("OrderUpdated", 2),
                           event("OrderUpdated", 3))
DELETED = event("OrderDeleted", 2)


class Audit:
    """Runs the command on documents; ``code`` and ``findings`` are its result."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.report = folder, folder / "report.json"

    def __call__(
        self, events: list[Any], views: list[Any] | None = None, *options: str,
        replies: list[Any] | None = None,
    ) -> list[Document]:
        given = ["--events", self.lines("events", events)]
        given += ["--views", self.lines("views", views)] if views is not None else []
        given += ["--acknowledged", self.lines("log", replies)] if replies is not None else []
        self.code = main(["audit", "--contract", "orders", *given, *options,
                          "--report-json", str(self.report)])
        found: list[Document] = json.loads(self.report.read_text())["findings"]
        return found

    def lines(self, name: str, documents: list[Any]) -> str:
        path = self.folder / f"{name}.jsonl"
        path.write_text("".join(f"{json.dumps(each)}\n" for each in documents))
        return str(path)


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path)


def kinds(findings: list[Document]) -> list[tuple[str, str]]:
    return [(each["kind"], each["aggregate"]) for each in findings]


class TestSpared:
    @pytest.mark.parametrize(("events", "views"), [
        ([CREATED], [view()]),
        ([UPDATED, CREATED], [view(2)]),
        ([CREATED, CREATED, UPDATED], [view(2), view(2)]),
        ([CREATED, DELETED], []),
        ([CREATED, DELETED, event("OrderCreated", 3)], [view()]),
        ([CREATED, event("OrderCreated", 1, "b")], [view(id="b"), view()]),
        ([CREATED], [view(etag="7")]),
        ([{**CREATED, "correlationId": "c", "recordedAt": DAY.format(2)}], [view()]),
    ])
    def test_right(self, audit: Audit, events: list[Document], views: list[Document]) -> None:
        """Events in any order, lines repeated and members of the envelope are no findings."""
        assert (audit(events, views), audit.code) == ([], 0)


class TestFound:
    @pytest.mark.parametrize(("events", "views", "kind"), [
        ([CREATED, THIRD], [view(3)], "gap"),
        ([CREATED, {**CREATED, "eventId": "other"}], [view()], "duplicate"),
        ([CREATED, UPDATED, {**THIRD, "eventId": "a-2"}], [view(3)], "duplicate"),
        ([CREATED, event("OrderCreated", 2)], [view()], "refused-event"),
        ([CREATED, {**UPDATED, "updatedAt": "yesterday"}], [view()], "refused-event"),
        ([CREATED, DELETED], [view()], "deleted-shown"),
        ([CREATED, UPDATED, THIRD], [view(2)], "stale-view"),
        ([CREATED], [view(customer="y")], "wrong-view"),
        ([CREATED], [], "missing-view"),
    ])
    def test_kind(
        self, audit: Audit, events: list[Document], views: list[Document], kind: str
    ) -> None:
        """Each kind of damage is found once, and no other kind with it."""
        assert (kinds(audit(events, views)), audit.code) == ([(kind, "a")], 1)

    def test_orphan(self, audit: Audit) -> None:
        """A view without any event is an orphan."""
        assert kinds(audit([CREATED], [view(), view(id="b")])) == [("orphan-view", "b")]

    def test_foreign(self, audit: Audit) -> None:
        """A line that is no event is a foreign object, named by its place."""
        found = audit([CREATED, {"snapshot": 1}], [view(), 7])
        assert [(each["kind"], each["place"].rsplit("/", 1)[-1]) for each in found] == [
            ("foreign-object", "events.jsonl:2"), ("foreign-object", "views.jsonl:2")]

    def test_newest_that_fits(self, audit: Audit) -> None:
        """A stale view has the newest version whose fold it is."""
        same = event("OrderUpdated", 3, updatedAt=DAY.format(2))
        found = audit([CREATED, UPDATED, same, event("OrderUpdated", 4)], [view(2)])
        assert [(each["kind"], each["version"]) for each in found] == [("stale-view", 3)]

    def test_without_views(self, audit: Audit) -> None:
        """Without views the events alone are judged."""
        assert kinds(audit([CREATED, THIRD])) == [("gap", "a")]

    def test_after_a_refused_event(self, audit: Audit) -> None:
        """Beside a refused event the view may be the fold with it or without it."""
        other = event("OrderCreated", 2, customer="y")
        assert [kinds(audit([CREATED, other], [view(customer=c)])) for c in "xyz"] == [
            [("refused-event", "a")], [("refused-event", "a")],
            [("refused-event", "a"), ("wrong-view", "a")]]


class TestReplies:
    @pytest.mark.parametrize(("reply", "kind"), [
        ({"id": "a", "status": 201, "eventId": "a-9"}, ["acknowledged-lost"]),
        ({"orderId": "b", "status": 201}, ["acknowledged-lost"]),
        ({"id": "a", "status": 409, "eventId": "a-1"}, ["contradicted-reply"]),
        ({"id": "a", "status": 201, "eventId": "a-1", "version": 2}, ["contradicted-reply"]),
        ({"id": "a", "status": 201, "eventId": "a-1", "version": 1}, []),
        ({"id": "a", "status": 429, "eventId": "a-1"}, []),
        ({"id": "a", "status": 500, "eventId": "a-9"}, []),
    ])
    def test_one(self, audit: Audit, reply: Document, kind: list[str]) -> None:
        """A reply is held against the events; one that says nothing for certain is not."""
        assert [each["kind"] for each in audit([CREATED], [view()], replies=[reply])] == kind

    def test_twice(self, audit: Audit) -> None:
        """One key that was acknowledged with two events took effect twice."""
        replies = [{"id": "a", "status": 201, "key": "k", "eventId": f"a-{n}"} for n in (1, 2, 2)]
        found = audit([CREATED, UPDATED], [view(2)], replies=replies)
        assert kinds(found) == [("applied-twice", "a")]


    def test_of_a_log_with_other_names(self, audit: Audit) -> None:
        """The dialect's [log] names the members; a line without a status is no reply."""
        default = files("harness.dialect").joinpath("default.toml").read_text("utf-8")
        dialect = audit.folder / "dialect.toml"
        dialect.write_text(default + '\n[log.members]\nid = "order.id"\nstatus = "http|text"\n'
                           'event_id = "order.event"\nkey = "key"\n', "utf-8")
        logged = [{"message": "START"},
                  {"order": {"id": "a", "event": "a-1"}, "http": "201", "key": "k"},
                  {"order": {"id": "a", "event": "a-9"}, "http": "201", "key": "l"},
                  {"order": {"id": "b"}, "http": "500"}]
        found = audit([CREATED], [view()], "--dialect", str(dialect), replies=logged)
        assert [(each["kind"], each["eventId"]) for each in found] == [
            ("acknowledged-lost", "a-9")]


class TestSince:
    def test_whole_history(self, audit: Audit) -> None:
        """A later moment chooses aggregates, whose whole history is read."""
        old = event("OrderCreated", 1, "old")
        found = audit([CREATED, UPDATED, THIRD, old], [], "--since", DAY.format(3))
        assert kinds(found) == [("missing-view", "a")]


class TestSources:
    @pytest.mark.parametrize("form", ["json", "gz", "parquet", "list"])
    def test_forms(self, audit: Audit, form: str, tmp_path: Path) -> None:
        """A folder of files in any form is read whole."""
        folder = tmp_path / "stored"
        folder.mkdir()
        if form == "json":
            for each in (CREATED, UPDATED):
                (folder / f"{each['version']}.json").write_text(json.dumps(each, indent=2))
        elif form == "gz":
            with gzip.open(folder / "part.jsonl.gz", "wt") as file:
                file.write(f"{json.dumps(CREATED)}\n\n{json.dumps(UPDATED)}\n")
        elif form == "list":
            (folder / "all.json").write_text(json.dumps([CREATED, UPDATED]))
        else:
            rows = [{"updatedAt": None, "customer": None, "createdAt": None, **each}
                    for each in (CREATED, UPDATED)]
            parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "part.parquet")
        code = main(["audit", "--events", str(folder), "--views", audit.lines("v", [view(2)])])
        assert code == 0

    @pytest.mark.parametrize(("name", "content", "said"), [
        ("events.jsonl", b'{"a": 1}\n{"a": \n', "events.jsonl:2"),
        ("events.jsonl", b"\xff\n", "not UTF-8"),
        ("events.parquet", b"PAR1", "events.parquet"),
        ("events.jsonl.gz", b"no gzip", "events.jsonl.gz"),
    ])
    def test_not_readable(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes,
        said: str,
    ) -> None:
        """An input that cannot be read is exit 2, with its file and line."""
        (tmp_path / name).write_bytes(content)
        code = main(["audit", "--events", str(tmp_path / name)])
        error = capsys.readouterr().err
        assert (code, said in error, "Traceback" in error) == (2, True, False)

    def test_an_export(self, audit: Audit, tmp_path: Path) -> None:
        """An export of the read model is read by its manifest."""
        (tmp_path / "data").mkdir()
        items = [{"Item": {"id": {"S": id}, "view": {"M": {
            name: {"S": value} for name, value in view(id=id, customer=customer).items()}}}}
            for id, customer in (("a", "x"), ("b", "y"))]
        with gzip.open(tmp_path / "data" / "1.json.gz", "wt") as file:
            file.write("".join(f"{json.dumps(item)}\n" for item in items))
        (tmp_path / "manifest-files.json").write_text('{"dataFileS3Key": "x/data/1.json.gz"}\n')
        found = audit([CREATED, event("OrderCreated", 1, "b")], None, "--views", str(tmp_path))
        assert kinds(found) == [("wrong-view", "b")]

    def test_nothing(self, audit: Audit) -> None:
        """Without anything to judge there is no verdict."""
        assert (audit([], []), audit.code) == ([], 3)

    def test_partitions(self, audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
        """Many partitions find the same as one."""
        events = [event("OrderCreated", 1, f"id{n}") for n in range(50)]
        views = [view(id=f"id{n}") for n in range(0, 50, 2)]
        whole = audit(events, views)
        monkeypatch.setattr(partitions, "PARTITION_BYTES", 500)
        assert (audit(events, views), len(whole)) == (whole, 25)
