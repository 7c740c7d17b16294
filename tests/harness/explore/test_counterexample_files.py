"""Counterexamples in files: there and back without loss, and clear words for what is none."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.history import RECORDS, History, System
from harness.core.history_json import HistoryError, to_lines
from harness.core.scenario import Query, Scenario, Send
from harness.core.scenario_json import ScenarioError
from harness.core.verdict import Counterexample
from harness.core.violation import Hop, Kind, Violation
from harness.explore.counterexample_files import (
    DEFAULT_FOLDER,
    FORMAT,
    PLAIN_NAMESPACE,
    FileError,
    Origin,
    document,
    load,
    read,
    read_history,
    save,
)
from tests.harness.drawn import instances, steps
from tests.harness.histories import CREATED, Story

NAMESPACES = st.from_regex(r"n[0-9]{5}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3), max_leaves=6)
SCENARIOS = st.builds(Scenario, st.lists(steps(), max_size=3).map(tuple), st.booleans())
HISTORIES = st.builds(
    History, NAMESPACES, instances(System),
    st.lists(st.one_of([instances(kind) for kind in RECORDS.values()]), max_size=3).map(tuple))
FOUND = st.builds(
    Counterexample, SCENARIOS, HISTORIES,
    st.builds(Violation, st.sampled_from(Kind), st.none(), st.integers(0, 9), JSON, JSON,
              st.sampled_from(Hop)))
ORIGIN = Origin("orders", "t.yaml", "PRJ-01", "moto", 7)


def found(namespace: str = "n12345") -> Counterexample:
    """A wrong view of one order."""
    story = Story()
    story.send(CREATED | {"orderId": f"{namespace}a"})
    story.query({"orderId": f"{namespace}a"}, "settled", id=f"{namespace}a")
    history = History(namespace, story.history.system, story.history.records)
    violation = Violation(Kind.VIEW_WRONG, f"{namespace}a", 1, "x", "404", Hop.PROJECTION)
    return Counterexample(Scenario((Send("{}"), Query("~a"))), history, violation)


def written(folder: Path, **changes: Any) -> Path:
    """A file with some members replaced."""
    path = folder / "file.json"
    path.write_text(json.dumps(document(ORIGIN, found()) | changes), "utf-8")
    return path


class TestRoundTrip:
    @settings(deadline=None)
    @given(instances(Origin), FOUND)
    def test_without_loss(self, origin: Origin, given_: Counterexample) -> None:
        """A file is read as it was written: origin, scenario, system and violation."""
        saved = load(json.loads(json.dumps(document(origin, given_))))
        assert (saved.origin, saved.scenario, saved.violation, saved.hop) == (
            origin, given_.scenario, given_.violation.kind, given_.violation.hop)
        assert len(saved.history.records) == len(given_.history.records)

    @settings(deadline=None)
    @given(HISTORIES)
    def test_history(self, history: History) -> None:
        """A history without a namespace in its texts comes back record by record."""
        renamed = History(PLAIN_NAMESPACE, history.system, history.records)
        given_ = Counterexample(Scenario(()), renamed, found().violation)
        assert load(json.loads(json.dumps(document(ORIGIN, given_)))).history == renamed

    def test_which_play_it_was(self) -> None:
        """Nothing depends on the namespace, so the same failure is the same file."""
        assert document(ORIGIN, found("n12345")) == document(ORIGIN, found("n67890"))


class TestSaving:
    def test_name(self, tmp_path: Path) -> None:
        """A file is named by its requirement, and two of the same are one."""
        paths = {save(tmp_path / "new", document(ORIGIN, found(name))) for name in ("n1", "n2")}
        assert [path.name[:7] for path in paths] == ["PRJ-01-"]
        assert [path.name for path in (tmp_path / "new").iterdir()] == [
            path.name for path in paths]

    def test_another(self, tmp_path: Path) -> None:
        """Another stage's counterexample is another file."""
        elsewhere = document(ORIGIN, found()) | {"stage": "http"}
        assert save(tmp_path, document(ORIGIN, found())) != save(tmp_path, elsewhere)

    def test_not_versioned(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In the default folder git sees nothing of it."""
        monkeypatch.chdir(tmp_path)
        save(DEFAULT_FOLDER, document(ORIGIN, found()))
        assert (tmp_path / ".cqrs-conformance" / ".gitignore").read_text("utf-8") == "*\n"

    def test_impossible(self, tmp_path: Path) -> None:
        """Where no file can be written the message says where one can be."""
        (tmp_path / "file").touch()
        with pytest.raises(FileError, match=r"cannot be written: .*give --counterexamples"):
            save(tmp_path / "file", document(ORIGIN, found()))


class TestReading:
    def test_counterexample(self, tmp_path: Path) -> None:
        """A file is read as what was written."""
        assert read(save(tmp_path, document(ORIGIN, found()))).origin == ORIGIN

    def test_history_of_a_counterexample(self, tmp_path: Path) -> None:
        """A counterexample's file is good for its history, and says what it is for."""
        history, saved = read_history(written(tmp_path))
        assert (len(history.records), saved and saved.origin) == (2, ORIGIN)

    def test_json_lines(self, tmp_path: Path) -> None:
        """A history in JSON Lines stands for itself."""
        path = tmp_path / "history.jsonl"
        path.write_text("\n".join(to_lines(found().history)), "utf-8")
        assert read_history(path) == (found().history, None)

    @pytest.mark.parametrize(("changes", "told"), [
        ({"format": "x"}, "not a counterexample of cqrs-conformance"),
        ({"version": 2}, "version 2 of the format"),
        ({"version": None}, "version None of the format"),
        ({"seed": "1"}, "damaged: seed: expected int"),
        ({"template": 5}, "damaged: template: expected str or null"),
        ({"violation": "sad"}, "damaged: 'sad' is not a valid Kind"),
        ({"scenario": {"steps": [{"step": "Fly"}]}}, "damaged: step 1: expected one of"),
        ({"history": []}, "damaged: line 1: expected the header"),
        ({"history": 5}, "damaged: "),
    ], ids=str)
    def test_damaged(self, tmp_path: Path, changes: dict[str, Any], told: str) -> None:
        """An invalid file is an error of one sentence that ends with the remedy."""
        with pytest.raises(FileError, match=told) as error:
            read(written(tmp_path, **changes))
        assert ("\n" in str(error.value), "; " in str(error.value)) == (False, True)

    @pytest.mark.parametrize(
        "name", sorted(document(ORIGIN, found()).keys() - {"format", "version"}))
    def test_lacking(self, tmp_path: Path, name: str) -> None:
        """A member that is not there is named."""
        lacking = document(ORIGIN, found())
        del lacking[name]
        path = tmp_path / "file.json"
        path.write_text(json.dumps(lacking), "utf-8")
        with pytest.raises(FileError, match=f"damaged: no member '{name}'"):
            read(path)

    @pytest.mark.parametrize("content", [b"", b"\xff", b"{", b"[]", b"[" * 100_000, b"null"], ids=[
        "empty", "bytes", "open", "list", "deep", "null"])
    def test_something_else(self, tmp_path: Path, content: bytes) -> None:
        """Both readers refuse a file that is neither counterexample nor history."""
        path = tmp_path / "file"
        path.write_bytes(content)
        for reader in (read, read_history):
            with pytest.raises(FileError, match=r"give a file that a failing run has written"):
                reader(path)

    def test_nothing_there(self, tmp_path: Path) -> None:
        """A file that is not there is told so."""
        with pytest.raises(FileError, match=r"cannot be read: No such file"):
            read(tmp_path / "nowhere.json")

    @given(st.dictionaries(st.sampled_from(list(document(ORIGIN, found()))), JSON))
    def test_never_another_error(self, changes: dict[str, Any]) -> None:
        """Whatever stands in its members, a document is a counterexample or clearly none."""
        with suppress(ScenarioError, HistoryError, KeyError, ValueError, TypeError):
            assert load(document(ORIGIN, found()) | changes).origin.requirement

    def test_format(self) -> None:
        """A file says first what it is, so that no reader has to guess."""
        assert next(iter(document(ORIGIN, found()).items())) == ("format", FORMAT)
