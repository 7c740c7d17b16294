"""Several stacks as one template: what ``cdk synth`` and ``serverless package`` write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from harness.template import TemplateError, load
from harness.template.read.assembly import read_assembly

BUCKET = {"Type": "AWS::S3::Bucket"}
BUS = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}}


def function(code: Any, **variables: Any) -> dict[str, Any]:
    """A function with its code and its environment."""
    return {"Type": "AWS::Lambda::Function", "Properties": {
        "Runtime": "python3.11", "Handler": "app.handler", "Code": code,
        "Environment": {"Variables": variables}}}


def write(folder: Path, name: str, document: dict[str, Any]) -> Path:
    """A JSON file in a folder that is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(json.dumps(document))
    return file


def assembly(folder: Path, **stacks: dict[str, Any]) -> Path:
    """A cloud assembly; gives its manifest."""
    for name, document in stacks.items():
        write(folder, f"{name}.template.json", document)
    artifacts = {name: {"type": "aws:cloudformation:stack",
                        "properties": {"templateFile": f"{name}.template.json"}}
                 for name in stacks}
    return write(folder, "manifest.json", {"version": "48.0.0", "artifacts": artifacts})


def exported(name: Any, value: Any) -> dict[str, Any]:
    """An output with an export."""
    return {"Value": value, "Export": {"Name": name}}


