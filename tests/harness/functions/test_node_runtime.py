"""The Node.js runtime: how handlers are written, where they are found, and what they get wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.core.http import RawRequest, RawResponse
from harness.functions.invocation import FunctionError, HandlerError, LambdaContext, Told
from harness.functions.processes import ProcessFunction, UnpackedFunction, start_command
from harness.functions.processes.node_sdk import included_sdk, remedy

pytestmark = pytest.mark.node
Make = Callable[..., ProcessFunction]
CONTEXT = LambdaContext("f", "128", "id", "arn", remaining=lambda: 20)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a function of one or more files."""
    made: list[ProcessFunction] = []
    code = tmp_path / "code"

    def function(handler: str = "app.handler", **files: str) -> ProcessFunction:
        for name, source in files.items():
            place = code / name.replace("__", "/").replace("_", ".")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(dedent(source), "utf-8")
        start = start_command(UnpackedFunction("f", "nodejs20.x", handler, code, tmp_path), {})
        variables = {"PATH": os.environ["PATH"], "_HANDLER": handler, "AWS_REGION": "us-east-1",
                     "AWS_LAMBDA_FUNCTION_NAME": "f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128"}
        made.append(ProcessFunction("f", code, start, variables, lambda request: None,
                                    tmp_path))
        return made[-1]

    yield function
    for one in made:
        one.close()


ASKS = """
const http = require("node:http");
const { hostname: host, port } = new URL(process.env.AWS_ENDPOINT_URL);
const ask = (path) => new Promise((resolve) => http.request(
  { host, port, path }, (reply) => { reply.resume(); reply.on("end", resolve); }).end());
"""


@pytest.mark.parametrize(("body", "seen"), [
    ("async () => { await ask('/awaited'); };", [1, 2, 3]),
    ("async () => { ask('/not-awaited'); };", [0, 1, 2]),
    ("(event, context, callback) => { ask('/not-awaited'); callback(null, 1); };", [1, 2, 3]),
])
def test_a_call_that_is_not_awaited_leaves_with_the_next_invocation(
    tmp_path: Path, body: str, seen: list[int]
) -> None:
    """A callback, however, waits for an empty event loop, and so for the call."""
    served: list[str] = []

    def serve(request: RawRequest) -> RawResponse:
        served.append(request.target)
        return RawResponse(200, (), b"")

    (tmp_path / "app.js").write_text(f"{ASKS}exports.handler = {body}", "utf-8")
    unpacked = UnpackedFunction("f", "nodejs20.x", "app.handler", tmp_path, tmp_path)
    start = start_command(unpacked, {})
    variables = {"PATH": os.environ["PATH"], "_HANDLER": "app.handler"}
    function = ProcessFunction("f", tmp_path, start, variables, serve, tmp_path)
    counts = []
    try:
        environment = function.start()
        environment.load()
        for _ in range(3):
            environment.invoke(None, LambdaContext("f", 128, "id", "arn", remaining=lambda: 20))
            counts.append(len(served))
    finally:
        function.close()
    assert counts == seen


def call(function: ProcessFunction, event: Any = 1, *, times: int = 1) -> list[Any]:
    """The results of one environment of a function that is invoked several times."""
    environment = function.start()
    environment.load()
    context = LambdaContext("f", 128, "id", "arn", remaining=lambda: 20)
    return [environment.invoke(event, context) for _ in range(times)]


