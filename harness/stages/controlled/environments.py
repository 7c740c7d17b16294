"""Environments of all functions.

They stay warm and are used again; a second one is started when two invocations of a function
overlap; one ends when its invocation crashes or times out. Lambda does not say which of several it
takes: here they take turns, so that what one keeps soon gets stale.

A play begins with one environment of each function. Those that start slowly (processes) start when
the play first needs them, and those that overlaps of earlier plays have left wait for its overlaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.errors import StageError
from harness.functions.invocation import Environment, Startable
from harness.stages.controlled.turns import Turns
from harness.stages.controlled.watchdog import watched

IN_A_PROCESS = ("put python = \"python -m awslambdaric {handler}\" into "
                "[tool.cqrs-conformance.runtimes], and pip install 'cqrs-conformance[hosted]'")


@dataclass
class Environments:
    """Starts environments of functions, keeps them warm, and ends them.

    ``deadline``: seconds for one to load. ``unseen_host``: a host that a function has looked for to
    call AWS unseen.
    """

    functions: Mapping[str, Startable]
    turns: Turns
    deadline: float
    always_cold: bool = False
    unseen_host: str = ""
    _warm: dict[str, list[Environment]] = field(default_factory=dict)
    _left: dict[str, list[Environment]] = field(default_factory=dict)
    _due: set[str] = field(default_factory=set)

    def load_all(self) -> None:
        """Start one environment of every function that plays a part.

        Raises:
            HandlerError: one of them cannot be loaded.
        """
        for name in self.functions:
            self._warm.setdefault(name, []).append(self._started(name))

    def begin(self, *, always_cold: bool) -> None:
        """Begin a play: one environment of each function waits, whatever was played before."""
        self.always_cold = always_cold
        self._due.clear()
        for name, function in self.functions.items():
            waiting = self._warm.setdefault(name, [])
            while len(waiting) > 1:
                self._leave(name, waiting.pop())
            if not waiting and not self.always_cold:
                self._begin(name, function, waiting)
            for environment in waiting:
                environment.warm = True

    def _leave(self, name: str, environment: Environment) -> None:
        """Keep an environment for overlaps of later plays, or end it."""
        if self.functions[name].starts_slowly:
            self._left.setdefault(name, []).append(environment)
        else:
            environment.end()

    def _begin(self, name: str, function: Startable, waiting: list[Environment]) -> None:
        """Start the environment with which a play begins, or let it start when it is needed."""
        if function.starts_slowly:
            self._due.add(name)
        else:
            waiting.append(self._started(name))

    def acquired(self, name: str) -> Environment:
        """An environment of a function: the one that has waited longest, or a new one."""
        waiting = self._warm.get(name) or (self._left.get(name) if name not in self._due else None)
        if waiting and not self.always_cold:
            return waiting.pop(0)
        environment = self._started(name)
        environment.warm = name in self._due
        self._due.discard(name)
        return environment

    def release(self, name: str, environment: Environment, *, usable: bool) -> None:
        """Let an environment wait for its next invocation, or end it."""
        if usable and environment.alive and not self.always_cold:
            self._warm.setdefault(name, []).append(environment)
        else:
            environment.end()

    def restart(self, function: str | None = None) -> None:
        """The next invocation of a function (of each) starts in a new environment."""
        for name in list(self.functions) if function is None else [function]:
            self._due.discard(name)
            for environment in (*self._warm.pop(name, []), *self._left.pop(name, [])):
                environment.end()

    def _started(self, name: str) -> Environment:
        environment = self.functions[name].start()
        try:
            with self.turns.loading(environment), watched(name, self.deadline):
                environment.load()
        finally:
            self.refuse_unseen_host(name)
        return environment

    def stray(self, host: str) -> None:
        """Note that a function calls AWS by a way that is not seen here."""
        self.unseen_host = host

    def refuse_unseen_host(self, name: str) -> None:
        """Refuse to judge a function that called an AWS which it could not reach.

        Raises:
            StageError: it has.
        """
        host, self.unseen_host = self.unseen_host, ""
        if host:
            raise StageError(
                f"function {name}", f"calls {host} by another SDK than botocore (or a "
                "service that moto has not), which nobody sees in this process",
                f"run it in one of its own: {IN_A_PROCESS}")
