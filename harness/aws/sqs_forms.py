"""SQS as older SDKs ask it: requests are forms, and answers are XML.

Until November 2023 SQS spoke the AWS query protocol only, and it still does: SDKs for JavaScript
before 2.1492, for Java before 1.12.585 and 2.21.19 speak nothing else. Their requests are written
here as those of today's protocol, JSON, and the answers to these as XML, so that everything between
knows one protocol.

Sources: SQS developer guide, "AWS JSON protocol" and "Making Query API requests"; SQS API
reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

import botocore.session
from botocore.awsrequest import AWSPreparedRequest

from harness.aws.sdk_requests import AwsRequest
from harness.core.http import RawResponse
from harness.core.json_values import parse_json
from harness.seams.botocore import HTTPHeaders

NAMED_BY_ENTRY = frozenset({"Entries", "Successful", "Failed"})
"""Lists whose elements are named after the shape of an entry; others lose their plural's s."""
NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
QUERY_ERROR = "x-amzn-query-error"
"""The header with an error's code in the query protocol, and whose fault it is."""


def is_form(asked: AwsRequest) -> bool:
    """Tell if a request of SQS is a form, of an operation that exists."""
    return (asked.service == "sqs" and "X-Amz-Target" not in asked.prepared.headers
            and asked.operation in _model().operation_names)


def with_json(asked: AwsRequest) -> AwsRequest:
    """The same request in JSON. The queue may stand in the path instead of the form."""
    prepared = asked.prepared
    url = urlsplit(prepared.url)
    body = prepared.body if isinstance(prepared.body, str) else (prepared.body or b"").decode()
    form = dict(parse_qsl(f"{body}&{url.query}", keep_blank_values=True))
    shape = _model().operation_model(asked.operation).input_shape
    document = {} if shape is None else _structure(shape, form, "")
    if shape is not None and "QueueUrl" in shape.members and url.path.strip("/"):
        document.setdefault("QueueUrl", f"https://{url.netloc}{url.path}")
    headers = HTTPHeaders()
    for name, value in prepared.headers.items():
        if name.lower() not in ("content-type", "content-length"):
            headers[name] = value
    headers["X-Amz-Target"] = f"AmazonSQS.{asked.operation}"
    headers["Content-Type"] = "application/x-amz-json-1.0"
    address = f"{url.scheme}://{url.netloc}/"
    return replace(asked, prepared=AWSPreparedRequest(
        "POST", address, headers, json.dumps(document).encode(), False))


def as_xml(operation: str, response: RawResponse) -> RawResponse:
    """The answer to the request in JSON as the one to the form."""
    said = parse_json(response.body.decode("utf-8", "replace") or "{}")
    document: Mapping[str, Any] = said if isinstance(said, dict) else {}
    kept = tuple((name, value) for name, value in response.headers if name.lower() not in (
        "content-type", "content-length"))
    body = _result(operation, document) if response.status < 300 else _error(response, document)
    return RawResponse(response.status, (*kept, ("Content-Type", "text/xml")), body.encode())


@cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model("sqs")


def _structure(shape: Any, form: Mapping[str, str], prefix: str) -> dict[str, Any]:
    found = {name: _value(member, form, f"{prefix}{_element(name, member)}")
             for name, member in shape.members.items()}
    return {name: value for name, value in found.items() if value is not None}


def _value(shape: Any, form: Mapping[str, str], name: str) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, form, f"{name}.") or None
    if shape.type_name == "list":
        return [_value(shape.member, form, f"{name}.{n}") for n in _numbers(form, name)] or None
    if shape.type_name == "map":
        return {form[f"{name}.{n}.Name"]: _value(shape.value, form, f"{name}.{n}.Value")
                for n in _numbers(form, name) if f"{name}.{n}.Name" in form} or None
    text = form.get(name)
    return int(text) if text is not None and shape.type_name == "integer" else text


def _numbers(form: Mapping[str, str], name: str) -> Iterator[int]:
    """The numbers of a list's elements in a form, counted from one."""
    number = 1
    while any(key == f"{name}.{number}" or key.startswith(f"{name}.{number}.") for key in form):
        yield number
        number += 1


def _element(name: str, shape: Any) -> str:
    """The name by which a form or an XML document has a member, or each element of it."""
    if shape.type_name not in ("list", "map"):
        return name
    return str(shape.member.name) if name in NAMED_BY_ENTRY else name.removesuffix("s")


def _result(operation: str, document: Mapping[str, Any]) -> str:
    shape = _model().operation_model(operation).output_shape
    result = "" if shape is None else (
        f"<{operation}Result>{_members(shape, document)}</{operation}Result>")
    return (f'<{operation}Response xmlns="{NAMESPACE}">{result}<ResponseMetadata>'
            f"<RequestId>conformance</RequestId></ResponseMetadata></{operation}Response>")


def _members(shape: Any, document: Mapping[str, Any]) -> str:
    return "".join(_xml(_element(name, member), member, document[name])
                   for name, member in shape.members.items() if document.get(name) is not None)


def _xml(name: str, shape: Any, value: Any) -> str:
    if shape.type_name == "list":
        return "".join(_xml(name, shape.member, each) for each in value)
    if shape.type_name == "map":
        return "".join(f"<{name}><Name>{escape(key)}</Name>{_xml('Value', shape.value, each)}"
                       f"</{name}>" for key, each in value.items())
    if shape.type_name == "structure":
        return f"<{name}>{_members(shape, value)}</{name}>"
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _error(response: RawResponse, document: Mapping[str, Any]) -> str:
    known = next((value for name, value in response.headers if name.lower() == QUERY_ERROR), "")
    code = known.partition(";")[0] or str(document.get("__type", "")).rpartition("#")[2]
    message = document.get("message") or document.get("Message") or ""
    kind = "Sender" if response.status < 500 else "Receiver"
    return (f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type><Code>{escape(code)}'
            f"</Code><Message>{escape(str(message))}</Message></Error>"
            "<RequestId>conformance</RequestId></ErrorResponse>")
