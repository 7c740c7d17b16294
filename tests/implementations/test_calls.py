"""The requests of SDKs are understood: each service, and buckets in path or host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.playground import TEMPLATE, calls, playground, run
from tests.implementations.building import IMPLEMENTATIONS, built

FUNCTIONS = {
    "JavaScript SDK 2": ("node_article", "nodejs20.x", ".", "calls/index.handler"),
    "JavaScript SDK 3": ("node", "nodejs20.x", "dist/calls", "index.handler"),
    "Go SDK 2": ("go", "provided.al2023", "build/calls", "bootstrap"),
    "Java SDK 2": ("java", "java17", "target/orders.jar", "orders.CallsHandler::handleRequest"),
    "Rust SDK": ("rust", "provided.al2023", "build/calls", "bootstrap"),
}


def _marked(sdk: str) -> object:
    language = IMPLEMENTATIONS[FUNCTIONS[sdk][0]].language
    return pytest.param(sdk, marks=getattr(pytest.mark, language))


@pytest.mark.parametrize("sdk", [_marked(sdk) for sdk in FUNCTIONS])
def test_accepted(sdk: str, tmp_path: Path) -> None:
    """A call of each service is known for what it is, and succeeds."""
    name, runtime, code, handler = FUNCTIONS[sdk]
    given = f"{handler}\n      Runtime: {runtime}\n      CodeUri: {built(name).parent / code}"
    with playground(tmp_path, template=TEMPLATE.replace("handlers.command", given)) as stage:
        stage.start(fresh=False, always_cold=False)
        response = run(stage, "")
        made = [(call.operation, call.key, call.status) for call in calls(stage)]
    assert (response.status, made) == (200, [
        ("PutObject", "by path", 200), ("PutObject", "by host", 200), ("PutItem", "called", 200),
        ("PutEvents", "", 200), ("SendMessage", "", 200)]), response.body
