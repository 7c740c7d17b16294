"use strict";
// A clock that the harness can set ahead, so that leases of a crashed invocation run out.

const RealDate = Date;
let ahead = 0;
const now = () => RealDate.now() + ahead;

const ShiftedDate = new Proxy(RealDate, {
  construct: (real, values, type) => Reflect.construct(real, values.length ? values : [now()], type),
  apply: () => new RealDate(now()).toString(),
  get: (real, name) => (name === "now" ? now : Reflect.get(real, name)),
});

function setAhead(milliseconds) {
  ahead = milliseconds;
  globalThis.Date = ahead ? ShiftedDate : RealDate;
}

module.exports = { RealDate, setAhead };
