"use strict";
// HTTP/2 sessions of the AWS SDK (its clients for Kinesis and streaming use them by default), spoken in
// HTTP/1.1: the address that functions call knows nothing else. Sessions with other hosts stay as they are.
// Source: Node.js, "HTTP/2": ClientHttp2Session and ClientHttp2Stream.

const http = require("node:http");
const http2 = require("node:http2");
const { EventEmitter } = require("node:events");
const { Duplex } = require("node:stream");

class Stream extends Duplex {
  constructor(address, headers) {
    super();
    const plain = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
    this.rstCode = 0;
    this.sent = http.request({
      host: address.hostname, hostname: address.hostname, port: address.port || undefined,
      method: headers[":method"] || "GET", path: headers[":path"] || "/", headers: Object.fromEntries(plain),
    });
    this.sent.on("response", (response) => {
      this.emit("response", { ":status": response.statusCode, ...response.headers }, 0);
      response.on("data", (part) => this.push(part));
      response.on("end", () => this.push(null));
      response.on("error", (error) => this.destroy(error));
    });
    this.sent.on("error", (error) => this.destroy(error));
  }

  _read() {}

  _write(part, encoding, done) {
    this.sent.write(part, encoding);
    done();
  }

  _final(done) {
    this.sent.end();
    done();
  }

  _destroy(error, done) {
    this.sent.destroy();
    done(error);
  }

  setTimeout() {
    return this;
  }

  close(code = 0) {
    this.rstCode = code;
    this.destroy();
  }
}

class Session extends EventEmitter {
  constructor(authority) {
    super();
    this.address = new URL(authority);
    this.closed = this.destroyed = false;
    setImmediate(() => this.emit("connect", this));
  }

  request(headers = {}) {
    return new Stream(this.address, headers);
  }

  ref() {}

  unref() {}

  settings(_given, done) {
    if (done) setImmediate(done, null, {}, 0);
  }

  setTimeout() {
    return this;
  }

  close(done) {
    if (!this.closed) setImmediate(() => this.emit("close"));
    this.closed = true;
    if (done) setImmediate(done);
  }

  destroy() {
    this.close();
    this.destroyed = true;
  }
}

function install(isAws) {
  const connect = http2.connect;
  http2.connect = function (authority, ...given) {
    return isAws(new URL(authority)) ? new Session(authority) : connect.call(this, authority, ...given);
  };
}

module.exports = { install };
