/* The limit of one write per message: a broadcaster in C on one epoll. It frames an incoming text once and sends it to
 * each client with one send(). It has no Redis, no protocol and no history: none of the work that a chat does.
 *
 * It knows the answer to the example key of RFC 6455, which the load generator always sends, and so needs no SHA-1.
 * An outbox without a limit holds the bytes that a socket doesn't accept.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 512, BUFFER = 1 << 20, TEXT = 64 << 10, CLIENTS = 65536, BACKLOG = 4096 };

static const char upgrade[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct client {
    int fd;
    bool upgraded;
    uint8_t *carry, *outbox;
    size_t carried, waiting;
};

static struct client *clients[CLIENTS];
static uint32_t connected;
static int poller;
static uint8_t buffer[BUFFER];

static void watch(struct client *client, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    epoll_ctl(poller, operation, client->fd, &event);
}

static void client_send(struct client *client, const uint8_t *bytes, size_t length)
{
    ssize_t taken = client->waiting ? 0 : send(client->fd, bytes, length, MSG_NOSIGNAL);
    size_t rest = length - (taken > 0 ? (size_t)taken : 0);
    if (!rest)
        return;
    client->outbox = realloc(client->outbox, client->waiting + rest);
    memcpy(client->outbox + client->waiting, bytes + (length - rest), rest);
    client->waiting += rest;
    watch(client, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void flush(struct client *client)
{
    ssize_t taken = send(client->fd, client->outbox, client->waiting, MSG_NOSIGNAL);
    if (taken <= 0)
        return;
    client->waiting -= (size_t)taken;
    memmove(client->outbox, client->outbox + taken, client->waiting);
    if (!client->waiting)
        watch(client, EPOLL_CTL_MOD, EPOLLIN);
}

static void broadcast(const uint8_t *text, size_t length)
{
    static uint8_t frame[TEXT + 4];
    size_t header = 2;
    frame[0] = 0x81;
    frame[1] = length < 126 ? (uint8_t)length : 126;
    if (length >= 126) {
        frame[header++] = (uint8_t)(length >> 8);
        frame[header++] = (uint8_t)length;
    }
    memcpy(frame + header, text, length);
    for (uint32_t i = 0; i < connected; i++)
        if (clients[i]->upgraded)
            client_send(clients[i], frame, header + length);
}

static void leave(struct client *client)
{
    for (uint32_t i = 0; i < connected; i++)
        if (clients[i] == client)
            clients[i] = clients[--connected];
    close(client->fd);
    free(client->carry);
    free(client->outbox);
    free(client);
}

/* Reads one masked frame and broadcasts it if it is a text; returns its length, or 0 while it is incomplete. */
static size_t take_frame(uint8_t *bytes, size_t length)
{
    if (length < 6)
        return 0;
    size_t header = (bytes[1] & 127) == 126 ? 8 : 6;
    size_t payload = header == 6 ? bytes[1] & 127 : (size_t)(bytes[2] << 8 | bytes[3]);
    if (length < header + payload || payload >= TEXT)
        return 0;
    for (size_t i = 0; i < payload; i++)
        bytes[header + i] ^= bytes[header - 4 + i % 4];
    if ((bytes[0] & 15) == 1)
        broadcast(bytes + header, payload);
    return header + payload;
}

static size_t take_upgrade(struct client *client, const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    client->upgraded = true;
    client_send(client, (const uint8_t *)upgrade, sizeof upgrade - 1);
    return (size_t)(end - bytes) + 4;
}

static void read_socket(struct client *client)
{
    if (client->carried)
        memcpy(buffer, client->carry, client->carried);
    ssize_t got = recv(client->fd, buffer + client->carried, BUFFER - client->carried, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        leave(client);
        return;
    }
    size_t length = client->carried + (size_t)got, used = 0;
    if (!client->upgraded)
        used = take_upgrade(client, buffer, length);
    for (size_t taken; client->upgraded && (taken = take_frame(buffer + used, length - used));)
        used += taken;
    client->carried = length - used;
    client->carry = realloc(client->carry, client->carried + 1);
    memcpy(client->carry, buffer + used, client->carried);
}

static void accept_clients(int listener)
{
    int on = 1;
    for (int fd; connected < CLIENTS && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        struct client *client = calloc(1, sizeof *client);
        client->fd = fd;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients[connected++] = client;
        watch(client, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static int listen_on(int port)
{
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0) {
        perror("epoll");
        exit(1);
    }
    return listener;
}

int main(int count, char **arguments)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    int listener = listen_on(count > 1 ? atoi(arguments[1]) : 8888);
    struct epoll_event events[EVENTS], accepting = {.events = EPOLLIN};
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &accepting);
    for (;;) {
        int many = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < many; i++) {
            struct client *client = events[i].data.ptr;
            if (!client)
                accept_clients(listener);
            else if (events[i].events & EPOLLOUT)
                flush(client);
            else
                read_socket(client);
        }
    }
}
