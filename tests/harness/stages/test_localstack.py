"""LocalStack for real, in a container: the reference implementation on its services."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

IMAGE = os.environ.get("CQRS_LOCALSTACK_IMAGE")
DEADLINE = 1500.0

pytestmark = pytest.mark.localstack


EVERY_HOP = ("API-02", "CMD-05", "CMD-10", "CMD-11", "CMD-14", "PRJ-02", "PRJ-03", "PRJ-06",
             "PRJ-08", "PRJ-09")
"""One requirement for each way to disturb a hop; every history is judged by every check anyway."""


@pytest.mark.skipif(IMAGE is None, reason="needs CQRS_LOCALSTACK_IMAGE, an image's name")
@pytest.mark.parametrize("requirements", [
    pytest.param(EVERY_HOP, id="every hop"),
    pytest.param((), id="everything", marks=pytest.mark.slow)])
def test_reference(tmp_path: Path, requirements: tuple[str, ...]) -> None:
    """The reference conforms there under faults and schedules, and no container is left."""
    assert IMAGE is not None
    only = ("--requirement", *requirements) if requirements else ()
    report = tmp_path / "report.json"
    ended = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--stage", "localstack", "--functions",
         "hosted", "--localstack-image", IMAGE, "--profile", "smoke", "--seed", "1",
         "--report-json", str(report), *only],
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    counts = json.loads(report.read_text("utf-8"))["counts"]
    left = subprocess.run(["docker", "ps", "-q", "--filter", f"ancestor={IMAGE}"],
                          capture_output=True, text=True, check=True).stdout
    assert (ended.returncode, counts["failed"], counts["errored"], left) == (0, 0, 0, "")
