"""Python functions in this process, one isolated environment each.

A Lambda environment has modules, module state and os.environ of its own. An ``Environment``
imports the implementation's own modules afresh and keeps them in a table of its own. That table,
its variables and its search path are in place only while it imports or runs. Its files are those of
a Lambda environment (module ``file_system``).
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.core.last_invocation import noted
from harness.functions.invocation import (
    FunctionError,
    HandlerError,
    LambdaContext,
    termination_in,
)
from harness.functions.python.file_system import FileSystem
from harness.functions.python.logs import Logs
from harness.functions.python.modules import loaded_below, own_names
from harness.functions.python.output import Output
from harness.functions.python.process_control import REAL_EXIT
from harness.seams.cpython import exchange_variables


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """A Python function, from which environments are started.

    ``code`` is the folder that Lambda would unpack; ``handler`` is ``module.function``;
    ``layers`` are folders as Lambda unpacks them, with their modules in ``python/``. ``scratch`` is
    the folder below which each environment gets its /tmp. ``captured``: its output is kept, and not
    shown where the harness prints.
    """

    name: str
    code: Path
    handler: str
    environment: Mapping[str, str]
    timeout: float = 3.0
    memory: int = 128
    layers: tuple[Path, ...] = ()
    scratch: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    captured: bool = True

    @property
    def starts_slowly(self) -> bool:
        """See ``Startable``."""
        return False

    @property
    def clock_can_be_set(self) -> bool:
        """See ``Startable``."""
        return True

    def folders(self) -> tuple[Path, ...]:
        """The folders in which its modules are looked for, in order."""
        return (self.code, *(layer / "python" for layer in self.layers))

    def start(self) -> Environment:
        """A new environment, not loaded yet."""
        return Environment(self)


@dataclass(eq=False)
class Environment:
    """One execution environment: loaded once, invoked any number of times, one at a time."""

    function: PythonFunction
    warm: bool = False
    alive: bool = True
    _modules: dict[str, ModuleType] = field(default_factory=dict)
    _hidden_modules: dict[str, ModuleType] = field(default_factory=dict)
    _variables_here: dict[bytes, bytes] | None = None
    _variables_outside: dict[bytes, bytes] = field(default_factory=dict)
    _streams_outside: tuple[Any, Any] = (None, None)
    _modules_at_entry: int = 0
    _names: frozenset[str] | None = None
    _dont_write_outside: bool = False
    _output: Output = field(default_factory=Output)
    _handler: Any = None
    _entered: bool = False
    _logs: Logs | None = None

    def __post_init__(self) -> None:
        code = (self.function.code, *self.function.layers)
        self.files = FileSystem(code, self.function.scratch)

    def load(self) -> None:
        """Import the handler's module afresh.

        Raises:
            HandlerError: it cannot be imported or has no such callable.
        """
        module_name, _, attribute = self.function.handler.replace("/", ".").rpartition(".")
        with self.active():
            try:
                module = importlib.import_module(module_name)
                self._handler = getattr(module, attribute)
            except (Exception, SystemExit) as error:
                raise HandlerError(self.function.name, self._reason(error)) from error

    def _reason(self, error: BaseException) -> str:
        place = _place(error, self.function.code)
        printed = f" ({place})" if place else ""
        remedy = (
            "install what it imports next to cqrs-conformance, or build the template first"
            if isinstance(error, ImportError)
            else "check Handler, CodeUri and Environment in the template"
        )
        return f"{type(error).__name__}: {error}{printed}; {remedy}"

    def invoke(self, event: Any, context: LambdaContext) -> Any:
        """Run the handler on an event.

        Raises:
            FunctionError: the handler raised.
        """
        self._variables()[b"_X_AMZN_TRACE_ID"] = context.trace().encode()
        process = os.getpid()
        try:
            with self.active(), noted(self.function.name, context.aws_request_id):
                return self._handled(event, context)
        finally:
            if os.getpid() != process:  # a child that the function forked
                REAL_EXIT(0)

    def _handled(self, event: Any, context: LambdaContext) -> Any:
        try:
            return self._handler(event, context)
        except BaseException as error:
            termination = termination_in(error)
            if termination is not None:
                raise termination from None
            trace = "".join(traceback.format_exception(error))
            if isinstance(error, SystemExit):
                self.alive = False
                why = f"Runtime exited with exit status {error.code or 0}"
                raise FunctionError("Runtime.ExitError", why, trace) from error
            raise FunctionError(type(error).__name__, str(error), trace) from error

    def take_output(self) -> str:
        """The text that was printed since the last call."""
        return self._output.take()

    def end(self) -> None:
        """End the environment; its threads end with their next call."""
        self.alive = False
        self.files.remove()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Put the environment's modules, variables, path and output in place."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Put everything in place, and hide modules of the same names that are not its own."""
        self._entered = True
        self._hidden_modules = {name: sys.modules.pop(name)
                                for name in loaded_below(self._own_names())}
        sys.modules.update(self._modules)
        sys.path[:0] = [str(folder) for folder in self.function.folders()]
        self._variables_outside = exchange_variables(self._variables())
        self._streams_outside = sys.stdout, sys.stderr
        if self.function.captured:
            sys.stdout = sys.stderr = self._output
        self._dont_write_outside, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        self._logs = self._logs or Logs.to(self._output)
        self._logs.swap()
        self._modules_at_entry = len(sys.modules)

    def leave(self) -> None:
        """Take everything back, and keep imported modules; do nothing if that was done already."""
        if not self._entered:
            return
        self._entered = False
        if self._logs is not None:
            self._logs.swap()
        sys.stdout, sys.stderr = self._streams_outside
        sys.dont_write_bytecode = self._dont_write_outside
        exchange_variables(self._variables_outside)
        for folder in self.function.folders():
            sys.path.remove(str(folder))
        if len(sys.modules) != self._modules_at_entry:
            self._modules = {n: sys.modules[n] for n in loaded_below(self._own_names())}
        for name in self._modules:
            sys.modules.pop(name, None)
        sys.modules.update(self._hidden_modules)

    def _own_names(self) -> frozenset[str]:
        """The top-level names of modules that belong to the implementation."""
        if self._names is None:
            folders = (folder for folder in self.function.folders() if folder.is_dir())
            self._names = frozenset().union(*map(own_names, folders))
        return self._names

    def _variables(self) -> dict[bytes, bytes]:
        if self._variables_here is None:
            given = self.function.environment.items()
            self._variables_here = {os.fsencode(k): os.fsencode(v) for k, v in given}
        return self._variables_here


def _place(error: BaseException, code: Path) -> str:
    """The last line of the implementation's own code in an error's traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(str(code))]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
