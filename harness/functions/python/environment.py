"""Python functions in this process, one isolated environment each.

A Lambda environment has modules, module state and os.environ of its own. An Environment
imports the implementation's own modules afresh, keeps them in a table of its own, and puts
that table, its variables and its search path in place only while it imports or runs. Nothing
is written beside the code.
Libraries outside the code folder, or installed into it as distributions, are shared: they
are the runtime, not the implementation.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.functions.invocation import (
    OUTPUT_LIMIT,
    FunctionError,
    HandlerError,
    LambdaContext,
    ending,
)
from harness.functions.python.clock import set_ahead
from harness.functions.python.logs import Logs
from harness.seams.cpython import exchange_variables

SDK = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six"})
"""Shared even when vendored: the stage intercepts the one that this process has."""


@dataclass(frozen=True, slots=True)
class PythonFunction:
    """What is needed to start environments of a Python function.

    ``code`` is the folder that Lambda would unpack; ``handler`` is ``module.function``;
    ``layers`` are folders as Lambda unpacks them, with their modules in ``python/``.
    """

    name: str
    code: Path
    handler: str
    environment: Mapping[str, str]
    timeout: float = 3.0
    memory: int = 128
    layers: tuple[Path, ...] = ()

    @property
    def clock(self) -> bool:
        """See ``Startable``."""
        return True

    def folders(self) -> tuple[Path, ...]:
        """Where its modules are looked for, in order."""
        return (self.code, *(layer / "python" for layer in self.layers))

    def start(self) -> Environment:
        """A new environment, not loaded yet."""
        return Environment(self)


class _Output(io.TextIOBase):
    """What an environment's sys.stdout and sys.stderr are; bounded, read by invocation."""

    def __init__(self) -> None:
        super().__init__()
        self._text: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        if self._size < OUTPUT_LIMIT:
            self._text.append(text)
            self._size += len(text)
        return len(text)

    def take(self) -> str:
        taken = "".join(self._text)[:OUTPUT_LIMIT]
        self._text, self._size = [], 0
        return taken


@dataclass(eq=False)
class Environment:
    """One execution environment: loaded once, invoked any number of times, one at a time."""

    function: PythonFunction
    warm: bool = False
    alive: bool = True
    ahead: float = 0.0
    _modules: dict[str, ModuleType] = field(default_factory=dict)
    _hidden: dict[str, ModuleType] = field(default_factory=dict)
    _own_variables: dict[bytes, bytes] | None = None
    _outside: dict[bytes, bytes] = field(default_factory=dict)
    _streams: tuple[Any, Any] = (None, None)
    _expected: int = 0
    _names: frozenset[str] | None = None
    _writes: bool = False
    _output: _Output = field(default_factory=_Output)
    _handler: Any = None
    _inside: bool = False
    _clock: ExitStack = field(default_factory=ExitStack)
    _logs: Logs | None = None

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
        with self.active():
            try:
                return self._handler(event, context)
            except BaseException as error:
                outside = ending(error)
                if outside is not None:
                    raise outside from None
                trace = "".join(traceback.format_exception(error))
                raise FunctionError(type(error).__name__, str(error), trace) from error

    def take_output(self) -> str:
        """What was printed since the last call."""
        return self._output.take()

    def end(self) -> None:
        """Its threads end with the next call; nothing else outlives the last reference to it."""
        self.alive = False

    @contextmanager
    def active(self) -> Iterator[None]:
        """Put the environment's modules, variables, path and output in place."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Put everything in place, other people's modules of the same names out of the way."""
        self._inside = True
        self._hidden = {name: sys.modules.pop(name) for name in _of_these(self._belonging())}
        sys.modules.update(self._modules)
        sys.path[:0] = [str(folder) for folder in self.function.folders()]
        self._outside = exchange_variables(self._variables())
        self._streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self._output
        self._writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        self._logs = self._logs or Logs.to(self._output)
        self._logs.swap()
        self._expected = len(sys.modules)
        if self.ahead:
            self._clock = set_ahead(self._modules.values(), self.ahead)

    def leave(self) -> None:
        """Take everything back, keeping what was imported; nothing if that was done already."""
        if not self._inside:
            return
        self._inside = False
        self._clock.close()
        if self._logs is not None:
            self._logs.swap()
        sys.stdout, sys.stderr = self._streams
        sys.dont_write_bytecode = self._writes
        exchange_variables(self._outside)
        for folder in self.function.folders():
            sys.path.remove(str(folder))
        if len(sys.modules) != self._expected:
            self._modules = {n: sys.modules[n] for n in _of_these(self._belonging())}
        for name in self._modules:
            sys.modules.pop(name, None)
        sys.modules.update(self._hidden)

    def _belonging(self) -> frozenset[str]:
        """Top-level module names that belong to the implementation."""
        if self._names is None:
            folders = (folder for folder in self.function.folders() if folder.is_dir())
            self._names = frozenset().union(*map(_own_names, folders))
        return self._names

    def _variables(self) -> dict[bytes, bytes]:
        if self._own_variables is None:
            given = self.function.environment.items()
            self._own_variables = {os.fsencode(k): os.fsencode(v) for k, v in given}
        return self._own_variables


_SEEN: dict[frozenset[str], tuple[int, list[str]]] = {}


def _of_these(names: frozenset[str]) -> list[str]:
    """Loaded modules below those top-level names; looked up again when modules came or went."""
    size, found = _SEEN.get(names, (-1, []))
    if size != len(sys.modules):
        found = [name for name in sys.modules if name.partition(".")[0] in names]
        _SEEN[names] = len(sys.modules), found
    return [name for name in found if name in sys.modules]


_NAMES: dict[Path, frozenset[str]] = {}


def _own_names(code: Path) -> frozenset[str]:
    """Top-level module names that belong to the implementation in a code folder."""
    if code not in _NAMES:
        found = {entry.stem for entry in code.iterdir() if _importable(entry)}
        _NAMES[code] = frozenset(found - _vendored(code) - SDK - {"__init__"})
    return _NAMES[code]


def _importable(entry: Path) -> bool:
    return entry.suffix == ".py" or (entry.is_dir() and entry.name.isidentifier())


def _vendored(code: Path) -> set[str]:
    """Top-level names that installed distributions brought into the folder."""
    names: set[str] = set()
    for record in code.glob("*.dist-info/RECORD"):
        for line in record.read_text("utf-8", "replace").splitlines():
            names.add(Path(line.split(",")[0].split("/")[0]).stem)
    return names


def _place(error: BaseException, code: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename.startswith(str(code))]
    return f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
