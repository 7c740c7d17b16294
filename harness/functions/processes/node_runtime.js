"use strict";
// The Node.js runtime: loads a handler and speaks the Lambda Runtime API for it.
// Sources: AWS Lambda Developer Guide, "Define Lambda function handler in Node.js", "Using the Lambda
// runtime API". Requests to *.amazonaws.com go to AWS_ENDPOINT_URL, because SDK version 2 does not
// know that variable; the Host header keeps the original host.

const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");
const { syncBuiltinESMExports } = require("node:module");
const { pathToFileURL } = require("node:url");
const { keepCompiled } = require("./node_compiled.js");
const clock = require("./node_clock.js");
const sessions = require("./node_http2.js");

const API = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/`);
const ES_MODULE_ERRORS = new Set(["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"]);
const READING_TURNS = 1000;
const AWS_HOST = /\.amazonaws\.com(\.cn)?$/;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
// Calls of AWS leave in the event loop's next turn. One that nobody awaited meets the function's answer
// by then, and waits for the next invocation: Lambda freezes what has not been sent.
const calls = { open: true, held: [] };
const request = http.request;
const exit = process.exit.bind(process);

function call(method, action, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const url = new URL(action, API);
    const options = { method, agent, host: url.hostname, port: url.port, path: url.pathname, headers };
    const sent = request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function errorDocument(error) {
  const isError = error instanceof Error || (error && error.message !== undefined);
  return JSON.stringify({
    errorType: String((isError && error.name) || "Error"),
    errorMessage: String(isError ? error.message : error),
    trace: isError && error.stack ? String(error.stack).split("\n") : [],
  });
}

class CallsAgent extends http.Agent {
  addRequest(sent, ...given) {
    setImmediate(() => {
      sent.prependOnceListener("response", (response) => clock.setClock(response.headers));
      if (calls.open) super.addRequest(sent, ...given);
      else calls.held.push({ sent, send: () => super.addRequest(sent, ...given) });
    });
  }
}

// Lets calls leave again: those that were held go first, and are answered before the handler goes on.
async function open() {
  calls.open = true;
  await Promise.all(calls.held.splice(0).map(({ sent, send }) => new Promise((resolve) => {
    for (const event of ["response", "error", "close"]) sent.once(event, resolve);
    send();
  })));
}

const sockets = new CallsAgent({ keepAlive: true });

// The line of the user's code that awaits a call of the SDK, while a counterexample is played again. Where
// the SDK is bundled into the code its frames cannot be told from the user's, and there is no line.
const trace = { on: false };
const FRAME = /\(?((?:file:\/\/)?\/[^\s()]+:\d+):\d+\)?$/;

function lineOfCall() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const frames = String(new Error().stack).split("\n").slice(1);
  Error.stackTraceLimit = limit;
  let throughSdk = false;
  for (const text of frames) {
    const found = FRAME.exec(text);
    if (!found || text.includes("(node:") || found[1].includes(__filename)) continue;
    const place = found[1].replace(/^file:\/\//, "");
    const own = place.startsWith(process.env.LAMBDA_TASK_ROOT + "/") && !place.includes("/node_modules/");
    if (own) return throughSdk ? place : "";
    throughSdk = true;
  }
  return "";
}

function traced(options) {
  const line = trace.on && !Array.isArray(options.headers) ? lineOfCall() : "";
  return line ? { ...options, headers: { ...options.headers, "X-Cqrs-Line": line } } : options;
}

// Tells how long a client waits for an answer: the SDK sets that before it sends.
function patient(sent) {
  const wait = sent.setTimeout;
  const tell = (ms) => ms > 0 && !sent.headersSent && sent.setHeader("X-Cqrs-Patience-Ms", String(ms));
  tell(sent.timeout);
  sent.setTimeout = function (ms, ...others) {
    tell(ms);
    return wait.call(this, ms, ...others);
  };
  return sent;
}

function redirect(module) {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
  const original = module.request;
  module.request = function (...given) {
    const [url] = given;
    const callback = given.find((argument) => typeof argument === "function");
    const parsed = typeof url === "string" || url instanceof URL ? new URL(url) : null;
    const ownOptions = parsed ? (typeof given[1] === "object" ? given[1] : {}) : url;
    const host = String((parsed ? parsed.hostname : ownOptions.hostname || ownOptions.host) || "").split(":")[0];
    if (host === endpoint.hostname && String(ownOptions.port || (parsed && parsed.port)) === endpoint.port) {
      const own = traced({ ...ownOptions, agent: sockets });
      return patient(original.apply(this, parsed ? [url, own, callback] : [own, callback]));
    }
    if (!AWS_HOST.test(host)) return original.apply(this, given);
    const { agent: _agent, protocol: _protocol, servername: _servername, ...rest } = ownOptions;
    const target = parsed ? parsed.pathname + parsed.search : ownOptions.path;
    const options = { ...rest, host: endpoint.hostname, hostname: endpoint.hostname,
                      port: endpoint.port, path: target, protocol: "http:", agent: sockets };
    const hasHost = Object.keys(rest.headers || {}).some((name) => name.toLowerCase() === "host");
    options.headers = hasHost ? rest.headers : { ...rest.headers, Host: host };
    return patient(request.call(http, traced(options), callback));
  };
  module.get = function (...given) {
    const sent = module.request(...given);
    sent.end();
    return sent;
  };
}

function isAws(url) {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
  return url.host === endpoint.host || AWS_HOST.test(url.hostname);
}

function fileOf(place) {
  const found = ["", ".js", ".mjs", ".cjs"].map((end) => place + end)
    .find((name) => fs.existsSync(name) && fs.statSync(name).isFile());
  if (!found) throw errorNamed("Runtime.ImportModuleError", `there is no ${place}.js, .mjs or .cjs`);
  return found;
}

function errorNamed(name, message) {
  return Object.assign(new Error(message), { name });
}

async function load(name) {
  const base = path.basename(name);
  const dot = base.indexOf(".");
  if (dot < 1) throw errorNamed("Runtime.MalformedHandlerName", `${name} is not file.function`);
  const found = fileOf(path.resolve(process.env.LAMBDA_TASK_ROOT, path.dirname(name), base.slice(0, dot)));
  const loaded = await loadFile(found);
  let handler = loaded;
  for (const part of base.slice(dot + 1).split(".")) handler = handler && handler[part];
  if (handler === undefined && loaded.default) handler = loaded.default[base.slice(dot + 1)];
  if (typeof handler !== "function") {
    throw errorNamed("Runtime.HandlerNotFound", `${found} exports no function ${base.slice(dot + 1)}`);
  }
  return handler;
}

async function loadFile(found) {
  if (!found.endsWith(".mjs")) {
    try {
      return require(found);
    } catch (error) {
      if (!ES_MODULE_ERRORS.has(error.code) && !(error instanceof SyntaxError)) throw error;
      if (error instanceof SyntaxError && !/import|export|await/.test(error.message)) throw error;
    }
  }
  return import(pathToFileURL(found).href);
}

function contextOf(headers, remaining, settle) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: remaining,
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error === undefined || error === null ? "handled" : error),
  };
}

// Waits for a handler's result in any of its three styles; a callback waits for an empty event loop.
function run(handler, event, headers, remaining) {
  return new Promise((resolve, reject) => {
    let over = false;
    const emptied = () => settle(null, undefined, true);
    const context = contextOf(headers, remaining, (error, result) => settle(error, result));
    const finish = (error, result) => {
      process.removeListener("beforeExit", emptied);
      if (error) reject(error);
      else resolve(result);
    };
    const settle = (error, result, now = false) => {
      if (over) return;
      over = true;
      if (error || now || !context.callbackWaitsForEmptyEventLoop) return finish(error, result);
      process.removeListener("beforeExit", emptied);
      process.once("beforeExit", () => finish(null, result));
    };
    process.once("beforeExit", emptied);
    const given = handler(event, context, (error, result) => settle(error, result));
    if (given && typeof given.then === "function") {
      given.then((result) => { over = true; finish(null, result); },
                 (error) => { over = true; finish(error || "rejected"); });
    }
  });
}

// Files that a call not awaited still reads (the SDK's settings, say) are read before the answer: else it
// would be chance how far it gets until the process is frozen.
async function reading() {
  const reads = () => process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
  for (let turns = 0; turns < READING_TURNS && reads(); turns += 1) await new Promise(setImmediate);
}

// Answers an invocation; the response is the next one.
async function answer(handler, work) {
  const id = work.headers["lambda-runtime-aws-request-id"];
  const place = `invocation/${id}/`;
  process.env._X_AMZN_TRACE_ID = work.headers["lambda-runtime-trace-id"];
  const remaining = clock.begin(work.headers);
  trace.on = work.headers["x-cqrs-trace"] === "on";
  await open();
  let action = "response";
  let body;
  try {
    const result = await run(handler, JSON.parse(work.body.toString("utf8")), work.headers, remaining);
    body = JSON.stringify(result === undefined ? null : result);
  } catch (error) {
    action = "error";
    body = errorDocument(error);
  }
  calls.open = false;
  await reading();
  return call("POST", place + action, body, { "Content-Type": "application/json", "X-Cqrs-Then-Next": "on" });
}

async function main() {
  let current = "init/error";
  const fatal = (kind, status) => async (error) => {
    console.error(error);
    const document = errorDocument(error instanceof Error ? Object.assign(error, { name: kind }) : error);
    await call("POST", current, document).catch(() => undefined);
    exit(status);
  };
  process.on("uncaughtException", fatal("Runtime.UnhandledError", 129));
  process.on("unhandledRejection", fatal("Runtime.UnhandledPromiseRejection", 128));
  keepCompiled(process.argv[2]);
  redirect(https);
  redirect(http);
  clock.install();
  sessions.install(isAws);
  syncBuiltinESMExports();
  let handler;
  try {
    handler = await load(process.env._HANDLER);
  } catch (error) {
    await call("POST", current, errorDocument(error));
    exit(1);
  }
  let work = await call("GET", "invocation/next");
  for (;;) {
    current = `invocation/${work.headers["lambda-runtime-aws-request-id"]}/error`;
    work = await answer(handler, work);
  }
}

main().catch((error) => {
  console.error(error);
  exit(1);
});
