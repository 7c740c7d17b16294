"""The harness's process as functions meet it while a stage is open: AWS, time and chance."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

from harness.aws.interception import Interceptor
from harness.aws.other_sdks import unreachable
from harness.functions.python.bytecode import compiled_once
from harness.functions.python.clock import clock_of_functions
from harness.functions.python.environment import Environment
from harness.functions.python.event_loops import virtual_loop_time
from harness.functions.python.file_calls import translated
from harness.functions.python.file_system import FileSystem
from harness.functions.python.process_control import ProcessControl
from harness.stages.controlled.invocations import Invocations
from harness.stages.controlled.play_chance import REAL_URANDOM, PlayChance


@contextmanager
def shared_with_functions(
    interceptor: Interceptor, invocations: Invocations, chance: PlayChance
) -> Iterator[None]:
    """Let functions run in this process while the context lasts."""
    turns, clock = invocations.turns, invocations.time

    def urandom(size: int) -> bytes:
        """Random bytes: in a function they are the same in each run."""
        return REAL_URANDOM(size) if turns.running is None else chance.random_bytes(size)

    def files() -> FileSystem | None:
        environment = turns.code_here()
        return environment.files if isinstance(environment, Environment) else None

    control = ProcessControl(lambda: turns.code_here() is not None, turns.exit)
    with ExitStack() as patches:
        patches.enter_context(control.installed())
        patches.enter_context(translated(files))
        patches.enter_context(interceptor.installed())
        patches.enter_context(unreachable(invocations.environments.stray))
        patches.enter_context(compiled_once())
        patches.enter_context(turns.threads.installed())
        patches.enter_context(turns.signals.installed())
        patches.enter_context(virtual_loop_time(turns.idle, clock.sleep))
        patches.enter_context(mock.patch.object(time, "sleep", clock.sleep))
        patches.enter_context(clock_of_functions(clock.reading))
        patches.enter_context(mock.patch.object(os, "urandom", urandom))
        yield


@contextmanager
def imports_out_of_collection() -> Iterator[None]:
    """Keep the garbage collector from looking, all the time, among what was imported."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
