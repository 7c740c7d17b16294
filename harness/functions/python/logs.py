"""Logging of an environment: loggers, levels and handlers of its own.

On Lambda an environment is a process, and its runtime has put a handler on the root logger. Here
all share one ``logging``: handlers of ended environments would get every message there is, one
function's level would be another's, and whoever logs the run would get what functions log.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from harness.seams.cpython import forget_levels

Manager = Any


@dataclass(slots=True)
class Logs:
    """What ``logging`` knows while an environment runs, and what it knew besides while it does."""

    loggers: dict[str, Any] = field(default_factory=dict)
    handlers: list[logging.Handler] = field(default_factory=list)
    filters: list[Any] = field(default_factory=list)
    level: int = logging.WARNING
    disabled: int = 0

    @classmethod
    def to(cls, output: Any) -> Logs:
        """Those of a new environment: the root logger writes to its output."""
        handler = logging.StreamHandler(output)
        handler.setFormatter(logging.Formatter("[%(levelname)s]\t%(message)s"))
        return cls(handlers=[handler])

    def swap(self) -> None:
        """Exchange them for what is in place; what was found out of levels is forgotten with them.

        Loggers of libraries that all share go by the root logger that there is.
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
