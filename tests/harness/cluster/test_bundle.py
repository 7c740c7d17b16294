"""A system's files reach a worker as they are to each other."""

import os
from pathlib import Path

import pytest

from harness.cluster import bundle
from harness.cluster.bundle import System, pack
from harness.core.errors import UserMistake
from harness.template import load
from tests.harness.playground import TEMPLATE


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template whose code lies beside its folder, and a contract and dialect elsewhere."""
    for name in ("infra", "code", "spec", "infra/.git", "infra/.venv"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.py").write_text(f"# {name}", "utf-8")
    (tmp_path / "spec" / "dialect.toml").write_text("", "utf-8")
    (tmp_path / "code" / "tool").write_text("#!/bin/sh", "utf-8")
    (tmp_path / "code" / "tool").chmod(0o755)
    path = tmp_path / "infra" / "template.yaml"
    path.write_text(TEMPLATE.replace("CodeUri: code", "CodeUri: ../code"), "utf-8")
    return path


def unpacked(template: Path, into: Path) -> System:
    beside = template.parent.parent / "spec"
    system = System(str(template), f"{beside}/file.py:RULES", str(beside / "dialect.toml"))
    return pack(system, load(template)).unpack(into)


def test_the_system_is_there_again(template: Path, tmp_path: Path) -> None:
    into = tmp_path / "worker"
    found = unpacked(template, into)
    assert found == System(f"{into}/infra/template.yaml", f"{into}/spec/file.py:RULES",
                           f"{into}/spec/dialect.toml")
    codes = {function.code for function in load(Path(found.template)).functions}
    assert {code.resolve() for code in codes if isinstance(code, Path)} == {into / "code"}


def test_what_no_function_runs_from_stays(template: Path, tmp_path: Path) -> None:
    unpacked(template, tmp_path / "worker")
    assert not list((tmp_path / "worker").glob("infra/.*"))


def test_programs_stay_programs(template: Path, tmp_path: Path) -> None:
    unpacked(template, tmp_path / "worker")
    assert os.access(tmp_path / "worker" / "code" / "tool", os.X_OK)


def test_a_contract_by_name_is_the_workers_own(template: Path, tmp_path: Path) -> None:
    found = pack(System(str(template), "orders"), load(template)).unpack(tmp_path / "worker")
    assert (found.contract, found.dialect) == ("orders", None)


def test_a_folder_of_everything_is_refused(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 10)
    with pytest.raises(UserMistake, match="more than"):
        pack(System(str(template), "orders"), load(template))
