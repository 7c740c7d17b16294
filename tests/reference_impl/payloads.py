"""Commands, and the payloads in which API Gateway and SQS hand them to a function."""

from typing import Any

CREATED = {
    "type": "OrderCreated",
    "orderId": "o-1",
    "customer": "Ada",
    "createdAt": "2024-01-02T03:04:05Z",
}
UPDATED = {"type": "OrderUpdated", "orderId": "o-1", "updatedAt": "2024-01-03T00:00:00+01:00"}
DELETED = {"type": "OrderDeleted", "orderId": "o-1"}


def rest_api(body: str | None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what a REST API (v1) hands to the command function."""
    return {
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "pathParameters": None,
        "body": body,
        "isBase64Encoded": False,
    }


def http_api(body: str | None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what an HTTP API (v2) hands to it: lower-case headers, no member without a value."""
    payload: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {"http": {"method": "POST", "path": "/orders"}},
        "isBase64Encoded": False,
    }
    return payload if body is None else {**payload, "body": body}


def batch(bodies: dict[str, str]) -> dict[str, Any]:
    """Return what SQS hands to a function: bodies by message id."""
    arn = "arn:aws:sqs:eu-west-1:123456789012:queue"
    records = [
        {"messageId": name, "body": body, "eventSource": "aws:sqs", "eventSourceARN": arn}
        for name, body in bodies.items()
    ]
    return {"Records": records}
