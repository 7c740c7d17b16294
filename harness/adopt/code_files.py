"""The file of a function's handler, which has to be in the function's code."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from harness.template import Function

ENDINGS = {"python": (".py", "/__init__.py"), "nodejs": (".js", ".mjs", ".cjs")}
"""The files of a handler's module, by the beginning of the runtime's name."""


def module_of(handler: str) -> str:
    """The path of a handler's module without its ending: ``src/app.handler`` is in ``src/app``.

    Python's handlers may also have dots between packages.
    """
    return handler.rpartition(".")[0]


def handler_files(function: Function) -> list[str]:
    """The files, relative to the code, that may hold the handler; empty for other languages."""
    endings = next((ends for name, ends in ENDINGS.items()
                    if function.runtime.startswith(name)), ())
    module = module_of(function.handler)
    if function.runtime.startswith("python"):
        module = module.replace(".", "/")
    return [module + ending for ending in endings]


def code_problem(function: Function) -> str:
    """The sentence that says that the handler's file is not in the code; empty if it is."""
    wanted = handler_files(function)
    names = _names(function)
    if names is None or not wanted or any(name in names for name in wanted):
        return ""
    return (f"function {function.logical_id}: expected {wanted[0]} in its code {function.code}, "
            f"for the handler {function.handler}, got no such file{_instead(wanted, names)}; "
            "correct Handler or CodeUri")


def _instead(wanted: list[str], names: set[str]) -> str:
    """A file of the code that may be the one that is meant, or the step that makes it."""
    meant = {name.rpartition("/")[2] for name in wanted if not name.endswith("/__init__.py")}
    same = min((name for name in names if name.rpartition("/")[2] in meant), default=None,
               key=lambda name: (name.count("/"), name))
    if same is not None:
        return f" (but {same})"
    typed = any(name.endswith(".ts") and not name.endswith(".d.ts") for name in names)
    return " (build it first: the code has TypeScript)" if typed else ""


def _names(function: Function) -> set[str] | None:
    """The files of the code by their relative names; None if they cannot be listed."""
    code = function.code
    if not isinstance(code, Path):
        return None
    if code.is_dir():
        return {str(path.relative_to(code)) for path in own_files(code)} | {
            name for name in handler_files(function) if (code / name).is_file()}
    try:
        with ZipFile(code) as packed:
            return set(packed.namelist())
    except (OSError, BadZipFile):
        return None


def own_files(folder: Path, bound: int = 2000) -> list[Path]:
    """The files of a folder and those below it, but for installed packages; at most ``bound``."""
    found: list[Path] = []
    waiting = [folder]
    while waiting and len(found) < bound:
        for path in sorted(waiting.pop().iterdir()):
            if path.is_dir() and path.name not in NOT_OWN and not path.is_symlink():
                waiting.append(path)
            elif path.is_file():
                found.append(path)
    return found[:bound]


NOT_OWN = frozenset({"node_modules", ".git", ".venv", "venv", "__pycache__", ".aws-sam",
                     ".serverless", "cdk.out", "site-packages", "dist-info"})
