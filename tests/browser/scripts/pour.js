// Stands in for the server within the page, so that what is measured is the page alone.
// `pour(from, to)` brings messages one by one, as a socket does.
class Pouring extends EventTarget {
  static OPEN = 1;
  readyState = 1;
  binaryType = "blob";
  bufferedAmount = 0;
  constructor() {
    super();
    globalThis.pouring = this;
    setTimeout(() => this.dispatchEvent(new Event("open")));
  }
  close() {}
  tell(event) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(event) }));
  }
  send(frame) {
    const { type, ref, before, limit } = JSON.parse(frame);
    if (type === "hello")
      this.tell({
        type: "welcome",
        room: "chat",
        you: { id: "anna", name: "Анна" },
        token: "t",
        epoch: "e1",
        seq: 0,
        head: 0,
        recovered: false,
        lost: false,
        messages: [],
        online: { count: 1, people: [{ id: "anna", name: "Анна" }] },
        text: "Вы подключились к чату!",
        limits: {},
      });
    if (type === "ping") this.tell({ type: "pong" });
    if (type === "history")
      this.tell({
        type: "history",
        ref,
        messages: Array.from({ length: Math.min(limit, before - 1) }, (_, i) =>
          said(Math.max(1, before - limit) + i),
        ),
      });
  }
}
const said = (seq) => ({
  type: "message",
  room: "chat",
  epoch: "e1",
  seq,
  id: `i${seq}`,
  from: { id: `p${seq % 7}`, name: `Участник ${seq % 7}` },
  text:
    seq % 5
      ? `Сообщение ${seq}: обычная фраза из нескольких слов`
      : `Ссылка https://example.com/${seq} и \`код\``,
  time: new Date(1.79e12 + seq * 1000).toISOString(),
});
// With a quote and three reactions, as a busy room has them.
const rich = (seq) => ({
  ...said(seq),
  ...(seq > 3 && { reply: { seq: seq - 3, from: said(seq - 3).from } }),
  reactions: ["👍", "🎉", "❤️"].map((emoji, at) => ({ emoji, count: at + 2, people: ["p1", "p2"] })),
});
// What was said a little before gets a reaction, or is edited.
const amended = (seq) => {
  const of = said(seq - 4);
  const change =
    seq % 2
      ? { reactions: [{ emoji: "👍", count: 1, people: ["p1"] }] }
      : { text: `${of.text} (исправлено)`, edited: of.time };
  return { type: "amended", epoch: "e1", seq, id: `c${seq}`, message: { ...of, rev: seq, ...change } };
};
// One number of eleven is a change.
const mixed = (seq) => (seq % 11 ? said(seq) : amended(seq));
const kinds = { said, rich, mixed };
// Each message comes in a task of its own, as from a socket.
const channel = new MessageChannel();
channel.port1.onmessage = ({ data: { seq, kind } }) => pouring.tell(kinds[kind](seq));
globalThis.pour = (from, to, kind = "said") => {
  for (let seq = from; seq <= to; seq += 1) channel.port2.postMessage({ seq, kind });
};
globalThis.WebSocket = Pouring;
