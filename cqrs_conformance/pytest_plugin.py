"""The plugin that pytest loads: options, the marker ``requirement`` and the fixture ``conform``.

pytest imports it in every session, so neither boto3, moto nor Hypothesis is imported with it.
"""

from harness.entry.pytest_plugin import conform, pytest_addoption, pytest_configure

__all__ = ["conform", "pytest_addoption", "pytest_configure"]
