"""Disturbances of AWS calls, put into the functions' own clients."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class Crash(BaseException):
    """The environment dies: no code of the function catches this."""


class Faults:
    """Lets something happen around a client's next call of an operation."""

    def raises(
        self, client: Any, operation: str, error: BaseException, after: bool = False
    ) -> None:
        """Fail before the call has any effect, or after it has had its effect."""

        def fail(**_: Any) -> None:
            raise error

        self.does(client, operation, fail, after=after)

    def answers(self, client: Any, operation: str, parsed: dict[str, Any]) -> None:
        """Answer in the place of AWS, with status 200."""
        self.does(client, operation, lambda **_: (SimpleNamespace(status_code=200), parsed))

    def does(
        self,
        client: Any,
        operation: str,
        action: Callable[..., Any],
        after: bool = False,
        given: bool = False,
        times: int = 1,
    ) -> None:
        """Run the action at the next calls; what it returns before a call takes its place.

        `given` calls it with the parameters as the function gave them.
        """
        service = client.meta.service_model.service_id.hyphenize()
        left = iter(range(times))

        def hook(**call: Any) -> Any:
            return action(**call) if next(left, None) is not None else None

        moment = "after-call" if after else "provide-client-params" if given else "before-call"
        client.meta.events.register(f"{moment}.{service}.{operation}", hook)
