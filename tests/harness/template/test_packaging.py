"""Templates package for deployment: local code uploaded, all else as the user wrote it."""

import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from harness.core.contract_registry import reference_template
from harness.template import CodeMissing, load
from harness.template.deploy.packaging import package, zipped
from scenarios.domains.orders import CONTRACT

REFERENCE = reference_template(CONTRACT)


def plain(folder: Path, function: dict[str, Any], **more: Any) -> Path:
    """A template with one function."""
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context): ...\n", "utf-8")
    resource = {"Type": "AWS::Lambda::Function", "Properties": function, **more}
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": {"F": resource}}), "utf-8")
    return path


class Bucket:
    """Takes uploads and counts them."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    def upload(self, content: bytes) -> tuple[str, str]:
        self.contents.append(content)
        return "bucket", f"key-{len(self.contents)}"


class TestPackaged:
    def test_reference(self) -> None:
        """A folder that several functions share is uploaded once; SAM stays SAM."""
        bucket = Bucket()
        document = package(load(REFERENCE), bucket.upload)
        assert (document["Globals"]["Function"]["CodeUri"], len(bucket.contents)) == (
            "s3://bucket/key-1", 1)
        assert document["Transform"] == "AWS::Serverless-2016-10-31"
        assert "lambdas/command.py" in ZipFile(io.BytesIO(bucket.contents[0])).namelist()

    def test_translated(self) -> None:
        """For emulators SAM becomes plain CloudFormation, with the uploaded code."""
        document = package(load(REFERENCE), Bucket().upload, translate=True)
        assert document["Resources"]["CommandFunction"]["Properties"]["Code"] == {
            "S3Bucket": "bucket", "S3Key": "key-1"}
        assert "Transform" not in document

    @pytest.mark.parametrize("function", [
        {"Code": "src"}, {"Code": "./src/"}, {"Code": "src/app.py"},
    ], ids=str)
    def test_plain(self, tmp_path: Path, function: dict[str, Any]) -> None:
        """A plain function's path becomes a bucket and a key."""
        document = package(load(plain(tmp_path, function)), Bucket().upload)
        assert document["Resources"]["F"]["Properties"]["Code"] == {
            "S3Bucket": "bucket", "S3Key": "key-1"}

    def test_staged_by_the_cdk(self, tmp_path: Path) -> None:
        """Assets that the CDK has staged beside its template are used."""
        path = plain(tmp_path, {"Code": {"S3Bucket": "assets", "S3Key": "hash.zip"}},
                     Metadata={"aws:asset:path": "src"})
        document = package(load(path), Bucket().upload)
        assert document["Resources"]["F"]["Properties"]["Code"]["S3Bucket"] == "bucket"

    @pytest.mark.parametrize("code", [
        {"ZipFile": "def handler(event, context): ..."}, {"S3Bucket": "b", "S3Key": "k"},
        {"ImageUri": "1.dkr.ecr/x:1"},
    ], ids=str)
    def test_not_local(self, tmp_path: Path, code: dict[str, Any]) -> None:
        """Code that is no local file stays what it is."""
        document = package(load(plain(tmp_path, {"Code": code})), Bucket().upload)
        assert document["Resources"]["F"]["Properties"]["Code"] == code

    def test_missing(self, tmp_path: Path) -> None:
        """Missing code gives an error with the resource and the path."""
        path = plain(tmp_path, {"Code": "nowhere"})
        with pytest.raises(CodeMissing, match=r"resource F: expected its code at .*nowhere"):
            package(load(path), Bucket().upload)


class TestZipped:
    def test_reproducible(self, tmp_path: Path) -> None:
        """The same files give the same archive, without regard to dates and compiled files."""
        for name in ("one", "two"):
            (tmp_path / name / "__pycache__").mkdir(parents=True)
            (tmp_path / name / "__pycache__" / f"{name}.pyc").touch()
            (tmp_path / name / "app.py").write_text("x = 1\n", "utf-8")
        assert zipped(tmp_path / "one") == zipped(tmp_path / "two")

    def test_executable(self, tmp_path: Path) -> None:
        """A program stays one: a custom runtime's bootstrap has to be."""
        (tmp_path / "bootstrap").touch(mode=0o755)
        entry = ZipFile(io.BytesIO(zipped(tmp_path))).getinfo("bootstrap")
        assert entry.external_attr >> 16 & 0o111
