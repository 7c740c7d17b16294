"""API Gateway's routes, in every way that a template may write them.

REST APIs: an OpenAPI body with ``x-amazon-apigateway-integration`` (API Gateway
Developer Guide, "OpenAPI extensions"), or AWS::ApiGateway::Resource and Method. HTTP
APIs: such a body, or AWS::ApiGatewayV2::Route and Integration, or the API's own Target
("quick create"). A Lambda integration of a REST API always has payload 1.0. For HTTP
APIs the integration says it, 1.0 being CloudFormation's default; quick create uses 2.0.

A route to a queue is API Gateway's SQS service integration: ``...:sqs:path/...`` or
``...:sqs:action/SendMessage`` for REST APIs, the subtype SQS-SendMessage for HTTP APIs.
Routes to anything else (mock, HTTP, other services) are left out. A function URL takes every
method and path and hands them over as an HTTP API's ``$default`` does, with payload 2.0 (Lambda
Developer Guide, "Invoking Lambda function URLs").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from harness.template.describe.invoke_permissions import obstacle_of_route, obstacle_of_url
from harness.template.describe.model import Route
from harness.template.read.artifacts import local_path
from harness.template.read.documents import locate, read
from harness.template.read.intrinsics import Scope, evaluate
from harness.template.read.resources import Resources, items, mapping
from harness.template.read.tokens import references, shown

INTEGRATION: Final = "x-amazon-apigateway-integration"
ANY: Final = "x-amazon-apigateway-any-method"
BINARY: Final = "x-amazon-apigateway-binary-media-types"
VERBS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
DEFAULT: Final = "$default"
URL: Final = "AWS::Lambda::Url"
_OBJECT: Final = re.compile(r"(?<!\$)\{")
_MESSAGE: Final = re.compile(r"MessageBody=([^&]*)", re.DOTALL)
_Api = Literal["rest", "http"]
_WITH_BODY: Final[tuple[tuple[str, _Api], ...]] = (
    ("AWS::ApiGateway::RestApi", "rest"),
    ("AWS::ApiGatewayV2::Api", "http"),
)


@dataclass(frozen=True, slots=True)
class _RouteSource:
    """A route of a template; the integration's keys begin with a small letter."""

    api: _Api
    gateway: str
    method: str
    path: str
    integration: Mapping[str, Any]
    binary: tuple[str, ...] = ()
    own: bool = False


def read_routes(resources: Resources, scope: Scope, folder: Path) -> tuple[Route, ...]:
    """Each route to a function or a queue of the template, once."""
    routes = (_route(found, resources) for found in _written(resources, scope, folder))
    return tuple(dict.fromkeys(route for route in routes if route is not None))


def other_routes(resources: Resources, scope: Scope, folder: Path) -> tuple[str, ...]:
    """The routes to other services, and those of WebSocket APIs, as text."""
    services = (f"{found.method} {shown(found.path)} (to no function or queue)"
                for found in _written(resources, scope, folder)
                if found.method != "OPTIONS" and not found.own and _route(found, resources) is None)
    sockets = (f"{properties.get('RouteKey')} (of a WebSocket API)"
               for _, properties in resources.of("AWS::ApiGatewayV2::Route")
               if _is_websocket(next(references(properties.get("ApiId")), ""), resources))
    urls = (f"the function URL {name}" for name, properties in resources.of(URL)
            if resources.function(properties.get("TargetFunctionArn")) is None)
    return tuple(dict.fromkeys((*services, *sockets, *urls)))


def _written(resources: Resources, scope: Scope, folder: Path) -> Iterator[_RouteSource]:
    yield from _from_bodies(resources, scope, folder)
    yield from _from_methods(resources)
    yield from _from_route_keys(resources)
    yield from _quickly_created(resources)
    yield from _from_urls(resources)


def _from_bodies(resources: Resources, scope: Scope, folder: Path) -> Iterator[_RouteSource]:
    for type_, api in _WITH_BODY:
        for gateway, properties in resources.of(type_):
            body = _body(properties, scope, folder)
            binary = _binary(properties, body)
            for method, path, integration in _operations(body):
                yield _RouteSource(api, gateway, method, path, _small(integration), binary)


def _body(properties: Mapping[str, Any], scope: Scope, folder: Path) -> dict[str, Any]:
    path = local_path(properties.get("BodyS3Location"), folder)
    if path is None:
        return mapping(properties.get("Body"))
    return mapping(evaluate(read(locate(path)), scope))


