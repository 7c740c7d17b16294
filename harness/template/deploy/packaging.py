"""The user's template with local code uploaded, so that CloudFormation can deploy it.

``sam deploy`` and ``aws cloudformation package`` do the same before they create a stack (AWS CLI
reference, ``cloudformation package``): a folder becomes a .zip file, a file is uploaded as it is.
Everything else stays as the user wrote it; CloudFormation translates SAM itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from harness.template.deploy.http_api_routes import with_route_resources
from harness.template.describe.model import Template
from harness.template.read import artifacts, sam
from harness.template.read.assembly import read_assembly
from harness.template.read.errors import CodeMissing
from harness.template.read.parameters import scope_of
from harness.template.read.resources import mapping

PLAIN: Mapping[str, str] = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}
"""The property of a plain resource that holds code."""
EXCLUDED_FOLDERS = frozenset({"__pycache__", ".git", ".venv", ".aws-sam", ".cqrs-conformance"})
"""Folders that are no part of a function's code."""
DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, so that the same code gives the same archive."""
Upload = Callable[[bytes], tuple[str, str]]
"""Uploads a file's content to S3 and gives its bucket and key."""


def package(template: Template, upload: Upload, *, translate: bool = False) -> dict[str, Any]:
    """The template's document with all local code uploaded.

    With ``translate`` it is plain CloudFormation, for emulators that know only a part of SAM.

    Raises:
        CodeMissing: there is no code at the place that the template names.
        TemplateError: the template can no longer be read.
    """
    folder = template.path.parent
    document = artifacts.with_includes(read_assembly(template.path), folder)
    scope = scope_of(document, template.parameters)
    common = document.get("Globals")
    marked = artifacts.with_addresses(document["Resources"], common, scope)
    replaced = _Uploads(folder, upload).replaced
    resources = {name: replaced(name, _with_marked_path(resource))
                 for name, resource in marked.items()}
    globals_ = {"Globals": replaced("Globals", artifacts.globals_with_addresses(common, scope))}
    found = {**document, "Resources": resources, **(globals_ if common else {})}
    if translate and sam.is_sam(document):
        return with_route_resources(sam.translated(found, dict(scope.parameters), template.path))
    return found


def _with_marked_path(resource: Any) -> Any:
    """A plain resource with its local path marked; the path is a text or in the CDK's metadata."""
    name = PLAIN.get(str(resource.get("Type")))
    properties = mapping(resource.get("Properties"))
    staged = mapping(resource.get("Metadata")).get("aws:asset:path")
    local = staged if isinstance(staged, str) else properties.get(name or "")
    if name is None or not isinstance(local, str):
        return resource
    return {**resource, "Properties": {**properties, name: _MarkedPath(local)}}


class _MarkedPath(str):
    """A local path in a plain resource, which has a bucket and a key for an address."""

    __slots__ = ()


class _Uploads:
    """Uploads each local file once, and replaces paths by addresses."""

    def __init__(self, folder: Path, upload: Upload) -> None:
        self._folder, self._upload = folder, upload
        self._uploaded: dict[Path, tuple[str, str]] = {}

    def replaced(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.replaced(name, item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(name, item) for item in value]
        if isinstance(value, _MarkedPath):
            bucket, key = self._address(name, self._folder / value)
            return {"S3Bucket": bucket, "S3Key": key}
        path = artifacts.addressed_file(value, self._folder)
        return value if path is None else "s3://{}/{}".format(*self._address(name, path))

    def _address(self, name: str, path: Path) -> tuple[str, str]:
        if path not in self._uploaded:
            self._uploaded[path] = self._upload(_content(name, path))
        return self._uploaded[path]


def _content(name: str, path: Path) -> bytes:
    if path.is_dir():
        return zipped(path)
    if path.is_file():
        return path.read_bytes()
    raise CodeMissing(
        f"resource {name}", expected=f"its code at {path}", got="nothing there",
        remedy="correct the path, or give the template that sam build has made")


def zipped(folder: Path) -> bytes:
    """The files of a folder as a .zip archive, the same for the same files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for path in files:
            inside = path.relative_to(folder)
            if not EXCLUDED_FOLDERS & set(inside.parts):
                entry = ZipInfo(inside.as_posix(), DATE)
                entry.external_attr = (path.stat().st_mode & 0o777) << 16
                entry.compress_type = ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return written.getvalue()
