#include "writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { OUTBOX = 64 << 10 }; /* a server that reads so late is overloaded: send no more posts */

void client_watch(struct run *run, struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(run->epoll, operation, client->fd, &event);
}

void client_write(struct run *run, struct client *client, const uint8_t *bytes, size_t length)
{
    ssize_t written = client->queued ? 0 : send(client->fd, bytes, length, MSG_NOSIGNAL);
    size_t rest = length - (written > 0 ? (size_t)written : 0);
    if (!rest)
        return;
    client->outbox = realloc(client->outbox, client->queued + rest);
    memcpy(client->outbox + client->queued, bytes + (length - rest), rest);
    client->queued += rest;
    client_watch(run, client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

void client_flush(struct run *run, struct client *client)
{
    ssize_t written = send(client->fd, client->outbox, client->queued, MSG_NOSIGNAL);
    if (written <= 0)
        return;
    client->queued -= (size_t)written;
    memmove(client->outbox, client->outbox + written, client->queued);
    if (!client->queued)
        client_watch(run, client, EPOLL_CTL_MOD, EPOLLIN);
}

bool client_send(struct run *run, struct client *client, uint8_t opcode, const char *text, size_t length)
{
    uint8_t frame[TEXT + 8] = {0x80 | opcode};
    size_t header = 2;
    if (client->queued > OUTBOX)
        return false;
    if (length < 126) {
        frame[1] = (uint8_t)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[header++] = (uint8_t)(length >> 8);
        frame[header++] = (uint8_t)length;
    }
    header += 4;
    memcpy(frame + header, text, length);
    client_write(run, client, frame, header + length);
    return true;
}
