/* A port that plays a recording. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "link/port_fd.h"
#include "link/recording.h"

enum event_kind { EVENT_WRITE = '>', EVENT_READ = '<', EVENT_TIMEOUT = 't', EVENT_CLOSED = 'c' };

/* One line; its bytes are part of the replay's data. */
struct event {
    enum event_kind kind;
    size_t start, len;
};

struct replay {
    struct port port;
    enum replay_mode mode;
    struct buf data;
    struct event *events;
    size_t count;
    size_t at;   /* event being played */
    size_t used; /* bytes of it already passed */
};

static struct replay *self(struct port *port)
{
    return (struct replay *)port;
}

/* One escape behind a backslash: bytes used, 0 when it is none. */
static size_t take_escape(const char *text, size_t len, uint8_t *byte)
{
    if (len >= 1 && (text[0] == 'r' || text[0] == 'n' || text[0] == '\\')) {
        *byte = text[0] == 'r' ? '\r' : text[0] == 'n' ? '\n' : '\\';
        return 1;
    }
    if (len >= 3 && text[0] == 'x' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0) {
        *byte = (uint8_t)(hex_digit(text[1]) << 4 | hex_digit(text[2]));
        return 3;
    }
    return 0;
}

static enum err take_bytes(struct buf *data, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)text[i];
        if (text[i] == '\\') {
            size_t used = take_escape(text + i + 1, len - i - 1, &byte);
            if (used == 0) {
                return ERR_MALFORMED;
            }
            i += used;
        }
        buf_put_u8(data, byte);
    }
    return buf_err(data);
}

static bool line_is(const char *line, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(line, text, len) == 0;
}

static enum err take_line(struct replay *r, const char *line, size_t len)
{
    struct event event = {.start = r->data.len};

    if (len == 0 || line[0] == '#') {
        return ERR_OK;
    }
    if (line_is(line, len, "! timeout")) {
        event.kind = EVENT_TIMEOUT;
    } else if (line_is(line, len, "! closed")) {
        event.kind = EVENT_CLOSED;
    } else if (len > 2 && (line[0] == EVENT_WRITE || line[0] == EVENT_READ) && line[1] == ' ') {
        event.kind = line[0] == EVENT_WRITE ? EVENT_WRITE : EVENT_READ;
        enum err err = take_bytes(&r->data, line + 2, len - 2);
        if (err != ERR_OK) {
            return err;
        }
        event.len = r->data.len - event.start;
    } else {
        return ERR_MALFORMED;
    }
    r->events[r->count++] = event;
    return ERR_OK;
}

static enum err take_text(struct replay *r, struct bytes text)
{
    const char *line = (const char *)text.data;
    size_t left = text.len;
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n';
    }
    r->events = calloc(lines, sizeof(*r->events));
    if (r->events == NULL) {
        return ERR_MEMORY;
    }
    while (left > 0) {
        const char *end = memchr(line, '\n', left);
        size_t len = end == NULL ? left : (size_t)(end - line);
        enum err err = take_line(r, line, len);
        if (err != ERR_OK) {
            return err;
        }
        len += end == NULL ? 0 : 1;
        line += len;
        left -= len;
    }
    return ERR_OK;
}

static const struct event *current(const struct replay *r)
{
    return r->at < r->count ? &r->events[r->at] : NULL;
}

static void advance(struct replay *r)
{
    r->at++;
    r->used = 0;
}

static enum err replay_read(struct port *port, uint8_t *data, size_t size, int timeout_ms,
                            size_t *got)
{
    struct replay *r = self(port);
    const struct event *event = current(r);

    *got = 0;
    if (event == NULL || event->kind == EVENT_CLOSED) {
        return port_explain(port->detail, ERR_CLOSED, "the recording ends here");
    }
    if (event->kind == EVENT_READ) {
        size_t left = event->len - r->used;
        *got = left < size ? left : size;
        memcpy(data, r->data.data + event->start + r->used, *got);
        r->used += *got;
        if (r->used == event->len) {
            advance(r);
        }
        return ERR_OK;
    }
    /* A look without waiting (timeout 0) leaves no mark in a recording. */
    if (event->kind == EVENT_TIMEOUT && timeout_ms > 0) {
        advance(r);
    }
    return port_explain(port->detail, ERR_TIMEOUT, "no answer");
}

/* Takes the next recorded write, whatever stands before it. */
static enum err write_lax(struct replay *r)
{
    while (current(r) != NULL && current(r)->kind != EVENT_WRITE) {
        advance(r);
    }
    if (current(r) == NULL) {
        return port_explain(r->port.detail, ERR_CLOSED, "the recording ends here");
    }
    advance(r);
    return ERR_OK;
}

static enum err write_strict(struct replay *r, const uint8_t *data, size_t len)
{
    while (len > 0) {
        while (current(r) != NULL && current(r)->kind == EVENT_TIMEOUT) {
            advance(r);
        }
        const struct event *event = current(r);
        if (event == NULL || event->kind == EVENT_CLOSED) {
            return port_explain(r->port.detail, ERR_CLOSED, "the recording ends here");
        }
        size_t left = event->len - r->used;
        size_t n = left < len ? left : len;
        if (event->kind != EVENT_WRITE ||
            memcmp(r->data.data + event->start + r->used, data, n) != 0) {
            return port_explain(r->port.detail, ERR_MISMATCH, "event %zu: recorded otherwise",
                                r->at + 1);
        }
        data += n;
        len -= n;
        r->used += n;
        if (r->used == event->len) {
            advance(r);
        }
    }
    return ERR_OK;
}

static enum err replay_write(struct port *port, const uint8_t *data, size_t len, int timeout_ms)
{
    (void)timeout_ms;
    return self(port)->mode == REPLAY_LAX ? write_lax(self(port))
                                          : write_strict(self(port), data, len);
}

/* What a flush dropped was never recorded. */
static void replay_flush(struct port *port)
{
    (void)port;
}

static void replay_close(struct port *port)
{
    struct replay *r = self(port);
    buf_clear(&r->data);
    free(r->events);
    free(r);
}

static const struct port_ops replay_ops = {
    .read = replay_read,
    .write = replay_write,
    .flush = replay_flush,
    .close = replay_close,
};

enum err replay_open(struct bytes text, enum replay_mode mode, struct port **port)
{
    *port = NULL;
    if (text.len > RECORDING_MAX) {
        return ERR_RANGE;
    }
    struct replay *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return ERR_MEMORY;
    }
    r->port.ops = &replay_ops;
    r->mode = mode;
    buf_init(&r->data, RECORDING_MAX);
    enum err err = take_text(r, text);
    if (err != ERR_OK) {
        replay_close(&r->port);
        return err;
    }
    *port = &r->port;
    return ERR_OK;
}

bool replay_finished(const struct port *port)
{
    const struct replay *r = (const struct replay *)port;
    return r->at == r->count;
}
