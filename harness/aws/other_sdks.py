"""AWS itself, met by a function in this process that calls it by another SDK than botocore.

Such a call is neither seen nor answered here: it would leave this machine, and what the function
makes of that would be judged. So AWS has no address while functions run in this process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@contextmanager
def unreachable(notice: Callable[[str], None]) -> Iterator[None]:
    """Let nobody in this process find a host of AWS; ``notice`` is told which one was wanted."""
    look_up = socket.getaddrinfo

    def found(host: Any, *rest: Any, **named: Any) -> Any:
        name = os.fsdecode(host or "").rstrip(".").lower()
        if name.endswith(DOMAINS):
            notice(name)
            raise socket.gaierror(socket.EAI_NONAME, "no call of this process leaves it for AWS")
        return look_up(host, *rest, **named)

    with mock.patch.object(socket, "getaddrinfo", found):
        yield
