/* The engine's socket: many clients, one thread. */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <signal.h>

#include "engine/engine.h"

enum {
    SERVER_CLIENTS_MAX = 64,
    /* Of one user: whoever has the user PIN must not keep the officer out. Not of
     * root and the daemon's own user, who could as well end it. */
    SERVER_CLIENTS_PER_USER = 48,
};

struct server;

/* Listens on a UNIX socket of mode 0660. A socket left behind is replaced when
 * nobody answers on it. ERR_BUSY: somebody does; ERR_RANGE: the path is too
 * long; ERR_SYSTEM: errno. The engine is borrowed. */
enum err server_open(struct engine *engine, const char *path, struct server **server);
/* Serves on a listening socket made by somebody else; takes fd over. */
enum err server_adopt(struct engine *engine, int fd, struct server **server);
/* Closes every client, and removes the socket unless it was adopted. */
void server_close(struct server **server);
/* Serves until *stop is set (by a signal handler). signal_mask: the mask to
 * wait with, so that no signal is lost between a check and the wait. */
enum err server_run(struct server *server, const volatile sig_atomic_t *stop,
                    const sigset_t *signal_mask);

#endif
