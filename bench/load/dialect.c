/* What each server is told, and how its answers are understood.
 *
 * A post's text is "bench XXXXXXXX ....": the number of the message in hexadecimal, then padding.
 * wschat writes an event's type first; so does this file's understanding of it.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "load.h"

#define MARK "bench "
enum { MARK_LENGTH = 6, NUMBER_LENGTH = 8 };

static uint32_t hexadecimal(const char *digits)
{
    uint32_t number = 0;
    for (int i = 0; i < NUMBER_LENGTH; i++)
        number = number << 4 | (uint32_t)((digits[i] & 0xf) + (digits[i] >= 'a' ? 9 : 0));
    return number;
}

/* The number after `mark`. Events of one kind look alike, so it is first sought where it was the last time. */
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

static struct heard message_in(const char *text, size_t length)
{
    return (struct heard){.kind = HEARD_MESSAGE, .number = number_after(MARK, MARK_LENGTH, text, length)};
}

/* plain: whatever one says, everyone gets. */

static size_t plain_post(const struct plan *plan, uint32_t number, char *text)
{
    return marked_text(plan, number, text);
}

/* socketio: Engine.IO 4 straight over a WebSocket, one event "say". */

static size_t socketio_greet(const struct client *client, char *text)
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

static struct heard socketio_hear(const char *text, size_t length)
{
    if (length >= 2 && memcmp(text, "42", 2) == 0)
        return message_in(text, length);
    if (length >= 2 && memcmp(text, "40", 2) == 0)
        return (struct heard){.kind = HEARD_WELCOME};
    return (struct heard){.kind = length == 1 && *text == '2' ? HEARD_PING : HEARD_OTHER};
}

/* chat: docs/protocol.md. */

static size_t chat_greet(const struct client *client, char *text)
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

/* The digits after `field` as a number, or the letters after it as a word. */
static void fact(const char *field, const char *text, size_t length, struct heard *heard)
{
    const char *found = memmem(text, length, field, strlen(field));
    if (!found)
        return;
    const char *at = found + strlen(field), *end = text + length;
    size_t used = 0;
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        heard->number = heard->number * 10 + (uint32_t)(*at - '0');
    for (; at < end && *at != '"' && used < sizeof heard->word - 1; at++)
        heard->word[used++] = *at;
}

static struct heard chat_error(const char *text, size_t length)
{
    struct heard heard = {.kind = HEARD_ERROR};
    fact("\"code\":\"", text, length, &heard);
    heard.number = number_after("\"id\":\"p", 7, text, length);
    return heard;
}

static struct heard chat_hear(const char *text, size_t length)
{
    static const char opening[] = "{\"type\":\"";
    if (length <= sizeof opening || memcmp(text, opening, sizeof opening - 1) != 0)
        return (struct heard){.kind = HEARD_OTHER};
    struct heard heard = {.kind = HEARD_OTHER};
    switch (text[sizeof opening - 1]) {
    case 'm':
        return message_in(text, length);
    case 'a':
        return (struct heard){.kind = HEARD_ACK, .number = number_after("\"id\":\"p", 7, text, length)};
    case 'w':
        heard.kind = HEARD_WELCOME;
        break;
    case 'o':
        heard.kind = HEARD_ONLINE;
        fact("\"count\":", text, length, &heard);
        break;
    case 'e':
        return chat_error(text, length);
    }
    return heard;
}

static const struct dialect dialects[] = {
    {.name = "plain", .post = plain_post, .hear = message_in},
    {.name = "socketio", .greet = socketio_greet, .post = socketio_post, .hear = socketio_hear, .pong = "3"},
    {.name = "chat", .greet = chat_greet, .post = chat_post, .hear = chat_hear, .acknowledges = true},
};

const struct dialect *dialect_named(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        if (strcmp(dialects[i].name, name) == 0)
            return &dialects[i];
    return NULL;
}
