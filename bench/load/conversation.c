/* Joining, posting, and the account of every delivery. */
#include "conversation.h"

#include <string.h>

#include "clock.h"
#include "writer.h"

static void count(struct counts *counts, const char *code)
{
    uint32_t i = 0;
    while (i < counts->used && strcmp(counts->entries[i].code, code) != 0)
        i++;
    if (i == sizeof counts->entries / sizeof *counts->entries)
        return;
    if (i == counts->used) {
        strncpy(counts->entries[i].code, code, sizeof counts->entries[i].code - 1);
        counts->used++;
    }
    counts->entries[i].times++;
}

static uint64_t microseconds_since(const struct run *run, uint64_t then)
{
    return run->now > then ? (run->now - then) / 1000 : 0;
}

static void welcomed(struct run *run, struct client *client)
{
    client->state = JOINED;
    run->joined++;
    run->last_join = run->now;
    histogram_add(&run->tally.join, microseconds_since(run, client->started));
}

void client_upgraded(struct run *run, struct client *client)
{
    char text[TEXT];
    client->state = GREETING;
    if (run->dialect->hello)
        client_send(run, client, OP_TEXT, text, run->dialect->hello(client, text));
    else
        welcomed(run, client);
}

void client_left(struct run *run, struct client *client, const char *code)
{
    run->failed += client->state < JOINED;
    client->state = GONE;
    count(&run->tally.closes, code);
}

static bool answered_by_echo(const struct run *run)
{
    return run->plan.echo || !run->dialect->acknowledges;
}

static void answered(struct run *run, struct client *client, const struct message *message)
{
    if (client->unanswered)
        client->unanswered--;
    if (run->measuring)
        run->tally.acked++;
    if (message->measured)
        histogram_add(&run->tally.ack, microseconds_since(run, message->sent));
}

static void delivered(struct run *run, struct client *client, struct message *message)
{
    if (run->measuring)
        run->tally.deliveries++;
    if (message->sender == client->index && answered_by_echo(run))
        answered(run, client, message);
    if (client->index >= run->plan.clients || !message->lacking)
        return; /* a client that arrived later, or a second copy */
    if (message->measured)
        histogram_add(&run->tally.delivery, microseconds_since(run, message->sent));
    if (--message->lacking)
        return;
    run->unfinished--;
    if (message->measured)
        histogram_add(&run->tally.last, microseconds_since(run, message->sent));
}

static void refused(struct run *run, struct client *client, const struct event *event)
{
    count(&run->tally.errors, event->code);
    run->failed += client->state == GREETING;
    if (event->number >= run->sent)
        return;
    struct message *message = &run->messages[event->number];
    run->unfinished -= message->lacking > 0;
    message->lacking = 0;
    if (client->unanswered)
        client->unanswered--;
}

static void online_count_changed(struct run *run, struct client *client, uint32_t online)
{
    uint32_t everyone = run->plan.clients + run->plan.arrivals;
    client->online_frames += run->measuring;
    if (client->index >= run->plan.clients)
        return;
    run->rightly_counted += (online == everyone) - (client->online == everyone);
    client->online = online;
    if (run->rightly_counted == run->plan.clients && !run->rightly_counted_at)
        run->rightly_counted_at = run->now;
}

static void event_received(struct run *run, struct client *client, const char *text, size_t length)
{
    struct event event = run->dialect->parse(text, length);
    bool known = event.number < run->sent;
    switch (event.kind) {
    case EVENT_MESSAGE:
        if (known)
            delivered(run, client, &run->messages[event.number]);
        break;
    case EVENT_ACK:
        if (known && !answered_by_echo(run))
            answered(run, client, &run->messages[event.number]);
        break;
    case EVENT_WELCOME:
        if (client->state == GREETING)
            welcomed(run, client);
        break;
    case EVENT_ONLINE:
        online_count_changed(run, client, event.number);
        break;
    case EVENT_ERROR:
        refused(run, client, &event);
        break;
    case EVENT_PING:
        client_send(run, client, OP_TEXT, run->dialect->pong, strlen(run->dialect->pong));
        break;
    case EVENT_OTHER:
        break;
    }
}

void client_receive(struct run *run, struct client *client, const char *text, size_t length)
{
    const char *end = text + length, *line_end;
    if (run->dialect->lines)
        for (; (line_end = memchr(text, '\n', (size_t)(end - text))); text = line_end + 1)
            event_received(run, client, text, (size_t)(line_end - text));
    if (text < end)
        event_received(run, client, text, (size_t)(end - text));
}

/* Returns how many of the first clients are in a room: a message counts as delivered when all of them have it. */
static uint32_t room_size(const struct plan *plan, uint32_t room)
{
    return plan->clients / plan->rooms + (room < plan->clients % plan->rooms);
}

static bool post(struct run *run, struct client *client)
{
    char text[TEXT];
    if (run->sent == run->capacity || client->state != JOINED)
        return false;
    uint32_t number = run->sent++;
    uint32_t recipients = room_size(&run->plan, client->room);
    run->messages[number] = (struct message){clock_now(), client->index, recipients, run->measuring};
    if (!client_send(run, client, OP_TEXT, text, run->dialect->post(&run->plan, number, text))) {
        run->messages[number].lacking = 0;
        run->tally.held++;
        return false;
    }
    run->unfinished++;
    client->unanswered++;
    run->tally.sent += run->measuring;
    return true;
}

void post_due(struct run *run, uint64_t posting_since)
{
    const struct plan *plan = &run->plan;
    if (!run->posting || !plan->senders)
        return;
    if (plan->rate) {
        uint64_t due = (run->now - posting_since) * plan->rate / 1000000000;
        if (due > run->capacity)
            due = run->capacity;
        for (uint32_t asked = run->sent; asked < due; asked++)
            post(run, &run->clients[asked % plan->senders]);
        return;
    }
    for (uint32_t i = 0; i < plan->senders; i++)
        while (run->clients[i].unanswered < plan->window && post(run, &run->clients[i]))
            ;
}
