"""The parts of a template that the harness needs, as data, by logical id.

Physical names come from the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from harness.template.describe.expiry import Expiry
from harness.template.describe.feeds import (
    Destination,
    Invocations,
    Notification,
    PipeFeed,
    QueueFeed,
    ShardFeed,
    StreamFeed,
    Subscription,
)
from harness.template.read.errors import CodeMissing, HandlerMissing, PackageUnsupported
from harness.template.read.settings import Settings


@dataclass(frozen=True, slots=True)
class InlineCode:
    """Source text in the template itself (ZipFile, InlineCode)."""

    source: str


@dataclass(frozen=True, slots=True)
class RemoteCode:
    """Code that is not on this machine: an image, or an object in S3."""

    kind: Literal["image", "s3"]
    uri: str


Code = Path | InlineCode | RemoteCode


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long, a folder that may not be read
        return False


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function; timeout in seconds and memory in MB, with Lambda's own defaults.

    ``one_at_a_time``: its concurrency is limited to one, so no two invocations overlap.
    ``attempts``: at an asynchronous invocation, where the template limits them; ``aside``:
    a destination or a queue keeps what they fail on.
    """

    logical_id: str
    runtime: str
    handler: str
    code: Code
    timeout: float = 3.0
    memory: int = 128
    layers: tuple[Path, ...] = ()
    remote_layers: tuple[str, ...] = ()
    one_at_a_time: bool = False
    attempts: int | None = None
    aside: bool = False

    def runnable(self) -> Path | InlineCode:
        """The code, if it can be run on this machine.

        Raises:
            CodeMissing, HandlerMissing, PackageUnsupported: it cannot be run.
        """
        if isinstance(self.code, RemoteCode):
            raise self._unsupported(self.code)
        if isinstance(self.code, Path) and not _exists(self.code):
            raise self._missing(self.code)
        if not self.handler and not self.runtime.startswith("provided"):
            raise self._without_handler()
        return self.code

    def _unsupported(self, code: RemoteCode) -> PackageUnsupported:
        return PackageUnsupported(
            f"function {self.logical_id}",
            expected="code in a local folder, in a .zip file or in the template",
            got="a container image" if code.kind == "image" else f"the S3 object {code.uri}",
            remedy="point CodeUri at local code, or use a deployed stage",
        )

    def _missing(self, code: Path) -> CodeMissing:
        return CodeMissing(
            f"function {self.logical_id}",
            expected=f"its code at {code}",
            got="nothing there",
            remedy="correct CodeUri, or give the template that sam build has made",
        )

    def _without_handler(self) -> HandlerMissing:
        return HandlerMissing(
            f"function {self.logical_id}",
            expected="a Handler",
            got="none",
            remedy="add Handler to the function or to Globals",
        )


@dataclass(frozen=True, slots=True)
class Route:
    """An API Gateway route; ``target`` is the logical id of a function or of a queue.

    ``gateway`` is the API's logical id. ``proxy`` is true if a function gets the whole request, or
    a queue the unchanged body; it is false if the integration maps the request by a template.
    ``binary``: the media types that a REST API hands over, and back, in base64. ``encodes``: true
    if some bodies come base64-encoded. ``obstacle``: the reason why AWS never invokes the
    function, if there is one. ``own``: it is a function URL, and ``gateway`` its logical id.
    """

    method: str
    path: str
    payload: Literal["1.0", "2.0"]
    target: str
    target_kind: Literal["function", "queue"]
    api: Literal["rest", "http"]
    gateway: str = ""
    proxy: bool = True
    binary: tuple[str, ...] = ()
    encodes: bool = field(default=True, compare=False)
    obstacle: str = field(default="", compare=False)
    own: bool = False

    def __str__(self) -> str:
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Target:
    """The target of a rule; ``id`` tells it from the rule's other targets.

    Strings show a reference to a resource as ``${LogicalId}``: deployment resolves it.
    ``obstacle``: the reason why AWS never reaches it, if there is one.
    """

    kind: Literal["function", "queue"]
    logical_id: str
    id: str = ""
    input: str | None = None
    input_path: str | None = None
    input_transformer: dict[str, Any] | None = None
    dead_letter: str | None = None
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """An EventBridge rule with an event pattern; no bus means the default one.

    ``bus`` is a logical id, or the name of a bus that the template does not create. ``pattern`` is
    JSON; None if only deployment resolves all of it. ``buses``: other buses that it sends to.
    ``of_s3``: it is for the events that S3 itself publishes.
    """

    logical_id: str
    bus: str | None
    targets: tuple[Target, ...]
    pattern: str | None = None
    buses: tuple[str, ...] = ()
    of_s3: bool = False


@dataclass(frozen=True, slots=True)
class Relay:
    """A function (or a pipe) that is started by no route, rule or queue.

    ``publishes``: its role allows that, or is not known. ``by_aws``: a rule for S3's events starts
    it. ``imitated``: a stage that the harness controls starts it as its source does.
    """

    name: str
    source: str
    publishes: bool
    by_aws: bool = False
    imitated: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """An implementation as its template describes it.

    ``body`` is the part that moto's CloudFormation can create; it needs no parameters.
    ``parameters`` are the values in force: given, from the settings, or defaults. ``publishers``
    are functions whose roles let them publish; ``unrestricted``: those whose roles do not tell what
    they may use; ``uses``: the resources that each function may use;
    ``fifo``: queues and topics that keep an order; ``schedules``: functions that a schedule starts.
    ``archives``: buses whose old events may be replayed. ``kinesis``: the number of shards of each
    Kinesis stream.
    ``open_services``: see ``resource_policies``; ``encrypted``: see ``encryption``.
    ``not_imitated``: sentences about settings that a
    run leaves out; ``warnings``: about what may not be meant so. ``other_routes``: those that lead
    to no function by an HTTP request, or to another service.
    """

    path: Path
    functions: tuple[Function, ...]
    routes: tuple[Route, ...]
    rules: tuple[Rule, ...]
    feeds: tuple[QueueFeed, ...]
    buckets: tuple[str, ...]
    tables: tuple[str, ...]
    queues: tuple[str, ...]
    body: dict[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    relays: tuple[Relay, ...] = ()
    publishers: frozenset[str] = frozenset()
    unrestricted: frozenset[str] = frozenset()
    open_services: frozenset[str] = frozenset()
    encrypted: Mapping[str, str] = field(default_factory=dict)
    streams: tuple[StreamFeed, ...] = ()
    shards: tuple[ShardFeed, ...] = ()
    kinesis: Mapping[str, int] = field(default_factory=dict)
    pipes: tuple[PipeFeed, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    notifications: tuple[Notification, ...] = ()
    fifo: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    destinations: tuple[Destination, ...] = ()
    invocations: Invocations = field(default_factory=Invocations)
    expiry: Expiry = field(default_factory=Expiry)
    archives: tuple[str, ...] = ()
    not_imitated: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    other_routes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)

    def function(self, logical_id: str) -> Function | None:
        """The function of that logical id."""
        return next((f for f in self.functions if f.logical_id == logical_id), None)
