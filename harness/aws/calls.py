"""Reading an AWS request off the wire: which resource and which key it concerns.

Works on the HTTP request alone, so the same reading serves calls made in this process and
calls that arrive at a server. S3 is addressed by host or by path; the other services of a
CQRS system speak JSON with the target in a header.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ACCOUNT = "123456789012"
REGION = "us-east-1"
KeyNames = Mapping[str, tuple[str, ...]]
"""The key attributes of each table, partition key first, by its name."""
PARTIQL_TABLE = re.compile(r"""\b(?:INTO|FROM|UPDATE)\s+"?([\w.:/-]+)""", re.IGNORECASE)
"""PartiQL for DynamoDB, reference: what follows these words is a table."""
INVOKED = re.compile(r"/\d{4}-\d\d-\d\d/functions/([^/]+)/invocations")
"""The path of Lambda's Invoke."""
UNKNOWN: KeyNames = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS request. ``resource``: bucket, table, bus or queue; ``key``: object or item.

    Several items' keys stand on lines of their own, partition and sort key with a tab between.
    ``arns`` are the resources an IAM policy would have to allow. ``body`` is what was sent.
    ``conditional``: the header by which S3 is to make it only if the object is, or is not, what it
    is taken for; empty without one. ``mode``: the type of an invocation. ``encryption``: how S3 is
    to encrypt an object; empty: as its bucket does.
    ``line``: file and line that a process tells of its own code. ``patience``: seconds that it
    tells its client to wait for an answer; 0: it tells none.
    """

    service: str
    operation: str
    resource: str
    key: str
    arns: tuple[str, ...]
    body: bytes = field(default=b"", compare=False, repr=False)
    conditional: str = ""
    mode: str = ""
    line: str = field(default="", compare=False)
    patience: float = field(default=0.0, compare=False)
    encryption: str = ""

    def document(self) -> dict[str, Any]:
        """The body as a JSON object; an empty one for any other body."""
        return _json(self.body)


def read_call(
    service: str, operation: str, url: str, body: bytes, *, region: str = REGION,
    keys: KeyNames = UNKNOWN,
) -> Call:
    """Read the resource and the key of a request; ``service``, ``operation``: botocore's names.

    A request to put an item does not say which of its attributes are its key: ``keys`` does.
    """
    if service == "s3":
        return _s3(operation, url)
    document = _json(body)
    if service == "dynamodb":
        return _dynamodb(operation, document, region, keys)
    if service in ("eventbridge", "events"):
        return _events(operation, document, region)
    if service == "sqs":
        name = str(document.get("QueueUrl", "")).rsplit("/", 1)[-1]
        return Call("sqs", operation, name, "", (f"arn:aws:sqs:{region}:{ACCOUNT}:{name}",))
    if service == "lambda":
        return _lambda(operation, url, region)
    if service == "kinesis":
        return _kinesis(operation, document, region)
    if service == "sns":
        form = parse_qs(body.decode("utf-8", "replace"))
        topic = (form.get("TopicArn") or form.get("TargetArn") or [""])[0]
        return Call("sns", operation, topic.rsplit(":", 1)[-1], "", (topic,) if topic else ())
    return Call(service, operation, "", "", ())


def _json(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _s3(operation: str, url: str) -> Call:
    parts = urlsplit(url)
    bucket, _, key = _bucket_and_key(parts.hostname or "", unquote(parts.path).lstrip("/"))
    prefix = parse_qs(parts.query).get("prefix", [""])[0]
    arn = f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else "")
    return Call("s3", operation, bucket, key or prefix, (arn,))


def _bucket_and_key(host: str, path: str) -> tuple[str, str, str]:
    bucket, found, _ = host.partition(".s3")
    if found and not host.startswith("s3"):
        return bucket, "/", path
    return path.partition("/")


def _dynamodb(
    operation: str, document: dict[str, Any], region: str, names: KeyNames
) -> Call:
    items = list(_dynamodb_items(document, names))
    tables = sorted({table for table, _ in items if table})
    keys = sorted({key for _, key in items if key})
    index = f"/index/{document['IndexName']}" if "IndexName" in document else ""
    arns = tuple(f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}{index}" for table in tables)
    return Call("dynamodb", operation, ",".join(tables), "\n".join(keys), arns)


def _dynamodb_items(document: dict[str, Any], names: KeyNames) -> list[tuple[str, str]]:
    """(table, key) of every item a request names; the key is "" for scans."""
    found = [_item(document, names)] if "TableName" in document else []
    for action in document.get("TransactItems", []):
        found += [_item(request, names) for request in action.values()]
    for table, request in (document.get("RequestItems") or {}).items():
        found += _batch_items(table_name(table), request, names)
    for statement in _statements(document):
        found.append(_stated(statement, names))
    return found


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The PartiQL statements of a request, one or several."""
    several = document.get("Statements") or document.get("TransactStatements") or []
    return [each for each in (document, *several) if "Statement" in each]


