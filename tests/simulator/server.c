#include "simulator/server.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "simulator/wire.h"

enum { CHUNK = 4096, SLICE_NS = 2000000, RX_HIGH = 65536 };
#define NS_PER_MS 1000000LL

struct server {
    struct modem *modem;
    struct port *port;
    struct wire rx, tx;
    bool blocked; /* the client does not read: wait until it does */
};

/* Bytes that have passed on the line go to the modem, command by command; what
 * it says starts behind the command's last byte and the time the card took. */
static void feed(struct server *server, int64_t now)
{
    uint8_t chunk[CHUNK];
    size_t len;

    while ((len = wire_peek(&server->rx, now, chunk, sizeof(chunk))) > 0) {
        int64_t before = wire_now();
        size_t used = modem_input(server->modem, bytes_make(chunk, len));
        int64_t passed = wire_next_due(&server->rx);
        wire_take(&server->rx, used - 1);
        if (used > 1) {
            passed = wire_next_due(&server->rx);
        }
        wire_take(&server->rx, 1);
        if (server->modem->out.len == 0) {
            continue;
        }
        int64_t delay = modem_take_delay(server->modem) * NS_PER_MS;
        wire_put(&server->tx, buf_bytes(&server->modem->out),
                 passed + (wire_now() - before) + delay);
        buf_reset(&server->modem->out);
    }
}

static void receive(struct server *server)
{
    uint8_t chunk[CHUNK];
    ssize_t got = read(server->port->fd, chunk, sizeof(chunk));
    if (got > 0) {
        wire_put(&server->rx, bytes_make(chunk, (size_t)got), wire_now());
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        /* A TCP client has left; half a line of its own is not the next one's. */
        port_hang_up(server->port);
        wire_clear(&server->rx);
        wire_clear(&server->tx);
        buf_reset(&server->modem->line);
        server->blocked = false;
    }
}

static void transmit(struct server *server, int64_t now)
{
    uint8_t chunk[CHUNK];
    size_t len;

    server->blocked = false;
    while ((len = wire_peek(&server->tx, now, chunk, sizeof(chunk))) > 0) {
        if (server->port->fd < 0) {
            wire_take(&server->tx, len);
            continue;
        }
        ssize_t sent = write(server->port->fd, chunk, len);
        if (sent <= 0) {
            server->blocked = errno == EAGAIN;
            if (!server->blocked && errno != EINTR) {
                wire_take(&server->tx, len);
            }
            return;
        }
        wire_take(&server->tx, (size_t)sent);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The next moment something is to be done: a command is complete, echo or
 * output is due. Bytes in passing are handed on in slices. */
static int64_t next_wake(const struct server *server, int64_t now)
{
    int64_t rx = wire_due_of(&server->rx, '\r');
    if (server->modem->echo || rx == WIRE_NEVER) {
        rx = earlier(rx, wire_last_due(&server->rx));
    }
    if (server->modem->echo && server->rx.len > 0) {
        rx = earlier(rx, now + SLICE_NS);
    }
    if (server->blocked) {
        return rx;
    }
    int64_t tx = wire_last_due(&server->tx);
    int64_t first = wire_next_due(&server->tx);
    if (first != WIRE_NEVER && tx > now + SLICE_NS) {
        tx = earlier(tx, first > now + SLICE_NS ? first : now + SLICE_NS);
    }
    return earlier(rx, tx);
}

static enum err wait_for(struct server *server, const sigset_t *mask)
{
    struct pollfd polls[2] = {{.fd = server->port->fd}, {.fd = server->port->listener}};
    int64_t now = wire_now(), wake = next_wake(server, now);
    struct timespec timeout = {0};

    if (server->rx.len < RX_HIGH) {
        polls[0].events = POLLIN;
    }
    if (server->blocked) {
        polls[0].events |= POLLOUT;
    }
    if (server->port->fd < 0) {
        polls[1].events = POLLIN;
    }
    if (wake != WIRE_NEVER && wake > now) {
        timeout.tv_sec = (time_t)((wake - now) / 1000000000);
        timeout.tv_nsec = (long)((wake - now) % 1000000000);
    }
    int ready = ppoll(polls, 2, wake == WIRE_NEVER ? NULL : &timeout, mask);
    if (ready < 0) {
        return errno == EINTR ? ERR_OK : ERR_SYSTEM;
    }
    if (polls[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        receive(server);
    }
    if (polls[1].revents & POLLIN) {
        port_accept(server->port);
    }
    return ERR_OK;
}

enum err server_run(struct modem *modem, struct port *port, unsigned baud,
                    const volatile sig_atomic_t *stop, const sigset_t *wait_mask)
{
    struct server server = {.modem = modem, .port = port};
    enum err err = ERR_OK;

    wire_init(&server.rx, baud);
    wire_init(&server.tx, baud);
    while (!*stop && err == ERR_OK) {
        err = wait_for(&server, wait_mask);
        feed(&server, wire_now());
        transmit(&server, wire_now());
    }
    wire_clear(&server.rx);
    wire_clear(&server.tx);
    return err;
}
