"""botocore: classes outside its documentation, and work that it repeats for every call.

botocore documents its session, client, config, credentials, exceptions and ``awsrequest``. The
signers, the HTTP session and the header type are used by other libraries as well, and
promised to none.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.hooks import NodeList
from botocore.httpsession import URLLib3Session

from harness.seams.seam import Seam

__all__ = ["CLIENT_METHODS", "ENDPOINT_PROVIDER", "PURE_FUNCTIONS", "REGIONS", "REPLACEMENTS",
           "SPEEDUPS", "TLS_CONTEXT", "HTTPHeaders", "ResponseBody", "S3SigV4Auth", "SigV4Auth",
           "URLLib3Session", "description_of", "patience", "regions_by_prefix"]

LIBRARY = "botocore"
PURE_FUNCTIONS = (
    Seam(LIBRARY, "botocore.utils", "_parse_timestamp_with_tzinfo"),
    Seam(LIBRARY, "botocore.useragent", "sanitize_user_agent_string_component"),
)
"""Functions whose results depend on their arguments alone."""
ENDPOINT_PROVIDER = Seam(LIBRARY, "botocore.regions", "EndpointProvider")
"""Made from rules that are the same objects for every client of a session."""
REPLACEMENTS: tuple[tuple[Seam, Callable[..., Any]], ...] = (
    (Seam(LIBRARY, "botocore.auth:SigV4Auth", "canonical_request"),
     lambda signer, request: ""),
    (Seam(LIBRARY, "botocore.auth:SigV4Auth", "headers_to_sign"),
     lambda signer, request: HTTPHeaders()),
    (Seam(LIBRARY, "botocore.auth:SigV4Auth", "string_to_sign"),
     lambda signer, request, canonical: ""),
    (Seam(LIBRARY, "botocore.auth:SigV4Auth", "signature"),
     lambda signer, text, request: "0" * 64),
    (Seam(LIBRARY, "botocore.useragent:UserAgentString", "rebuild_and_replace_user_agent_handler"),
     lambda *_, **__: None),
    (Seam(LIBRARY, "botocore.retries.bucket:TokenBucket", "acquire"),
     lambda bucket, amount=1, block=True: True),
)
"""Work that the embedded stage never looks at: signatures, the User-Agent header, and the rate
limiter of adaptive retries, which waits in real time while time stands still here (AWS SDKs and
Tools Reference Guide, "Retry behavior", adaptive mode)."""
CLIENT_METHODS = Seam(LIBRARY, "botocore.client:ClientCreator", "_create_methods")
"""One function for each operation of a service; each only calls its client's ``_make_api_call``."""
TLS_CONTEXT = Seam(LIBRARY, "botocore.httpsession:URLLib3Session", "_get_ssl_context")
"""For connections, which no client of the embedded stage opens."""
REGIONS = Seam(LIBRARY, "botocore.session:Session", "get_available_regions")
"""Reads a service's whole description for its endpoint's prefix."""
LARGEST = "ec2"
"""The service with the largest description, more than a second to read, and whose name is its
endpoint's prefix. moto asks for its regions when CloudFormation is imported."""
FILE = Seam(LIBRARY, "botocore.loaders:JSONFileLoader", "load_file")
"""Reads a description from the SDK's own data, for each session again."""
LISTINGS = (Seam(LIBRARY, "botocore.loaders:Loader", "list_available_services"),
            Seam(LIBRARY, "botocore.loaders:Loader", "list_api_versions"))
"""Folders of that data, listed for each session again."""
EMITTER_COPY = Seam(LIBRARY, "botocore.hooks:EventAliaser", "__copy__")
"""Each client has a copy of its session's hooks, and finds the names of all events again."""
HOOKS_COPY = Seam(LIBRARY, "botocore.hooks:_PrefixTrie", "_recursive_copy")
BUILTIN = Seam(LIBRARY, "botocore.regions:EndpointRulesetResolver", "_resolve_param_as_builtin")
"""Looks for a name among the members of an enumeration, several times for each call."""
SPEEDUPS = (*PURE_FUNCTIONS, ENDPOINT_PROVIDER, CLIENT_METHODS, TLS_CONTEXT, REGIONS, FILE,
            *LISTINGS, EMITTER_COPY, HOOKS_COPY, BUILTIN, *(seam for seam, _ in REPLACEMENTS))


DEFAULT_ATTEMPTS = 5
"""Attempts of the mode "legacy" (botocore's documentation, "Retries")."""


def patience() -> float | None:
    """Seconds that the client which makes the current call waits, in all of its attempts.

    None outside a call, and where the client waits for ever. A call knows its client only by the
    frames above it.
    """
    frame = inspect.currentframe()
    while frame is not None and not isinstance(frame.f_locals.get("self"), BaseClient):
        frame = frame.f_back
    if frame is None:
        return None
    config = frame.f_locals["self"].meta.config
    attempts = (config.retries or {}).get("total_max_attempts", DEFAULT_ATTEMPTS)
    return None if config.read_timeout is None else float(config.read_timeout * attempts)


def regions_by_prefix(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Make a listing of regions that leaves the description of the largest service unread.

    The sessions that ask for that service's regions share the list of endpoints of the first one.
    """
    sessions: list[Any] = []

    def get_available_regions(session: Any, service_name: str, *others: Any, **named: Any) -> Any:
        if service_name != LARGEST:
            return original(session, service_name, *others, **named)
        if not sessions:
            sessions.append(_Undescribed(session))
        return original(sessions[0], service_name, *others, **named)

    return get_available_regions


def copy_with_names(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make a copy of a client's hooks that knows the names of events which its session has met."""
    def copied(emitter: Any) -> Any:
        made = original(emitter)
        made._alias_name_cache = emitter._alias_name_cache
        return made

    return copied


def copied_hooks(trie: Any, node: dict[str, Any]) -> dict[str, Any]:
    """Copy the structure of a tree of hooks, but not the hooks."""
    return {key: copied_hooks(trie, value) if type(value) is dict
            else value.__copy__() if type(value) is NodeList else value
            for key, value in node.items()}


def builtins_by_name(original: Callable[..., Any]) -> Callable[..., Any]:
    """Make a look-up of an endpoint's parameter that checks a name only where it finds none."""
    def resolved(resolver: Any, builtin_name: Any, builtins: Any) -> Any:
        if builtin_name not in builtins:
            return original(resolver, builtin_name, builtins)
        value = builtins[builtin_name]
        return value() if callable(value) else value

    return resolved


class _Undescribed:
    """A session that describes each service by its endpoint's prefix alone."""

    def __init__(self, session: Any) -> None:
        self._get_internal_component = session._get_internal_component

    def get_service_data(self, name: str) -> dict[str, Any]:
        return {"metadata": {"endpointPrefix": name}}


def description_of(service: Any) -> dict[str, Any]:
    """The description from which a service model is made, as the loader keeps it."""
    described: dict[str, Any] = service._service_description
    return described


class ResponseBody(BytesIO):
    """A body as ``AWSResponse`` reads it from the HTTP library: in pieces."""

    def __init__(self, body: str | bytes) -> None:
        super().__init__(body.encode() if isinstance(body, str) else body)

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Give what is left."""
        while piece := self.read():
            yield piece