def _stated(statement: dict[str, Any], names: KeyNames) -> tuple[str, str]:
    """Table and key of a PartiQL statement; the key is "" unless all of it is plainly there."""
    text = str(statement["Statement"])
    table = table_name(next(iter(PARTIQL_TABLE.findall(text)), ""))
    values = [_stated_value(text, name, statement.get("Parameters") or [])
              for name in names.get(table, ())]
    return table, "\t".join(values) if all(values) else ""


def _stated_value(text: str, name: str, parameters: Sequence[Any]) -> str:
    """The value of an attribute: a literal, or the parameter at that place."""
    attribute = rf"(?<![\w.])[\"']?{re.escape(name)}[\"']?"
    found = re.search(rf"{attribute}\s*[:=]\s*(\?|'([^']*)'|[\d.]+)", text)
    if found is None:
        return ""
    if found[1] != "?":
        return found[1] if found[2] is None else found[2]
    place = text.count("?", 0, found.start(1))
    return _text(parameters[place]) if place < len(parameters) else ""


def _batch_items(table: str, request: Any, names: KeyNames) -> list[tuple[str, str]]:
    own = names.get(table, ())
    if isinstance(request, dict):
        return [(table, item_key(key, own)) for key in request.get("Keys", [])]
    writes = [next(iter(write.values())) for write in request]
    return [(table, item_key(w.get("Key") or w.get("Item") or {}, own)) for w in writes]


def _item(request: dict[str, Any], names: KeyNames) -> tuple[str, str]:
    table = table_name(str(request.get("TableName", "")))
    if "Key" in request or "Item" in request:
        named = request.get("Key") or request.get("Item") or {}
        return table, item_key(named, names.get(table, ()))
    values = request.get("ExpressionAttributeValues") or {}
    keyed = "KeyConditionExpression" in request and len(values) == 1
    return table, _text(next(iter(values.values()))) if keyed else ""


def table_name(name: str) -> str:
    """The name of a table that is named, or given by its ARN."""
    return name.rsplit("table/", 1)[-1]


def item_key(item: dict[str, Any], names: Sequence[str] = ()) -> str:
    """The key of an item as text: of its key attributes, else of ``id`` or its first one."""
    if names:
        return "\t".join(_text(item[name]) for name in names if name in item)
    return _text(item.get("id") or next(iter(item.values()), {}))


def item_text(item: Mapping[str, Any]) -> str:
    """An item as DynamoDB JSON. The SDK, and moto, have a Binary attribute as bytes."""
    return json.dumps(item, sort_keys=True, default=_base64)


def _base64(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} in an item")
    return base64.b64encode(value).decode("ascii")


def _text(value: Any) -> str:
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)


def _events(operation: str, document: dict[str, Any], region: str) -> Call:
    entries = document.get("Entries") or []
    names = sorted({str(e.get("EventBusName") or "default").rsplit("/", 1)[-1] for e in entries})
    arns = tuple(f"arn:aws:events:{region}:{ACCOUNT}:event-bus/{name}" for name in names)
    return Call("events", operation, ",".join(names), "", arns)


def _kinesis(operation: str, document: dict[str, Any], region: str) -> Call:
    named = str(document.get("StreamName") or document.get("StreamARN") or "")
    name = named.rpartition("/")[2]
    return Call("kinesis", operation, name, "",
                (f"arn:aws:kinesis:{region}:{ACCOUNT}:stream/{name}",))


def _lambda(operation: str, url: str, region: str) -> Call:
    found = INVOKED.match(urlsplit(url).path)
    named = unquote(found[1]) if found else ""
    name = named.partition("function:")[2] or named
    return Call("lambda", operation, name, "",
                (f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}",) if name else ())
