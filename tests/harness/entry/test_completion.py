"""Completion: a script that knows the commands and their options."""

from __future__ import annotations

import pytest

from harness.entry import cli


def test_bash(capsys: pytest.CaptureFixture[str]) -> None:
    """The script has commands and options."""
    pytest.importorskip("shtab")
    code, out = cli.main(["completion", "bash"]), capsys.readouterr().out
    assert (code, "check-template" in out, "--max-failures" in out) == (0, True, True)


def test_not_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without shtab the command says what to install."""
    monkeypatch.setattr("harness.entry.completion.find_spec", lambda name: None)
    assert (cli.main(["completion", "bash"]), "[completion]" in capsys.readouterr().err) == (
        2, True)
