"""The user's AWS configuration does not reach the embedded stage."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from harness.core.contract_registry import reference_template
from harness.stages.controlled.process_variables import variables
from harness.stages.embedded.stage import MotoBackend
from harness.template import load
from scenarios.domains.orders import CONTRACT


@pytest.mark.parametrize("given", [
    {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"},
    {"AWS_PROFILE": "of-nobody"}, {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_CONFIG_FILE": "config"},
], ids=str)
def test_embedded_all_the_same(
    given: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Resources are created on the embedded stage, whatever the environment says of another."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:9\n", "utf-8")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as resources:
        deployment = MotoBackend().open(load(reference_template(CONTRACT)), resources)
        assert deployment.physical


def test_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards variables are as they were, those that were unset included."""
    monkeypatch.setenv("CQRS_WAS_SET", "1")
    monkeypatch.delenv("CQRS_WAS_NOT", raising=False)
    with variables({"CQRS_WAS_SET": None, "CQRS_WAS_NOT": "2"}):
        inside = os.environ.get("CQRS_WAS_SET"), os.environ.get("CQRS_WAS_NOT")
    after = os.environ.get("CQRS_WAS_SET"), os.environ.get("CQRS_WAS_NOT")
    assert (inside, after) == ((None, "2"), ("1", None))
