/* Writing to a client's socket: bytes, and WebSocket frames (RFC 6455). */
#pragma once
#include "load.h"

enum { OP_TEXT = 1, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

/* Calls epoll_ctl() for the client's socket. */
void client_watch(struct run *, struct client *, int operation, uint32_t events);

/* Writes as much as the socket accepts and queues the rest. */
void client_write(struct run *, struct client *, const uint8_t *bytes, size_t length);

/* Writes queued bytes. */
void client_flush(struct run *, struct client *);

/* Sends a frame; returns false if the server has let too many bytes pile up. The mask is zero, so it changes nothing. */
bool client_send(struct run *, struct client *, uint8_t opcode, const char *text, size_t length);