class TestSdk:
    @pytest.mark.parametrize(("runtime", "names"), [
        ("nodejs16.x", ["aws-sdk"]), ("nodejs20.x", ["@aws-sdk"])])
    def test_the_version_of_the_runtime(
        self, tmp_path: Path, runtime: str, names: list[str]
    ) -> None:
        """A runtime brings the SDK along that the project was developed with, and no more."""
        project, scratch = tmp_path / "a" / "b", tmp_path / "scratch"
        for name in ("aws-sdk", "@aws-sdk", "uuid"):
            (tmp_path / "a" / "node_modules" / name).mkdir(parents=True)
        found = included_sdk(runtime, project, scratch)
        assert found is not None
        assert [path.name for path in found.iterdir()] == names

    @pytest.mark.parametrize(("module", "told"), [("@aws-sdk/client-dynamodb", True), ("x", False)])
    def test_remedy(self, module: str, told: bool) -> None:
        """Code without the SDK of the runtime is told where to have it from."""
        found = remedy(f"Error: Cannot find module '{module}'\nRequire stack: ...")
        assert (f"npm install {module}" in found) is told

    def test_none(self, tmp_path: Path) -> None:
        """A project without the packages has no SDK to bring along."""
        assert included_sdk("nodejs20.x", tmp_path, tmp_path) is None


class TestStyles:
    @pytest.mark.parametrize("source", [
        "exports.handler = async (event) => event + 1;",
        "exports.handler = (event) => Promise.resolve(event + 1);",
        "exports.handler = (event, context, callback) => callback(null, event + 1);",
        """exports.handler = (event, context, callback) => {
            setTimeout(() => callback(null, event + 1), 5); };""",
        "exports.handler = (event, context) => context.succeed(event + 1);",
        "exports.handler = (event, context) => { context.done(null, event + 1); };",
    ])
    def test_result(self, make: Make, source: str) -> None:
        """A handler gives its result in one of three styles, as often as it is called."""
        assert call(make(app_js=source), times=2) == [2, 2]

    @pytest.mark.parametrize("source", [
        "exports.handler = async () => { throw new RangeError('no'); };",
        "exports.handler = () => { throw new RangeError('no'); };",
        "exports.handler = (event, context, callback) => callback(new RangeError('no'));",
        "exports.handler = (event, context) => context.fail(new RangeError('no'));",
    ])
    def test_error(self, make: Make, source: str) -> None:
        """And its error likewise."""
        with pytest.raises(FunctionError, match="RangeError: no"):
            call(make(app_js=source))

    def test_neither(self, make: Make) -> None:
        """A result that is no promise is ignored, and the handler's work is waited for."""
        source = """
            let done = 0;
            exports.handler = () => { setTimeout(() => { done += 1; }, 20); return done; };
            exports.done = async () => done;
        """
        made = make(app_js=source)
        assert call(made) == [None]

    def test_waits_for_the_loop(self, make: Make) -> None:
        """After a callback it goes on until nothing is left to do, unless it is told not to."""
        source = """
            let done = 0;
            exports.handler = (wait, context, callback) => {
                context.callbackWaitsForEmptyEventLoop = wait;
                callback(null, done);
                setTimeout(() => { done += 1; }, wait ? 20 : 60000);
            };
        """
        assert [call(make(app_js=source), wait, times=2)[1] for wait in (True, False)] == [1, 0]


CJS = "exports.handler = async () => __filename.split('/').pop();"
ESM = ("import { basename } from 'node:path';\n"
       "export const handler = async () => basename(new URL(import.meta.url).pathname);")


class TestModules:
    @pytest.mark.parametrize(("files", "answer"), [
        ({"app_js": CJS}, "app.js"),
        ({"app_cjs": CJS}, "app.cjs"),
        ({"app_mjs": ESM}, "app.mjs"),
        ({"app_js": ESM, "package_json": '{"type": "module"}'}, "app.js"),
        ({"app_js": f"await Promise.resolve();\n{ESM}", "package_json": '{"type": "module"}'},
         "app.js"),
        ({"app_mjs": f"{ESM}\nexport default {{ handler }};"}, "app.mjs"),
    ])
    def test_found(self, make: Make, files: dict[str, str], answer: str) -> None:
        """CommonJS and ES modules are loaded, whatever says which of them a file is."""
        assert call(make(**files)) == [answer]

    def test_in_a_folder(self, make: Make) -> None:
        """A handler may be in a folder, and deep in what its file exports."""
        made = make("src/app.on.post", src__app_js="exports.on = { post: async () => 'post' };")
        assert call(made) == ["post"]

    @pytest.mark.parametrize(("source", "reason"), [
        ("exports.other = 1;", "exports no function handler"),
        ("const a = 1;\nconst a = 2;", "Identifier 'a' has already been declared"),
        ("require('nothing-of-the-kind');", "Cannot find module 'nothing-of-the-kind'"),
        ("throw new Error('not today');", "not today"),
    ])
    def test_not_loaded(self, make: Make, source: str, reason: str) -> None:
        """A handler that cannot be loaded gives the reason."""
        with pytest.raises(HandlerError, match=reason):
            call(make(app_js=source))


