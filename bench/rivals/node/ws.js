// Node's `ws`: forwards every message through Redis Pub/Sub to all clients.
import { createClient } from "redis";
import { WebSocket, WebSocketServer } from "ws";

const [port, url] = process.argv.slice(2);
const CHANNEL = "chat";

const publisher = await createClient({ url }).connect();
const subscriber = await publisher.duplicate().connect();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port), path: "/ws", backlog: 4096 });

server.on("connection", (client) => {
  client.on("message", (text) => publisher.publish(CHANNEL, text.toString()));
  client.on("error", () => client.terminate());
});

await subscriber.subscribe(CHANNEL, (text) => {
  for (const client of server.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  }
});
