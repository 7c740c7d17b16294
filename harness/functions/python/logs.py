"""The logging of an environment: loggers, levels and handlers of its own.

On Lambda an environment is a process, and its runtime has put a handler on the root logger. Here
all environments share one module ``logging``. Without an exchange, handlers of ended environments
would get every message, the level of one function would hold for the others, and the log of the
run would get the messages of functions.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from harness.seams.cpython import forget_levels

Manager = Any


@dataclass(slots=True)
class Logs:
    """The state of ``logging`` that is not in place: the environment's, or while it runs the rest.

    ``disabled`` is the level up to which ``logging.disable`` suppresses messages.
    """

    loggers: dict[str, Any] = field(default_factory=dict)
    handlers: list[logging.Handler] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)
    level: int = logging.WARNING
    disabled: int = 0

    @classmethod
    def to(cls, output: Any) -> Logs:
        """The state of a new environment: its root logger writes to ``output``."""
        handler = logging.StreamHandler(output)
        handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(message)s"))
        return cls(handlers=[handler])

    def swap(self) -> None:
        """Exchange this state for the one that is in place.

        Loggers keep the levels that they have found to be enabled; those are forgotten where the
        exchange changes the root's level. Loggers of shared libraries follow the root logger that
        is in place.
        """
        root: Any = logging.root
        manager: Manager = root.manager
        before = root.level, manager.disable
        self.loggers, manager.loggerDict = manager.loggerDict, self.loggers
        self.handlers, root.handlers = root.handlers, self.handlers
        self.filters, root.filters = root.filters, self.filters
        self.level, root.level = root.level, self.level
        self.disabled, manager.disable = manager.disable, self.disabled
        if before != (root.level, manager.disable):
            for logger in (root, *self.loggers.values(), *manager.loggerDict.values()):
                forget_levels(logger)
