"""AWS by boto3, at its own endpoints or at an emulator's.

Credentials are given or ambient, never written anywhere. Clients are made once and shared: boto3's
clients may be used from several threads, making them may not ("Multithreading", boto3 guide).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from harness.core.errors import StageError

REGION = "us-east-1"
CONNECTIONS = 32
NO_PROFILE = {"profile": (None, None, None, None)}
"""No file, no variable and no default of botocore's session names a profile."""

KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}")


def without_key_ids(error: Exception) -> str:
    """Return an error's text without the id of any access key."""
    return KEY_ID.sub("[access key]", str(error))


@contextmanager
def aws_errors(subject: str, remedy: str = "see docs/aws.md for the permissions") -> Iterator[None]:
    """Turn errors of boto3 into stage errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise StageError(subject, without_key_ids(error), remedy) from error


@dataclass
class Cloud:
    """Where services are. ``keys``: an access key and its secret; None means the ambient ones."""

    region: str = REGION
    endpoint: str | None = None
    keys: tuple[str, str] | None = None
    profile: str | None = None
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def client(self, service: str) -> Any:
        """The client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def session(self) -> Any:
        """A session with the credentials; given keys leave the environment's profile alone."""
        if self.keys is None:
            return boto3.session.Session(region_name=self.region, profile_name=self.profile)
        key, secret = self.keys
        return boto3.session.Session(
            aws_access_key_id=key, aws_secret_access_key=secret, region_name=self.region,
            botocore_session=Session(session_vars=NO_PROFILE))

    def _made(self, service: str) -> Any:
        session = self.session()
        config = Config(max_pool_connections=CONNECTIONS, connect_timeout=10, read_timeout=60,
                        retries={"mode": "standard", "max_attempts": 5},
                        ignore_configured_endpoint_urls=True,
                        s3={"addressing_style": "path" if self.endpoint else "auto"})
        return session.client(service, endpoint_url=self.endpoint, config=config)
