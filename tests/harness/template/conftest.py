"""Fixtures of the tests of templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.template import (
    Template,
    load,
)
from tests.harness.template.example_templates import OPENAPI, Load


@pytest.fixture
def given_template(tmp_path: Path) -> Load:
    """Writes a template (text or data) and loads it."""

    def write(content: str | Mapping[str, Any], **parameters: str) -> Template:
        text = content if isinstance(content, str) else json.dumps(content)
        path = tmp_path / "template.yaml"
        path.write_text(text, encoding="utf-8")
        (tmp_path / "openapi.yaml").write_text(OPENAPI, encoding="utf-8")
        (tmp_path / ".git").mkdir(exist_ok=True)
        return load(path, parameters)

    return write
