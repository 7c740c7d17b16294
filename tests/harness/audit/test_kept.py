"""The folder of an audit keeps what is finished, and the plan tells what to deliver again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyarrow import parquet

from harness.audit import partitions, run
from harness.entry.cli import main
from tests.harness.audit.documents import kinds, orders


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An audit of 40 orders in several partitions."""
    monkeypatch.setattr(partitions, "PARTITION_BYTES", 3000)
    events, views, _ = orders(tmp_path, 40)
    return ["audit", "--events", str(events), "--views", str(views), "--out",
            str(tmp_path / "out"), "--report-json", str(tmp_path / "report.json")]


def test_all_findings_are_written_as_parquet(words: list[str], tmp_path: Path) -> None:
    main(words)
    rows = parquet.read_table(tmp_path / "out" / "findings.parquet").to_pylist()
    assert [(row["kind"], row["aggregate"]) for row in rows] == kinds(tmp_path / "report.json")
    assert {row["version"] for row in rows if row["kind"] == "stale-view"} == {1}


def test_only_what_is_missing_is_judged_again(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(words)
    whole = (tmp_path / "report.json").read_text()
    files = sorted((tmp_path / "out" / "partitions").iterdir())
    files[1].unlink()
    judged = []
    of_part = run.Work.judged
    monkeypatch.setattr(run.Work, "judged", lambda self, number, rows: (
        judged.append(number), of_part(self, number, rows))[1])
    capsys.readouterr()
    main(words)
    assert (judged, (tmp_path / "report.json").read_text()) == ([1], whole)
    assert f"{len(files) - 1} of {len(files)} partitions were finished" in capsys.readouterr().out


def test_the_folder_of_another_audit_is_refused(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(words)
    assert main([*words, "--since", "2026-01-01"]) == 2
    assert "belongs to another audit" in capsys.readouterr().err


def test_the_plan_lists_the_events_after_a_stale_view(
    words: list[str], tmp_path: Path
) -> None:
    main([*words, "--repair-plan", str(tmp_path / "plan.jsonl")])
    plan = [json.loads(line) for line in (tmp_path / "plan.jsonl").read_text().splitlines()]
    assert [(each["eventId"], each["because"]) for each in plan] == [
        (f"order-{n:04}-2", "stale-view") for n in (3, 13, 23, 33)]


def test_the_page_lists_findings(words: list[str], tmp_path: Path) -> None:
    """Each kind has its number and its meaning, each aggregate its row."""
    assert main([*words, "--report-html", str(tmp_path / "a.html")]) == 1
    page = (tmp_path / "a.html").read_text("utf-8")
    for text in ("8 findings", "4 stale-view", "order-0003", "the fold of earlier events"):
        assert text in page


def test_the_summary_counts_kinds(words: list[str], tmp_path: Path) -> None:
    main([*words, "--report-markdown", str(tmp_path / "summary.md")])
    assert "| stale-view | 4 | the view is" in (tmp_path / "summary.md").read_text()


def test_lines_are_spread_by_the_id_of_the_line_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An id within a member, or in an escaped text, does not mislead."""
    monkeypatch.setattr(partitions, "PARTITION_BYTES", 60)
    shown = [{"orderId": f"o{n}", "customer": 'a "orderId": "x"', "createdAt":
              "2026-01-01T00:00:00Z"} for n in range(9)]
    events = [{"meta": {"orderId": f"x{n}"}, "type": "OrderCreated", "version": 1, "eventId": "1",
               **each} for n, each in enumerate(shown)]
    for name, documents in (("e", events), ("v", shown)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, documents)))
    assert main(["audit", "--events", str(tmp_path / "e.jsonl"),
                 "--views", str(tmp_path / "v.jsonl")]) == 0


def test_pieces_name_the_lines_of_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.audit import sources

    monkeypatch.setattr(sources, "PIECE_BYTES", 50)
    events, _, _ = orders(tmp_path, 5)
    events.write_text(events.read_text() + "{\n")
    assert main(["audit", "--events", str(events)]) == 2
    assert "e.jsonl:11" in capsys.readouterr().err
