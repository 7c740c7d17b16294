"""Python functions in this process: isolated environments, and what may go wrong in them."""

import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import StageError
from harness.core.history import Invoked, Record
from harness.functions.invocation import FunctionError, HandlerError, LambdaContext
from harness.functions.python.bytecode import compiled_once
from harness.functions.python.clock import REAL_TIME, clock_of_functions
from harness.functions.python.environment import Environment, PythonFunction
from harness.stages.controlled.invocations import Invocations

COUNTER = """
count = 0
def handler(event, context):
    global count
    count += 1
    return count
"""
STUCK = "def handler(event, context):\n    while True:\n        pass\n"
SWALLOWS = """
def handler(event, context):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass
"""


def function(
    folder: Path, files: Mapping[str, str], handler: str = "app.handler", **environment: str
) -> PythonFunction:
    """A function whose code folder holds those files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    variables = {"AWS_LAMBDA_FUNCTION_NAME": folder.name, **environment}
    return PythonFunction(folder.name, folder, handler, variables)


def started(made: PythonFunction) -> Environment:
    environment = Environment(made)
    environment.load()
    return environment


def call(environment: Environment, event: Any = None) -> Any:
    return environment.invoke(event, LambdaContext("f", 128, "id", "arn"))


def returning(expression: str, imports: str = "") -> str:
    return f"{imports}\ndef handler(event, context):\n    return {expression}\n"


def test_trace(tmp_path: Path) -> None:
    """Each invocation comes with the trace that X-Ray's SDK looks for, its parent included."""
    told = returning("os.environ['_X_AMZN_TRACE_ID']", "import os")
    environment = started(function(tmp_path, {"app.py": told}))
    context = LambdaContext("f", 128, "00000000-0000-4000-8000-000000000001", "arn")
    assert environment.invoke(None, context) == (
        "Root=1-00000000-000040008000000000000001;Parent=8000000000000001;Sampled=0")


class TestModules:
    def test_warm(self, tmp_path: Path) -> None:
        """A warm environment keeps the state of its modules."""
        environment = started(function(tmp_path, {"app.py": COUNTER}))
        assert [call(environment), call(environment)] == [1, 2]

    def test_each_its_own(self, tmp_path: Path) -> None:
        """Two environments of a function share no module."""
        made = function(tmp_path, {"app.py": COUNTER})
        one, other = started(made), started(made)
        assert [call(one), call(one), call(other)] == [1, 2, 1]

    def test_same_name_in_two_folders(self, tmp_path: Path) -> None:
        """Modules of one name in two code folders are two modules."""
        source = returning("utils.NAME", "import utils")
        one = started(function(tmp_path / "one", {"app.py": source, "utils.py": "NAME = 1"}))
        other = started(function(tmp_path / "two", {"app.py": source, "utils.py": "NAME = 2"}))
        assert [call(one), call(other), call(one)] == [1, 2, 1]

    def test_late_imports_in_two_folders(self, tmp_path: Path) -> None:
        """So are those that are imported while the function runs."""
        found = []
        environments = []
        for name in ("one", "two"):
            source = f"def handler(event, context):\n    import utils.{name} as u\n    return u.N\n"
            files = {"app.py": source, "utils/__init__.py": "", f"utils/{name}.py": f"N = {name!r}"}
            environments.append(started(function(tmp_path / name, files)))
        for _ in range(2):
            found += [call(environment) for environment in environments]
        assert found == ["one", "two"] * 2

    @pytest.mark.parametrize("name", ["harness", "scenarios", "utils", "tests", "json5", "app2"])
    def test_named_like_one_of_ours(self, tmp_path: Path, name: str) -> None:
        """A module with a name that we use is the implementation's own in its environment."""
        before = sys.modules.get(name)
        files = {"app.py": returning(f"{name}.WHOSE", f"import {name}"),
                 f"{name}.py": "WHOSE = 'theirs'"}
        assert call(started(function(tmp_path, files))) == "theirs"
        assert sys.modules.get(name) is before

    def test_package(self, tmp_path: Path) -> None:
        """A handler in a package may import its neighbours relatively."""
        files = {"pkg/__init__.py": "", "pkg/app.py": returning("N", "from .other import N"),
                 "pkg/other.py": "N = 5"}
        assert call(started(function(tmp_path, files, "pkg.app.handler"))) == 5

    def test_path_with_slashes(self, tmp_path: Path) -> None:
        """A handler may be written with slashes, as Lambda has it."""
        files = {"pkg/app.py": returning("5")}
        assert call(started(function(tmp_path, files, "pkg/app.handler"))) == 5

    def test_nothing_is_left(self, tmp_path: Path) -> None:
        """Afterwards the modules and the search path of this process are as before."""
        modules, path = set(sys.modules), list(sys.path)
        call(started(function(tmp_path, {"app.py": returning("b.x", "import b"), "b.py": "x = 1"})))
        assert (set(sys.modules) - modules, sys.path) == (set(), path)

    def test_nothing_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No compiled module appears beside the code, whatever Python would write by itself."""
        monkeypatch.setattr(sys, "dont_write_bytecode", False)
        call(started(function(tmp_path, {"app.py": returning("b.x", "import b"), "b.py": "x = 1"})))
        assert sorted(found.name for found in tmp_path.iterdir()) == ["app.py", "b.py"]
        assert not sys.dont_write_bytecode

    def test_compiled_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many environments import a module, it is compiled once, and again if changed."""
        compiled = []
        compiling: Any = SourceFileLoader.source_to_code
        monkeypatch.setattr(SourceFileLoader, "source_to_code", lambda loader, source, path: (
            compiled.append(Path(path).name), compiling(loader, source, path))[1])
        with compiled_once():
            made = function(tmp_path, {"app.py": COUNTER})
            one, other = started(made), started(made)
            assert [call(one), call(one), call(other)] == [1, 2, 1]
            assert call(started(function(tmp_path, {"app.py": returning("7")}))) == 7
        assert compiled == ["app.py", "app.py"]

    def test_dataclasses_are_compiled_once(self, tmp_path: Path) -> None:
        """Each environment has a dataclass of its own, which behaves as ever."""
        source = ("from dataclasses import dataclass\n@dataclass(frozen=True, order=True)\n"
                  "class Pair:\n    left: int\n    right: list = ()\n")
        result = "str(Pair(1)), Pair(1) < Pair(2), hash(Pair(3)) == hash(Pair(3)), id(Pair)"
        with compiled_once():
            made = function(tmp_path, {"app.py": returning(result, source)})
            first, second = call(started(made)), call(started(made))
        assert first[:3] == second[:3] == ("Pair(left=1, right=())", True, True)
        assert first[3] != second[3]

    def test_libraries_are_shared(self, tmp_path: Path) -> None:
        """A library from outside the code folder is the one of this process."""
        import botocore

        environment = started(function(
            tmp_path, {"app.py": returning("id(botocore)", "import botocore")}))
        assert call(environment) == id(botocore)


