"""The GitHub Action: its step runs as the shell runs it, and its inputs are those it declares."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
JUDGE = PROJECT / ".github" / "judge"


@pytest.mark.newcomer
@pytest.mark.parametrize(("requirement", "code"), [("API-12", 0), ("NOPE-1", 2)])
def test_the_step_ends_as_the_run_ends(tmp_path: Path, requirement: str, code: int) -> None:
    variables = {"TEMPLATE": str(PROJECT / "reference_impl/template.yaml"), "CONTRACT": "orders",
                 "PROFILE": "smoke", "SEED": "1", "ARGUMENTS": f"--requirement {requirement}",
                 "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    ended = subprocess.run(["bash", str(JUDGE)], cwd=tmp_path, env={**os.environ, **variables},
                           capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    if code == 0:
        report = json.loads((tmp_path / "conformance-report.json").read_text("utf-8"))
        assert report["verdict"] == "selected requirements passed"


def test_every_variable_of_the_step_comes_from_an_input() -> None:
    action = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))
    (step,) = (each for each in action["runs"]["steps"] if each.get("name") == "Judge")
    used = set(re.findall(r"\$\{?([A-Z]+)\b", JUDGE.read_text("utf-8")))
    named = {re.sub(r"\W|inputs", "", value).replace("-", "_") for value in step["env"].values()}
    assert used == set(step["env"])
    assert named <= {name.replace("-", "_") for name in action["inputs"]}


def test_the_workflows_are_sound(tmp_path: Path) -> None:
    """By actionlint (https://github.com/rhysd/actionlint), where it is installed."""
    lint = shutil.which("actionlint")
    if lint is None:
        pytest.skip("actionlint is not installed")
    found = subprocess.run([lint, *map(str, (PROJECT / ".github/workflows").glob("*.yml"))],
                           capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout) == (0, "")
