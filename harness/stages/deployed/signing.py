"""Proofs of the client's identity in a request: headers, a signature, or a bearer token."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import Any, Protocol

from botocore.awsrequest import AWSRequest
from botocore.session import Session

from harness.core.errors import StageError
from harness.seams.botocore import SigV4Auth
from harness.stages.deployed.settings import Credentials

COMMAND_SECONDS = 60.0
Headers = dict[str, str]


class Signer(Protocol):
    """Adds what identifies the client to the headers of a request."""

    def sign(self, method: str, url: str, headers: Headers, body: bytes) -> Headers:
        """The headers to add.

        Raises:
            StageError: there are no credentials.
        """

    def renew(self, used: Headers) -> bool:
        """The stage refused those headers; whether it is worth trying again with new ones."""

    def secrets(self) -> list[str]:
        """The texts that nothing may show."""


def signer(credentials: Credentials) -> Signer:
    """The signer that credentials ask for.

    Raises:
        StageError: SigV4 without credentials or region.
    """
    if credentials.sigv4:
        return SigV4(credentials.sigv4, credentials.region)
    if credentials.bearer_command:
        return Bearer(credentials.bearer_command)
    return Unsigned()


class Unsigned:
    """Adds nothing."""

    def sign(self, method: str, url: str, headers: Headers, body: bytes) -> Headers:
        """See ``Signer``."""
        return {}

    def renew(self, used: Headers) -> bool:
        """See ``Signer``."""
        return False

    def secrets(self) -> list[str]:
        """See ``Signer``."""
        return []


class SigV4:
    """Signs with AWS credentials, which are looked up once and refresh themselves.

    ``session``: whose they are; the ambient ones by default.
    """

    def __init__(self, service: str, region: str | None, session: Session | None = None) -> None:
        session = session or Session()
        self._service = service
        self._region = region or session.get_config_variable("region")
        if not self._region:
            raise StageError("SigV4", "there is no region", "give --region or set AWS_REGION")
        self._credentials: Any = session.get_credentials()
        if self._credentials is None:
            raise StageError("SigV4", "there are no AWS credentials",
                             "set AWS_PROFILE or the AWS_ACCESS_KEY_ID variables")

    def sign(self, method: str, url: str, headers: Headers, body: bytes) -> Headers:
        """See ``Signer``. Only what the signature covers anyway is signed besides: no proxy."""
        frozen = self._credentials.get_frozen_credentials()
        request = AWSRequest(method=method, url=url, data=body, headers={})
        SigV4Auth(frozen, self._service, self._region).add_auth(request)
        return dict(request.headers.items())

    def renew(self, used: Headers) -> bool:
        """See ``Signer``. The credentials see to it themselves."""
        return False

    def secrets(self) -> list[str]:
        """See ``Signer``."""
        frozen = self._credentials.get_frozen_credentials()
        return [text for text in (frozen.secret_key, frozen.token, frozen.access_key) if text]


class Bearer:
    """Sends the token that a command prints; runs it again when the stage refuses the token."""

    def __init__(
        self, command: str, run: Callable[[str], str] | None = None
    ) -> None:
        self._command, self._run = command, run or _printed
        self._lock = threading.Lock()
        self._token: str | None = None
        self._seen: list[str] = []

    def sign(self, method: str, url: str, headers: Headers, body: bytes) -> Headers:
        """See ``Signer``."""
        with self._lock:
            if self._token is None:
                self._token = self._run(self._command)
                self._seen.append(self._token)
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self, used: Headers) -> bool:
        """See ``Signer``. Of several that were refused the first has the command run."""
        with self._lock:
            if used.get("Authorization") == f"Bearer {self._token}":
                self._token = None
            return True

    def secrets(self) -> list[str]:
        """See ``Signer``."""
        return list(self._seen)


def _printed(command: str) -> str:
    """The output of a command; its stderr goes to the terminal and is not repeated."""
    try:
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True,
                              stdin=subprocess.DEVNULL, timeout=COMMAND_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        reason = f"still runs after {COMMAND_SECONDS:g} s"
        raise StageError("--bearer-command", reason, "give one that ends by itself") from None
    token = done.stdout.strip()
    if done.returncode or not token or not token.isprintable():
        what = f"ended with {done.returncode}" if done.returncode else "printed no single line"
        raise StageError("--bearer-command", what, "see that it prints a token and nothing else")
    return token
