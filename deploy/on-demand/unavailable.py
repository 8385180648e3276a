"""Answers visitors with 503 for ten seconds, on systemd's socket, when the chat failed to start."""

import socket
import time

LISTENER = 3  # the first file descriptor that systemd passes (sd_listen_fds)
SECONDS = 10
REQUEST_TIMEOUT = 1.0  # s for a visitor to ask
TEXT = (
    "Чат сейчас не запускается. Попробуйте чуть позже.\nThe chat can't start at the moment. Please try again later.\n"
).encode()
HEAD = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    f"Content-Length: {len(TEXT)}\r\nRetry-After: {SECONDS}\r\nConnection: close\r\n\r\n"
)


def answer(visitor: socket.socket) -> None:
    with visitor:
        visitor.settimeout(REQUEST_TIMEOUT)
        try:
            visitor.recv(65536)
            visitor.sendall(HEAD.encode() + TEXT)
            visitor.shutdown(socket.SHUT_WR)
            visitor.recv(65536)
        except OSError:  # it has gone, or says nothing
            return


def main() -> None:
    end = time.monotonic() + SECONDS
    with socket.socket(fileno=LISTENER) as listener:
        while (left := end - time.monotonic()) > 0:
            listener.settimeout(left)
            try:
                visitor, _ = listener.accept()
            except TimeoutError:
                return
            answer(visitor)


if __name__ == "__main__":
    main()
