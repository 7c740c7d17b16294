"""Functions of a template, made ready to be started: their code unpacked, their variables set."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from harness.core.http import RawRequest, RawResponse
from harness.functions.invocation import Startable
from harness.functions.processes import ProcessFunction, UnpackedFunction, start_command
from harness.functions.python.environment import PythonFunction
from harness.stages.controlled.provisioning import Deployment
from harness.template import Function, InlineCode, Template, TemplateError

OF_PYTHON = {
    "PYTHONPATH": "/var/runtime",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:"
                       "/var/task:/var/task/lib:/opt/lib",
}
"""Further variables of Lambda's Python; a process would load libraries of this machine by them."""


@dataclass(frozen=True, slots=True)
class FunctionHost:
    """Hosts functions: Python ones in this process where that is allowed, others in processes.

    ``folder``: where code is unpacked. ``answer_over_http``: answers the AWS requests of a process.
    """

    template: Template
    deployment: Deployment
    folder: Path
    in_process: bool
    answer_over_http: Callable[[RawRequest], RawResponse | None]
    captured: bool = True

    def startables(self, names: Iterable[str]) -> dict[str, Startable]:
        """The functions of those logical ids."""
        return {name: self._hosted(named(self.template, name)) for name in names}

    def _hosted(self, function: Function) -> Startable:
        given = self.template.settings.runtimes
        has_command = any(function.runtime.startswith(name) for name in given)
        if self.in_process and function.runtime.startswith("python") and not has_command:
            return self._python(function)
        return self._process(function)

    def _python(self, function: Function) -> PythonFunction:
        code = self._unpacked(function, "index.py")
        return PythonFunction(
            name=function.logical_id, code=code, handler=function.handler,
            environment=self._variables(function) | {
                "LAMBDA_TASK_ROOT": str(code), "PWD": str(code), **OF_PYTHON},
            timeout=function.timeout, memory=function.memory,
            layers=function.layers, scratch=self.folder, captured=self.captured)

    def _process(self, function: Function) -> ProcessFunction:
        jar = function.runnable()
        is_jar = isinstance(jar, Path) and jar.suffix == ".jar"
        inline = "index.py" if function.runtime.startswith("python") else "index.js"
        folder = self._unpacked(function, inline) if not is_jar else self._scratch(function)
        unpacked = UnpackedFunction(
            function.logical_id, function.runtime, function.handler, folder, self.folder,
            function.layers, jar.resolve() if is_jar and isinstance(jar, Path) else None,
            self.template.path.parent)
        return ProcessFunction(
            function.logical_id, folder,
            start_command(unpacked, self.template.settings.runtimes),
            self._variables(function), self.answer_over_http, self.folder, timeout=function.timeout,
            memory=function.memory)

    def _variables(self, function: Function) -> dict[str, str]:
        """Those that the deployment knows, and handler and runtime, which moto was not told."""
        return {**self.deployment.environments[function.logical_id],
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
                "_HANDLER": function.handler}

    def _scratch(self, function: Function) -> Path:
        folder = self.folder / function.logical_id
        folder.mkdir()
        return folder

    def _unpacked(self, function: Function, inline_name: str) -> Path:
        code = function.runnable()
        if isinstance(code, InlineCode):
            folder = self._scratch(function)
            (folder / inline_name).write_text(code.source, "utf-8")
            return folder
        if code.is_file():
            return _extracted(code, self._scratch(function))
        if function.runtime.startswith("nodejs") and in_a_module(code.resolve()):
            return Path(shutil.copytree(code, self._scratch(function), dirs_exist_ok=True))
        return code.resolve()


def is_runnable(function: Function) -> bool:
    """Tell if the code of a function can be run on this machine."""
    try:
        return bool(function.runnable())
    except TemplateError:
        return False


def in_a_module(code: Path) -> bool:
    """Tell if a folder above the code makes ES modules of its files, which Lambda never sees.

    Source: Node.js documentation, "Determining module system": the nearest package.json decides.
    """
    if (code / "package.json").is_file():
        return False
    found = next((each / "package.json" for each in code.parents
                  if (each / "package.json").is_file()), None)
    try:
        package = json.loads(found.read_text("utf-8")) if found is not None else None
    except (OSError, ValueError):
        return False
    return isinstance(package, dict) and package.get("type") == "module"


def _extracted(archive: Path, folder: Path) -> Path:
    """Unpack a .zip with the rights its files have there: some of them are programs."""
    with ZipFile(archive) as packed:
        packed.extractall(folder)
        for entry in packed.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if mode and not entry.is_dir():
                (folder / entry.filename).chmod(mode)
    return folder


def named(template: Template, logical_id: str) -> Function:
    """The function of that logical id, which the template has."""
    function = template.function(logical_id)
    assert function is not None, logical_id
    return function
