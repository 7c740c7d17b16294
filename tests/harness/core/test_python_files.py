"""Contracts in Python files: found, or refused with the user's line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.core.contract_registry import ContractError, find_contract
from harness.core.python_files import file_and_attribute

CONTRACT = "from scenarios.domains.orders import CONTRACT\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A file with a contract, a helper beside it, and nothing on sys.path."""
    path = tmp_path / "shop.py"
    (tmp_path / "beside.py").write_text("NUMBER = 5\n", "utf-8")
    path.write_text(f"import beside\n{CONTRACT}OTHER = CONTRACT\nNUMBER = beside.NUMBER\n", "utf-8")
    return path


class TestNames:
    @pytest.mark.parametrize(("text", "expected"), [
        ("orders", None), ("a:b", None), ("shop.py", (Path("shop.py"), "CONTRACT")),
        ("shop.py:", (Path("shop.py"), "CONTRACT")), ("a/shop.py:X", (Path("a/shop.py"), "X")),
    ])
    def test_split(self, text: str, expected: tuple[Path, str] | None) -> None:
        """A text names a file if it has the suffix of Python."""
        assert file_and_attribute(text, "CONTRACT") == expected


class TestFound:
    @pytest.mark.parametrize("attribute", ["", ":CONTRACT", ":OTHER"])
    def test_in_a_file(self, written: Path, attribute: str) -> None:
        """A file gives its contract by name (or CONTRACT) and imports modules beside it."""
        assert find_contract(f"{written}{attribute}").name == "orders"

    def test_once(self, written: Path) -> None:
        """A file is imported once in a process, and its folder does not stay on the path."""
        same = find_contract(str(written)) is find_contract(f"{written}:OTHER")
        assert (same, str(written.parent) in sys.path) == (True, False)


class TestRefused:
    @pytest.mark.parametrize(("source", "name", "message"), [
        (None, "", "there is no such file; give FILE.py:NAME"),
        (CONTRACT, ":CONTACT", "it has no CONTACT; it has CONTRACT; give .*shop.py:CONTRACT"),
        ("", "", "it has no CONTRACT; define a Contract of that name"),
        ("CONTRACT = 5\n", "", "expected a Contract, got 5"),
        ("\n\nraise RuntimeError('not today')\n", "",
         "line 3 of shop.py: RuntimeError: not today; correct it"),
        ("\nx = = 5\n", "", "line 2 of shop.py: invalid syntax"),
        ("import nothing_of_the_kind\n", "", "line 1 of shop.py: ModuleNotFoundError"),
        ("import sys\nsys.exit(0)\n", "", "line 2 of shop.py: SystemExit"),
        ("import os\n\ndef f():\n    os.chdir(5.5)\n\nf()\n", "", "line 4 of shop.py: TypeError"),
    ])
    def test_mistakes(self, tmp_path: Path, source: str | None, name: str, message: str) -> None:
        """A file that gives no contract is refused with its line, and can be tried again."""
        path = tmp_path / "shop.py"
        if source is not None:
            path.write_text(source, "utf-8")
        for _ in range(2):
            with pytest.raises(ContractError, match=message):
                find_contract(f"{path}{name}")
