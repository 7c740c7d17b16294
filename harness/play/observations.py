"""Observations of a story: the replies and views that a test looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.core.errors import HarnessError
from harness.core.http import Response

NOT_FOUND = 404


@dataclass(frozen=True, repr=False)
class Observed:
    """The response to a command or a query of a story."""

    _response: Callable[[], tuple[Response, str]]

    def __repr__(self) -> str:
        """The status and the body, as a failed assertion shows them."""
        try:
            response, namespace = self._response()
        except HarnessError as error:
            return f"<{type(self).__name__}: {error}>"
        return f"<{type(self).__name__} {response.status} {response.body.replace(namespace, '')}>"

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response()[0].status

    def json(self) -> Any:
        """The body, as JSON gives it; ids as the story has them.

        Raises:
            ValueError: it is no JSON.
        """
        response, namespace = self._response()
        return Response(200, (), response.body.replace(namespace, "")).json()


class CommandReply(Observed):
    """The reply to a command."""

    @property
    def accepted(self) -> bool:
        """Tell whether the command was acknowledged (2xx)."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Tell whether the command was refused (4xx but 429)."""
        return 400 <= self.status < 500 and self.status != 429


class QueriedView(Observed):
    """The view that a query answered."""

    @property
    def gone(self) -> bool:
        """Tell whether there is no such view."""
        return self.status == NOT_FOUND

    def __getitem__(self, member: str) -> Any:
        """A member of the view."""
        return self.json()[member]
