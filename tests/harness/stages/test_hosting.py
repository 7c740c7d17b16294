"""Code is given to functions as Lambda unpacks it."""

from pathlib import Path

import pytest

from harness.stages.controlled.hosting import in_a_module


@pytest.mark.parametrize(("above", "own", "expected"), [
    ('{"type": "module"}', None, True), ('{"type": "module"}', "{}", False),
    ('{"name": "x"}', None, False), (None, None, False), ("no JSON", None, False)])
def test_in_a_module(tmp_path: Path, above: str | None, own: str | None, expected: bool) -> None:
    """A package above the code decides on its files only where the code has none of its own."""
    code = tmp_path / "service" / "dist"
    code.mkdir(parents=True)
    for folder, text in ((tmp_path / "service", above), (code, own)):
        if text is not None:
            (folder / "package.json").write_text(text)
    if above is None:
        (tmp_path / "package.json").write_text("{}")
    assert in_a_module(code) is expected
