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
// Each message comes in a task of its own, as from a socket.
const channel = new MessageChannel();
channel.port1.onmessage = ({ data }) => pouring.tell(said(data));
globalThis.pour = (from, to) => {
  for (let seq = from; seq <= to; seq += 1) channel.port2.postMessage(seq);
};
globalThis.WebSocket = Pouring;
