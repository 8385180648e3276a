/* The load generator's types: a plan, its clients, the messages they send, and the account of every delivery.
 *
 * One thread and one epoll: clients join, then some of them post for a while; every delivery is counted and timed.
 * --limit bounds the whole run. Times are nanoseconds of CLOCK_MONOTONIC.
 *
 * The modules, each of which includes only the headers of modules further left:
 * clock, histogram, dialect, report | writer | conversation | connection | main
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

struct plan { /* from the command line, see main.c */
    const char *dialect, *path;
    int port;
    uint32_t clients, rooms, senders; /* client i is in room i % rooms; the first `senders` clients post */
    uint32_t rate;                    /* posts a second in total; 0: as fast as `window` allows */
    uint32_t window;                  /* unanswered posts per sender, when rate is 0 */
    bool echo;                        /* the sender's own copy answers a post, not the ack */
    uint32_t size;                    /* bytes of text in a post */
    uint32_t inflight;                /* simultaneous joins before the measurement */
    uint32_t arrivals, arrival_rate;  /* clients that join during the measurement, and how many a second; 0: all at once */
    double settle, seconds, drain;    /* seconds to post unmeasured, to measure, to wait for outstanding deliveries */
    uint32_t limit;                   /* seconds after which the run is killed */
};

enum client_state { ABSENT, CONNECTING, UPGRADING, GREETING, JOINED, GONE };

struct client {
    int fd;
    enum client_state state;
    uint32_t index, room;
    uint32_t unanswered;    /* posts */
    uint32_t online;        /* the last online count from the server */
    uint32_t online_frames; /* `online` events since the measurement began */
    uint64_t started;       /* time at which it began to connect */
    uint8_t *carry, *outbox; /* an incomplete incoming frame; bytes that the socket didn't accept */
    size_t carried, queued;
};

enum event_kind { EVENT_OTHER, EVENT_WELCOME, EVENT_MESSAGE, EVENT_ACK, EVENT_ONLINE, EVENT_ERROR, EVENT_PING };

struct event { /* from a server */
    enum event_kind kind;
    uint32_t number; /* of a message or an ack; the online count; UINT32_MAX: none */
    char code[24];   /* of an error */
};

struct dialect { /* how to talk to a kind of server */
    const char *name;
    size_t (*hello)(const struct client *, char *text); /* NULL: the upgrade is the welcome */
    size_t (*post)(const struct plan *, uint32_t number, char *text);
    struct event (*parse)(const char *text, size_t length);
    const char *pong;   /* the response to EVENT_PING */
    bool lines;         /* a frame has several events, a line each */
    bool acknowledges;  /* if false, the sender's own copy always answers a post */
};

struct message {
    uint64_t sent;
    uint32_t sender, lacking; /* clients that haven't received it */
    bool measured;
};

struct counts { /* occurrences of each error code or close code */
    struct { char code[24]; uint32_t times; } entries[16];
    uint32_t used;
};

struct tally {
    struct histogram delivery, last, ack, join; /* post to each client, to the last one, to the answer; connect to welcome */
    uint64_t sent, acked, deliveries, bytes;    /* while measuring */
    uint64_t segments;                          /* received TCP segments with data, while measuring */
    uint64_t missing, held;                     /* deliveries that never arrived; posts not sent because the outbox was full */
    struct counts errors, closes;
};

struct run {
    struct plan plan;
    const struct dialect *dialect;
    int epoll;
    uint64_t now;
    struct client *clients;
    uint32_t started, joined, failed; /* of plan.clients + plan.arrivals */
    uint32_t rightly_counted;        /* of plan.clients: those whose online count is right */
    uint64_t rightly_counted_at, last_join;
    struct message *messages;
    uint32_t sent, capacity, unfinished;
    bool posting, measuring;
    struct tally tally;
    uint8_t *buffer;                 /* for recv(); BUFFER bytes */
};

enum { BUFFER = 4 << 20, TEXT = 8192 };
