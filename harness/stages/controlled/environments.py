"""Environments of all functions.

They stay warm and are used again; a second one is started when two invocations of a function
overlap; one ends when its invocation crashes or times out. Lambda does not say which of several it
takes: here they take turns, so that what one keeps soon gets stale.
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
        for name in self.functions:
            waiting = self._warm.setdefault(name, [])
            while len(waiting) > 1:
                waiting.pop().end()
            if not waiting and not self.always_cold:
                waiting.append(self._started(name))
            for environment in waiting:
                environment.warm = True

    def acquired(self, name: str) -> Environment:
        """An environment of a function: the one that has waited longest, or a new one."""
        waiting = self._warm.get(name, [])
        return waiting.pop(0) if waiting and not self.always_cold else self._started(name)

    def release(self, name: str, environment: Environment, *, usable: bool) -> None:
        """Let an environment wait for its next invocation, or end it."""
        if usable and environment.alive and not self.always_cold:
            self._warm.setdefault(name, []).append(environment)
        else:
            environment.end()

    def restart(self, function: str | None = None) -> None:
        """The next invocation of a function (of each) starts in a new environment."""
        for name in list(self._warm) if function is None else [function]:
            for environment in self._warm.pop(name, []):
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
