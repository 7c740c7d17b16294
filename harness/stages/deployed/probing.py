"""A stage is probed before an implementation is blamed (decision 0014).

Three requests tell whether anybody is at home: a query for an id that nobody used, an empty
object as a command, and the same to a path that nobody has. None of them has an effect on an
implementation that conforms.
"""

from __future__ import annotations

import secrets

from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.stages.deployed.front_door import FrontDoor

JSON = (("Content-Type", "application/json"),)
NO_ROUTE = frozenset({401, 403, 404, 405})
CREDENTIALS = "give credentials by --header, --api-key, --sigv4 or --bearer-command"


def probe(front: FrontDoor, path: str) -> None:
    """See that commands and queries reach something that answers for itself.

    Raises:
        StageError: they do not; the reason says how that shows.
    """
    unused = secrets.token_hex(8)
    asked = front.send(Request("GET", f"{path}/{unused}"))
    posted = front.send(Request("POST", path, JSON, "{}"))
    elsewhere = front.send(Request("POST", f"/{unused}", JSON, "{}"))
    reason, remedy = _trouble(path, asked, posted, elsewhere)
    if reason:
        raise StageError(f"the stage at {front.address}", reason, remedy)


def probe_query(front: FrontDoor, request: Request) -> None:
    """See that a query reaches something that answers for itself.

    Raises:
        StageError: it does not; the reason says how that shows.
    """
    asked = front.send(request)
    reason, remedy = _trouble(request.path, asked, asked, Response(0))
    if reason:
        raise StageError(f"the stage at {front.address}", reason, remedy)


def _trouble(
    path: str, asked: Response, posted: Response, elsewhere: Response
) -> tuple[str, str]:
    """The trouble with the stage, and a remedy; both empty if there is none."""
    statuses = (asked.status, posted.status)
    told = f"GET {path}/... gives {asked.status}, POST {path} gives {posted.status}"
    if not any(statuses):
        return "no response to any request within the time-out", "see --request-seconds"
    if 401 in statuses:
        return f"it refuses this client: {told}", CREDENTIALS
    if statuses == (403, 403):
        return (f"it refuses this client, or has no such route: {told}",
                f"see --base-url and --contract, or {CREDENTIALS}")
    if all(status >= 500 or status == 0 for status in statuses):
        return f"it fails at every request: {told}", "see its logs"
    if statuses == (429, 429):
        return f"it throttles every request: {told}", "see --rate and --concurrency"
    if all(300 <= status < 400 for status in statuses):
        place = asked.header("location") or "somewhere else"
        return f"it redirects every request (to {place})", "give that place as --base-url"
    if posted.status in NO_ROUTE and _alike(posted, elsewhere):
        return (f"POST {path} gives {posted.status}, as any unknown path does",
                f"--base-url is what stands before {path}, a stage's name included")
    return "", ""


def _alike(one: Response, other: Response) -> bool:
    return (one.status, one.body) == (other.status, other.body)
