"""The command that starts an environment of each runtime.

Sources: AWS Lambda Developer Guide, "Lambda runtimes", "Building functions with Node.js", "... with
Python", "... with Java", "Using the Lambda runtime API"; layers: "Managing Lambda dependencies with
layers". The managed runtimes cannot be run outside Lambda. AWS publishes the interface clients of
Python and Java, and the libraries with which Go and Rust functions are built.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from harness.functions.invocation import HandlerError
from harness.functions.processes import java
from harness.functions.processes.node_sdk import included_sdk
from harness.functions.processes.start import StartCommand, StartupArchive, UnpackedFunction

NODE_RUNTIME = Path(__file__).with_name("node_runtime.js")


def start_command(function: UnpackedFunction, given: Mapping[str, Sequence[str]]) -> StartCommand:
    """The command that starts an environment of a function.

    ``given`` are the user's commands by the name of a runtime or its beginning; in their words
    ``{handler}`` and ``{code}`` stand for the function's handler and folder.

    Raises:
        HandlerError: no command is known for the runtime, or its program is not installed.
    """
    own = [name for name in given if function.runtime.startswith(name)]
    if own:
        words = given[max(own, key=len)]
        return StartCommand(tuple(word.replace("{handler}", function.handler)
                           .replace("{code}", str(function.folder)) for word in words))
    for prefix, known in STARTS.items():
        if function.runtime.startswith(prefix):
            return known(function)
    raise HandlerError(
        function.name, f"runtime {function.runtime} has no known starting command; name one "
        "under runtimes in [tool.cqrs-conformance]")


def _node(function: UnpackedFunction) -> StartCommand:
    modules = [str(layer / "nodejs" / "node_modules") for layer in function.layers]
    if function.project is not None:
        sdk = included_sdk(function.runtime, function.project.resolve(), function.scratch)
        modules += [] if sdk is None else [str(sdk)]
    program = function.program("node", "install Node.js")
    return StartCommand((program, str(NODE_RUNTIME)),
                 {"NODE_PATH": os.pathsep.join(modules)} if modules else {},
                 archive=_compiled(function), words_before_options=2, clock_can_be_set=True)


def _compiled(function: UnpackedFunction) -> StartupArchive:
    """The archive of compiled code; reading an SDK's source takes a third of a start."""
    file = function.scratch / f"{function.name}.compiled"
    draft = file.with_suffix(".draft")
    return StartupArchive(file, draft, write_option=f"leave={draft}", read_option=f"use={file}")


def _provided(function: UnpackedFunction) -> StartCommand:
    program = function.folder / "bootstrap"
    if not os.access(program, os.X_OK) or program.is_dir():
        raise HandlerError(function.name, f"{program} is not an executable file; build it first")
    return StartCommand((str(program),))


def _python(function: UnpackedFunction) -> StartCommand:
    """The harness's own Python, in any version, since it has the functions' libraries."""
    folders = [function.folder, *(layer / "python" for layer in function.layers)]
    if find_spec("awslambdaric") is None:
        raise HandlerError(function.name, "to run as a process it needs awslambdaric; "
                           "pip install 'cqrs-conformance[hosted]'")
    return StartCommand((sys.executable, "-m", "awslambdaric", function.handler),
                 {"PYTHONPATH": os.pathsep.join(map(str, folders))})


STARTS = {"nodejs": _node, "python": _python, "provided": _provided, "java": java.start_command}
