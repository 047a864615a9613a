/* How a command reaches the engine: an io vtable, so that a UNIX socket, an
 * engine in the same process and a script of recorded answers look alike. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdbool.h>

#include "base/bytes.h"

struct client_transport;

struct client_transport_vtable {
    /* Sends one command APDU and appends the one answer (data || SW1 SW2) to
     * response, whose max bounds it. Returns within the transport's timeouts.
     * ERR_CLOSED, ERR_TIMEOUT, ERR_SYSTEM, ERR_RANGE or ERR_MALFORMED (frame);
     * after any of them the two sides may disagree, so the transport is of no
     * further use and must be closed. */
    enum err (*exchange)(struct client_transport *transport, struct bytes command,
                         struct buf *response);
    /* False once the peer has hung up or sent what nobody asked for. Does not
     * wait. */
    bool (*alive)(struct client_transport *transport);
    /* Closes and frees. */
    void (*close)(struct client_transport *transport);
};

/* Base of every transport: implementations put it first in their own struct. */
struct client_transport {
    const struct client_transport_vtable *vtable;
    int descriptor; /* of the connection, -1 when there is none */
};

/* Bounds of one step each, in milliseconds. */
struct client_timeouts {
    int connect_ms;
    int write_ms;
    int read_ms; /* from the last byte of the command to the last of the answer */
};

extern const struct client_timeouts client_default_timeouts;

/* Connects to an engine's UNIX socket. ERR_NOT_FOUND: nobody listens there;
 * ERR_DENIED: no permission; ERR_TIMEOUT; ERR_RANGE: path too long for a socket
 * address; ERR_SYSTEM. The caller owns *transport, or hands it to a client. */
enum err client_transport_unix(const char *path, const struct client_timeouts *timeouts,
                               struct client_transport **transport);

#endif
