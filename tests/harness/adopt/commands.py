"""Systems that a test may change, and commands that are run in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns

SYSTEMS = Path(__file__).parents[2] / "systems"
REFERENCE = Path(__file__).parents[3] / "reference_impl"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str

    @property
    def mistakes(self) -> list[str]:
        """The mistakes that were printed."""
        _, _found, after = self.out.partition("mistake")
        return [line.strip() for line in after.splitlines()[1:] if line.startswith("  ")]

    @property
    def wrong(self) -> list[str]:
        """The lines that are marked as wrong."""
        return [line.split("WRONG", 1)[1].strip() for line in self.out.splitlines()
                if line.startswith("  WRONG")]


def system(name: str, folder: Path) -> Path:
    """A copy of a system."""
    return copytree(SYSTEMS / name, folder / name, ignore=ignore_patterns("__pycache__"))


def with_its_files(folder: Path) -> tuple[str, ...]:
    """The options for a system with its contract and its dialect."""
    return (str(folder), "--contract", str(folder / "contract.py"),
            "--dialect", str(folder / "dialect.toml"))


def change(file: Path, old: str, new: str) -> None:
    """Change a text that is there once or more."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
