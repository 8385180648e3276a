/* How to write posts for each kind of server, and how to parse its events.
 *
 * A post's text is "bench XXXXXXXX ....": the number of the message in hexadecimal, then padding.
 * The parser relies on wschat's writing the type of an event first.
 */
#define _GNU_SOURCE
#include "dialect.h"

#include <stdio.h>
#include <string.h>

#define MARK "bench "
enum { MARK_LENGTH = 6, NUMBER_LENGTH = 8 };

static uint32_t hexadecimal(const char *digits)
{
    uint32_t number = 0;
    for (int i = 0; i < NUMBER_LENGTH; i++)
        number = number << 4 | (uint32_t)((digits[i] & 0xf) + (digits[i] >= 'a' ? 9 : 0));
    return number;
}

/* Returns the number after `mark`. Events of one kind look alike, so it first tries the position of the last hit. */
static uint32_t number_after(const char *mark, size_t mark_length, const char *text, size_t length)
{
    static size_t guess;
    const char *found = NULL;
    if (guess + mark_length <= length && memcmp(text + guess, mark, mark_length) == 0)
        found = text + guess;
    else
        found = memmem(text, length, mark, mark_length);
    if (!found || (size_t)(found - text) + mark_length + NUMBER_LENGTH > length)
        return UINT32_MAX;
    guess = (size_t)(found - text);
    return hexadecimal(found + mark_length);
}

static size_t marked_text(const struct plan *plan, uint32_t number, char *text)
{
    size_t length = (size_t)sprintf(text, MARK "%08x ", number);
    size_t padding = plan->size > length ? plan->size - length : 0;
    memset(text + length, '.', padding);
    return length + padding;
}

static struct event message_in(const char *text, size_t length)
{
    return (struct event){.kind = EVENT_MESSAGE, .number = number_after(MARK, MARK_LENGTH, text, length)};
}

/* plain: the server forwards every text to all clients. */

static size_t plain_post(const struct plan *plan, uint32_t number, char *text)
{
    return marked_text(plan, number, text);
}

/* socketio: Engine.IO 4 directly over a WebSocket, with the one event "say". */

static size_t socketio_hello(const struct client *client, char *text)
{
    (void)client;
    return (size_t)sprintf(text, "40");
}

static size_t socketio_post(const struct plan *plan, uint32_t number, char *text)
{
    size_t length = (size_t)sprintf(text, "42[\"say\",\"");
    length += marked_text(plan, number, text + length);
    return length + (size_t)sprintf(text + length, "\"]");
}

static struct event socketio_parse(const char *text, size_t length)
{
    if (length >= 2 && memcmp(text, "42", 2) == 0)
        return message_in(text, length);
    if (length >= 2 && memcmp(text, "40", 2) == 0)
        return (struct event){.kind = EVENT_WELCOME};
    return (struct event){.kind = length == 1 && *text == '2' ? EVENT_PING : EVENT_OTHER};
}

/* centrifuge: its JSON protocol, version 1. Command 1 connects, and the server subscribes the client. */

enum { CONNECT_ID = 1, FIRST_POST_ID };

static size_t centrifuge_hello(const struct client *client, char *text)
{
    (void)client;
    return (size_t)sprintf(text, "{\"id\":%d,\"params\":{}}", CONNECT_ID);
}

static size_t centrifuge_post(const struct plan *plan, uint32_t number, char *text)
{
    size_t length = (size_t)sprintf(text, "{\"id\":%u,\"method\":3,\"params\":{\"channel\":\"chat\",\"data\":{\"text\":\"",
                                    number + FIRST_POST_ID);
    length += marked_text(plan, number, text + length);
    return length + (size_t)sprintf(text + length, "\"}}}");
}

static struct event centrifuge_parse(const char *text, size_t length)
{
    static const char answer[] = "{\"id\":", push[] = "{\"result\":";
    if (length > sizeof push && memcmp(text, push, sizeof push - 1) == 0)
        return message_in(text, length);
    if (length <= sizeof answer || memcmp(text, answer, sizeof answer - 1) != 0)
        return (struct event){.kind = EVENT_OTHER};
    uint32_t id = 0;
    for (const char *at = text + sizeof answer - 1; at < text + length && *at >= '0' && *at <= '9'; at++)
        id = id * 10 + (uint32_t)(*at - '0');
    if (id == CONNECT_ID)
        return (struct event){.kind = EVENT_WELCOME};
    return (struct event){.kind = EVENT_ACK, .number = id - FIRST_POST_ID};
}

