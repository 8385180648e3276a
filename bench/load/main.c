/* Joins, posts, measures, reports.
 *
 * Prints a line of JSON when all clients have joined, when the measurement begins and when it ends, and then the report.
 * The parent process reads the server's processor time at those lines. */
#include <getopt.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "conversation.h"
#include "dialect.h"
#include "report.h"

enum { EVENTS = 512, MOST_CLIENTS = 60000, MOST_MESSAGES = 4 << 20 };

static double seconds_between(uint64_t from, uint64_t to)
{
    return ((double)to - (double)from) / 1e9;
}

static void print_event(const char *event)
{
    printf("{\"event\":\"%s\"}\n", event);
}

static void connect_up_to(struct run *run, uint32_t many)
{
    while (run->started < many)
        client_connect(run, &run->clients[run->started++]);
}

/* One turn of the loop; takes at most a millisecond when nothing happens. */
static void turn(struct run *run, uint64_t posting_since)
{
    struct epoll_event events[EVENTS];
    int many = epoll_wait(run->epoll, events, EVENTS, 1);
    for (int i = 0; i < many; i++)
        client_event(run, events[i].data.ptr, events[i].events);
    run->now = clock_now();
    post_due(run, posting_since);
}

static void give_up(const struct run *run)
{
    const struct counts *reasons = run->tally.errors.used ? &run->tally.errors : &run->tally.closes;
    fprintf(stderr, "load: the server refused a client after %u of %u joins: %s\n", run->joined, run->plan.clients,
            reasons->entries[0].code);
    exit(1);
}

static double join_everyone(struct run *run)
{
    uint64_t began = run->now = clock_now();
    while (run->joined < run->plan.clients) {
        uint32_t allowed = run->joined + run->plan.inflight;
        connect_up_to(run, allowed < run->plan.clients ? allowed : run->plan.clients);
        turn(run, began);
        if (run->failed)
            give_up(run);
    }
    return seconds_between(began, run->now);
}

static void connect_arrivals(struct run *run, uint64_t began)
{
    const struct plan *plan = &run->plan;
    uint64_t due = plan->arrivals;
    if (plan->arrival_rate)
        due = (run->now - began) * plan->arrival_rate / 1000000000;
    connect_up_to(run, plan->clients + (uint32_t)(due < plan->arrivals ? due : plan->arrivals));
}

static bool is_complete(const struct run *run)
{
    return !run->unfinished && run->joined == run->plan.clients + run->plan.arrivals &&
           (!run->plan.arrivals || run->rightly_counted_at || !run->dialect->acknowledges);
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Returns the number of segments with data that all clients have received. One write is one segment, up to 64 KB. */
static uint64_t segments(const struct run *run)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < run->started; i++) {
        struct tcp_info info = {0};
        socklen_t length = sizeof info;
        if (!getsockopt(run->clients[i].fd, IPPROTO_TCP, TCP_INFO, &info, &length))
            sum += info.tcpi_data_segs_in;
    }
    return sum;
}

static void measure(struct run *run, double join_seconds)
{
    uint64_t posting_since = run->now, everyone = run->plan.clients + run->plan.arrivals;
    run->posting = true;
    while (seconds_between(posting_since, run->now) < run->plan.settle)
        turn(run, posting_since);

    print_event("measuring");
    uint64_t began = run->now;
    uint64_t before = segments(run);
    double processor = processor_seconds(), arrival_seconds = 0;
    run->measuring = true;
    while (seconds_between(began, run->now) < run->plan.seconds) {
        connect_arrivals(run, began);
        turn(run, posting_since);
        if (run->plan.arrivals && !arrival_seconds && run->joined == everyone)
            arrival_seconds = seconds_between(began, run->last_join);
    }
    run->measuring = run->posting = false;
    double seconds = seconds_between(began, run->now);
    processor = processor_seconds() - processor;
    print_event("measured");
    run->tally.segments = segments(run) - before;

    for (uint64_t ended = run->now; !is_complete(run) && seconds_between(ended, run->now) < run->plan.drain;)
        turn(run, posting_since);
    report(run, join_seconds, seconds > 0 ? seconds : 1, arrival_seconds, processor);
}

static void read_plan(struct plan *plan, int count, char **arguments)
{
    static const struct option options[] = {
        {"dialect", 1, 0, 'd'}, {"port", 1, 0, 'p'}, {"path", 1, 0, 'P'},
        {"clients", 1, 0, 'c'}, {"rooms", 1, 0, 'r'}, {"senders", 1, 0, 's'}, {"rate", 1, 0, 'R'}, {"window", 1, 0, 'w'}, {"echo", 1, 0, 'e'},
        {"size", 1, 0, 'b'}, {"inflight", 1, 0, 'i'}, {"arrivals", 1, 0, 'a'}, {"arrival-rate", 1, 0, 'A'},
        {"settle", 1, 0, 'S'}, {"seconds", 1, 0, 't'}, {"drain", 1, 0, 'D'}, {"limit", 1, 0, 'l'}, {0},
    };
    for (int letter; (letter = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        uint32_t number = optarg ? (uint32_t)strtoul(optarg, NULL, 10) : 0;
        switch (letter) {
        case 'd': plan->dialect = optarg; break;
        case 'P': plan->path = optarg; break;
        case 'p': plan->port = (int)number; break;
        case 'c': plan->clients = number; break;
        case 'r': plan->rooms = number; break;
        case 's': plan->senders = number; break;
        case 'R': plan->rate = number; break;
        case 'w': plan->window = number; break;
        case 'e': plan->echo = number; break;
        case 'b': plan->size = number; break;
        case 'i': plan->inflight = number; break;
        case 'a': plan->arrivals = number; break;
        case 'A': plan->arrival_rate = number; break;
        case 'S': plan->settle = strtod(optarg, NULL); break;
        case 't': plan->seconds = strtod(optarg, NULL); break;
        case 'D': plan->drain = strtod(optarg, NULL); break;
        case 'l': plan->limit = number; break;
        default: exit(2);
        }
    }
}

/* What the command line lacks is 0, which means something for a few options only. */
static bool is_valid(const struct plan *plan, const struct dialect *dialect)
{
    return dialect && plan->path && plan->limit > 0 && plan->port > 0 && plan->clients > 0 &&
           plan->clients + plan->arrivals <= MOST_CLIENTS && plan->rooms > 0 && plan->senders <= plan->clients &&
           plan->size < TEXT / 2 && plan->inflight > 0;
}

static void allow_many_sockets(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
    static struct run run;
    read_plan(&run.plan, count, arguments);
    run.dialect = run.plan.dialect ? dialect_named(run.plan.dialect) : NULL;
    if (!is_valid(&run.plan, run.dialect)) {
        fprintf(stderr, "load: invalid plan; see the options in main.c\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(run.plan.limit);
    allow_many_sockets();

    double posting = run.plan.settle + run.plan.seconds;
    run.capacity = run.plan.rate ? (uint32_t)(posting * run.plan.rate) + 1 : MOST_MESSAGES;
    run.messages = calloc(run.capacity, sizeof *run.messages);
    run.clients = calloc(run.plan.clients + run.plan.arrivals, sizeof *run.clients);
    run.buffer = malloc(BUFFER);
    run.epoll = epoll_create1(0);
    for (uint32_t i = 0; i < run.plan.clients + run.plan.arrivals; i++)
        run.clients[i].index = i, run.clients[i].room = i % run.plan.rooms;

    double join_seconds = join_everyone(&run);
    print_event("joined");
    measure(&run, join_seconds);
    return 0;
}
