"""Scheduled functions that pass events on: the harness lets them run whenever time may pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.aws.calls import ACCOUNT, REGION
from harness.core.clock import utc_text
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.running import Outcome


@dataclass(frozen=True, slots=True)
class Schedules:
    """The scheduled functions of a chain, by logical id."""

    functions: tuple[str, ...]
    invocations: Invocations
    identify: Callable[[], str]

    def run(self) -> bool:
        """Run each once; whether none failed. One that did runs again the next time."""
        return not [name for name in self.functions if self._run(name).error is not None]

    def _run(self, function: str) -> Outcome:
        return self.invocations.invoke(function, {
            "version": "0", "id": self.identify(), "detail-type": "Scheduled Event",
            "source": "aws.events", "account": ACCOUNT, "region": REGION,
            "time": utc_text(self.invocations.time.now()),
            "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/conformance"], "detail": {}})