class TestEnds:
    @pytest.mark.parametrize(("source", "told"), [
        ("exports.handler = async () => { Promise.reject(new Error('late')); await new Promise("
         "(done) => setTimeout(done, 1000)); };", "Runtime.UnhandledPromiseRejection: late"),
        ("exports.handler = (e, c, done) => { setTimeout(() => { throw new Error('late'); }); };",
         "Runtime.UnhandledError: late"),
        ("exports.handler = async () => process.exit(7);", "Runtime exited with exit status 7"),
    ])
    def test_lost(self, make: Make, source: str, told: str) -> None:
        """An uncaught error ends the invocation and its process."""
        made = make(app_js=source)
        environment = made.start()
        environment.load()
        with pytest.raises(FunctionError, match=told):
            environment.invoke(None, LambdaContext("f", 128, "id", "arn", remaining=lambda: 20))
        assert not environment.alive

    def test_output(self, make: Make) -> None:
        """The output is kept, from both streams."""
        made = make(app_js="exports.handler = async (event) => { console.log('out', event);"
                           " console.error('err'); };")
        environment = made.start()
        environment.load()
        environment.invoke(5, LambdaContext("f", 128, "id", "arn", remaining=lambda: 20))
        assert environment.take_output().split() == ["out", "5", "err"]


def test_context(make: Make) -> None:
    """The context says what Lambda's says."""
    source = """
        exports.handler = async (event, context) => [
            context.functionName, context.memoryLimitInMB, context.awsRequestId,
            context.invokedFunctionArn, context.getRemainingTimeInMillis() > 1000];
    """
    assert call(make(app_js=source)) == [["f", "128", "id", "arn", True]]


def test_clock_ahead(make: Make) -> None:
    """Its clock can be set ahead, by which leases run out, and is set back."""
    source = """
        exports.handler = async (event, context) => [
            Date.now() - event, new Date().getTime() - event, new Date(Date()).getTime() - event,
            new Date(7).getTime(), new Date() instanceof Date, new Date().constructor === Date,
            context.getRemainingTimeInMillis() > 1000];
    """
    environment = make(app_js=source).start()
    environment.load()
    given = []
    for ahead in (0.0, 960.0, 0.0):
        context = replace(CONTEXT, clock=lambda ahead=ahead: Told(ahead=ahead))
        *now, fixed, is_date, same, left = environment.invoke(int(time.time() * 1000), context)
        given.append(([round(each / 60_000) for each in now], fixed, is_date, same, left))
    assert given == [([minutes] * 3, 7, True, True, True) for minutes in (0, 16, 0)]


def test_told_clock(make: Make) -> None:
    """A time that it is told stands still, but for timers and for waiting in a loop."""
    source = """
        const wait = require('util').promisify(setTimeout);
        const timers = require('node:timers/promises');
        exports.handler = async () => {
            const times = [Date.now(), new Date().getTime()];
            await new Promise((resolve) => setTimeout(resolve, 20));
            times.push(Date.now());
            await wait(20);
            await timers.setTimeout(20);
            times.push(Date.now());
            while (Date.now() < times[3] + 5);
            return [...times, Date.now()];
        };
    """
    environment = make(app_js=source).start()
    environment.load()
    told = replace(CONTEXT, clock=lambda: Told(fixed=1_900_000_000.0))
    times = [each - 1_900_000_000_000 for each in environment.invoke(1, told)]
    assert times == [0, 0, 20, 60, 65]


