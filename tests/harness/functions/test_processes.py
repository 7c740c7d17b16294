"""Functions as processes: the Lambda Runtime API, what may go wrong, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.core.history import Invoked, Record
from harness.core.http import RawRequest, RawResponse
from harness.functions.invocation import FunctionError, HandlerError, LambdaContext, TimedOut
from harness.functions.processes import (
    ProcessFunction,
    StartCommand,
    StartupArchive,
    UnpackedFunction,
    start_command,
)
from harness.functions.processes.environment import Waited, counted
from harness.stages.controlled.invocations import Invocations

Make = Callable[..., ProcessFunction]
COUNTER = """
count = 0
def handler(event, context):
    global count
    count += 1
    return count
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes functions of Python source that run as processes."""
    made: list[ProcessFunction] = []

    def function(source: str, *, timeout: float = 20.0) -> ProcessFunction:
        (tmp_path / "app.py").write_text(dedent(source), "utf-8")
        command = (sys.executable, "-m", "awslambdaric", "app.handler")
        variables = {"PATH": os.environ["PATH"], "AWS_LAMBDA_FUNCTION_NAME": "f",
                     "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                     "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}
        made.append(ProcessFunction("f", tmp_path, StartCommand(command, {}), variables,
                                    lambda request: None, tmp_path, timeout=timeout))
        return made[-1]

    yield function
    for one in made:
        one.close()


def call(function: ProcessFunction, event: Any = None, *, times: int = 1) -> list[Any]:
    """The results of one environment of a function that is invoked several times."""
    environment = function.start()
    environment.load()
    context = LambdaContext("f", 128, "id", "arn", remaining=lambda: function.timeout)
    return [environment.invoke(event, context) for _ in range(times)]


def exists(pid: int) -> bool:
    """Tell if a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int) -> bool:
    """Tell if a process is gone within five seconds."""
    end = time.monotonic() + 5
    while exists(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not exists(pid)


def written(path: Path) -> str:
    """The text of a file, as soon as it exists."""
    end = time.monotonic() + 20
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return path.read_text("utf-8")


class TestInvoking:
    def test_event_and_result(self, make: Make) -> None:
        """An event goes in and a result comes out as JSON."""
        made = make("def handler(event, context):\n    return {'got': event['é']}")
        assert call(made, {"é": [1, "ü", None]}) == [{"got": [1, "ü", None]}]

    def test_warm(self, make: Make) -> None:
        """An environment keeps its state from one invocation to the next."""
        assert call(make(COUNTER), times=3) == [1, 2, 3]

    def test_each_its_own(self, make: Make) -> None:
        """Two environments share nothing."""
        made = make(COUNTER)
        assert [call(made, times=2), call(made)] == [[1, 2], [1]]

    def test_context(self, make: Make) -> None:
        """Name, memory, request id and remaining time arrive."""
        source = """
            def handler(event, context):
                return [context.function_name, context.memory_limit_in_mb, context.aws_request_id,
                        context.get_remaining_time_in_millis() > 1000]
        """
        assert call(make(source)) == [["f", "128", "id", True]]

    def test_error(self, make: Make) -> None:
        """An exception is the function's error, with type and text."""
        made = make("def handler(event, context):\n    raise KeyError('no such order')")
        with pytest.raises(FunctionError, match=r"KeyError: 'no such order'"):
            call(made)

    def test_after_an_error(self, make: Make) -> None:
        """After an exception the environment is used again."""
        made = make(COUNTER.replace("return count", "return count if count > 1 else 1 / 0"))
        environment = made.start()
        environment.load()
        with pytest.raises(FunctionError):
            environment.invoke(None, LambdaContext("f", 128, "id", "arn"))
        assert environment.invoke(None, LambdaContext("f", 128, "id", "arn")) == 2

    def test_too_big(self, make: Make) -> None:
        """A result over Lambda's limit is an error."""
        made = make("def handler(event, context):\n    return 'x' * 7_000_000")
        with pytest.raises(FunctionError, match="ResponseSizeTooLarge"):
            call(made)

    def test_exit(self, make: Make) -> None:
        """A process that exits fails the invocation and says how."""
        made = make("import os\ndef handler(event, context):\n    os._exit(3)")
        with pytest.raises(FunctionError, match="Runtime exited with exit status 3"):
            call(made)

    @pytest.mark.parametrize(("waited", "starved", "seconds"), [
        (2.0, 0.5, 1.5), (2.0, 0.0, 2.0), (2.0, -1.0, 2.0), (2.0, 9.0, 0.2)])
    def test_busy_machine(self, waited: float, starved: float, seconds: float) -> None:
        """The time in which a process had no processor does not end an invocation."""
        assert counted(waited, starved) == seconds

    @pytest.mark.parametrize(("asked", "figures", "over"), [
        (True, [1.0, 1.5], False), (True, [1.0, 1.0], True), (False, [], True)])
    def test_asked_late(self, asked: bool, figures: list[float], over: bool) -> None:
        """The system is asked when a wait begins that may be short, and then when it seems over."""
        waited = Waited(lambda: figures.pop(0), asked=asked)
        waited.add(0.04)
        assert (waited.for_longer_than(0.03), figures) == (over, [])

    def test_timeout(self, make: Make) -> None:
        """A function that takes longer than its time-out is ended."""
        made = make("import os, time\ndef handler(event, context):\n"
                    "    print(os.getpid(), flush=True)\n    time.sleep(60)", timeout=0.5)
        environment = made.start()
        environment.load()
        with pytest.raises(TimedOut):
            environment.invoke(None, LambdaContext("f", 128, "id", "arn", remaining=lambda: 0.5))
        pid = int(environment.take_output())
        assert (environment.alive, gone(pid)) == (False, True)

    def test_frozen(self, make: Make) -> None:
        """Between its invocations a process does nothing."""
        source = """
            import threading, time
            ticks = 0
            def tick():
                global ticks
                while True:
                    ticks += 1
                    time.sleep(0.001)
            threading.Thread(target=tick, daemon=True).start()
            def handler(event, context):
                return ticks
        """
        made = make(source)
        environment = made.start()
        environment.load()
        context = LambdaContext("f", 128, "id", "arn")
        before = environment.invoke(None, context)
        time.sleep(0.5)
        assert environment.invoke(None, context) - before < 200


FORGETFUL = """
import http.client, json, os, threading, time
address = os.environ["AWS_LAMBDA_RUNTIME_API"]
api = http.client.HTTPConnection(address)
def ask(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    reply = api.getresponse()
    reply.read()
    return reply.headers
def call():
    other = http.client.HTTPConnection(address)
    other.request("PUT", "/not-awaited")
    other.getresponse()
while True:
    id = ask("GET", "next")["Lambda-Runtime-Aws-Request-Id"]
    ask("POST", id + "/response", "{}")
    threading.Thread(target=call).start()
    time.sleep(0.3)
"""


def test_a_call_after_the_answer_waits_for_the_next_invocation(tmp_path: Path) -> None:
    """Lambda freezes the environment once the runtime has asked for more."""
    served: list[str] = []

    def serve(request: RawRequest) -> RawResponse:
        served.append(request.target)
        return RawResponse(200, (), b"")

    (tmp_path / "runtime.py").write_text(FORGETFUL, "utf-8")
    command = StartCommand((sys.executable, str(tmp_path / "runtime.py")), {})
    function = ProcessFunction("f", tmp_path, command, {"PATH": os.environ["PATH"]}, serve,
                               tmp_path)
    counts = []
    try:
        environment = function.start()
        environment.load()
        for _ in range(3):
            environment.invoke(None, LambdaContext("f", 128, "id", "arn"))
            counts.append(len(served))
    finally:
        function.close()
    assert counts == [0, 1, 2]


HEADERS = """
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def ask(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    reply = api.getresponse()
    return reply, reply.read()
while True:
    reply, event = ask("GET", "next")
    found = {name: value for name, value in reply.headers.items() if name.startswith("Lambda-")}
    strange, _ = ask("POST", "another-id/response", "{}")
    answer = {"headers": found, "event": json.loads(event), "strange": strange.status}
    taken, _ = ask("POST", found["Lambda-Runtime-Aws-Request-Id"] + "/response", json.dumps(answer))
    assert taken.status == 202
"""


class TestProtocol:
    @pytest.fixture
    def answered(self, tmp_path: Path) -> Iterator[dict[str, Any]]:
        """The requests that a custom runtime has received."""
        (tmp_path / "run.py").write_text(HEADERS, "utf-8")
        start = StartCommand((sys.executable, str(tmp_path / "run.py")))
        made = ProcessFunction("f", tmp_path, start, {}, lambda request: None, tmp_path)
        environment = made.start()
        environment.load()
        yield environment.invoke([1], LambdaContext(
            "f", 128, "6f1b0a7e-0001", "arn:f", remaining=lambda: 20))
        made.close()

    def test_headers(self, answered: dict[str, Any]) -> None:
        """An invocation comes with its id, its function's ARN, a trace id and a deadline."""
        found = answered["headers"]
        deadline = int(found.pop("Lambda-Runtime-Deadline-Ms")) / 1000 - time.time()
        assert (found, 10 < deadline < 60, answered["event"]) == ({
            "Lambda-Runtime-Aws-Request-Id": "6f1b0a7e-0001",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:f",
            "Lambda-Runtime-Trace-Id": (
                "Root=1-6f1b0a7e-0001;Parent=6f1b0a7e0001;Sampled=0")}, True, [1])

    def test_no_such_invocation(self, answered: dict[str, Any]) -> None:
        """A response to another invocation than the current one is refused."""
        assert answered["strange"] == 403


class TestLoading:
    def test_import_error(self, make: Make) -> None:
        """Code that cannot be loaded says why."""
        with pytest.raises(HandlerError, match="No module named 'nothing_of_the_kind'"):
            call(make("import nothing_of_the_kind"))

    def test_exit(self, make: Make) -> None:
        """A process that ends before it asks for work says what it printed."""
        with pytest.raises(HandlerError, match="not today"):
            call(make("import os\nprint('not today', flush=True)\nos._exit(1)"))

    @pytest.mark.skipif(sys.platform != "linux", reason="needs mount namespaces")
    def test_own_tmp(self, make: Make) -> None:
        """Each environment has its own /tmp, empty at first; its code cannot be written."""
        source = """
            import os, pathlib
            def handler(event, context):
                seen = sorted(name for name in os.listdir("/tmp") if name.startswith("left"))
                pathlib.Path("/tmp/left-behind").write_text("x")
                try:
                    pathlib.Path("app.py").write_text("")
                except OSError as error:
                    return [seen, error.strerror]
        """
        made, refused = make(source), "Read-only file system"
        seen = [*call(made, times=2), *call(made)]
        assert seen == [[[], refused], [["left-behind"], refused], [[], refused]]

    def test_no_program(self, tmp_path: Path) -> None:
        """A command that is not there is told."""
        made = ProcessFunction("f", tmp_path, StartCommand((str(tmp_path / "nothing"),), {}), {},
                               lambda request: None, tmp_path)
        with pytest.raises(HandlerError, match="nothing"):
            call(made)
        made.close()


def invocations(made: ProcessFunction) -> tuple[Invocations, list[Record]]:
    """Invocations of one function, and what they record."""
    records: list[Record] = []
    return Invocations(functions={"f": made}, roles={}, record=records.append,
                       identify=lambda: "id"), records


class TestInvocations:
    def test_output(self, make: Make) -> None:
        """The output of a process is kept with its invocation."""
        made, records = invocations(
            make("import sys\ndef handler(event, context):\n    print(event)\n"
                 "    print('!', file=sys.stderr)"))
        made.invoke("f", "one")
        made.invoke("f", "two")
        printed = [record.output.split() for record in records if isinstance(record, Invoked)]
        assert printed == [["one", "!"], ["two", "!"]]

    def test_cold_after_exit(self, make: Make) -> None:
        """After a crash the next invocation has a new environment."""
        source = """
            import os
            def handler(event, context):
                if event == "crash":
                    os._exit(1)
                return "fine"
        """
        made, records = invocations(make(source))
        results = [made.invoke("f", event).result for event in ("", "crash", "")]
        colds = [record.cold for record in records if isinstance(record, Invoked)]
        assert (results, colds) == (["fine", None, "fine"], [True, False, True])

    def test_timeout(self, make: Make) -> None:
        """A time-out is told as Lambda tells it."""
        made, _ = invocations(
            make("import time\ndef handler(event, context):\n    time.sleep(60)", timeout=0.2))
        outcome = made.invoke("f", None)
        assert (outcome.timed_out, outcome.error) == (True, "Task timed out after 0.20 seconds")


CHILD = """
    import subprocess, os
    def handler(event, context):
        return [os.getpid(), subprocess.Popen(["sleep", "100"]).pid]
"""
HARNESS = """
    import sys, time
    from pathlib import Path
    from harness.functions.invocation import LambdaContext
    from harness.functions.processes import ProcessFunction, StartCommand
    folder = Path(sys.argv[1])
    command = (sys.executable, "-m", "awslambdaric", "app.handler")
    start = StartCommand(command, {})
    made = ProcessFunction("f", folder / "code", start, {}, lambda request: None, folder,
                           timeout=100)
    environment = made.start()
    environment.load()
    context = LambdaContext("f", 128, "id", "arn", remaining=lambda: 100)
    environment.invoke(sys.argv[2], context)
    time.sleep(100)
"""
AT_WORK = """
    import json, os, subprocess, sys, time
    from pathlib import Path
    def handler(event, context):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"]).pid
        Path("../written").write_text(json.dumps([os.getpid(), child]))
        os.rename("../written", "../pids")
        time.sleep(100 if event == "busy" else 0)
"""


LEAVING = """
import http.client, json, os, signal, sys
def leave(*_):
    open(sys._xoptions["leaves"], "w").close()
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def ask(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    reply = api.getresponse()
    reply.read()
    return reply
while True:
    invocation = ask("GET", "next").headers["Lambda-Runtime-Aws-Request-Id"]
    ask("POST", invocation + "/response", json.dumps(list(sys._xoptions)))
"""


class TestArchive:
    @pytest.fixture
    def made(self, tmp_path: Path) -> Iterator[ProcessFunction]:
        """A function whose environments can leave an archive, and say which option they had."""
        script, draft, file = (tmp_path / name for name in ("run.py", "draft", "archive"))
        script.write_text(LEAVING, "utf-8")
        archive = StartupArchive(
            file, draft, write_option=f"-Xleaves={draft}", read_option=f"-Xuses={file}")
        start = StartCommand((sys.executable, str(script)), archive=archive)
        code = tmp_path / "code"
        code.mkdir()
        function = ProcessFunction("f", code, start, {}, lambda request: None, tmp_path)
        yield function
        function.close()

    def test_used(self, made: ProcessFunction) -> None:
        """The first environment writes an archive at its end; later ones use it."""
        first = made.start()
        first.load()
        first.invoke(None, LambdaContext("f", 128, "id", "arn"))
        first.warm = True
        first.end()
        assert [call(made), call(made)] == [[["uses"]], [["uses"]]]

    def test_close(self, made: ProcessFunction) -> None:
        """When all environments end, none is asked for an archive."""
        call(made)
        made.close()
        assert made.start_command.words(1)[1].startswith("-Xleaves=")


class TestEnding:
    def test_close(self, make: Make) -> None:
        """A process ends with its function, and so does what it started."""
        made = make(CHILD)
        [pids] = call(made)
        made.close()
        assert [gone(pid) for pid in pids] == [True, True]

    @pytest.mark.parametrize("state", ["busy", "frozen"])
    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_with_the_harness(self, tmp_path: Path, how: signal.Signals, state: str) -> None:
        """A process and what it started end with the harness, however it ends."""
        (tmp_path / "code").mkdir()
        (tmp_path / "code/app.py").write_text(dedent(AT_WORK), "utf-8")
        with subprocess.Popen([sys.executable, "-c", dedent(HARNESS), str(tmp_path), state],
                              stderr=subprocess.DEVNULL) as harness:
            pids = json.loads(written(tmp_path / "pids"))
            harness.send_signal(how)
        assert [gone(pid) for pid in pids] == [True, True]


class TestStarting:
    def unpacked(self, folder: Path, runtime: str) -> UnpackedFunction:
        return UnpackedFunction("f", runtime, "app.handler", folder, folder)

    def test_own_command(self, tmp_path: Path) -> None:
        """A user's command takes the place of ours; the longest name that fits counts."""
        given = {"python": ("no",), "python3.13": ("run", "{handler}", "in={code}")}
        start = start_command(self.unpacked(tmp_path, "python3.13"), given)
        assert start.command == ("run", "app.handler", f"in={tmp_path}")

    def test_not_built(self, tmp_path: Path) -> None:
        """A custom runtime needs its bootstrap."""
        with pytest.raises(HandlerError, match=r"bootstrap is not an executable file; build it"):
            start_command(self.unpacked(tmp_path, "provided.al2023"), {})

    def test_unknown(self, tmp_path: Path) -> None:
        """The error for an unknown runtime says how to name its command."""
        with pytest.raises(HandlerError, match=r"ruby3\.3 has no known starting command; name one"):
            start_command(self.unpacked(tmp_path, "ruby3.3"), {})
