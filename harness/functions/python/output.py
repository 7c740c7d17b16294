"""The text that an environment prints."""

from __future__ import annotations

import io

from harness.functions.invocation import OUTPUT_LIMIT


class Output(io.TextIOBase):
    """Stands in for ``sys.stdout`` and ``sys.stderr`` of an environment; keeps a bounded text."""

    def __init__(self) -> None:
        super().__init__()
        self._text: list[str] = []
        self._size = 0

    def write(self, text: str) -> int:
        """Keep a text, unless there is enough already."""
        if self._size < OUTPUT_LIMIT:
            self._text.append(text)
            self._size += len(text)
        return len(text)

    def take(self) -> str:
        """Give the text that was printed since the last call."""
        taken = "".join(self._text)[:OUTPUT_LIMIT]
        self._text, self._size = [], 0
        return taken
