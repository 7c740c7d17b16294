"""Commands on profiles; one that changes a profile names the version that its client has seen."""

import base64
import json
import re

import events as log

PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
TAG = re.compile(r'"?(\d{1,9})"?')
ATTEMPTS = 4


class InvalidError(Exception):
    """A member is missing or wrong."""


def handler(event, context):
    """Every route but the query's."""
    profile = (event.get("pathParameters") or {}).get("profile") or ""
    try:
        if not PROFILE.fullmatch(profile):
            raise InvalidError("profile")
        kind, data = READERS[event["routeKey"]](event)
        seen = version_seen(event)
    except InvalidError as error:
        return reply(400, {"error": f"{error} is missing or wrong"})
    for _ in range(ATTEMPTS):
        answer = attempted(profile, kind, data, seen)
        if answer is not None:
            return answer
    return reply(409, {"error": "others are changing the profile, try again"})


def attempted(profile, kind, data, seen):
    """One attempt; None if another command came first."""
    history = log.load(profile)
    for last in history[-1:]:  # a crash may have kept it from the bus
        log.publish(last)
    found = log.fold(history)
    if seen is not None and seen != len(history):
        return reply(412, {"error": "the profile has changed"})
    if seen is None and found is not None:
        return reply(428, {"error": "If-Match is missing"})
    if (found is None) != (kind == "profile.created"):
        return reply(404 if found is None else 409, {"error": "there is one" if found else "none"})
    event = {"event": kind, "profile": profile, "version": len(history) + 1, **data}
    if not log.append(event):
        return None
    log.publish(event)
    return reply(200, {"version": event["version"]}, event["version"])


def version_seen(event):
    """The version in If-Match; None without one."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    tag = headers.get("if-match")
    found = None if tag is None else TAG.fullmatch(tag)
    if tag is not None and found is None:
        raise InvalidError("If-Match")
    return None if found is None else int(found[1])


def created(event):
    """PUT /profiles/{profile}."""
    return "profile.created", {"name": text(body(event), "name", 80)}


def changed(event):
    """PUT /profiles/{profile}/email."""
    return "email.changed", {"email": text(body(event), "email", 120)}


def deleted(event):
    """DELETE /profiles/{profile}."""
    return "profile.deleted", {}


READERS = {
    "PUT /profiles/{profile}": created,
    "PUT /profiles/{profile}/email": changed,
    "DELETE /profiles/{profile}": deleted,
}


def body(event):
    """The request's body as an object."""
    content = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        found = json.loads(content)
    except ValueError:
        raise InvalidError("the body") from None
    if not isinstance(found, dict):
        raise InvalidError("the body")
    return found


def text(document, name, longest):
    """A member that is a text of at most so many characters, without controls."""
    value = document.get(name)
    fits = isinstance(value, str) and 1 <= len(value) <= longest
    if not fits or any(c < " " or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidError(name)
    return value


def reply(status, document, version=None):
    """A response of the API; one about a profile has its version as its ETag."""
    tag = {} if version is None else {"ETag": f'"{version}"'}
    return {"statusCode": status, "headers": {"Content-Type": "application/json", **tag},
            "body": json.dumps(document)}
