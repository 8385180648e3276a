"""The obvious implementation: Tornado's ``write_message`` to each client, with Redis Pub/Sub in between."""

import asyncio
import sys

import redis.asyncio as redis
from tornado.httpserver import HTTPServer
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

CHANNEL = "chat"
BACKLOG = 4096  # connections waiting to be accepted; with Tornado's 128, a crowd would wait for seconds


class Chat(WebSocketHandler):
    def open(self) -> None:
        self.settings["clients"].add(self)

    async def on_message(self, message: str | bytes) -> None:
        await self.settings["redis"].publish(CHANNEL, message)

    def on_close(self) -> None:
        self.settings["clients"].discard(self)


async def fan_out(broker: redis.Redis, clients: set[Chat]) -> None:
    """Forward every message on the channel to every client."""
    subscription = broker.pubsub()
    await subscription.subscribe(CHANNEL)
    async for event in subscription.listen():
        if event["type"] != "message":
            continue
        text = event["data"].decode()
        for client in list(clients):
            try:
                client.write_message(text)
            except WebSocketClosedError:
                clients.discard(client)


async def main(port: int, url: str) -> None:
    broker = redis.from_url(url)
    clients: set[Chat] = set()
    server = HTTPServer(Application([("/ws", Chat)], redis=broker, clients=clients))
    server.listen(port, "127.0.0.1", backlog=BACKLOG)
    await fan_out(broker, clients)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
