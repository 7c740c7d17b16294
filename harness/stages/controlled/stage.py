"""Stages that the harness controls: it hosts the functions and delivers the events.

Where AWS's services come from is the backend's. Nothing is reset between plays: each play has
a namespace of its own. When the stores have grown past a bound, or a scenario asks for an empty
system, they are cleared and all environments end with them (an environment may rightly remember
events, which never change).
"""

from __future__ import annotations

import gc
import os
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Self
from unittest import mock
from urllib.parse import unquote
from zipfile import ZipFile

from botocore.awsrequest import AWSResponse

from harness.aws.calls import REGION, Call
from harness.aws.faults import Plan, no_answer, partial_response
from harness.aws.faults import error_response as error_of
from harness.aws.interception import Interceptor, Perform, respond
from harness.aws.other_sdks import unreachable
from harness.aws.schedule import Scheduler, StuckError
from harness.core.aws_operations import is_read
from harness.core.bus_entry import BusEntry
from harness.core.errors import StageError
from harness.core.faults import CRASHES, FAULTS_AFTER_EFFECT, SLOW_SECONDS, FaultKind
from harness.core.history import Called, FunctionFacts, Published, Record, Role, Stored, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.scenario import Fault
from harness.core.temporary_folders import temporary_folder
from harness.functions.events import (
    SqsMessage,
    error_response,
    event_rejection,
    front_door_rejection,
    http_api_event,
    http_response,
    rest_event,
    timeout_response,
)
from harness.functions.invocation import Crash, Startable
from harness.functions.processes import ProcessFunction, Unpacked, starting
from harness.functions.python.bytecode import compiled_once
from harness.functions.python.environment import PythonFunction
from harness.functions.python.event_loops import virtual_timers
from harness.stages.controlled import bus as buses
from harness.stages.controlled.backend import Backend
from harness.stages.controlled.dispatcher import EPOCH_MS, PATIENCE, Dispatcher, hand_batch, unfed
from harness.stages.controlled.environments import Invocations, Running, nobody_waits
from harness.template import (
    Function,
    InlineCode,
    QueueFeed,
    Route,
    Template,
    commands_function,
    projection_functions,
    query_function,
    route,
)

