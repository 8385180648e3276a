/* A client's conversation with the server, once they are connected. */
#pragma once
#include "load.h"

void client_upgraded(struct run *, struct client *);
void client_receive(struct run *, struct client *, const char *text, size_t length);

/* The connection has ended; `code` is the close code or the error. */
void client_left(struct run *, struct client *, const char *code);

/* Sends the posts that are due, `posting_since` being the time of the first one. */
void post_due(struct run *, uint64_t posting_since);
