"""Histories: to JSON Lines and back without loss, and clear words for what is none."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.history import RECORDS, History, Restarted, Settled, System
from harness.core.history_json import HistoryError, from_lines, to_lines
from tests.harness.drawn import instances

RECORD = st.one_of([instances(kind) for kind in RECORDS.values()])
RECORDED = st.lists(RECORD, max_size=4).map(tuple)
HISTORIES = st.builds(History, st.text(), instances(System), RECORDED)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("", *RECORDS)),
    lambda v: st.lists(v, max_size=3)
    | st.dictionaries(st.sampled_from(("record", "step", "system", "namespace", "role")), v),
    max_leaves=8,
)
HEADER = next(to_lines(History("n", System(), ())))


class TestRoundTrip:
    @settings(deadline=None)
    @given(HISTORIES)
    def test_without_loss(self, history: History) -> None:
        """Every history comes back from its lines as it was."""
        assert from_lines(list(to_lines(history))) == history

    @pytest.mark.parametrize("name", RECORDS)
    @given(data=st.data())
    def test_every_record(self, name: str, data: st.DataObject) -> None:
        """Every kind of record comes back as it was."""
        history = History("n", System(), (data.draw(instances(RECORDS[name])),))
        assert from_lines(list(to_lines(history))) == history

    @given(HISTORIES)
    def test_lines(self, history: History) -> None:
        """Each line is one JSON object in ASCII."""
        lines = list(to_lines(history))
        assert len(lines) > len(history.records)
        assert all(line.isascii() and isinstance(json.loads(line), dict) for line in lines)


class TestOf:
    def test_records_of_a_kind(self) -> None:
        """The records of one kind come in order."""
        records = (Restarted(1), Settled(2, 0, 0), Restarted(3))
        assert list(History("n", System(), records).of(Restarted)) == [Restarted(1), Restarted(3)]


class TestGarbage:
    @pytest.mark.parametrize("lines", [
        [], [""], ["{"], ["[]"], ["{}"], ['{"system": {}}'], ['{"namespace": "n"}'],
        ['{"namespace": "n", "system": 5}'], ['{"namespace": "n", "system": {}}'],
        [HEADER.replace('"n"', "5")], [HEADER.replace("false", '"no"')],
        [HEADER, "x"], [HEADER, "5"], [HEADER, "{}"], [HEADER, '{"record": "Fly"}'],
        [HEADER, '{"record": ["Sent"]}'], [HEADER, '{"record": "Restarted"}'],
        [HEADER, '{"record": "Restarted", "step": "one"}'],
        [HEADER, '{"record": "Restarted", "step": 1, "x": 1}'],
        [HEADER, '{"record": "Queried", "step": 1, "id": "a", "phase": "x", "response": 5}'],
        [HEADER, "[" * 100_000],
    ], ids=lambda lines: repr(lines)[:60])
    def test_is_a_history_error(self, lines: list[str]) -> None:
        """A file that is no history is a HistoryError."""
        with pytest.raises(HistoryError, match=r"^line \d+: "):
            from_lines(lines)

    @given(st.lists(JSON, max_size=3), st.booleans())
    def test_never_another_error(self, documents: list[Any], header: bool) -> None:
        """Whatever the lines hold, they are a history or a HistoryError."""
        lines = [*([HEADER] if header else []), *map(json.dumps, documents)]
        with suppress(HistoryError):
            assert isinstance(from_lines(lines), History)

    def test_message_names_the_line(self) -> None:
        """The message says which line, which record and what was expected."""
        lines = [HEADER, '{"record": "Restarted", "step": "one"}']
        with pytest.raises(HistoryError, match=r"line 2: Restarted: step: expected int, got 'one'"):
            from_lines(lines)
