"use strict";
// Keeps the compiled code of a function's CommonJS modules, so that later environments of a run need not
// parse and compile them again. Node.js 22 has module.enableCompileCache for it, Node.js 20 does not.
// Sources: Node.js, "vm.Script" (cachedData, createCachedData), "Modules: The module wrapper".
//
// leave=FILE: on SIGTERM, write the compiled code, with that of functions that were called.
// use=FILE: load that file; V8 itself rejects data of another version or of other flags.

const fs = require("node:fs");
const Module = require("node:module");
const v8 = require("node:v8");
const vm = require("node:vm");

// V8 does not know the module of kept code, so import() fails in it. For modules of Node.js itself the
// import of this file does as well; code with any other import() is not kept.
const [HEAD, TAIL] = ["(function (exports, require, module, __filename, __dirname, _$imp$) { ", "\n})"];
const BUILTIN = /\bimport(?=\((["'])node:[\w/]+\1\))/g;
const DYNAMIC = /\bimport\s*[(/]/;
const importBuiltin = (name) => import(name);
const exit = process.exit.bind(process);

function keepCompiled(option) {
  const [mode, file] = (option || "").split(/=(.*)/s);
  if (file) v8.setFlagsFromString("--no-flush-bytecode");
  if (mode === "leave") leave(file);
  if (mode === "use") use(file);
}

function leave(file) {
  const scripts = new Map();
  compileWith((filename, source) => {
    const text = keepableText(source);
    if (text === null) return null;
    const script = scriptOf(filename, text);
    scripts.set(filename, { script, stamp: stampOf(filename), same: text === source });
    return script;
  });
  process.once("SIGTERM", () => {
    const kept = [...scripts].map(([name, { script, stamp, same }]) =>
      [name, stamp, same, script.createCachedData()]);
    fs.writeFileSync(file, v8.serialize(kept));
    exit(0);
  });
}

function use(file) {
  const kept = new Map(v8.deserialize(fs.readFileSync(file)).map(([name, ...rest]) => [name, rest]));
  compileWith((filename, source) => {
    const [stamp, same, data] = kept.get(filename) || [];
    const known = data !== undefined && stamp === stampOf(filename);
    const text = known && same ? source : keepableText(source);
    return text === null ? null : scriptOf(filename, text, known ? data : undefined);
  });
}

// The text whose code can be kept, or null. Searching a large bundle takes as long as loading its code.
function keepableText(source) {
  const text = source.replace(BUILTIN, "_$imp$");
  return DYNAMIC.test(text) ? null : text;
}

// A changed file of the same length would pass V8's own check.
function stampOf(filename) {
  const { mtimeMs, size } = fs.statSync(filename);
  return `${mtimeMs} ${size}`;
}

function scriptOf(filename, source, cachedData) {
  const text = HEAD + source + TAIL;
  return new vm.Script(text, { filename, cachedData, columnOffset: -HEAD.length });
}

// Node.js itself compiles modules of other formats, and reports errors of syntax.
function compileWith(compile) {
  const original = Module.prototype._compile;
  Module.prototype._compile = function (source, filename, format, ...more) {
    const keepable = format === undefined || format === "commonjs";
    const script = keepable ? attempt(compile, filename, source) : null;
    if (!script) return original.call(this, source, filename, format, ...more);
    const values = [this.exports, requireOf(this), this, filename, this.path, importBuiltin];
    return script.runInThisContext().apply(this.exports, values);
  };
}

function attempt(compile, filename, source) {
  try {
    return compile(filename, source);
  } catch {
    return null;
  }
}

function requireOf(module) {
  const require = (id) => module.require(id);
  require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
  require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
  return Object.assign(require, {
    main: process.mainModule, extensions: Module._extensions, cache: Module._cache,
  });
}

module.exports = { keepCompiled };
