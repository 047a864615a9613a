/* One client of the daemon: its buffers and its engine connection. */
#ifndef DAEMON_CLIENT_H
#define DAEMON_CLIENT_H

#include "base/bytes.h"
#include "engine/engine.h"

enum {
    /* A frame once begun must be whole, and an answer taken, within this time. */
    CLIENT_STALL_MS = 30 * 1000,
};

struct client {
    int fd;
    struct engine_connection *connection;
    struct buf in;  /* received, not yet executed */
    struct buf out; /* answers not yet taken */
    int64_t active; /* monotonic milliseconds of the last progress */
};

/* Takes fd over, also on failure. The caller frees. */
enum err client_new(struct engine *engine, int fd, struct client **client);
void client_free(struct client **client);
/* Events to wait for: no more is read while an answer waits to be taken. */
short client_events(const struct client *client);
/* Reads, executes at most one command, writes what can be written now. Anything
 * but ERR_OK: hang up. */
enum err client_serve(struct client *client, short events);
/* A whole frame waits that could be executed without reading. */
bool client_has_frame(const struct client *client);
/* Half a frame or an answer not taken since CLIENT_STALL_MS. */
bool client_stalled(const struct client *client, int64_t now);

#endif
