/* A byte port to a device: an interface and its makers. */
#ifndef LINK_PORT_H
#define LINK_PORT_H

#include "base/bytes.h"

enum { PORT_DETAIL_SIZE = 160 };

struct port;
struct port_ops {
    /* Up to size bytes, at least one, within timeout_ms. ERR_TIMEOUT, ERR_CLOSED
     * (unplugged, peer gone), ERR_SYSTEM. */
    enum err (*read)(struct port *port, uint8_t *data, size_t size, int timeout_ms, size_t *got);
    /* All of it within timeout_ms. */
    enum err (*write)(struct port *port, const uint8_t *data, size_t len, int timeout_ms);
    /* Drops what waits to be read. */
    void (*flush)(struct port *port);
    void (*close)(struct port *port); /* frees port */
};
struct port {
    const struct port_ops *ops;
    char detail[PORT_DETAIL_SIZE]; /* last failure in words */
};

/* Opens a serial device by name or by-id path, a pseudo-terminal, or
 * "tcp:host:port", raw, 8N1, exclusively locked. baud matters to real serial
 * ports only. ERR_NOT_FOUND, ERR_BUSY (another program has it), ERR_SYSTEM;
 * detail (PORT_DETAIL_SIZE bytes) says it in words. */
enum err port_open(const char *name, unsigned baud, struct port **port, char *detail);
void port_close(struct port **port);

#endif