def test_remaining_time(make: Make) -> None:
    """The rest of its time-out is told with each answer, and timers take from it."""
    source = ASKS + """
        exports.handler = async (event, context) => {
            const left = [context.getRemainingTimeInMillis()];
            await new Promise((resolve) => setTimeout(resolve, 20));
            left.push(context.getRemainingTimeInMillis());
            await ask('/slow');
            return [...left, context.getRemainingTimeInMillis()];
        };
    """
    made, left = make(app_js=source), [20.0]

    def serve(request: RawRequest) -> RawResponse:
        left[0] = 0.9
        return RawResponse(200, (), b"")

    made.serve = serve
    environment = made.start()
    environment.load()
    told = replace(CONTEXT, remaining=lambda: left[0], clock=lambda: Told(fixed=1_900_000_000.0))
    assert environment.invoke(1, told) == [20_000, 19_980, 900]


def test_patience(make: Make) -> None:
    """A request tells how long its client waits for an answer, if that was set before it left."""
    source = """
        const http = require("node:http");
        const { hostname: host, port } = new URL(process.env.AWS_ENDPOINT_URL);
        const ask = (path, options, wait) => new Promise((resolve) => {
            const sent = http.request({ host, port, path, ...options }, (reply) => {
                reply.resume();
                reply.on("end", resolve);
            });
            if (wait) sent.setTimeout(wait);
            sent.end();
        });
        exports.handler = async () => {
            await ask("/set", {}, 1500);
            await ask("/given", { timeout: 2500 });
            await ask("/none", {});
        };
    """
    told: list[str] = []
    made = make(app_js=source)

    def serve(request: RawRequest) -> RawResponse:
        headers = {name.lower(): value for name, value in request.headers}
        told.append(headers.get("x-cqrs-patience-ms", ""))
        return RawResponse(200, (), b"")

    made.serve = serve
    environment = made.start()
    environment.load()
    environment.invoke(1, CONTEXT)
    assert told == ["1500", "2500", ""]


def test_remaining_time_of_another_invocation(make: Make) -> None:
    """A context that is kept tells the time that was left of its own invocation."""
    source = """
        let kept;
        exports.handler = async (event, context) => {
            kept = kept || context;
            return [kept, context].map((each) => each.getRemainingTimeInMillis());
        };
    """
    environment = make(app_js=source).start()
    environment.load()
    found = [environment.invoke(1, replace(CONTEXT, clock=lambda at=at: Told(fixed=at)))
             for at in (1_900_000_000.0, 1_900_000_015.0)]
    assert found == [[20_000, 20_000], [5_000, 20_000]]


def test_http2(make: Make) -> None:
    """A session of HTTP/2 with the address of AWS is served, in requests of HTTP/1.1."""
    source = """
        const http2 = require('http2');
        exports.handler = (event) => new Promise((resolve, reject) => {
            const session = http2.connect(process.env.AWS_ENDPOINT_URL);
            const stream = session.request(
                { ':method': 'POST', ':path': '/there', 'x-own': 'yes' });
            let text = '';
            stream.on('response', (headers) => { text = headers[':status'] + ' '; });
            stream.on('data', (part) => { text += part; });
            stream.on('end', () => { session.close(); resolve(text); });
            stream.on('error', reject);
            stream.end(event);
        });
    """
    made = make(app_js=source)

    def serve(request: RawRequest) -> RawResponse:
        told = [request.method, request.target, request.header("x-own"), request.body.decode()]
        return RawResponse(201, (), " ".join(map(str, told)).encode())

    made.serve = serve
    environment = made.start()
    environment.load()
    assert environment.invoke("body", CONTEXT) == "201 POST /there yes body"