/* chat: docs/protocol.md. */

static size_t chat_hello(const struct client *client, char *text)
{
    char room[24] = "chat";
    if (client->room)
        snprintf(room, sizeof room, "room-%u", client->room);
    return (size_t)sprintf(text, "{\"type\":\"hello\",\"name\":\"Guest %05u\",\"room\":\"%s\"}", client->index, room);
}

static size_t chat_post(const struct plan *plan, uint32_t number, char *text)
{
    size_t length = (size_t)sprintf(text, "{\"type\":\"post\",\"id\":\"p%08x\",\"text\":\"", number);
    length += marked_text(plan, number, text + length);
    return length + (size_t)sprintf(text + length, "\"}");
}

/* chat-edit, chat-react: the same, but each post is a change of the first message in the client's room, which the
 * person with the client's secret wrote. Of the reactions each second one takes back the one before it.
 */

static size_t change_hello(const struct client *client, char *text)
{
    size_t length = chat_hello(client, text) - 1; /* without the closing brace */
    return length + (size_t)sprintf(text + length, ",\"secret\":\"bench-guest-%05u\"}", client->index);
}

static size_t edit_post(const struct plan *plan, uint32_t number, char *text)
{
    size_t length = (size_t)sprintf(text, "{\"type\":\"edit\",\"ref\":\"p%08x\",\"seq\":1,\"text\":\"", number);
    length += marked_text(plan, number, text + length);
    return length + (size_t)sprintf(text + length, "\"}");
}

static size_t react_post(const struct plan *plan, uint32_t number, char *text)
{
    return (size_t)sprintf(text, "{\"type\":\"react\",\"ref\":\"p%08x\",\"seq\":1,\"emoji\":\"👍\",\"on\":%s}", number,
                           number / plan->senders % 2 ? "false" : "true");
}

/* Parses what follows `field`: digits into the number, letters into the code. */
static void parse_field(const char *field, const char *text, size_t length, struct event *event)
{
    const char *found = memmem(text, length, field, strlen(field));
    if (!found)
        return;
    const char *at = found + strlen(field), *end = text + length;
    size_t used = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        event->number = event->number * 10 + (uint32_t)(*at - '0');
    for (; at < end && *at != '"' && used < sizeof event->code - 1; at++)
        event->code[used++] = *at;
}

static struct event chat_error(const char *text, size_t length)
{
    struct event event = {.kind = EVENT_ERROR};
    parse_field("\"code\":\"", text, length, &event);
    event.number = number_after("\"id\":\"p", 7, text, length);
    if (event.number == UINT32_MAX)
        event.number = number_after("\"ref\":\"p", 8, text, length);
    return event;
}

static struct event chat_parse(const char *text, size_t length)
{
    static const char opening[] = "{\"type\":\"";
    if (length <= sizeof opening || memcmp(text, opening, sizeof opening - 1) != 0)
        return (struct event){.kind = EVENT_OTHER};
    struct event event = {.kind = EVENT_OTHER};
    switch (text[sizeof opening - 1]) {
    case 'm':
        return message_in(text, length);
    case 'd': /* done */
        return (struct event){.kind = EVENT_ACK, .number = number_after("\"ref\":\"p", 8, text, length)};
    case 'a':
        return (struct event){.kind = EVENT_ACK, .number = number_after("\"id\":\"p", 7, text, length)};
    case 'w':
        event.kind = EVENT_WELCOME;
        break;
    case 'o':
        event.kind = EVENT_ONLINE;
        parse_field("\"count\":", text, length, &event);
        break;
    case 'e':
        return chat_error(text, length);
    }
    return event;
}

static const struct dialect dialects[] = {
    {.name = "plain", .post = plain_post, .parse = message_in},
    {.name = "socketio", .hello = socketio_hello, .post = socketio_post, .parse = socketio_parse, .pong = "3"},
    {.name = "centrifuge", .hello = centrifuge_hello, .post = centrifuge_post, .parse = centrifuge_parse,
     .acknowledges = true, .lines = true},
    {.name = "chat", .hello = chat_hello, .post = chat_post, .parse = chat_parse, .acknowledges = true},
    {.name = "chat-edit", .hello = change_hello, .post = edit_post, .parse = chat_parse, .acknowledges = true},
    {.name = "chat-react", .hello = change_hello, .post = react_post, .parse = chat_parse, .acknowledges = true},
};

const struct dialect *dialect_named(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i].name, name) == 0)
            return &dialects[i];
    return NULL;
}