def _binary(properties: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[str, ...]:
    """A REST API's binary media types; CloudFormation has ``~1`` for their slashes."""
    given = [*items(properties.get("BinaryMediaTypes")), *items(body.get(BINARY))]
    return tuple(dict.fromkeys(str(each).replace("~1", "/").lower() for each in given))


def _operations(body: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in mapping(body.get("paths")).items():
        shorter = DEFAULT if path == f"/{DEFAULT}" else path
        for verb, operation in mapping(item).items():
            if verb.lower() in VERBS or verb == ANY:
                method = "ANY" if verb == ANY else verb.upper()
                yield method, shorter, _dereferenced(mapping(operation).get(INTEGRATION), body)


def _dereferenced(value: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    """The integration itself, which a body may keep under components (``$ref: '#/...'``)."""
    pointer = mapping(value).get("$ref")
    if not isinstance(pointer, str):
        return mapping(value)
    found: Any = body
    for part in pointer.removeprefix("#/").split("/"):
        found = mapping(found).get(part)
    return mapping(found)


def _from_methods(resources: Resources) -> Iterator[_RouteSource]:
    for _, properties in resources.of("AWS::ApiGateway::Method"):
        gateway = next(references(properties.get("RestApiId")), "")
        method = str(properties.get("HttpMethod", "ANY")).upper()
        path = _resource_path(properties.get("ResourceId"), resources)
        integration = _small(mapping(properties.get("Integration")))
        binary = _binary(resources.properties(gateway), {})
        yield _RouteSource("rest", gateway, method, path, integration, binary)


def _resource_path(resource: Any, resources: Resources) -> str:
    """The path of a resource: the parts of its parents from the API's root, then its own."""
    parts: list[str] = []
    while len(parts) < 30:
        name = next(references(resource), "")
        if resources.type(name) != "AWS::ApiGateway::Resource":
            break
        properties = resources.properties(name)
        parts.insert(0, str(properties.get("PathPart", "")))
        resource = properties.get("ParentId")
    return "/" + "/".join(parts)


def _from_route_keys(resources: Resources) -> Iterator[_RouteSource]:
    for _, properties in resources.of("AWS::ApiGatewayV2::Route"):
        gateway = next(references(properties.get("ApiId")), "")
        if not _is_websocket(gateway, resources):
            integration = _integration(properties.get("Target"), resources)
            method, path = _route_key(properties.get("RouteKey"))
            yield _RouteSource("http", gateway, method, path, _small(integration))


def _integration(target: Any, resources: Resources) -> dict[str, Any]:
    wanted = "AWS::ApiGatewayV2::Integration"
    name = next((n for n in references(target) if resources.type(n) == wanted), "")
    return resources.properties(name)


def _quickly_created(resources: Resources) -> Iterator[_RouteSource]:
    for gateway, properties in resources.of("AWS::ApiGatewayV2::Api"):
        if "Target" in properties and not _is_websocket(gateway, resources):
            method, path = _route_key(properties.get("RouteKey", DEFAULT))
            integration = {"uri": properties["Target"], "payloadFormatVersion": "2.0"}
            yield _RouteSource("http", gateway, method, path, integration)


def _from_urls(resources: Resources) -> Iterator[_RouteSource]:
    for name, properties in resources.of(URL):
        integration = {"uri": properties.get("TargetFunctionArn"), "payloadFormatVersion": "2.0"}
        yield _RouteSource("http", name, "ANY", DEFAULT, integration, own=True)


def _is_websocket(gateway: str, resources: Resources) -> bool:
    return bool(resources.properties(gateway).get("ProtocolType") == "WEBSOCKET")


def _route_key(key: Any) -> tuple[str, str]:
    method, _, path = str(key).partition(" ")
    return (method.upper(), path.strip()) if path else ("ANY", DEFAULT)


def _small(integration: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation's names as OpenAPI writes them (IntegrationUri and Uri as uri)."""
    names = {key: key[:1].lower() + key[1:] for key in integration}
    fields = {names[key]: value for key, value in integration.items()}
    return {"uri": fields.get("integrationUri"), "type": fields.get("integrationType")} | fields


def _route(found: _RouteSource, resources: Resources) -> Route | None:
    function = resources.function(found.integration.get("uri"))
    queue = None if function is not None else _queue(found.integration, resources)
    target = queue if function is None else function
    if target is None:
        return None
    return Route(
        method=found.method,
        path=shown(found.path),
        payload=_payload(found) if queue is None else "1.0",
        target=target,
        target_kind="function" if queue is None else "queue",
        api=found.api,
        gateway=found.gateway,
        binary=found.binary if found.api == "rest" else (),
        encodes=_encodes(found, resources),
        proxy=_is_proxy(found.integration) if queue is None else _is_body(found.integration),
        obstacle="" if function is None else obstacle_of_url(
            function, resources.properties(found.gateway), resources) if found.own else (
            obstacle_of_route(found.api, function, found.integration, resources)),
        own=found.own,
    )


def _encodes(found: _RouteSource, resources: Resources) -> bool:
    """Tell if some bodies come base64-encoded.

    An HTTP API encodes what is no text by its Content-Type, a REST API the media types that it
    names. Source: API Gateway Developer Guide, "Working with binary media types for REST APIs".
    """
    known = bool(resources.properties(found.gateway))
    return found.api == "http" or not known or bool(found.binary)


def _is_proxy(integration: Mapping[str, Any]) -> bool:
    return str(integration.get("type")).upper() != "AWS"


def _is_body(integration: Mapping[str, Any]) -> bool:
    """Tell if a message is the request's body; a composed message has the brace of an object."""
    mapped = (integration.get(key) for key in ("requestParameters", "requestTemplates"))
    values = [str(value) for each in mapped for value in mapping(each).values()]
    messages = [part for value in values for part in _MESSAGE.findall(value)]
    messages.append(str(mapping(integration.get("requestParameters")).get("MessageBody", "")))
    return not any(_OBJECT.search(message) for message in messages)


def _queue(integration: Mapping[str, Any], resources: Resources) -> str | None:
    subtype, uri = str(integration.get("integrationSubtype", "")), integration.get("uri")
    if ":sqs:" not in str(uri) and not subtype.startswith("SQS-SendMessage"):
        return None
    mapped = (integration.get(key) for key in ("requestParameters", "requestTemplates"))
    return next((q for q in map(resources.queue, (uri, *mapped)) if q is not None), None)


def _payload(found: _RouteSource) -> Literal["1.0", "2.0"]:
    version = str(found.integration.get("payloadFormatVersion", "1.0"))
    return "2.0" if found.api == "http" and version.startswith("2") else "1.0"
