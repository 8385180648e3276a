/** A search in messages, whose server is the test. */
import { mock } from "node:test";
import { MessageSearch } from "../../static/js/conversation/message-search.js";
import { apply } from "../../static/js/state/state.js";
import { after, message, welcome } from "./events.js";

/** A chat in a room, whose server is the test. */
export class FakeChat {
  state = after(welcome(), { type: "phase-changed", phase: "online", at: 0 });
  /** @type {{command: any, resolve: (answer: any) => void, reject: (error: any) => void}[]} */
  asked = [];
  #listeners = [];

  listen(listener) {
    this.#listeners.push(listener);
  }

  request(command) {
    return new Promise((resolve, reject) => void this.asked.push({ command, resolve, reject }));
  }

  happens(event) {
    const before = this.state;
    this.state = apply(before, { at: 0, now: 0, ...event });
    for (const listener of this.#listeners) listener(this.state, before, event);
  }

  get texts() {
    return this.asked.map(({ command }) => command.text);
  }
}

export const found = (seqs, more = {}) => ({
  epoch: "e1",
  messages: seqs.map((seq) => message(seq)),
  words: ["кошку"],
  ...more,
});

/** Lets answers arrive, and then time pass (ms). */
export async function pass(ms = 0) {
  for (let turns = 5; turns; turns -= 1) await Promise.resolve();
  mock.timers.tick(ms);
  for (let turns = 5; turns; turns -= 1) await Promise.resolve();
}

export async function searching(text = "кошка") {
  const chat = new FakeChat();
  const search = new MessageSearch(/** @type {any} */ (chat));
  search.open(() => {});
  search.askNow(text);
  await pass(0);
  return { chat, search };
}

export async function foundIn(seqs, more = {}) {
  const { chat, search } = await searching();
  chat.asked[0].resolve(found(seqs, more));
  await pass();
  return { chat, search };
}

export const seqs = (search) => search.messages.map(({ seq }) => seq);
