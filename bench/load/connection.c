/* One client's connection: connecting, the upgrade, and reading WebSocket frames (RFC 6455). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "conversation.h"
#include "writer.h"

enum { CLIENTS_PER_ADDRESS = 10000 }; /* an address has some 28,000 ports; finding a free one gets slow when few are left */

static void disconnect(struct run *run, struct client *client, const char *code)
{
    close(client->fd);
    free(client->carry);
    free(client->outbox);
    client->carry = client->outbox = NULL;
    client->carried = client->queued = 0;
    client_left(run, client, code);
}

void client_connect(struct run *run, struct client *client)
{
    int on = 1;
    client->started = run->now;
    client->state = CONNECTING;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(client->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK + client->index / CLIENTS_PER_ADDRESS)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)run->plan.port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (client->fd < 0 || bind(client->fd, (struct sockaddr *)&from, sizeof from) < 0 ||
        (connect(client->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)) {
        disconnect(run, client, strerror(errno));
        return;
    }
    client_watch(run, client, EPOLL_CTL_ADD, EPOLLOUT);
}

static void request_upgrade(struct run *run, struct client *client)
{
    char request[512];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        disconnect(run, client, strerror(error));
        return;
    }
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                          run->plan.path, run->plan.port);
    client->state = UPGRADING;
    client_watch(run, client, EPOLL_CTL_MOD, EPOLLIN);
    client_write(run, client, (uint8_t *)request, (size_t)length);
}

/* Reads the response to the upgrade; returns its length, or 0 while it is incomplete. */
static size_t read_upgrade(struct run *run, struct client *client, const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end || end - bytes < 12)
        return 0;
    if (memcmp(bytes, "HTTP/1.1 ", 9) != 0) {
        disconnect(run, client, "no HTTP");
        return 0;
    }
    if (memcmp(bytes + 9, "101", 3) != 0) {
        char status[] = "HTTP ...";
        memcpy(status + 5, bytes + 9, 3);
        disconnect(run, client, status);
        return 0;
    }
    client_upgraded(run, client);
    return (size_t)(end - bytes) + 4;
}

static void handle_frame(struct run *run, struct client *client, uint8_t opcode, const uint8_t *payload, size_t length)
{
    char code[16];
    switch (opcode) {
    case OP_TEXT:
        client_receive(run, client, (const char *)payload, length);
        break;
    case OP_PING:
        client_send(run, client, OP_PONG, (const char *)payload, length);
        break;
    case OP_CLOSE:
        snprintf(code, sizeof code, "%d", length < 2 ? 1005 : payload[0] << 8 | payload[1]);
        disconnect(run, client, code);
        break;
    }
}

/* Returns the length of a frame's header and sets that of its payload; returns 0 while the header is incomplete. */
static size_t read_header(const uint8_t *bytes, size_t length, uint64_t *payload)
{
    if (length < 2)
        return 0;
    size_t header = bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
    if (length < header)
        return 0;
    *payload = header == 2 ? bytes[1] : 0;
    for (size_t i = 2; i < header; i++)
        *payload = *payload << 8 | bytes[i];
    return header;
}

static size_t read_frames(struct run *run, struct client *client, const uint8_t *bytes, size_t length)
{
    size_t used = 0, header;
    uint64_t payload;
    while (client->state != GONE && (header = read_header(bytes + used, length - used, &payload)) &&
           header + payload <= length - used) {
        handle_frame(run, client, bytes[used] & 0xf, bytes + used + header, payload);
        used += header + payload;
    }
    return used;
}

static void keep(struct client *client, const uint8_t *rest, size_t length)
{
    if (length > client->carried || !length) {
        free(client->carry);
        client->carry = length ? malloc(length) : NULL;
    }
    if (length)
        memcpy(client->carry, rest, length);
    client->carried = length;
}

static void read_socket(struct run *run, struct client *client)
{
    if (client->carried)
        memcpy(run->buffer, client->carry, client->carried);
    ssize_t got = recv(client->fd, run->buffer + client->carried, BUFFER - client->carried, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        disconnect(run, client, got ? strerror(errno) : "1006");
        return;
    }
    size_t length = client->carried + (size_t)got, used = 0;
    run->now = clock_now();
    if (run->measuring)
        run->tally.bytes += (size_t)got;
    if (client->state == UPGRADING)
        used = read_upgrade(run, client, run->buffer, length);
    if (client->state > UPGRADING && client->state != GONE)
        used += read_frames(run, client, run->buffer + used, length - used);
    if (client->state != GONE)
        keep(client, run->buffer + used, length - used);
}

void client_event(struct run *run, struct client *client, uint32_t events)
{
    if (client->state == CONNECTING)
        request_upgrade(run, client);
    else if (client->state != GONE && events & EPOLLOUT && client->queued)
        client_flush(run, client);
    if (client->state != GONE && client->state != CONNECTING && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        read_socket(run, client);
}