LOOKS = """
    const helper = require('./helper');
    exports.handler = async () => {
        const error = (() => { try { helper.fail(); } catch (e) { return e; } })();
        return [error.stack.split('\\n')[1].split('/').pop(), require.main === module,
                require.resolve('./helper').split('/').pop(), __filename.split('/').pop(),
                Object.keys(require.cache).length > 1, module.children.length, helper.twice(2),
                await helper.separator(), (await import('./other.mjs')).name];
    };
"""
HELPER = """exports.fail = () => { throw new Error('no'); };
exports.twice = (n) => 2 * n;
exports.separator = async () => (await import('node:path')).sep;
"""


class TestCompiled:
    def ended(self, made: ProcessFunction) -> Any:
        """The results of an environment that ends after an invocation."""
        environment = made.start()
        environment.load()
        result = environment.invoke(1, LambdaContext("f", 128, "id", "arn", remaining=lambda: 20))
        environment.warm = True
        environment.end()
        return result

    def test_same(self, make: Make) -> None:
        """Code that an earlier environment has compiled does what its source does."""
        made = make(app_js=LOOKS, helper_js=HELPER, other_mjs="export const name = 'other';")
        first, _, third = (self.ended(made) for _ in range(3))
        assert made.start_command.words(1)[-1].startswith("use=")
        assert (first, third) == (first, first)
        assert first[0] == "helper.js:1:30)"

    def test_changed(self, make: Make) -> None:
        """A file that was changed meanwhile is compiled itself, even if it is as long."""
        made = make(app_js="exports.handler = async () => 'old';")
        before = [self.ended(made), self.ended(made)]
        make(app_js="exports.handler = async () => 'new';")
        self.ended(made)  # started ahead of the change, it may have read either
        assert (before, self.ended(made), self.ended(made)) == (["old", "old"], "new", "new")

    def test_no_module(self, make: Make) -> None:
        """A module that cannot be compiled in advance is loaded as usual."""
        made = make(app_js=ESM, package_json='{"type": "module"}')
        assert [self.ended(made) for _ in range(3)] == ["app.js"] * 3


SDK = """
const http = require("node:http");
const { hostname: host, port } = new URL(process.env.AWS_ENDPOINT_URL);
const over = () => new Promise((resolve) => http.request(
  { host, port, path: "/x", headers: {} },
  (reply) => { reply.resume(); reply.on("end", resolve); }).end());
exports.send = async () => { await null; const answer = await over(); return answer; };
"""


@pytest.mark.parametrize(("traced", "told"), [(True, "app.js:3"), (False, None)])
def test_line_of_a_call(tmp_path: Path, traced: bool, told: str | None) -> None:
    """While calls are traced each tells the line of the code that awaits the SDK."""
    served: list[RawRequest] = []

    def serve(request: RawRequest) -> RawResponse:
        served.append(request)
        return RawResponse(200, (), b"")

    code = tmp_path.resolve() / "code"
    (code / "node_modules" / "sdk").mkdir(parents=True)
    (code / "node_modules" / "sdk" / "index.js").write_text(SDK, "utf-8")
    (code / "app.js").write_text('const { send } = require("sdk");\n'
                                 "exports.handler = async () => {\n  await send();\n};\n", "utf-8")
    start = start_command(UnpackedFunction("f", "nodejs20.x", "app.handler", code, tmp_path), {})
    variables = {"PATH": os.environ["PATH"], "_HANDLER": "app.handler"}
    function = ProcessFunction("f", code, start, variables, serve, tmp_path)
    try:
        environment = function.start()
        environment.load()
        environment.invoke({}, LambdaContext("f", "128", "id-1", "arn", traced=traced))
    finally:
        function.close()
    line = served[0].header("X-Cqrs-Line")
    assert (line and line.removeprefix(f"{code}/")) == told
