/* The load generator's nouns: a plan, its clients, the messages they send, and what became of them.
 *
 * One thread and one epoll: clients join, then some of them post for a while, and every delivery is counted and timed.
 * It stops by itself: --limit bounds the whole run. Times are nanoseconds of CLOCK_MONOTONIC.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"

struct plan { /* from the command line, see main.c */
    const char *dialect, *host, *path;
    int port;
    uint32_t clients, rooms, senders; /* client i sits in room i % rooms; the first `senders` clients post */
    uint32_t rate;                    /* posts a second in all; 0: as fast as `window` allows */
    uint32_t window;                  /* posts a sender may have unanswered, when rate is 0 */
    bool echo;                        /* a post is answered by the sender's own copy of it, not by the ack */
    uint32_t size;                    /* bytes of text in a post */
    uint32_t inflight;                /* joins under way at once while the clients come in */
    uint32_t arrivals, arrival_rate;  /* more clients during the measurement, so many a second; 0: all at once */
    double settle, seconds, drain;    /* post unmeasured; measure; wait for what is still under way */
    uint32_t limit;                   /* seconds after which the run is killed, whatever happens */
};

enum client_state { ABSENT, CONNECTING, UPGRADING, GREETING, JOINED, GONE };

struct client {
    int fd;
    enum client_state state;
    uint32_t index, room;
    uint32_t unanswered;    /* posts */
    uint32_t online;        /* how many the server last said are online */
    uint32_t online_frames; /* `online` events since the measurement began */
    uint64_t started;       /* when it began to connect */
    uint8_t *carry, *outbox; /* half a frame that came; bytes that the socket didn't take */
    size_t carried, waiting;
};

enum heard_kind { HEARD_OTHER, HEARD_WELCOME, HEARD_MESSAGE, HEARD_ACK, HEARD_ONLINE, HEARD_ERROR, HEARD_PING };

struct heard {
    enum heard_kind kind;
    uint32_t number;  /* of a message or an ack; how many are online; UINT32_MAX: none */
    char word[24];    /* an error's code */
};

struct run;

struct dialect { /* what to say to a server, and how to understand it */
    const char *name;
    size_t (*greet)(const struct client *, char *text); /* NULL: the upgrade is the welcome */
    size_t (*post)(const struct plan *, uint32_t number, char *text);
    struct heard (*hear)(const char *text, size_t length);
    const char *pong;   /* the answer to HEARD_PING */
    bool acknowledges;  /* otherwise a post is always answered by the sender's own copy */
};

struct message {
    uint64_t sent;
    uint32_t sender, lacking; /* clients that haven't got it */
    bool measured;
};

struct words { /* how often each error code or close code came */
    struct { char word[24]; uint32_t times; } entries[16];
    uint32_t used;
};

struct tally {
    struct histogram delivery, last, ack, join; /* post to each client, to the last one, to the answer; connect to welcome */
    uint64_t sent, acked, deliveries, bytes;    /* while measuring */
    uint64_t segments;                          /* of TCP, with data, that came meanwhile */
    uint64_t missing, held;                     /* deliveries that never came; posts that the socket had no room for */
    struct words errors, closes;
};

struct run {
    struct plan plan;
    const struct dialect *dialect;
    int epoll;
    uint64_t now;
    struct client *clients;
    uint32_t started, joined, failed; /* of plan.clients + plan.arrivals */
    uint32_t rightly_counted;        /* first clients that were told the true number online */
    uint64_t rightly_counted_at, last_join;
    struct message *messages;
    uint32_t sent, capacity, unfinished;
    bool posting, measuring;
    struct tally tally;
    uint8_t *buffer;                 /* what recv() fills; BUFFER bytes */
};

enum { BUFFER = 4 << 20, TEXT = 8192 };

uint64_t clock_now(void);

/* connection.c */
void client_connect(struct run *, struct client *);
void client_event(struct run *, struct client *, uint32_t events);
bool client_say(struct run *, struct client *, uint8_t opcode, const char *text, size_t length);

/* conversation.c */
void client_upgraded(struct run *, struct client *);
void client_hears(struct run *, struct client *, const char *text, size_t length);
void client_left(struct run *, struct client *, const char *why);
void post_what_is_due(struct run *, uint64_t posting_since);
void words_add(struct words *, const char *word);

/* dialect.c */
const struct dialect *dialect_named(const char *name);

/* report.c */
void report(const struct run *, double join_seconds, double measured_seconds, double arrival_seconds, double load_cpu);