class TestVariables:
    def test_own(self, tmp_path: Path) -> None:
        """A function sees its own variables and its trace, also at import, and no others."""
        source = "import os\nX = os.environ['X']\n" + returning("X, sorted(os.environ)")
        environment = started(function(tmp_path, {"app.py": source}, X="1"))
        assert call(environment) == (
            "1", ["AWS_LAMBDA_FUNCTION_NAME", "X", "_X_AMZN_TRACE_ID"])

    def test_restored(self, tmp_path: Path) -> None:
        """Variables that a function sets or removes stay in its environment."""
        source = returning("os.environ.update(A='b') or os.environ.pop('X')", "import os")
        before = dict(os.environ)
        environment = started(function(tmp_path, {"app.py": source}, X="1"))
        call(environment)
        assert (dict(os.environ), os.environ.get("A")) == (before, None)

    def test_restored_after_an_error(self, tmp_path: Path) -> None:
        """Also when it raises."""
        before = dict(os.environ)
        environment = started(function(tmp_path, {"app.py": returning("1 / 0")}))
        with pytest.raises(FunctionError):
            call(environment)
        assert dict(os.environ) == before


class TestLoading:
    @pytest.mark.parametrize(("source", "handler", "message"), [
        ("import nothing_at_all", "app.handler",
         r"No module named 'nothing_at_all'.*app\.py, line 1.*install what it imports"),
        ("import os\nos.environ['GONE']", "app.handler", r"KeyError.*GONE.*line 2.*Environment"),
        ("def handler(", "app.handler", r"SyntaxError.*check Handler"),
        ("x = 1", "app.handler", r"no attribute 'handler'.*check Handler"),
        ("", "nowhere.handler", r"No module named 'nowhere'"),
        ("import sys\nsys.exit(3)", "app.handler", r"SystemExit: 3"),
        ("raise RuntimeError('no')", "app.handler", r"RuntimeError: no"),
    ])
    def test_failed(self, tmp_path: Path, source: str, handler: str, message: str) -> None:
        """A handler that cannot be loaded gives a HandlerError with place and remedy."""
        with pytest.raises(HandlerError, match=message):
            started(function(tmp_path, {"app.py": source}, handler))

    def test_interrupted(self, tmp_path: Path) -> None:
        """Ctrl-C while a function is loaded is no fault of the function."""
        with pytest.raises(KeyboardInterrupt):
            started(function(tmp_path, {"app.py": "raise KeyboardInterrupt"}))


