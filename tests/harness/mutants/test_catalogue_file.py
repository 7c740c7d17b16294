"""Catalogues in JSON files: their rows, and the mistakes in them that are told."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.contract_registry import reference_template
from harness.entry import cli
from harness.mutants.catalogue import find_catalogue
from scenarios.domains.orders import CONTRACT
from tests.harness.known_bugs import SHOWS_ANOTHER

REFERENCE = str(reference_template(CONTRACT))
RIGHT = {"name": "right", "contract": "orders", "template": REFERENCE, "violates": []}


def written(folder: Path, document: Any) -> str:
    file = folder / "cases.json"
    file.write_text(json.dumps(document), "utf-8")
    return str(file)


class TestRows:
    def test_paths_from_its_folder(self, tmp_path: Path) -> None:
        """Paths are relative to the file, wherever the command runs."""
        (tmp_path / "t.json").write_text("{}")
        (tmp_path / "d.toml").write_text("")
        file = written(tmp_path, [{**RIGHT, "template": "t.json", "dialect": "d.toml"}])
        (row,) = find_catalogue(file)

        assert row.build(tmp_path / "empty") == (tmp_path / "t.json").resolve()
        assert row.dialect == str((tmp_path / "d.toml").resolve())

    def test_a_contract_of_its_own(self, tmp_path: Path) -> None:
        """A contract may be in a Python file beside the catalogue."""
        (tmp_path / "own.py").write_text(
            "from scenarios.domains.orders import CONTRACT as ORDERS\n")
        file = written(tmp_path, [{**RIGHT, "contract": "own.py:ORDERS"}])

        assert find_catalogue(file)[0].contract is CONTRACT

    def test_what_is_known(self, tmp_path: Path) -> None:
        """A row that violates nothing conforms; other members are the user's own."""
        broken = {**RIGHT, "name": "broken", "violates": ["CMD-10"], "remark": "found in May"}
        right, other = find_catalogue(written(tmp_path, [RIGHT, broken]))

        assert right.conforms
        assert other.fails == {"CMD-10"}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "expected a JSON array of rows, got dict"),
        ([RIGHT, 5], "row 2: expected a JSON object, got int"),
        ([{**RIGHT, "name": ""}], 'row 1, name: expected a text, got ""'),
        ([{**RIGHT, "violates": "CMD-10"}], "row 1, violates: expected a list"),
        ([{**RIGHT, "violates": ["CMD-99"]}], "requirement 'CMD-99'"),
        ([{**RIGHT, "contract": "none"}], "contract 'none': there is none"),
        ([{**RIGHT, "template": "none.yaml"}], "row 1: there is no "),
        ([{**RIGHT, "dialect": "none.toml"}], "row 1: there is no "),
        ([RIGHT, RIGHT], "2 rows are called 'right'"),
    ])
def test_mistakes(
    document: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake is told in one line, and nothing is hunted."""
    assert cli.main(["power", "--catalogue", written(tmp_path, document)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("content", [None, "{"], ids=["missing", "no JSON"])
def test_unreadable(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is missing or no JSON is told in one line."""
    file = tmp_path / "cases.json"
    if content is not None:
        file.write_text(content)

    assert cli.main(["power", "--catalogue", str(file)]) == 2
    assert "expected a JSON file that can be read" in capsys.readouterr().err


def test_hunted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row with a bug is hunted, and killed."""
    template = SHOWS_ANOTHER.build(tmp_path)
    file = written(tmp_path, [{**RIGHT, "name": "a/b", "template": str(template),
                               "violates": ["API-02"]}])

    assert cli.main(["power", "--catalogue", file, "--no-baseline", "--budget", "60"]) == 0
    assert "killed" in capsys.readouterr().out
