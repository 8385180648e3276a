/* A client's connection: everything that it does because its socket is ready. */
#pragma once
#include "load.h"

void client_connect(struct run *, struct client *);

/* Handles `events` of epoll_wait(). */
void client_event(struct run *, struct client *, uint32_t events);
