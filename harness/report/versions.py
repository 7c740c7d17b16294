"""The versions of all that a verdict may depend on, for reports."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

LIBRARIES = ("hypothesis", "moto", "boto3", "botocore", "pytest", "aws-sam-translator")


def tool() -> dict[str, Any]:
    """Name and version of the tool, with Python, the system and the libraries."""
    found = {name: _version(name) for name in LIBRARIES}
    return {"name": "cqrs-conformance", "version": _version("cqrs-conformance"),
            "python": platform.python_version(), "system": platform.system(),
            "libraries": {name: value for name, value in found.items() if value}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
