// Socket.IO with its Redis adapter: emits every message to all clients, on every server.
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, url] = process.argv.slice(2);

const publisher = await createClient({ url }).connect();
const subscriber = await publisher.duplicate().connect();
const http = createServer();
const server = new Server(http, { adapter: createAdapter(publisher, subscriber) });

server.on("connection", (client) => client.on("say", (text) => server.emit("say", text)));
http.listen({ host: "127.0.0.1", port: Number(port), backlog: 4096 });
