"""Functions are read with what Globals and parameters add to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.template import (
    CodeMissing,
    HandlerMissing,
    InlineCode,
    PackageUnsupported,
    RemoteCode,
    TemplateError,
)
from tests.harness.template.example_templates import SAM_HTTP, SAM_REST, Load, resources


class TestFunctions:
    """Functions, with what Globals and parameters add to them."""

    def test_globals_are_merged(self, given_template: Load, tmp_path: Path) -> None:
        """A function has the runtime, timeout, memory, code and layers of Globals."""
        command = given_template(SAM_REST).functions[0]
        assert (command.runtime, command.handler) == ("python3.12", "command.handler")
        assert (command.timeout, command.memory) == (10.0, 256)
        assert (command.code, command.layers) == (tmp_path / "src", (tmp_path / "layer",))
        assert command.remote_layers == ("arn:aws:lambda:us-east-1:1:layer:other:4",)

    def test_parameters_decide(self, given_template: Load) -> None:
        """A given parameter goes before its default and decides conditions and mappings."""
        found = given_template(SAM_REST, Stage="prod")
        assert (found.functions[0].memory, found.buckets) == (1024, ("Events", "OnlyProd"))

    def test_defaults_are_lambdas(self, given_template: Load, tmp_path: Path) -> None:
        """The defaults are three seconds, 128 MB and the template's folder."""
        command = given_template(SAM_HTTP).functions[0]
        assert (command.timeout, command.memory, command.code) == (3.0, 128, tmp_path)

    @pytest.mark.parametrize(
        ("properties", "expected"),
        [
            ({"Code": {"ZipFile": "x"}}, InlineCode("x")),
            ({"Code": {"S3Bucket": "b", "S3Key": "k"}}, RemoteCode("s3", "s3://b/k")),
            ({"Code": {"ImageUri": "i:1"}, "PackageType": "Image"}, RemoteCode("image", "i:1")),
        ],
    )
    def test_code_is_kept_as_it_is(
        self, given_template: Load, properties: dict[str, Any], expected: Any
    ) -> None:
        """Inline code, images and S3 objects are told apart."""
        function = {"Type": "AWS::Lambda::Function", "Properties": properties}
        assert given_template({"Resources": {"F": function}}).functions[0].code == expected

    def test_cdk_assets_are_local(self, given_template: Load, tmp_path: Path) -> None:
        """A template that the CDK has synthesised names its code in its metadata."""
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "cdk-${AWS::Region}"}, "S3Key": "k"}},
            "Metadata": {"aws:asset:path": "asset.1"},
        }
        found = given_template({"Resources": {"F": function}})
        assert found.functions[0].code == tmp_path / "asset.1"

    @pytest.mark.parametrize("name", ["asset.1f", "asset.1f.zip"])
    def test_cdk_assets_without_metadata(
        self, given_template: Load, tmp_path: Path, name: str
    ) -> None:
        """Without the CDK's command line, only the object's key tells of the asset beside it."""
        (tmp_path / name).mkdir()
        code = {"S3Bucket": {"Fn::Sub": "cdk-${AWS::Region}"}, "S3Key": "1f.zip"}
        function = {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}
        found = given_template({"Resources": {"F": function}})
        assert found.functions[0].code == tmp_path / name

    def test_an_image_without_uri_is_read(self, given_template: Load) -> None:
        """A SAM image that is still to be built needs no ImageUri."""
        function = {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}
        with pytest.raises(PackageUnsupported, match="container image"):
            given_template({"Resources": {"F": function}}).functions[0].runnable()

    def test_code_in_place_is_runnable(self, given_template: Load, tmp_path: Path) -> None:
        """A function whose code and handler are there can be run."""
        assert given_template(resources()).functions[0].runnable() == tmp_path

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"code": Path("/nowhere/at/all")}, CodeMissing),
            ({"handler": ""}, HandlerMissing),
            ({"code": RemoteCode("s3", "s3://b/k")}, PackageUnsupported),
        ],
    )
    def test_what_cannot_be_run_is_refused(
        self, given_template: Load, change: dict[str, Any], error: type[TemplateError]
    ) -> None:
        """Missing code, a missing handler and remote code are refused when asked to run."""
        function = replace(given_template(resources()).functions[0], **change)
        with pytest.raises(error, match="function F"):
            function.runnable()
