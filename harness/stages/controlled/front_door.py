"""The front door of a controlled stage: a request finds its route, and the route its function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from harness.core.errors import StageError
from harness.core.history import Role
from harness.core.http import NO_ANSWER, Request, Response
from harness.core.json_values import to_json
from harness.functions.events import (
    Payload,
    error_response,
    event_rejection,
    front_door_rejection,
    http_api_event,
    http_response,
    is_binary,
    rest_event,
    takes_binary,
    timeout_response,
)
from harness.stages.controlled.command_queue import CommandQueue
from harness.stages.controlled.invocations import Invocations
from harness.template import Route, Template, named, route

NO_CLAIMS: Mapping[str, Any] = MappingProxyType({})
FUNCTION_ERROR = (("X-Amz-Function-Error", "Unhandled"),)
JSON = (("Content-Type", "application/json"),)
NO_REST_ROUTE = Response(403, JSON, '{"message":"Missing Authentication Token"}')
NO_HTTP_ROUTE = Response(404, JSON, '{"message":"Not Found"}')


@dataclass(frozen=True, slots=True)
class ControlledFrontDoor:
    """API Gateway as the template describes it: requests go to functions, or into queues."""

    template: Template
    invocations: Invocations
    queue: CommandQueue
    identify: Callable[[], str]

    def send(
        self, request: Request, *, base64: bool = False, claims: Mapping[str, Any] = NO_CLAIMS,
        role: Role | None = None,
    ) -> Response:
        """Send a request to the function or the queue of its route.

        ``claims``: what an authorizer before the route would tell of the caller. ``role``: the
        part that the function plays, if it plays several.
        """
        rejected = front_door_rejection(request)
        found = route(self.template, request.method, request.path)
        if rejected is not None or found is None:
            return rejected or self._no_route()
        matched, parameters = found
        request = replace(request, path=named(self.template, request.path)[1])
        if matched.target_kind == "queue":
            return self.queue.enqueue(matched.target, request)
        encoded = _in_base64(matched, request, asked=base64)
        event = with_claims(self._event(matched, request, parameters, encoded), matched, claims)
        return event_rejection(event) or self._invoke(matched, request, event, role)

    def invoke(self, function: str, payload: Any, role: Role | None = None) -> Response:
        """Invoke a function directly: the reply is its result, or a function error.

        Source: AWS Lambda Developer Guide, "Invoking a function synchronously".
        """
        outcome = self.invocations.invoke(function, payload, role)
        if outcome.timed_out:
            return NO_ANSWER
        if outcome.error is not None:
            raised = {"errorType": outcome.raised, "errorMessage": outcome.message}
            return Response(502, FUNCTION_ERROR, to_json(raised))
        return Response(200, (), to_json(outcome.result))

    def _invoke(
        self, matched: Route, request: Request, event: dict[str, Any], role: Role | None
    ) -> Response:
        outcome = self.invocations.invoke(matched.target, event, role)
        api: Payload = "1.0" if matched.api == "rest" else "2.0"
        if outcome.timed_out:
            return timeout_response(api)
        if outcome.error is not None:
            return error_response(api)
        binary = matched.api == "http" or takes_binary(request.headers, matched.binary)
        return http_response(outcome.result, payload=matched.payload, api=api, binary=binary)

    def _no_route(self) -> Response:
        """The response that API Gateway gives by itself where it has no route."""
        is_rest = any(found.api == "rest" for found in self.template.routes)
        return NO_REST_ROUTE if is_rest else NO_HTTP_ROUTE

    def _event(
        self, matched: Route, request: Request, parameters: Mapping[str, str], base64: bool
    ) -> dict[str, Any]:
        common: dict[str, Any] = {
            "path": _path(matched, request), "path_parameters": parameters,
            "request_id": self.identify(), "epoch_ms": self.invocations.time.epoch_ms(),
            "base64": base64,
        }
        if matched.payload == "1.0":
            return rest_event(request, resource=matched.path, **common,
                              of_http_api=matched.api == "http")
        return http_api_event(request, route_key=str(matched), **common)


def _path(matched: Route, request: Request) -> str:
    """The path in an event: a REST API leaves it as it was sent, an HTTP API decodes it.

    Of several slashes at its beginning a REST API hands one over (LocalStack's snapshots of AWS).
    """
    sent = request.path.partition("?")[0]
    return f"/{sent.lstrip('/')}" if matched.api == "rest" else unquote(sent)


def _in_base64(matched: Route, request: Request, *, asked: bool) -> bool:
    """Tell if a body is handed over in base64, as a step asks for where the API does that at all.

    A REST API does it for its binary media types; an HTTP API for all types that are no text.
    """
    if matched.api == "http":
        return asked
    return is_binary(request.headers, matched.binary) or (asked and bool(matched.binary))


def with_claims(
    event: dict[str, Any], matched: Route, claims: Mapping[str, Any]
) -> dict[str, Any]:
    """The event with what an authorizer tells of the caller.

    Source: API Gateway Developer Guide, "Use an Amazon Cognito user pool as an authorizer" (REST)
    and "JWT authorizers" (HTTP APIs).
    """
    if claims:
        of_http = {"jwt": {"claims": dict(claims), "scopes": None}}
        context = event["requestContext"]
        context["authorizer"] = {"claims": dict(claims)} if matched.api == "rest" else of_http
    return event


def refuse_mapping_templates(routes: Iterable[Route]) -> None:
    """Refuse routes whose request is mapped: only API Gateway knows how.

    Raises:
        StageError: a route of commands or queries is one.
    """
    for found in routes:
        if not found.proxy:
            raise StageError(
                f"{found}", "its integration maps requests by a template, which is not "
                "imitated here", "judge the deployed stack, or hand the request over as it is")