CAPABILITIES = frozenset(
    {"http", "log", "bus", "invoke", "calls", "schedule", "table", "cold"}
)
PAGE = 10
"""Keys a listing gives at most. S3 may always give fewer than asked for ("ListObjectsV2")."""
REAL_URANDOM = os.urandom
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class ControlledStage:
    """A template on some backend, ready to be played on between ``open`` and ``close``."""

    capabilities = CAPABILITIES
    pace: Pace | None = None

    def __init__(
        self, template: Template, path: str, backend: Backend, *, deadline: float = 30.0
    ) -> None:
        self._template, self._path, self._deadline = template, path, deadline
        self._backend, self.name = backend, backend.name
        self._resources = ExitStack()
        self._plays = self._ids = 0
        self._random = random.Random(0)
        self._written: set[tuple[str, str]] = set()
        self._stores: set[str] = set()
        self._receipts: Counter[str] = Counter()
        self._plan = Plan()
        self._faulty: set[str] = set()
        self._scheduler: Scheduler | None = None
        self._stuck: StageError | None = None
        self.records: list[Record] = []
        self.system = System()

    def open(self) -> Self:
        """Deploy the template and start one environment of each function.

        Raises:
            StageError: the resources cannot be created.
            HandlerError: a handler cannot be loaded, or its runtime cannot be started.
            TemplateError: the template names no function for a role.
        """
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def _open(self) -> None:
        roles = roles_of(self._template, self._path)
        self._refuse_mappings()
        self._deployment = self._backend.open(self._template, self._resources)
        self._folder = self._resources.enter_context(temporary_folder())
        self._interceptor = Interceptor(
            self._around, self._seen, self._backend.perform,
            page=PAGE, keys=self._deployment.keys)
        self._invocations = Invocations(
            functions=self._functions(roles), roles=roles, record=self._record,
            identify=self._identify, deadline=self._deadline,
            single=frozenset(name for name in roles if _named(self._template, name).alone))
        self._resources.callback(self._end)
        self._bus = buses.Bus(_among(roles, self._deployment.rules), REGION, self._published,
                              self._identify)
        self._dispatcher = Dispatcher(self._bus, self._invocations, self._deployment.feeds)
        self._tables = self._deployment.names(self._template.tables)
        self._buckets = self._deployment.names(self._template.buckets)
        self.system = self._system(roles)
        self._interceptor.answers[("events", "PutEvents")] = partial(
            self._backend.put_events, self._bus)
        if self._backend.in_process:
            self._share_this_process()
        self._invocations.load_all()
        if self._backend.in_process:
            self._resources.callback(gc.unfreeze)
            gc.freeze()  # garbage is not looked for, all the time, among what was imported

    def _refuse_mappings(self) -> None:
        """What a mapping template makes of a request is known to API Gateway only."""
        for method, path in (("POST", self._path), ("GET", f"{self._path}/x")):
            found = route(self._template, method, path)
            if found is not None and not found[0].proxy:
                raise StageError(
                    f"{found[0]}", "its integration maps requests by a template, which is not "
                    "imitated here", "judge the deployed stack, or hand the request over as it is")

    def _share_this_process(self) -> None:
        """While the stage is open functions in this process meet its AWS, time and chance."""
        self._resources.enter_context(self._interceptor.installed())
        self._resources.enter_context(unreachable(self._invocations.stray))
        self._resources.enter_context(compiled_once())
        self._resources.enter_context(self._invocations.threads.installed())
        self._resources.enter_context(self._invocations.signals.installed())
        self._resources.enter_context(
            virtual_timers(self._invocations.idle, self._invocations.sleep))
        self._resources.enter_context(mock.patch.object(time, "sleep", self._invocations.sleep))
        self._resources.enter_context(mock.patch.object(os, "urandom", self._urandom))

    def _end(self) -> None:
        for function in self._invocations.functions.values():
            if isinstance(function, ProcessFunction):
                function.close()
        self._invocations.close()

    def close(self) -> None:
        """End everything that ``open`` started."""
        self._resources.close()

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self) -> None:
        """Begin from nothing. See ``Stage``."""
        self._backend.clear(self._buckets, self._tables)
        self._invocations.restart()
        self._plays = 0

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin a play. See ``Stage``.

        Raises:
            StageError: a branch of an earlier play is stuck, and still runs somewhere.
        """
        if self._stuck is not None:
            raise self._stuck
        self._plays += 1
        self._bus.reset()
        self._dispatcher.newest = -1
        self.records, self._ids, self._written, self._stores = [], 0, set(), set()
        self._receipts.clear()
        self._invocations.always_cold, self._invocations.count = always_cold, 0
        self._invocations.ahead = 0.0
        self._plan.clear()
        for function in sorted(self._faulty):
            self._invocations.restart(function)
        self._faulty.clear()
        if fresh or self._backend.crowded(self._buckets):
            self._backend.clear(self._buckets, self._tables)
            self._invocations.restart()
        self._invocations.begin()
        random.seed(self._plays)
        self._random = random.Random(self._plays)
        return "n" + _base36(self._plays).rjust(5, "0")

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a request through API Gateway as the template describes it."""
        rejected = front_door_rejection(request)
        found = route(self._template, request.method, request.path)
        if rejected is not None or found is None:
            return rejected or self._no_route()
        matched, parameters = found
        if matched.door == "queue":
            return self._enqueue(matched, request)
        event = self._event(matched, request, parameters, base64)
        rejected = event_rejection(event)
        if rejected is not None:
            return rejected
        outcome = self._invocations.invoke(matched.target, event)
        if outcome.timed_out:
            return timeout_response(matched.payload)
        if outcome.error is not None:
            return error_response(matched.payload)
        return http_response(outcome.result, payload=matched.payload)

    def _no_route(self) -> Response:
        """What API Gateway answers by itself where it has no route."""
        if any(r.api == "rest" for r in self._template.routes):
            return Response(403, (("Content-Type", "application/json"),),
                            '{"message":"Missing Authentication Token"}')
        return Response(404, (("Content-Type", "application/json"),), '{"message":"Not Found"}')

    def _event(
        self, matched: Route, request: Request, parameters: Mapping[str, str], base64: bool
    ) -> dict[str, Any]:
        common: dict[str, Any] = {
            "path": unquote(request.path.partition("?")[0]), "path_parameters": parameters,
            "request_id": self._identify(), "epoch_ms": EPOCH_MS, "base64": base64,
        }
        if matched.payload == "1.0":
            return rest_event(request, resource=matched.path, **common)
        return http_api_event(request, route_key=str(matched), **common)

    def _enqueue(self, matched: Route, request: Request) -> Response:
        feed = self._deployment.feeds[matched.target]
        key = next((v for k, v in request.headers if k.lower() == "idempotency-key"), None)
        body = request.body or ""
        identity = f"{key}\n{body}" if key else None
        message = str(uuid.uuid5(uuid.NAMESPACE_OID, identity)) if identity else self._identify()
        self._hand_until_done(feed, [SqsMessage(message, body)])
        return Response(200, (("Content-Type", "application/json"),), "{}")

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand the command function a batch of records, and again those that come back."""
        function = self._function(Role.COMMAND)
        feed = next((f for f in self._deployment.feeds.values() if f.function == function),
                    unfed(function))
        messages = [SqsMessage(self._identify(), body) for body in bodies]
        for at in range(0, len(messages), feed.batch_size):
            self._hand_until_done(feed, messages[at : at + feed.batch_size])

    def _hand_until_done(self, feed: QueueFeed, messages: list[SqsMessage]) -> None:
        failed = hand_batch(self._invocations, feed, self._received(messages))
        for attempt in range(2 * PATIENCE):
            if failed and attempt == PATIENCE and not (self._faulty and self.wait()):
                break
            again = [message for message in messages if message.message_id in failed]
            failed = frozenset().union(*(
                hand_batch(self._invocations, feed, self._received([message]))
                for message in again
            )) if again else frozenset()

    def _received(self, messages: list[SqsMessage]) -> list[SqsMessage]:
        """The messages, each of them received once more."""
        self._receipts.update(message.message_id for message in messages)
        return [replace(m, receive_count=self._receipts[m.message_id]) for m in messages]

    def deliver(self, pick: int) -> None:
        """Deliver one pending event."""
        self._dispatcher.deliver(pick)

    def redeliver(self, pick: int) -> None:
        """Deliver again what was delivered before."""
        self._dispatcher.redeliver(pick)

    def hold(self, pick: int, *, lost: bool) -> None:
        """Keep a pending event back."""
        self._dispatcher.hold(pick, lost=lost)

    def batch(self, size: int, poison: int | None, *, aside: bool = False) -> None:
        """Deliver pending events as records of one invocation."""
        self._dispatcher.batch(size, poison, aside=aside)

    def settle(self, *, final: bool) -> tuple[int, int]:
        """Deliver all that is on its way."""
        return self._dispatcher.settle(final=final, later=self.wait if self._faulty else None)

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus."""
        before = len(self._bus.pending)
        self._backend.publish(self._bus, entry)
        return len(self._bus.pending) - before

    def event_origin(self) -> tuple[str, str]:
        """Source and bus of the implementation's events: as seen, or as its rule expects."""
        for record in reversed(self.records):
            if isinstance(record, Published) and record.role is Role.COMMAND:
                return record.source, record.bus
        rule = next(rule for rule in self._deployment.rules if rule.targets)
        return (*rule.pattern.texts("source"), "conformance")[0], rule.bus

    def restart(self) -> None:
        """End every environment."""
        self._invocations.restart()

    def wait(self) -> bool:
        """Let the clocks of functions go on, if that can be done with all of them."""
        functions = self._invocations.functions.values()
        return all(function.clock for function in functions) and self._invocations.wait()

    def wipe(self) -> int:
        """Remove the items that the projection wrote in this play."""
        keys = {table: frozenset(key for t, key in self._written if t == table)
                for table, _ in self._written}
        return sum(self._backend.remove_items(table, found) for table, found in keys.items())

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id."""
        items = (self._backend.item(table, aggregate) for table in self._tables)
        return next((item for item in items if item is not None), None)

    def _record(self, record: Record) -> None:
        self.records.append(record)

    def _identify(self) -> str:
        """Ids of requests, messages and events: fresh in each play, the same in each run."""
        self._ids += 1
        return str(uuid.UUID(int=(self._plays << 64) + self._ids, version=4))

    def _urandom(self, size: int) -> bytes:
        """What os.urandom is while the stage is open: the same in each run in a function."""
        return REAL_URANDOM(size) if self._invocations.running is None else (
            self._random.randbytes(size))

    def _published(self, number: int, entry: BusEntry, targets: int) -> None:
        running = self._invocations.running
        role = running.role if running else None
        self._record(Published(number, entry.source, entry.detail_type, entry.detail,
                               entry.bus, role, targets))

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""
        self._plan.arm(fault)

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches with their AWS calls interleaved; gives the decisions that were made."""
        scheduler = Scheduler(
            schedule, self._deadline, self._invocations.pause, self._invocations.resume)
        self._scheduler, self._invocations.give_way = scheduler, scheduler.until
        try:
            scheduler.run(branches)
        except StuckError as error:
            self._invocations.pause()
            self._stuck = StageError("a concurrent branch", str(error),
                                     "look for an endless loop or a wait in it")
            raise self._stuck from error
        finally:
            self._scheduler, self._invocations.give_way = None, nobody_waits
        return scheduler.decisions

    def _seen(self) -> bool:
        """Whether a call that is made here is a function's."""
        return (self._invocations.running is not None
                or self._invocations.threads.owner() is not None)

    def _around(self, call: Call, perform: Perform) -> AWSResponse | None:
        with self._invocations.turn() as running:
            return perform() if running is None else self._called(running, call, perform)

    def _called(self, running: Running, call: Call, perform: Perform) -> AWSResponse | None:
        branch = self._scheduler.checkpoint() if self._scheduler else None
        if running.ended is not None:
            raise Crash(running.ended)
        kind = self._plan.next(running.role.value if running.role else "", call, running.number)
        response, error = self._perform(running, call, kind, perform)
        status = response.status_code if response is not None else 0
        self._record(Called(running.role, running.function, running.number, call.service,
                            call.operation, call.resource, call.key, status,
                            kind.value if kind else None, call.arns, branch))
        if error is not None:
            raise error
        return response

    def _perform(
        self, running: Running, call: Call, kind: FaultKind | None, perform: Perform
    ) -> tuple[AWSResponse | None, BaseException | None]:
        """Do what becomes of a call: its response, or what is raised instead."""
        response = None
        if kind is None or kind in FAULTS_AFTER_EFFECT:
            response = self._performed(running, call, perform)
        if kind is None:
            return response, None
        self._faulty.add(running.function)
        return self._disturbed(running, call, kind, response)

    def _disturbed(
        self, running: Running, call: Call, kind: FaultKind, response: AWSResponse | None
    ) -> tuple[AWSResponse | None, BaseException | None]:
        if kind in CRASHES:
            timed_out = kind is FaultKind.FUNCTION_TIMEOUT
            return response, running.end(f"Runtime exited: {kind.value}", timed_out=timed_out)
        if kind in (FaultKind.TIMEOUT, FaultKind.LOST_RESPONSE):
            url = f"https://{call.service}.{REGION}.amazonaws.com"
            return response, no_answer(url, performed=kind is FaultKind.LOST_RESPONSE)
        if kind is FaultKind.SLOW:
            try:
                running.pass_time(SLOW_SECONDS)
            except Crash as error:
                return response, error
            return response, None
        answer = partial_response(call) if kind is FaultKind.PARTIAL else error_of(call, kind)
        return respond("https://aws", *answer), None

    def _performed(self, running: Running, call: Call, perform: Perform) -> AWSResponse | None:
        before = {name: self._backend.text(*name) for name in self._touched(call)}
        response = perform()
        status = response.status_code if response is not None else 0
        if status < 300 and running.role is Role.PROJECTION and call.service == "dynamodb":
            self._note_written(call)
        for (bucket, key), old in before.items():
            if self._is_store(bucket, running.role):
                self._note_change(key, old, self._backend.text(bucket, key), running.role)
        return response

    def _is_store(self, bucket: str, role: Role | None) -> bool:
        """Whether a bucket has evidence: one that only projections write to is an archive."""
        self._stores |= {bucket} if role is Role.COMMAND else set()
        return role is not Role.PROJECTION or bucket in self._stores

    def _touched(self, call: Call) -> list[tuple[str, str]]:
        """The objects that a call may change."""
        if call.service != "s3" or is_read(call.operation):
            return []
        if call.operation in ("PutObject", "DeleteObject", "CopyObject"):
            return [(call.resource, call.key)]
        return [(call.resource, key) for key in self._backend.keys(call.resource)]

    def _note_written(self, call: Call) -> None:
        if not is_read(call.operation):
            tables = call.resource.split(",")
            self._written |= {(table, key) for table in tables for key in call.key.split("\n")}

    def _note_change(self, key: str, old: str | None, new: str | None, role: Role | None) -> None:
        if old == new:
            return
        change = "added" if old is None else "removed" if new is None else "changed"
        self._record(Stored(change, key, (old if new is None else new) or "", role))

    def _function(self, wanted: Role) -> str:
        return next(name for name, role in self._invocations.roles.items() if role is wanted)

    def _functions(self, roles: Mapping[str, Role]) -> dict[str, Startable]:
        return {name: self._hosted(_named(self._template, name)) for name in roles}

    def _hosted(self, function: Function) -> Startable:
        """A function as it runs here: Python in this process if it may, all else in processes."""
        given = self._template.settings.runtimes
        own = any(function.runtime.startswith(name) for name in given)
        if self._backend.in_process and function.runtime.startswith("python") and not own:
            return self._python(function)
        return self._process(function)

    def _python(self, function: Function) -> PythonFunction:
        code = self._unpacked(function, "index.py")
        return PythonFunction(
            name=function.logical_id, code=code, handler=function.handler,
            environment=self._variables(function) | {"LAMBDA_TASK_ROOT": str(code)},
            timeout=function.timeout, memory=function.memory,
            layers=function.layers)

    def _process(self, function: Function) -> ProcessFunction:
        jar = function.runnable()
        is_jar = isinstance(jar, Path) and jar.suffix == ".jar"
        folder = self._unpacked(function, "index.js") if not is_jar else self._scratch(function)
        unpacked = Unpacked(
            function.logical_id, function.runtime, function.handler, folder, self._folder,
            function.layers, jar.resolve() if is_jar and isinstance(jar, Path) else None)
        return ProcessFunction(
            function.logical_id, folder,
            starting(unpacked, self._template.settings.runtimes),
            self._variables(function), self._interceptor.over_http, timeout=function.timeout,
            memory=function.memory)

    def _variables(self, function: Function) -> dict[str, str]:
        """Those that the deployment knows, and what moto was not told: handler and runtime."""
        return {**self._deployment.environments[function.logical_id],
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
                "_HANDLER": function.handler}

    def _scratch(self, function: Function) -> Path:
        folder = self._folder / function.logical_id
        folder.mkdir()
        return folder

    def _unpacked(self, function: Function, inline_name: str) -> Path:
        code = function.runnable()
        if isinstance(code, InlineCode):
            folder = self._scratch(function)
            (folder / inline_name).write_text(code.source, "utf-8")
            return folder
        if code.is_file():
            return _extracted(code, self._scratch(function))
        return code.resolve()

    def _system(self, roles: Mapping[str, Role]) -> System:
        facts = tuple(
            FunctionFacts(name, role, self._deployment.statements.get(name))
            for name, role in roles.items()
        )
        post = route(self._template, "POST", self._path)
        queued = post is not None and post[0].door == "queue"
        names = (*self._buckets, *self._tables)
        sizes = tuple((roles[feed.function].value, feed.batch_size)
                      for feed in self._deployment.feeds.values() if feed.function in roles)
        return System(facts, queued, tuple(sorted(self.capabilities)), names, sizes,
                      self._in_line(roles))

    def _in_line(self, roles: Mapping[str, Role]) -> tuple[str, ...]:
        """Roles whose functions run one at a time: FIFO queues feed them, or they are limited."""
        open_ways = {target.function for rule in self._deployment.rules for target in rule.targets
                     if target.queue is None}
        open_ways |= {feed.function for feed in self._deployment.feeds.values() if not feed.fifo}
        post = route(self._template, "POST", self._path)
        if post is not None and post[0].door != "queue":
            open_ways.add(post[0].target)
        fed = {feed.function for feed in self._deployment.feeds.values()}
        single = self._invocations.single | (fed - open_ways)
        free = {role for name, role in roles.items() if name not in single}
        return tuple(role.value for role in Role if role in roles.values() and role not in free)


def _extracted(archive: Path, folder: Path) -> Path:
    """Unpack a .zip with the rights its files have there: some of them are programs."""
    with ZipFile(archive) as opened:
        opened.extractall(folder)
        for entry in opened.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if mode and not entry.is_dir():
                (folder / entry.filename).chmod(mode)
    return folder


def roles_of(template: Template, path: str) -> dict[str, Role]:
    """The functions that take part, by logical id.

    Raises:
        TemplateError: the template names no function for a role.
    """
    projections = projection_functions(template)
    return {
        commands_function(template, path).logical_id: Role.COMMAND,
        query_function(template, path).logical_id: Role.QUERY,
        **{function.logical_id: Role.PROJECTION for function in projections},
    }


def _among(roles: Mapping[str, Role], rules: Sequence[buses.Rule]) -> tuple[buses.Rule, ...]:
    """The rules with those of their targets that take part."""
    return tuple(
        replace(rule, targets=tuple(t for t in rule.targets if t.function in roles))
        for rule in rules
    )


def _named(template: Template, logical_id: str) -> Function:
    function = template.function(logical_id)
    assert function is not None, logical_id
    return function


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
