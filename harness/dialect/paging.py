"""Lists that come in pages: the request for the page after a reply.

A reply names the next page by a token, which goes back as a parameter of the query or as a member
of the body, or by a link that is asked for as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from harness.core.http import Request, Response
from harness.core.json_values import parse_json, to_json
from harness.dialect.expressions import MISSING
from harness.dialect.incoming import parsed
from harness.dialect.model import Paging
from harness.dialect.wire import HttpMessage, Payload, WireMessage


def next_page(paging: Paging, message: WireMessage, response: Response) -> WireMessage | None:
    """The message that asks for the page after a reply; None where that was the last one."""
    token = paging.at.find(parsed(response.body)) if response.status == 200 else MISSING
    if token is MISSING or token in (None, "", False):
        return None
    if isinstance(message, Payload):
        return replace(message, text=_with_member(paging, message.text, token))
    if not isinstance(message, HttpMessage):
        return None
    return replace(message, request=_asking(paging, message.request, token))


def _asking(paging: Paging, request: Request, token: Any) -> Request:
    if paging.body is not None:
        return replace(request, body=_with_member(paging, request.body or "{}", token))
    text = token if isinstance(token, str) else to_json(token)
    path, _, query = request.path.partition("?")
    if paging.query:
        given = [pair for pair in parse_qsl(query, keep_blank_values=True)
                 if pair[0] != paging.query]
        query = urlencode([*given, (paging.query, text)], quote_via=quote)
        return replace(request, path=f"{path}?{query}")
    link = urlsplit(text)
    path = path if not link.path or link.path.endswith(path) else link.path
    return replace(request, path=f"{path}?{link.query}" if link.query else path)


def _with_member(paging: Paging, text: str, token: Any) -> str:
    document = parse_json(text)
    if paging.body is not None:
        paging.body.put(document, token)
    return to_json(document)
