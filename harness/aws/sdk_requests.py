"""AWS as processes see it: HTTP requests of any SDK, read back into what botocore would send.

Which service is meant stands in the signature's scope ("Signature Version 4", credential scope)
or in the target header; which operation of S3, in method, path and query as botocore's own model
of the service describes them. Buckets may be addressed by path or by host ("Virtual hosting of
general purpose buckets").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import botocore.session
from botocore.awsrequest import AWSPreparedRequest

from harness.aws.calls import INVOKED
from harness.core.http import Headers, RawRequest
from harness.seams.botocore import HTTPHeaders

SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
TARGETS = {"DynamoDB": "dynamodb", "AWSEvents": "events", "AmazonSQS": "sqs",
           "Kinesis": "kinesis"}
HOST_BUCKET = re.compile(r"^(?P<bucket>.+)\.s3[.-]|^(?P<local>[^.]+(?:\.[^.]+)*)\.localhost$")
HOST_SERVICE = re.compile(
    r"(?:^|\.)(?P<service>s3|dynamodb|events|sqs|kinesis|lambda|sts|ssm|logs)[.-]")
DROPPED = frozenset({"host", "connection", "expect"})


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """A request of an SDK: service and operation by botocore's names, and as it would send it."""

    service: str
    operation: str
    region: str
    prepared: AWSPreparedRequest


def read_request(raw: RawRequest, region: str) -> AwsRequest:
    """Read the request of an SDK; without a signature ``region`` and the host say where."""
    host = (raw.header("Host") or "").partition(":")[0]
    signed, service = _scope(raw)
    service = service or _service(raw, host)
    if service == "s3":
        target, name = _s3_target(raw.target, host), "s3"
        operation = _s3_operation(raw.method, target, raw.headers)
    else:
        target, name = raw.target, service
        invoked = service == "lambda" and INVOKED.match(urlsplit(raw.target).path)
        operation = "Invoke" if invoked else _json_operation(raw)
    url = f"https://{name}.{signed or region}.amazonaws.com{target}"
    headers = HTTPHeaders()
    for key, value in raw.headers:
        if key.lower() not in DROPPED:
            headers[key] = value
    prepared = AWSPreparedRequest(raw.method, url, headers, raw.body, False)
    return AwsRequest(service, operation, signed or region, prepared)


def _scope(raw: RawRequest) -> tuple[str, str]:
    """Region and service of the signature, in a header or in a presigned URL; "" without one."""
    query = parse_qs(urlsplit(raw.target).query)
    presigned = "Credential=" + query.get("X-Amz-Credential", [""])[0]
    found = SCOPE.search(raw.header("Authorization") or "") or SCOPE.search(presigned)
    return (found.group(1), found.group(2)) if found else ("", "")


def _service(raw: RawRequest, host: str) -> str:
    prefix = (raw.header("X-Amz-Target") or "").partition(".")[0].partition("_")[0]
    found = HOST_SERVICE.search(host)
    return TARGETS.get(prefix) or (found.group("service") if found else "s3")


def _json_operation(raw: RawRequest) -> str:
    target = (raw.header("X-Amz-Target") or "").rpartition(".")[2]
    if target:
        return target
    form = parse_qs(raw.body.decode("utf-8", "replace") + "&" + urlsplit(raw.target).query)
    return form.get("Action", [""])[0]


def _s3_target(target: str, host: str) -> str:
    """The target with the bucket in its path."""
    found = HOST_BUCKET.match(host)
    bucket = (found.group("bucket") or found.group("local")) if found else None
    return f"/{bucket}{target}" if bucket and bucket != "s3" else target


@dataclass(frozen=True, slots=True)
class _S3Operation:
    """How a request of an operation looks; names are lower case for headers."""

    name: str
    method: str
    depth: int
    query: tuple[tuple[str, str], ...]
    queried: frozenset[str]
    headers: frozenset[str]

    def fits(self, method: str, depth: int, query: dict[str, str], headers: set[str]) -> bool:
        return (method, depth) == (self.method, self.depth) and self.headers <= headers and (
            self.queried <= query.keys()
            and all(key in query and value in ("", query[key]) for key, value in self.query))

    def particulars(self) -> int:
        return len(self.query) + len(self.queried) + len(self.headers)


@cache
def _s3_operations() -> tuple[_S3Operation, ...]:
    """All operations, those with most to tell them by first."""
    model = botocore.session.get_session().get_service_model("s3")
    found = (_described(model.operation_model(name)) for name in model.operation_names)
    return tuple(sorted(found, key=lambda operation: -operation.particulars()))


def _described(model: Any) -> _S3Operation:
    path, _, query = model.http["requestUri"].partition("?")
    shape = model.input_shape
    required = [shape.members[n].serialization for n in shape.required_members] if shape else []
    return _S3Operation(
        model.name, model.http["method"], 0 if path == "/" else path.count("/"),
        tuple(parse_qsl(query, keep_blank_values=True)),
        frozenset(s["name"] for s in required if s.get("location") == "querystring"),
        frozenset(s["name"].lower() for s in required if s.get("location") == "header"))


def _s3_operation(method: str, target: str, headers: Headers) -> str:
    parts = urlsplit(target)
    bucket, _, key = parts.path.lstrip("/").partition("/")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return _first(_s3_operations(), method, bool(bucket) + bool(key), query,
                  {name.lower() for name, _ in headers})


def _first(
    operations: Iterable[_S3Operation], method: str, depth: int, query: dict[str, str],
    headers: set[str],
) -> str:
    return next((o.name for o in operations if o.fits(method, depth, query, headers)), method)
