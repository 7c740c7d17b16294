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


@pytest.mark.skipif(IMAGE is None, reason="needs CQRS_LOCALSTACK_IMAGE, an image's name")
def test_reference(tmp_path: Path) -> None:
    """The reference conforms there under faults and schedules, and no container is left."""
    assert IMAGE is not None
    report = tmp_path / "report.json"
    ended = subprocess.run(
        [sys.executable, "-m", "harness.cli", "run", "--stage", "localstack", "--functions",
         "hosted", "--localstack-image", IMAGE, "--profile", "smoke", "--seed", "1",
         "--report-json", str(report)],
        capture_output=True, text=True, timeout=DEADLINE, check=False)
    counts = json.loads(report.read_text("utf-8"))["counts"]
    left = subprocess.run(["docker", "ps", "-q", "--filter", f"ancestor={IMAGE}"],
                          capture_output=True, text=True, check=True).stdout
    assert (ended.returncode, counts["failed"], counts["errored"], left) == (0, 0, 0, "")
