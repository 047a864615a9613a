/* Where the modem is plugged: a pseudo-terminal under a name, or a TCP port on
 * 127.0.0.1 with one client at a time. */
#ifndef SIMULATOR_PORT_H
#define SIMULATOR_PORT_H

#include "base/bytes.h"

enum { PORT_NAME_SIZE = 1024, PORT_TARGET_SIZE = 128 };

struct port {
    int fd;       /* the line; -1 while no TCP client is there */
    int listener; /* TCP; -1 */
    int slave;    /* pseudo-terminal: held open, so that clients come and go */
    char link[PORT_NAME_SIZE];
    char name[PORT_NAME_SIZE]; /* what a client opens */
};

/* A pseudo-terminal in raw mode; link: symbolic link to it, replaced, or NULL. */
enum err port_open_pty(struct port *port, const char *link);
/* Port 0 takes a free one. */
enum err port_open_tcp(struct port *port, unsigned number);
/* A client at the listener; replaces none: a second one waits. */
void port_accept(struct port *port);
void port_hang_up(struct port *port);
/* Removes the link. */
void port_close(struct port *port);

#endif
