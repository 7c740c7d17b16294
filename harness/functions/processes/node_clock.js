"use strict";
// A clock that the harness can set ahead, so that what a crash has left held runs out.

const RealDate = Date;
let ahead = 0;
const now = () => RealDate.now() + ahead;

const Later = new Proxy(RealDate, {
  construct: (real, given, type) => Reflect.construct(real, given.length ? given : [now()], type),
  apply: () => new RealDate(now()).toString(),
  get: (real, name) => (name === "now" ? now : Reflect.get(real, name)),
});

function setAhead(milliseconds) {
  ahead = milliseconds;
  globalThis.Date = ahead ? Later : RealDate;
}

module.exports = { RealDate, setAhead };
