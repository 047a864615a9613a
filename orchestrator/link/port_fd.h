/* Ports over a descriptor: what serial ports, pseudo-terminals and sockets
 * share. Private to this folder. */
#ifndef LINK_PORT_FD_H
#define LINK_PORT_FD_H

#include "link/port.h"

/* What a maker adds to the descriptor; called once, in place of close(fd). */
struct port_fd_owner {
    void (*release)(struct port_fd_owner *owner, int fd);
};

/* Makes a port of a non-blocking descriptor, which it takes over in any case.
 * owner may be NULL: then the descriptor is closed with the port. */
enum err port_fd_new(int fd, struct port_fd_owner *owner, struct port **port, char *detail);

/* The other makers; name as in port_open(), path resolved. */
enum err port_terminal_open(const char *path, struct port **port, char *detail);
enum err port_serial_open(const char *path, unsigned baud, struct port **port, char *detail);
enum err port_tcp_open(const char *host_and_port, struct port **port, char *detail);

/* Opens a terminal device non-blocking and locks it against every other program
 * that asks (flock). ERR_BUSY when one has it. */
enum err port_lock_open(const char *path, int *fd, char *detail);
/* Writes detail and returns err. */
enum err port_explain(char *detail, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
