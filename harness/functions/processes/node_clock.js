"use strict";
// The clock that the harness tells with each invocation and with the answer of each call: a fixed time,
// or so many milliseconds ahead of the real one. A fixed time goes on by timers, and by a microsecond
// with each reading, so that waiting in a loop comes to an end. With it comes the rest of the time-out.

const timers = require("node:timers");
const promises = require("node:timers/promises");

const RealDate = Date;
const READING = 0.001;
let fixed = null;
let ahead = 0;
let current = { deadline: 0 };

function now() {
  if (fixed === null) return RealDate.now() + ahead;
  fixed += READING;
  return Math.floor(fixed);
}

const isTold = () => fixed !== null || ahead !== 0;

// The time is the play's only while an invocation has told one; else a date is the machine's.
const ToldDate = new Proxy(RealDate, {
  construct: (real, values, type) =>
    Reflect.construct(real, values.length || !isTold() ? values : [now()], type),
  apply: () => new RealDate(now()).toString(),
  get: (real, name) => (name === "now" ? now : Reflect.get(real, name)),
});

function setClock(headers) {
  const told = headers["x-clock-ms"];
  fixed = told === undefined ? null : Number(told);
  ahead = told === undefined ? Number(headers["x-clock-ahead-ms"] || 0) : 0;
  const left = headers["x-remaining-ms"];
  const time = fixed === null ? RealDate.now() + ahead : fixed;
  if (left !== undefined) current.deadline = time + Number(left);
}

// Tells the rest of the time-out of an invocation that begins, also to code that keeps it for too long.
function begin(headers) {
  const own = current = { deadline: 0 };
  setClock(headers);
  return () => Math.max(0, Math.round(own.deadline - now()));
}

// A timer that goes off has let its time pass.
function passing(callback, delay) {
  if (typeof callback !== "function" || fixed === null) return callback;
  const due = fixed + (Number(delay) || 0);
  return function (...values) {
    if (fixed !== null) fixed = Math.max(fixed, due);
    return callback.apply(this, values);
  };
}

function withTime(set) {
  const made = (callback, delay, ...values) => set(passing(callback, delay), delay, ...values);
  return Object.defineProperties(made, Object.getOwnPropertyDescriptors(set));
}

function install() {
  globalThis.Date = ToldDate;
  RealDate.prototype.constructor = ToldDate;
  globalThis.setTimeout = timers.setTimeout = withTime(timers.setTimeout);
  const wait = promises.setTimeout;
  promises.setTimeout = async (delay, ...values) => {
    const pass = passing(() => undefined, delay);
    const result = await wait(delay, ...values);
    pass();
    return result;
  };
}

module.exports = { begin, install, setClock };
