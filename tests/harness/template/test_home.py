"""A template that names a region and an account is read as one of here."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.template.read.home import HERE, Home, here, home_of

ARN = "arn:aws:sns:eu-west-3:111122223333:books"
LAYER = "arn:aws:lambda:eu-west-3:017000801446:layer:tools:1"
MANIFEST = {"artifacts": {"Shop": {
    "type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-3"}}}


class TestHome:
    @pytest.mark.parametrize(("document", "home"), [
        ({"a": [ARN]}, Home("eu-west-3", "111122223333")),
        ({"a": [ARN, LAYER]}, Home("eu-west-3", "111122223333")),
        ({"a": ["arn:aws:s3:::bucket", "eu-west-3"]}, HERE),
        ({"a": [ARN, ARN.replace("eu-west-3", "us-west-2")]}, Home(account="111122223333")),
    ])
    def test_arns(self, tmp_path: Path, document: dict[str, Any], home: Home) -> None:
        """ARNs tell region and account if all name the same; layers are other people's."""
        assert home_of(tmp_path / "template.yaml", document) == home

    @pytest.mark.parametrize(("name", "text", "home"), [
        ("manifest.json", json.dumps(MANIFEST), Home("eu-west-3", "111122223333")),
        ("manifest.json", json.dumps(MANIFEST).replace(
            "111122223333/eu-west-3", "unknown-account/unknown-region"), HERE),
        ("serverless-state.json", '{"service": {"provider": {"region": "eu-west-3"}}}',
         Home("eu-west-3")),
        ("samconfig.toml", '[default.deploy.parameters]\nregion = "eu-west-3"', Home("eu-west-3")),
        ("samconfig.toml", "[default", HERE),
    ])
    def test_files_beside_the_template(
        self, tmp_path: Path, name: str, text: str, home: Home
    ) -> None:
        """The files that tools write beside the template tell it without any ARN."""
        (tmp_path / name).write_text(text)
        assert home_of(tmp_path / "template.json", {}) == home


class TestHere:
    def test_whole_words(self) -> None:
        """Names are replaced as whole words, and a key of the home wins over one of here."""
        document = {"arn": ARN, "zone": "eu-west-3a", "url": "https://x.eu-west-3.amazonaws.com",
                    "map": {"us-east-1": 1, "eu-west-3": 2}}
        assert here(document, Home("eu-west-3", "111122223333")) == {
            "arn": "arn:aws:sns:us-east-1:123456789012:books", "zone": "eu-west-3a",
            "url": "https://x.us-east-1.amazonaws.com", "map": {"us-east-1": 2}}
