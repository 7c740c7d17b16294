"""Secrets taken out of what a system replies, whole or in parts, and in other forms.

A system may repeat a header as it came, the token behind ``Bearer``, one value of a cookie, or the
password that it decoded; escaped for JSON, HTML or a URL; in another case. A short text may also
be a word of the system's own, so it is taken out only where it stands alone.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Characters of a secret that is taken out; a shorter one would be found everywhere."""
ANYWHERE = 8
"""Characters of a secret that is taken out amid other text as well."""
SCHEMES = frozenset({"bearer", "basic", "digest", "apikey", "token", "negotiate"})
HIDDEN = "[secret]"


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, in any of their forms."""
    pattern = _pattern(tuple(secrets))
    return text if pattern is None else pattern.sub(HIDDEN, text)


def too_short(secret: str) -> bool:
    """Tell if a secret cannot be taken out."""
    return 0 < len(secret) < SHORTEST


@lru_cache(maxsize=64)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
    ordered = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)
    if not ordered:
        return None
    return re.compile("|".join(map(_found_as, ordered)), re.IGNORECASE)


def _found_as(form: str) -> str:
    exact = re.escape(form)
    return exact if len(form) >= ANYWHERE else rf"(?<!\w){exact}(?!\w)"


def _parts(secret: str) -> Iterator[str]:
    """A secret and what it is made of: scheme and token, cookies, user and password."""
    yield secret
    scheme, _, rest = secret.partition(" ")
    if scheme.lower() in SCHEMES and rest:
        yield rest.strip()
        yield from _credentials(rest.strip())
    for piece in re.split(r"[;,]\s*", secret):
        name, equals, value = piece.partition("=")
        if equals and name and len(value) >= SHORTEST:
            yield value.strip('" ')


def _credentials(text: str) -> Iterator[str]:
    """User and password as Basic encodes them (RFC 7617), together, and the password alone."""
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return
    _, colon, password = decoded.partition(":")
    if colon:
        yield decoded
        yield password


def _forms(part: str) -> Iterator[str]:
    encoded = part.encode("utf-8", "replace")
    yield part
    for ascii in (True, False):
        yield json.dumps(part, ensure_ascii=ascii)[1:-1]
        yield json.dumps(part, ensure_ascii=ascii)[1:-1].replace("/", "\\/")
    yield from (html.escape(part), html.escape(part, quote=False))
    yield from (quote(part, safe=""), quote(part), quote_plus(part))
    yield from (base64.b64encode(encoded).decode().rstrip("="),
                base64.urlsafe_b64encode(encoded).decode().rstrip("="))
    yield encoded.hex()
