"""Stages that the harness controls: it hosts the functions and delivers the events.

Where AWS's services come from is the backend's. Nothing is reset between plays: each play has
a namespace of its own. When the stores have grown past a bound, or a scenario asks for an empty
system, they are cleared and all environments end with them (an environment may rightly remember
events, which never change).

The stage composes its parts and begins and ends plays; each part has one job: ``hosting`` makes
functions ready, ``invocations`` runs them, ``front_door`` takes requests, ``command_queue`` hands
over messages and ``carriers`` events, ``call_control`` makes calls fail and wait, and
``recording`` turns what happens into records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Self

from harness.aws.calls import Call, item_key
from harness.aws.interception import Interceptor
from harness.aws.permissions import Permissions
from harness.core.bus_entry import BusEntry
from harness.core.history import Published, Record, Role, System
from harness.core.http import Request, Response
from harness.core.interleaving import ScheduleDecision
from harness.core.pace import Pace
from harness.core.scenario import Fault
from harness.core.temporary_folders import temporary_folder
from harness.dialect.wire import HttpMessage, Payload, QueueMessage, TableItem, WireMessage
from harness.functions.lambda_json import from_json
from harness.functions.processes import ProcessFunction
from harness.stages.controlled.backend import Backend
from harness.stages.controlled.call_control import CallControl
from harness.stages.controlled.carriers import Carriers
from harness.stages.controlled.command_queue import CommandQueue
from harness.stages.controlled.front_door import ControlledFrontDoor, refuse_mapping_templates
from harness.stages.controlled.hosting import FunctionHost
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.past import Past
from harness.stages.controlled.play_chance import PlayChance
from harness.stages.controlled.provisioning import Deployment
from harness.stages.controlled.recording import Recorder, has_time_to_live
from harness.stages.controlled.system_facts import (
    SystemFacts,
    event_store,
    expected_origin,
    functions_with,
    helpers,
    limited_functions,
    with_evidence,
)
from harness.stages.controlled.this_process import (
    imports_out_of_collection,
    shared_with_functions,
)
from harness.stages.participants import Participants, participants
from harness.template import (
    Template,
    is_over,
    refuse_dead_ends,
    refuse_unreached,
)

CAPABILITIES = frozenset(
    {"http", "log", "bus", "invoke", "calls", "schedule", "table", "cold"}
)
PAGE = 10
"""Keys a listing gives at most. S3 may always give fewer than asked for ("ListObjectsV2")."""


UNLIMITED = 1e6
"""Seconds that somebody may take who looks into a function with a debugger."""


class ControlledStage:
    """A template on some backend, ready to be played on between ``open`` and ``close``."""

    capabilities: frozenset[str] = CAPABILITIES
    pace: Pace | None = None

    def __init__(
        self, template: Template, path: str, backend: Backend, *, deadline: float = 30.0,
        parts: Participants | None = None, debug: bool = False,
    ) -> None:
        self._template, self._path, self._debug = template, path, debug
        self._deadline = UNLIMITED if debug else deadline
        self._backend, self.name, self._parts = backend, backend.name, parts
        self._resources = ExitStack()
        self._recorder, self._chance = Recorder(backend), PlayChance()
        self.system = System()

    @property
    def records(self) -> list[Record]:
        """The records of the play, oldest first."""
        return self._recorder.records

    # -- from open to close --------------------------------------------------------------

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
        parts = self._parts or participants(self._template, self._path)
        refuse_mapping_templates(parts.routes)
        refuse_unreached(self._template, parts.roles)
        refuse_dead_ends(self._template, parts.functions(Role.COMMAND),
                         parts.functions(Role.PROJECTION))
        deployment = self._backend.open(self._template, self._resources)
        self._deployed = deployment
        self._tables = deployment.names(self._template.tables)
        self._buckets = deployment.names(self._template.buckets)
        self._recorder.store = event_store(parts, deployment, self._template)
        self._compose(deployment, parts)
        self.capabilities = with_evidence(CAPABILITIES, parts, self._buckets, deployment)
        facts = SystemFacts(self._template, deployment, parts)
        self.system = facts.system(self.capabilities, (*self._buckets, *self._tables))
        self._start_functions()

    def _compose(self, deployment: Deployment, parts: Participants) -> None:
        """Make the parts of the stage."""
        roles = parts.roles
        hosted = (*roles, *helpers(self._template, roles))
        self._interceptor = Interceptor(
            lambda call, perform: self._calls.around(
                call, partial(self._carriers.watched, call, perform)),
            lambda: self._calls.is_of_function(),
            self._backend.perform, page=PAGE, keys=deployment.keys)
        host = FunctionHost(
            self._template, deployment, self._resources.enter_context(temporary_folder()),
            self._backend.in_process, self._interceptor.over_http, captured=not self._debug)
        self._invocations = Invocations(
            functions=host.startables(hosted), roles=roles, record=self._recorder.record,
            identify=self._chance.identify, deadline=self._deadline,
            single=limited_functions(self._template, hosted))
        self._invocations.time.clock.real = not (
            self._backend.in_process and self._invocations.clocks_can_be_set())
        self._resources.callback(self._end)
        self._calls = CallControl(
            self._invocations, self._recorder, self._deadline,
            Permissions(deployment.statements, self._template.open_services,
                        deployment.encryption_keys()),
            Past(self._backend.past, deployment.keys))
        self._carriers = Carriers(
            self._template, deployment, parts, self._backend, invocations=self._invocations,
            calls=self._calls, recorder=self._recorder, chance=self._chance)
        self._dispatcher = self._carriers.dispatcher
        self._interceptor.answers.update(self._carriers.answers())
        self._queue = CommandQueue(self._invocations, deployment.feeds, self._chance.identify,
                                   self._wait_after_fault)
        self._door = ControlledFrontDoor(
            self._template, self._invocations, self._queue, self._chance.identify)

    def _start_functions(self) -> None:
        in_process = self._backend.in_process
        if in_process:
            self._resources.enter_context(
                shared_with_functions(self._interceptor, self._invocations, self._chance))
        self._invocations.environments.load_all()
        if in_process:
            self._resources.enter_context(imports_out_of_collection())

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

    # -- plays ---------------------------------------------------------------------------

    def reset(self) -> None:
        """Begin from nothing. See ``Stage``."""
        self._clear()
        self._chance.plays = 0
        self._invocations.time.clock.reset()

    def start(self, *, fresh: bool, always_cold: bool) -> str:
        """Begin a play. See ``Stage``.

        Raises:
            StageError: a branch of an earlier play is stuck, and still runs somewhere.
        """
        self._calls.begin()
        self._chance.begin()
        self._recorder.begin()
        self._queue.begin()
        self._carriers.begin()
        # A sweeper would find what earlier plays have left.
        swept = bool(self._carriers.schedules.functions)
        tables = (*self.system.event_tables, *self._carriers.streams.tables)
        if fresh or swept or self._backend.crowded(self._buckets, tables):
            self._clear()
        self._invocations.begin(always_cold=always_cold)
        self._chance.seed()
        return self._chance.namespace

    def _clear(self) -> None:
        self._backend.clear(self._buckets, self._tables)
        self._invocations.environments.restart()

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches with their AWS calls interleaved; gives the decisions that were made."""
        with self._dispatcher.relays_wait():
            return self._calls.concurrently(branches, schedule)

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""
        self._calls.arm(fault)

    def trace_calls(self, *, on: bool) -> None:
        """Note the line of each call from now on, or no longer. See ``TracesCalls``."""
        self._calls.traces_from = Path.cwd() if on else None
        self._invocations.traced = on

    def restart(self) -> None:
        """End every environment."""
        self._invocations.environments.restart()

    def wait(self) -> bool:
        """Let the clocks of functions go on, if that can be done with all of them."""
        waited = self._invocations.clocks_can_be_set() and self._invocations.time.wait()
        if waited:
            self._remove_expired()
        return waited

    def _remove_expired(self) -> None:
        """Remove items whose time to live is over, as DynamoDB does some time after that."""
        for logical_id, attribute in self._template.expiry.attributes:
            for table in self._deployed.names((logical_id,)):
                items = self._backend.items(table, frozenset())
                over = frozenset(key for key, text in items.items() if is_over(
                    json.loads(text).get(attribute), self._invocations.time.now()))
                self._backend.remove_items(table, over)

    def _wait_after_fault(self) -> bool:
        """Let time pass only where a fault may have left something that has to run out."""
        return bool(self._calls.disturbed_functions) and self.wait()

    # -- commands and queries ------------------------------------------------------------

    def send(self, request: Request, *, base64: bool = False) -> Response:
        """Send a request through API Gateway as the template describes it."""
        role = Role.QUERY if request.method == "GET" else None
        with self._dispatcher.advancing():
            return self._door.send(request, base64=base64, role=role)

    def transmit(self, message: WireMessage, *, base64: bool = False) -> Response:
        """Send a message of a dialect: a request, an invocation, or a queue's message."""
        with self._dispatcher.advancing():
            match message:
                case HttpMessage(request, claims, asks):
                    role = Role.QUERY if asks else None
                    return self._door.send(request, base64=base64, claims=claims, role=role)
                case Payload(function, text, asks):
                    role = Role.QUERY if asks else None
                    return self._door.invoke(function, from_json(text), role)
                case QueueMessage(queue, text, key):
                    return self._queue.take(queue, text, key)
                case TableItem(table, text):
                    return self._put(self._deployed.physical[table], json.loads(text))

    def _put(self, table: str, item: dict[str, Any]) -> Response:
        """Put an item into a table; a stream of the table tells of it."""
        refused = ""

        def perform(body: bytes | None = None) -> None:
            nonlocal refused
            refused = self._backend.put_item(table, item)

        key = item_key(item, self._deployed.keys[table])
        self._carriers.streams.watched(Call("dynamodb", "PutItem", table, key, ()), perform)
        return Response(400, (), refused) if refused else Response(200)

    def forget(self) -> None:
        """Take what was sent so far as the world before the play. See ``SpeakingStage``."""
        self._recorder.forget()
        self._calls.past.begin()

    def send_batch(self, bodies: Sequence[str]) -> None:
        """Hand the command function a batch of records, and again those that come back."""
        with self._dispatcher.advancing():
            self._queue.send_batch(functions_with(self._invocations.roles, Role.COMMAND)[0], bodies)

    # -- events --------------------------------------------------------------------------

    def address_relays(self) -> None:
        """Have steps act on the deliveries to relays. See ``Relaying``."""
        self._dispatcher.at_relays = True

    def expire(self, pick: int) -> None:
        """Let the time to live of an item run out. See ``Expiry``."""
        self._carriers.streams.expire(pick)

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
        """Deliver all that is on its way; in the end no read is behind any more."""
        settled = self._dispatcher.settle(final=final, later=self._wait_after_fault)
        if final:
            self._calls.past.begin()
        return settled

    def publish(self, entry: BusEntry) -> int:
        """Put a foreign entry on the bus, and the like of it where other carriers lead on."""
        return self._carriers.publish(entry)

    def event_origin(self) -> tuple[str, str]:
        """Source and bus of the implementation's events: as seen, or as its rule expects."""
        for record in reversed(self.records):
            if isinstance(record, Published) and record.role is Role.COMMAND:
                return record.source, record.bus
        return expected_origin(self._deployed.rules)

    # -- the read model ------------------------------------------------------------------

    def wipe(self) -> int:
        """Remove the items that the projection wrote in this play."""
        written = self._recorder.written_items()
        return sum(self._backend.remove_items(table, keys) for table, keys in written.items())

    def expire_views(self) -> int:
        """Remove those of them that have a time to live."""
        names = self.system.time_to_live
        written = self._recorder.written_items() if names else {}
        return sum(
            self._backend.remove_items(table, frozenset(
                key for key, item in self._backend.items(table, keys).items()
                if has_time_to_live(item, names)))
            for table, keys in written.items())

    def item(self, aggregate: str) -> str | None:
        """The read model's item of that id."""
        items = (self._backend.item(table, aggregate) for table in self._tables)
        return next((item for item in items if item is not None), None)