class TestAssembly:
    def test_an_import_becomes_the_exported_value(self, tmp_path: Path) -> None:
        """A stack that imports refers to the other stack's resource as if it were its own."""
        manifest = assembly(
            tmp_path,
            Data={"Resources": {"Store": BUCKET}, "Outputs": {
                "Out": exported("Data:Store", {"Ref": "Store"})}},
            Api={"Resources": {"Take": function({"ZipFile": ""}, B={
                "Fn::ImportValue": "Data:Store"})}})
        take = read_assembly(manifest)["Resources"]["Take"]
        assert take["Properties"]["Environment"]["Variables"]["B"] == {"Ref": "Store"}

    def test_an_output_is_found_by_its_stack_and_key(self, tmp_path: Path) -> None:
        """Fn::GetStackOutput, which newer versions of the CDK write, needs no export."""
        manifest = assembly(
            tmp_path, Data={"Resources": {"Store": BUCKET},
                            "Outputs": {"Out": {"Value": {"Ref": "Store"}}}},
            Api={"Resources": {"Take": function({"ZipFile": ""}, B={
                "Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Out"}})}})
        take = read_assembly(manifest)["Resources"]["Take"]
        assert take["Properties"]["Environment"]["Variables"]["B"] == {"Ref": "Store"}

    def test_an_export_named_after_its_stack_is_found(self, tmp_path: Path) -> None:
        """AWS::StackName in an export's name stands for the exporting stack."""
        manifest = assembly(
            tmp_path, Data={"Resources": {"Store": BUCKET}, "Outputs": {
                "Out": exported({"Fn::Sub": "${AWS::StackName}-store"}, {"Ref": "Store"})}},
            Api={"Resources": {"Take": function({"ZipFile": ""}, B={
                "Fn::ImportValue": "Data-store"})}})
        take = read_assembly(manifest)["Resources"]["Take"]
        assert take["Properties"]["Environment"]["Variables"]["B"] == {"Ref": "Store"}

    def test_names_that_clash_are_told_apart(self, tmp_path: Path) -> None:
        """The second stack's resource gets the stack's name, and so do all references to it."""
        manifest = assembly(
            tmp_path, One={"Resources": {"Store": BUCKET}},
            Two={"Resources": {"Store": BUS, "Take": {
                **function({"ZipFile": ""}, A={"Fn::GetAtt": ["Store", "Arn"]},
                           B={"Fn::Sub": "x-${Store}-${!Store}"}), "DependsOn": ["Store"]}}})
        resources = read_assembly(manifest)["Resources"]
        assert (resources["Store"], resources["TwoStore"]) == (BUCKET, BUS)
        assert resources["Take"]["DependsOn"] == ["TwoStore"]
        assert resources["Take"]["Properties"]["Environment"]["Variables"] == {
            "A": {"Fn::GetAtt": ["TwoStore", "Arn"]}, "B": {"Fn::Sub": "x-${TwoStore}-${!Store}"}}

    def test_one_stack_brings_along_those_it_is_connected_with(self, tmp_path: Path) -> None:
        """A stack that shares no export with the one that was given is left out."""
        assembly(
            tmp_path, Other={"Resources": {"Bus": BUS}},
            Data={"Resources": {"Store": BUCKET}, "Outputs": {
                "Out": exported("store", {"Ref": "Store"})}},
            Api={"Resources": {"Take": function({"ZipFile": ""}, B={
                "Fn::ImportValue": "store"})}})
        found = read_assembly(tmp_path / "Api.template.json")["Resources"]
        assert sorted(found) == ["Store", "Take"]

    def test_assets_of_a_stage_are_found(self, tmp_path: Path) -> None:
        """A stage's stack names its code relative to its own folder."""
        code = tmp_path / "asset.1"
        code.mkdir()
        stack = {"Resources": {"Take": {**function({"S3Bucket": "b", "S3Key": "1.zip"}),
                                        "Metadata": {"aws:asset:path": "../asset.1"}}}}
        assembly(tmp_path / "assembly-Prod", Api=stack)
        write(tmp_path, "manifest.json", {"artifacts": {"assembly-Prod": {
            "type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}})
        take = load(tmp_path).function("Take")
        assert take is not None
        assert isinstance(take.code, Path)
        assert take.code.resolve() == code

    @pytest.mark.parametrize("name", ["", "Api.template.json"])
    def test_addresses_of_assets_need_no_values(self, name: str, tmp_path: Path) -> None:
        """The parameters that version 1 of the CDK makes for an asset are filled in, as it does."""
        (tmp_path / "asset.1").mkdir()
        code = {"S3Bucket": {"Ref": "Bucket"}, "S3Key": {"Fn::Join": ["", [
            {"Fn::Select": [number, {"Fn::Split": ["||", {"Ref": "Key"}]}]} for number in (0, 1)]]}}
        stack = {"Parameters": {key: {"Type": "String"} for key in ("Bucket", "Key", "Hash")},
                 "Resources": {"Take": {**function(code, H={"Ref": "Hash"}),
                                        "Metadata": {"aws:asset:path": "asset.1"}}}}
        manifest = assembly(tmp_path, Api=stack)
        written = json.loads(manifest.read_text("utf-8"))
        written["artifacts"]["Api"]["metadata"] = {"/Api": [{"type": "aws:cdk:asset", "data": {
            "path": "asset.1", "packaging": "zip", "sourceHash": "1", "s3BucketParameter": "Bucket",
            "s3KeyParameter": "Key", "artifactHashParameter": "Hash"}}]}
        write(tmp_path, "manifest.json", written)
        template = load(tmp_path / name)
        take = template.function("Take")
        assert take is not None
        assert (take.code, template.parameters["Hash"]) == (tmp_path / "asset.1", "1")


class TestPackage:
    def test_the_code_of_a_serverless_package_lies_beside_its_template(
        self, tmp_path: Path
    ) -> None:
        """The key of the object ends with the name of a .zip in the same folder."""
        folder = tmp_path / ".serverless"
        document = {"Resources": {"Take": function({
            "S3Bucket": {"Ref": "Deployment"}, "S3Key": "serverless/shop/dev/1-2/shop.zip"}),
            "Deployment": BUCKET}}
        write(folder, "cloudformation-template-update-stack.json", document)
        with ZipFile(folder / "shop.zip", "w") as archive:
            archive.writestr("app.py", "handler = print")
        take = load(tmp_path).function("Take")
        assert take is not None
        assert take.code == folder / "shop.zip"


@pytest.mark.parametrize("name", ["main.tf", "main.tf.json"])
def test_terraform_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """A folder of Terraform's files, or one of them, is no template."""
    (tmp_path / name).write_text("{}")
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(TemplateError, match="Terraform"):
            load(path)


@pytest.mark.parametrize(("source", "command"), [
    ("cdk.json", "cdk synth"), ("serverless.yml", "serverless package")])
def test_source_of_a_template(source: str, command: str, tmp_path: Path) -> None:
    """A folder whose template has to be generated first is refused with the command for it."""
    (tmp_path / source).write_text("{}", "utf-8")
    with pytest.raises(TemplateError, match=f"let '{command}' write"):
        load(tmp_path)
