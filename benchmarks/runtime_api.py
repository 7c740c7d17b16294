"""The cost of a process: a warm invocation through the Runtime API, and a cold start.

Run from the root of the project: ``python -m benchmarks.runtime_api``. The function makes no AWS
call, so what is measured is the way there and back: two HTTP messages, JSON, freezing and thawing.
The aim is a median of at most 3 ms for a warm invocation. Node.js is left out where there is none.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness.functions.invocation import LambdaContext
from harness.functions.processes import ProcessFunction, UnpackedFunction, start_command

AIM_MS = 3.0
TIMES = 500
STARTS = 10
FUNCTIONS = {
    "python3.13": ("app.py", "def handler(event, context):\n    return event\n"),
    "nodejs20.x": ("app.js", "exports.handler = async (event) => event;\n"),
}


def main() -> None:
    """Measure and print."""
    for runtime, (file, source) in FUNCTIONS.items():
        if runtime.startswith("nodejs") and shutil.which("node") is None:
            print(f"{runtime}: no node here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / file).write_text(source, "utf-8")
            cold, warm = _measured(runtime, Path(folder))
        print(f"{runtime}: warm {warm:.2f} ms (aim {AIM_MS:g}), cold {cold:.0f} ms "
              f"(median of {TIMES}, mean of {STARTS})")


def _measured(runtime: str, folder: Path) -> tuple[float, float]:
    """Milliseconds of a cold start, on average, and of a warm invocation, the median.

    One environment starts ahead, so of cold starts in a row every second one is ready.
    """
    unpacked = UnpackedFunction("f", runtime, "app.handler", folder, folder)
    variables = {"PATH": os.environ["PATH"], "_HANDLER": "app.handler",
                 "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                 "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}
    function = ProcessFunction("f", folder, start_command(unpacked, {}), variables, lambda _: None)
    try:
        function.start().load()
        starts = [_timed(lambda: function.start().load()) for _ in range(STARTS)]
        environment = function.start()
        environment.load()
        context = LambdaContext("f", 128, "id", "arn")
        calls = [_timed(lambda: environment.invoke({"a": 1}, context)) for _ in range(TIMES)]
    finally:
        function.close()
    return statistics.mean(starts), statistics.median(calls)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