class TestInvoking:
    @pytest.mark.parametrize(("source", "kind"), [
        ("1 / 0", "ZeroDivisionError"), ("__import__('sys').exit(1)", "Runtime.ExitError"),
    ])
    def test_raised(self, tmp_path: Path, source: str, kind: str) -> None:
        """An exception gives a FunctionError with its trace, and so does an exit."""
        environment = started(function(tmp_path, {"app.py": returning(source)}))
        with pytest.raises(FunctionError) as raised:
            call(environment)
        assert (raised.value.kind, "app.py" in raised.value.trace) == (kind, True)

    def test_output(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The output of a function is kept, and shown nowhere."""
        source = returning("print('out') or print('err', file=sys.stderr)", "import sys")
        environment = started(function(tmp_path, {"app.py": source}))
        call(environment)
        assert (environment.take_output(), environment.take_output(), *capsys.readouterr()) == (
            "out\nerr\n", "", "", "")


def invocations(made: PythonFunction, deadline: float = 30.0) -> tuple[Invocations, list[Record]]:
    records: list[Record] = []
    return Invocations(functions={made.name: made}, roles={}, record=records.append,
                       identify=lambda: "id", deadline=deadline), records


class TestInvocations:
    def test_too_large(self, tmp_path: Path) -> None:
        """A response over Lambda's quota is the function's error, and is not kept."""
        made, _ = invocations(function(tmp_path / "f", {"app.py": returning("'x' * event")}))
        outcomes = [made.invoke("f", size) for size in (6_291_554, 6_291_555)]
        assert [(o.error or "")[:21] for o in outcomes] == ["", "Response payload size"]

    def test_warm_and_cold(self, tmp_path: Path) -> None:
        """An environment stays warm until it is restarted."""
        made, records = invocations(function(tmp_path / "f", {"app.py": COUNTER}))
        results = [made.invoke("f", {}).result, made.invoke("f", {}).result]
        made.environments.restart()
        results.append(made.invoke("f", {}).result)
        colds = [record.cold for record in records if isinstance(record, Invoked)]
        assert (results, colds) == ([1, 2, 1], [True, False, True])

    def test_always_cold(self, tmp_path: Path) -> None:
        """With cold starts only, each invocation has an environment of its own."""
        made, _ = invocations(function(tmp_path / "f", {"app.py": COUNTER}))
        made.environments.always_cold = True
        assert [made.invoke("f", {}).result for _ in range(2)] == [1, 1]

    def test_json_only(self, tmp_path: Path) -> None:
        """A result that is no JSON is an error of the function."""
        made, _ = invocations(function(tmp_path / "f", {"app.py": returning("{1, 2}")}))
        assert made.invoke("f", {}).error is not None

    def test_event_is_a_copy(self, tmp_path: Path) -> None:
        """A change of its event by a function has no effect outside."""
        made, _ = invocations(function(tmp_path / "f", {"app.py": returning("event.clear()")}))
        event = {"a": 1}
        made.invoke("f", event)
        assert event == {"a": 1}

    @pytest.mark.parametrize("source", [STUCK, SWALLOWS], ids=["stuck", "swallows errors"])
    def test_stuck(self, tmp_path: Path, source: str) -> None:
        """A function that does not come back is a StageError after the deadline."""
        made, _ = invocations(function(tmp_path / "f", {"app.py": source}), deadline=0.2)
        with pytest.raises(StageError, match=r"function f: still runs after 0\.2 s .*endless loop"):
            made.invoke("f", {})

    def test_stuck_import(self, tmp_path: Path) -> None:
        """So is one that does not even load."""
        made, _ = invocations(
            function(tmp_path / "f", {"app.py": "while True:\n    pass\n"}), deadline=0.2)
        with pytest.raises(StageError, match=r"still runs after"):
            made.invoke("f", {})

    def test_after_being_stuck(self, tmp_path: Path) -> None:
        """After a function was stuck this process is as before."""
        before = dict(os.environ), list(sys.path), sys.stdout
        made, _ = invocations(function(tmp_path / "f", {"app.py": STUCK}), deadline=0.1)
        with pytest.raises(StageError):
            made.invoke("f", {})
        assert (dict(os.environ), list(sys.path), sys.stdout) == before


class TestClock:
    IMPORTS = "import time\nfrom datetime import datetime, timezone\nfrom time import time as now\n"
    READ = ("[time.time(), now(), datetime.now(timezone.utc).timestamp(), time.time_ns() / 1e9, "
            "datetime.utcnow().replace(tzinfo=timezone.utc).timestamp(), "
            "datetime.today().timestamp(), time.mktime(time.localtime())]")
    AT = 1_900_000_000

    def told(self, folder: Path, read: str, *imports: str) -> Any:
        """The result of a function that reads a clock."""
        with clock_of_functions(lambda: self.AT * 1_000_000):
            return call(started(function(folder, {"app.py": returning(read, *imports)})))

    def test_every_name(self, tmp_path: Path) -> None:
        """A function reads the play's clock by whichever name it does."""
        assert self.told(tmp_path, self.READ, self.IMPORTS) == [self.AT] * 7

    def test_outside(self, tmp_path: Path) -> None:
        """Outside of functions the clock is the real one."""
        with clock_of_functions(lambda: None):
            around = REAL_TIME(), datetime.now().timestamp(), time.time(), REAL_TIME()
        assert list(around) == sorted(around)

    def test_same_class(self, tmp_path: Path) -> None:
        """The class of datetimes stays what it is, also for a class of its own."""
        read = "[type(datetime.now()) is datetime is OLD, type(Own.now()) is Own]"
        own = "from datetime import datetime\nfrom app_old import OLD\nclass Own(datetime): pass\n"
        (tmp_path / "app_old.py").write_text("import datetime\nOLD = datetime.datetime\n", "utf-8")
        assert self.told(tmp_path, read, own) == [True, True]
