"""Lists that come in pages: the request for the page after a reply.

A reply names the next page by a token, which goes back as a parameter of the query or as a member
of the body, or by a link that is asked for as it is (RFC 8288 writes it into the header Link).
Where it names none, pages or entries are counted, and an empty page ends the list.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from harness.core.http import Request, Response
from harness.core.json_values import parse_json, to_json
from harness.dialect.expressions import MISSING
from harness.dialect.incoming import parsed
from harness.dialect.model import Paging, QueryForm
from harness.dialect.wire import HttpMessage, Payload, WireMessage

NEXT_LINK = re.compile(r"""<([^>]*)>[^,]*;\s*rel="?[^",;]*\bnext\b""", re.IGNORECASE)


def next_page(form: QueryForm, message: WireMessage, response: Response) -> WireMessage | None:
    """The message that asks for the page after a reply; None where that was the last one.

    ``message`` asked for that reply.
    """
    paging = form.paging
    if paging is None or response.status != 200:
        return None
    if paging.page or paging.offset:
        return _counted(form, paging, message, response)
    token = _token(paging, response)
    if not _names_one(token):
        return None
    if isinstance(message, Payload):
        return replace(message, text=_with_member(paging, message.text, token))
    if not isinstance(message, HttpMessage):
        return None
    return replace(message, request=_asking(paging, message.request, token))


def _token(paging: Paging, response: Response) -> Any:
    if not paging.header:
        return MISSING if paging.at is None else paging.at.find(parsed(response.body))
    text = response.header(paging.header) or ""
    link = NEXT_LINK.search(text)
    return link[1] if link else "" if "<" in text else text


def _names_one(token: Any) -> bool:
    """True if a reply's token, or its sign that there are more, means that there is a next page."""
    return token is not MISSING and token not in (None, "", False)


def _counted(
    form: QueryForm, paging: Paging, message: WireMessage, response: Response
) -> WireMessage | None:
    document = parsed(response.body)
    entries = form.at.find(document)
    more = paging.at is None or _names_one(paging.at.find(document))
    if not isinstance(message, HttpMessage) or not isinstance(entries, list) or not entries:
        return None
    name, first, step = (paging.page, 1, 1) if paging.page else (paging.offset, 0, len(entries))
    given = dict(parse_qsl(urlsplit(message.request.path).query)).get(name, str(first))
    if not more or not given.isdecimal():
        return None
    return replace(message, request=_with_parameter(message.request, name, str(int(given) + step)))


def _with_parameter(request: Request, name: str, value: str) -> Request:
    path, _, query = request.path.partition("?")
    given = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return replace(request, path=f"{path}?{urlencode([*given, (name, value)], quote_via=quote)}")


def _asking(paging: Paging, request: Request, token: Any) -> Request:
    if paging.body is not None:
        return replace(request, body=_with_member(paging, request.body or "{}", token))
    text = token if isinstance(token, str) else to_json(token)
    if paging.query:
        return _with_parameter(request, paging.query, text)
    path, link = request.path.partition("?")[0], urlsplit(text)
    path = path if not link.path or link.path.endswith(path) else link.path
    return replace(request, path=f"{path}?{link.query}" if link.query else path)


def _with_member(paging: Paging, text: str, token: Any) -> str:
    document = parse_json(text)
    if paging.body is not None:
        paging.body.put(document, token)
    return to_json(document)
