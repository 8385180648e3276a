/** A connection whose sockets, clock and network are a test's. */
import "./browser.js";
import { afterEach, beforeEach, mock } from "node:test";
import { Connection } from "../../static/js/conversation/connection.js";
import { happens } from "./browser.js";

class CloseEvent extends Event {
  constructor(type, { code }) {
    super(type);
    this.code = code;
  }
}

/** What the browser has for a socket. */
class FakeSocket extends EventTarget {
  static opened = [];
  readyState = 0;
  sent = [];
  constructor() {
    super();
    FakeSocket.opened.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text).type);
  }
  close(code) {
    this.readyState = 3;
    this.dispatchEvent(new CloseEvent("close", { code }));
  }
  /** It opens, and the server lets the person in. */
  welcomes() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
    this.says({ type: "welcome" });
  }
  says(event) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  }
}

export const STEP = 50;
let now = 0;
/** @type {Connection} */
export let connection;
/** What it has told, with the ms to the next attempt. @type {string[]} */
export let phases = [];
export const sockets = () => FakeSocket.opened.length;
export const last = () => FakeSocket.opened.at(-1);
const settle = () => new Promise((done) => setImmediate(done));

export async function pass(ms) {
  await settle();
  for (const end = now + ms; now < end; ) {
    now += STEP;
    mock.timers.tick(STEP);
    await settle();
  }
}

/** What the document or the navigator says. */
export const define = (target, name, value) =>
  Object.defineProperty(target, name, { value, configurable: true });

export async function joins() {
  connection.retry();
  await pass(STEP);
  last().welcomes();
}

/** The socket breaks, and `phases` has what came since. */
export async function loses(code = 1006) {
  await joins();
  phases.length = 0;
  last().close(code);
}

/** Each new socket breaks. @param {number} ms */
export async function tries(ms) {
  for (const end = now + ms; now < end; ) {
    await pass(STEP);
    if (last().readyState === 0) last().close(1006);
  }
}

/** Somebody looks at the page again. */
export const returns = () => {
  happens("visibilitychange");
  return pass(STEP);
};

// For all tests: a connection of an earlier one may still end a timer of its own.
mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
mock.method(performance, "now", () => now);
mock.method(Math, "random", () => 1);

beforeEach(() => {
  define(navigator, "onLine", true);
  define(document, "hidden", false);
  globalThis.WebSocket = FakeSocket;
  FakeSocket.opened = [];
  const told = [];
  phases = told;
  connection = new Connection({
    url: "ws://chat.example/ws",
    hello: () => ({ type: "hello" }),
    onEvent: () => {},
    onPhase: ({ phase, retryAt }) => told.push(retryAt ? `${phase} ${retryAt - now}` : phase),
  });
});

afterEach(() => connection.close());
