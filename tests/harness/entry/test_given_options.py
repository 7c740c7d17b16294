"""Options in the settings: between those given and the defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import UserMistake
from harness.entry.given_options import in_force
from harness.entry.options import OPTIONS
from harness.template.read import settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.cqrs-conformance]\n{text}\n", "utf-8")


def test_settings(folder: Path) -> None:
    """Settings replace defaults; files are seen from the folder of the settings."""
    written(folder, 'profile = "ci"\nexclude = "PRJ"\nmax-time = "5m"\nstrict = true\n'
                    'template = "app/t.yaml"\nmax-failures = 2')
    found = in_force({})
    assert (found.profile, found.exclude, found.max_time, found.strict, found.max_failures,
            found.template) == ("ci", ("PRJ",), 300.0, True, 2, str(folder / "app/t.yaml"))


def test_given_first(folder: Path) -> None:
    """An option that is given replaces the settings, its default too."""
    written(folder, 'profile = "ci"\nrequirement = ["PRJ"]')
    found = in_force({"profile": "quick", "requirement": ["API"]})
    assert (found.profile, found.requirement) == ("quick", ("API",))


@pytest.mark.parametrize("text", [
    'profile = "huge"', "exclude = 5", "strict = 1", 'max-time = "soon"', 'baseline = true',
    'profil = "ci"',
])
def test_mistakes(folder: Path, text: str) -> None:
    """A value that the option cannot have is refused."""
    written(folder, text)
    with pytest.raises(UserMistake):
        in_force({})


def test_known() -> None:
    """Each option of the settings is an option of a run."""
    assert {name.replace("-", "_") for name in settings.OPTIONS} <= set(OPTIONS)
