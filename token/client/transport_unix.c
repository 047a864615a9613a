#include "client/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "tokwire/tokwire.h"

/* Reading allows for a key generation on a slow token; the rest is local. */
const struct client_timeouts client_default_timeouts = {
    .connect_ms = 2000,
    .write_ms = 5000,
    .read_ms = 30000,
};

struct unix_transport {
    struct client_transport base;
    struct client_timeouts timeouts;
};

static struct unix_transport *unix_of(struct client_transport *transport)
{
    return (struct unix_transport *)transport;
}

/* Waits for events on fd until the deadline (monotonic milliseconds). */
static enum err wait_for(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - clock_ms();
        struct pollfd entry = {.fd = fd, .events = events};
        int ready = poll(&entry, 1, left > 0 ? (int)left : 0);
        if (ready > 0) {
            return ERR_OK;
        }
        if (ready == 0) {
            return ERR_TIMEOUT;
        }
        if (errno != EINTR) {
            return ERR_SYSTEM;
        }
    }
}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

static enum err send_all(int fd, struct bytes data, int64_t deadline)
{
    while (data.len > 0) {
        ssize_t sent = send(fd, data.data, data.len, MSG_NOSIGNAL);
        if (sent >= 0) {
            data = bytes_make(data.data + sent, data.len - (size_t)sent);
        } else if (would_block()) {
            enum err err = wait_for(fd, POLLOUT, deadline);
            if (err != ERR_OK) {
                return err;
            }
        } else if (errno != EINTR) {
            return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_SYSTEM;
        }
    }
    return ERR_OK;
}

static enum err receive_all(int fd, uint8_t *out, size_t len, int64_t deadline)
{
    while (len > 0) {
        ssize_t got = recv(fd, out, len, 0);
        if (got > 0) {
            out += got;
            len -= (size_t)got;
        } else if (got == 0) {
            return ERR_CLOSED;
        } else if (would_block()) {
            enum err err = wait_for(fd, POLLIN, deadline);
            if (err != ERR_OK) {
                return err;
            }
        } else if (errno != EINTR) {
            return errno == ECONNRESET ? ERR_CLOSED : ERR_SYSTEM;
        }
    }
    return ERR_OK;
}

static enum err receive_frame(int fd, struct buf *response, int64_t deadline)
{
    uint8_t header[TOKWIRE_FRAME_HEADER];
    enum err err = receive_all(fd, header, sizeof(header), deadline);
    if (err != ERR_OK) {
        return err;
    }
    struct bytes payload;
    size_t used = 0;
    /* A good header alone is a truncated frame; anything else is no frame. */
    if (tokwire_frame_take(BYTES_OF(header), &payload, &used) != ERR_TRUNCATED) {
        return ERR_RANGE;
    }
    size_t len = get_u32(header);
    uint8_t *place = buf_extend(response, len);
    return place == NULL ? buf_err(response) : receive_all(fd, place, len, deadline);
}

static enum err unix_exchange(struct client_transport *transport, struct bytes command,
                              struct buf *response)
{
    struct unix_transport *self = unix_of(transport);
    struct buf frame;
    buf_init(&frame, TOKWIRE_FRAME_HEADER + TOKWIRE_FRAME_MAX);
    tokwire_frame_put(&frame, command);
    enum err err = buf_err(&frame);
    if (err == ERR_OK) {
        err = send_all(self->base.descriptor, buf_bytes(&frame),
                       clock_ms() + self->timeouts.write_ms);
    }
    buf_clear(&frame);
    if (err != ERR_OK) {
        return err;
    }
    return receive_frame(self->base.descriptor, response, clock_ms() + self->timeouts.read_ms);
}

static bool unix_alive(struct client_transport *transport)
{
    struct pollfd entry = {.fd = transport->descriptor, .events = POLLIN | POLLRDHUP};
    /* Between commands there is nothing to read: readable means hung up, or an
     * answer without a question. */
    return poll(&entry, 1, 0) == 0;
}

static void unix_close(struct client_transport *transport)
{
    close(transport->descriptor);
    free(transport);
}

static const struct client_transport_vtable unix_vtable = {
    .exchange = unix_exchange,
    .alive = unix_alive,
    .close = unix_close,
};

static enum err connect_error(void)
{
    switch (errno) {
    case ENOENT:
    case ECONNREFUSED:
    case ENOTSOCK:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    default:
        return ERR_SYSTEM;
    }
}

/* A UNIX socket connects at once or, when the listener's queue is full, says
 * EAGAIN: then it is tried again until the deadline. */
static enum err connect_within(int fd, const struct sockaddr_un *address, int64_t deadline)
{
    enum { RETRY_MS = 20 };
    while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0) {
        if (errno != EAGAIN && errno != EINTR) {
            return connect_error();
        }
        if (clock_ms() >= deadline) {
            return ERR_TIMEOUT;
        }
        poll(NULL, 0, RETRY_MS);
    }
    return ERR_OK;
}

enum err client_transport_unix(const char *path, const struct client_timeouts *timeouts,
                               struct client_transport **transport)
{
    *transport = NULL;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(address.sun_path)) {
        return ERR_RANGE;
    }
    memcpy(address.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return ERR_SYSTEM;
    }
    enum err err = connect_within(fd, &address, clock_ms() + timeouts->connect_ms);
    struct unix_transport *self = err == ERR_OK ? calloc(1, sizeof(*self)) : NULL;
    if (self == NULL) {
        close(fd);
        return err == ERR_OK ? ERR_MEMORY : err;
    }
    self->base = (struct client_transport){.vtable = &unix_vtable, .descriptor = fd};
    self->timeouts = *timeouts;
    *transport = &self->base;
    return ERR_OK;
}
