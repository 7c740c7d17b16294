"""How a deployed stage is reached, as the user asked for it."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from harness.core.errors import UserMistake
from harness.stages.deployed.redaction import SHORTEST, too_short
from harness.stages.options import StageOptions

API_KEY_VARIABLE = "CQRS_API_KEY"
HEADERS_VARIABLE = "CQRS_HEADERS"
CONCURRENCY = 16
TOKEN = "!#$%&'*+-.^_`|~"
"""The characters of a header's name besides letters and digits (RFC 9110, section 5.6.2)."""


class SettingsError(UserMistake):
    """An option cannot be used as it is given."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of the client. Never shown: ``repr`` is empty.

    ``headers``: pairs to send along, an API key among them. ``sigv4``: the service to sign for,
    with the ambient credentials. ``bearer_command``: prints a token.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    sigv4: str | None = field(default=None, repr=False)
    region: str | None = field(default=None, repr=False)
    bearer_command: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a stage is, and how much may be asked of it.

    ``rate``: requests a second (None: as fast as it answers). ``concurrency``: requests under way
    at once. ``connect_seconds`` and ``request_seconds`` are time-outs, ``settle_seconds`` is the
    deadline for views, ``replays`` how often a failure is played again to confirm it.
    """

    base_url: str
    credentials: Credentials = Credentials()
    ca_bundle: Path | None = None
    rate: float | None = None
    concurrency: int = CONCURRENCY
    connect_seconds: float = 5.0
    request_seconds: float = 35.0
    settle_seconds: float = 30.0
    replays: int = 5


def read(options: StageOptions, environment: Mapping[str, str] = os.environ, *,
         own_url: bool = False, concurrency: int = CONCURRENCY) -> Settings:
    """Return the settings that a user's options ask for.

    ``own_url``: the stage knows its own address, so none is expected. ``concurrency`` is the
    default of the stage.

    Raises:
        SettingsError: one of them cannot be meant.
    """
    return Settings(
        base_url=_no_url(options.base_url) if own_url else _base_url(options.base_url),
        credentials=_credentials(options, environment),
        ca_bundle=_file(options.ca_bundle),
        rate=None if options.rate is None else _positive("--rate", options.rate),
        concurrency=_whole("--concurrency", options.concurrency, concurrency),
        request_seconds=_positive("--request-seconds", options.request_seconds),
        settle_seconds=_positive("--settle-seconds", options.settle_seconds),
        replays=int(_positive("--replays", options.replays)),
    )


def _no_url(given: str | None) -> str:
    if given:
        raise SettingsError("--base-url", "belongs to --stage http", "give both")
    return ""


def _base_url(given: str | None) -> str:
    if not given:
        raise SettingsError(
            "--stage http", "give --base-url, what stands before the contract's path")
    try:
        url = urlsplit(given)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(
            "--base-url", expected="http://HOST or https://HOST, with a path or none")
    if url.username is not None or url.query or url.fragment:
        raise SettingsError(
            "--base-url",
            "no user, query or fragment belongs in it",
            "give credentials by --header or --api-key")
    return given.rstrip("/")


def _credentials(options: StageOptions, environment: Mapping[str, str]) -> Credentials:
    lines = [*environment.get(HEADERS_VARIABLE, "").splitlines(), *options.header]
    headers = tuple(_header(line) for line in lines if line.strip())
    api_key = options.api_key or environment.get(API_KEY_VARIABLE)
    if api_key:
        headers = (*headers, _header(f"x-api-key: {api_key}"))
    if options.sigv4 and options.bearer_command:
        raise SettingsError("--sigv4 and --bearer-command", "both set Authorization", "give one")
    return Credentials(headers, options.sigv4, options.region, options.bearer_command)


def _header(line: str) -> tuple[str, str]:
    """One header. A mistake is told without its text, which may be a secret."""
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    well_named = name.isascii() and all(c.isalnum() or c in TOKEN for c in name)
    if not colon or not name or not well_named or not value.isprintable():
        raise SettingsError("--header", expected="'Name: value', printable and on one line")
    return name, value


def _file(given: str | None) -> Path | None:
    if given is None:
        return None
    if not Path(given).is_file():
        raise SettingsError(
            f"--ca-bundle {given}", "no such file", "give one with PEM certificates")
    try:
        ssl.create_default_context(cafile=given)
    except OSError:  # an SSLError as well
        raise SettingsError(
            f"--ca-bundle {given}", "no certificates in it", "give a file with PEM certificates"
        ) from None
    return Path(given)


def _positive(name: str, value: float) -> float:
    if not 0 < value < float("inf"):
        raise SettingsError(f"{name} {value:g}", expected="a number above 0")
    return value


def _whole(name: str, given: int | None, otherwise: int) -> int:
    return otherwise if given is None else int(_positive(name, given))


def shown(settings: Settings) -> list[str]:
    """The options to give again, as words of a command; those that may be secret are not told."""
    url, sigv4 = settings.base_url, settings.credentials.sigv4
    return [*(["--base-url", url] if url else []),
            "--settle-seconds", f"{settings.settle_seconds:g}",
            *(["--sigv4", sigv4] if sigv4 else [])]


def that_stay(credentials: Credentials) -> Sequence[str]:
    """Sentences about secrets that are too short to be taken out of replies."""
    return [f"the value of the header {name} is shorter than {SHORTEST} characters: where the "
            "system repeats it, reports show it"
            for name, value in credentials.headers if too_short(value)]


def secrets(credentials: Credentials) -> Sequence[str]:
    """The texts that no report may show."""
    return [value for _, value in credentials.headers]
