"""Settings of all tests: those with one of these markers run only on request (``-m``)."""

from __future__ import annotations

import pytest
from hypothesis import settings

settings.register_profile("any-load", deadline=None)
settings.load_profile("any-load")  # a busy machine is no failure

ON_REQUEST = {
    "slow": "takes minutes",
    "ministack": "needs MiniStack",
    "localstack": "needs Docker and an image of LocalStack",
    "browser": "needs Playwright and Chromium",
    "newcomer": "installs the project anew",
    "cluster": "starts a scheduler and workers",
    "catalogue": "a miniature that not every run makes",
    "node": "builds and runs Node.js functions",
    "go": "builds and runs Go functions",
    "java": "builds and runs Java functions",
    "rust": "builds and runs Rust functions",
}


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, why in ON_REQUEST.items():
        config.addinivalue_line("markers", f"{name}: {why}; runs with -m {name}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what runs on request unless markers are chosen."""
    for item in items if not config.option.markexpr else ():
        marks = [name for name in ON_REQUEST if item.get_closest_marker(name)]
        if marks:
            item.add_marker(pytest.mark.skip(reason=f"runs with -m {marks[0]}"))
